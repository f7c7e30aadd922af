//! Objectives: `metric{label=value,…}.aggregate [each label] op value [over window]`.
//!
//! The grammar's words are checked against one table of metrics ([`METRICS`]), so a misspelt name is found when the scenario is loaded.

mod live;
mod own;
mod parse;
mod reference;

pub use live::{Action, Watch};
pub(super) use own::misfit as own_misfit;
pub use own::{OWN, own_name};
pub use parse::{ThresholdError, parse};
pub use reference::reference_table;

use super::quantity::{duration_ns, duration_ns_opt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a metric measures; decides which aggregates and units make sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    /// Durations: quantiles, mean, max, min, count.
    Duration,
    /// Things that happen: count, rate.
    Count,
    /// A part of a whole number of things: ratio, count, rate.
    Share,
    /// A sampled value from 0 to 1: quantiles, mean, max, min.
    Utilization,
    /// A sampled number of bytes: quantiles, mean, max, min.
    Bytes,
}

/// One row of the table of metrics that thresholds may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// The name in a threshold: the Prometheus name without `hubmark_` and unit, dots for underscores.
    pub name: &'static str,
    /// What it measures.
    pub kind: MetricKind,
    /// Labels that may select or split it.
    pub labels: &'static [&'static str],
    /// What it is, for the reference.
    pub about: &'static str,
}

/// Every metric that a threshold may name.
pub const METRICS: &[Metric] = &[
    Metric {
        name: "task.duration",
        kind: MetricKind::Duration,
        labels: &["notebook", "hub", "node", "role", "executor"],
        about: "service time of a task, from its start to its end; failed tasks count as longer than any bound",
    },
    Metric {
        name: "task.response",
        kind: MetricKind::Duration,
        labels: &["notebook", "hub", "node", "role", "executor"],
        about: "response time of a task, from the time it was scheduled to its end; failed tasks count as longer than any bound",
    },
    Metric {
        name: "task.completed",
        kind: MetricKind::Count,
        labels: &["notebook", "hub", "node", "role", "executor"],
        about: "tasks that ended with outcome ok",
    },
    Metric {
        name: "task.failed",
        kind: MetricKind::Share,
        labels: &["notebook", "hub", "node", "role", "executor"],
        about: "tasks that ended with any outcome but ok, over all that ended",
    },
    Metric {
        name: "spawn.duration",
        kind: MetricKind::Duration,
        labels: &["hub", "node", "role", "executor"],
        about: "from the request for a server until it is ready; failed spawns count as longer than any bound",
    },
    Metric {
        name: "spawn.failed",
        kind: MetricKind::Share,
        labels: &["hub", "node", "role", "executor"],
        about: "spawns that failed, over all that ended",
    },
    Metric {
        name: "kernel.start.duration",
        kind: MetricKind::Duration,
        labels: &["hub", "node", "role", "executor"],
        about: "from the request for a kernel until it is ready to execute",
    },
    Metric {
        name: "cell.duration",
        kind: MetricKind::Duration,
        labels: &["notebook", "hub", "node", "role", "executor"],
        about: "from sending a cell until its reply and the kernel's idle status are there",
    },
    Metric {
        name: "iteration.duration",
        kind: MetricKind::Duration,
        labels: &["node", "role", "executor"],
        about: "from an iteration's start to its end, with the pauses of its code; failed iterations count as longer than any bound; those that the end of the run cut short are not in it",
    },
    Metric {
        name: "iteration.failed",
        kind: MetricKind::Share,
        labels: &["node", "role", "executor"],
        about: "iterations that ended with any outcome but ok, over all that ended; those that the end of the run cut short are not in it",
    },
    Metric {
        name: "iteration.dropped",
        kind: MetricKind::Count,
        labels: &["node", "role", "executor"],
        about: "iterations that could not start at their time",
    },
    Metric {
        name: "step.duration",
        kind: MetricKind::Duration,
        labels: &["step", "executor"],
        about: "from the beginning of a `user:step` to its end; failed steps count as longer than any bound; a nested step is `outer/inner`",
    },
    Metric {
        name: "step.failed",
        kind: MetricKind::Share,
        labels: &["step", "executor"],
        about: "steps that ended with any outcome but ok, over all that ended",
    },
    Metric {
        name: "check.ok",
        kind: MetricKind::Share,
        labels: &["check", "executor"],
        about: "checks of `user:check` that held, over all that were made",
    },
    Metric {
        name: "host.cpu.utilization",
        kind: MetricKind::Utilization,
        labels: &[],
        about: "share of the machine hubmark runs on that was busy, of all its processors",
    },
    Metric {
        name: "host.memory.used",
        kind: MetricKind::Bytes,
        labels: &[],
        about: "memory in use on the machine hubmark runs on: total less available",
    },
    Metric {
        name: "self.cpu.utilization",
        kind: MetricKind::Utilization,
        labels: &[],
        about: "share of one processor that hubmark itself used",
    },
    Metric { name: "self.resident", kind: MetricKind::Bytes, labels: &[], about: "resident memory of hubmark itself" },
    Metric {
        name: "self.lateness",
        kind: MetricKind::Duration,
        labels: &[],
        about: "how late hubmark's own timer fired",
    },
];

/// Whether a label is one of a farm's nodes.
#[must_use]
pub fn is_of_nodes(label: &str) -> bool {
    matches!(label, "node" | "role")
}

/// How values become the one figure that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// A quantile, as a number from 0 to 1: p95 is 0.95.
    Quantile(f64),
    /// Arithmetic mean.
    Mean,
    /// Greatest value.
    Max,
    /// Least value.
    Min,
    /// Number of values.
    Count,
    /// Number per second.
    Rate,
    /// Share of the whole, 0 to 1.
    Ratio,
    /// Sum of what a counter of the scenario was given.
    Total,
    /// Value that a gauge of the scenario was given last.
    Last,
}

/// How the figure is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Op {
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    LessOrEqual,
    /// `>`
    #[serde(rename = ">")]
    Greater,
    /// `>=`
    #[serde(rename = ">=")]
    GreaterOrEqual,
}

impl Op {
    /// Whether `left op right` holds.
    #[must_use]
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Op::Less => left < right,
            Op::LessOrEqual => left <= right,
            Op::Greater => left > right,
            Op::GreaterOrEqual => left >= right,
        }
    }
}

/// The unit of a bound and of the figure beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// A share, 1.0 is the whole.
    Ratio,
    /// Bytes.
    Bytes,
    /// A pure number.
    Number,
    /// Events per second.
    PerSecond,
}

/// One objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// As the author wrote it.
    pub text: String,
    /// Name of the metric, one of [`METRICS`] or [`OWN`] with the name of a declared one.
    pub metric: String,
    /// Labels that select.
    pub labels: BTreeMap<String, String>,
    /// How values become one figure.
    pub aggregate: Aggregate,
    /// Judge each value of this label apart.
    pub each: Option<String>,
    /// How to compare.
    pub op: Op,
    /// Bound, in the unit of `unit`.
    pub value: f64,
    /// Unit of the bound.
    pub unit: Unit,
    /// Length of the windows that it is judged over while a run goes on, as the author wrote it behind `over`.
    #[serde(default, with = "duration_ns_opt", skip_serializing_if = "Option::is_none")]
    pub over: Option<Duration>,
    /// What a run does while it goes on and the objective is not met; `None` to show it only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// From when on of the load it is judged while a run goes on.
    #[serde(default, with = "duration_ns", skip_serializing_if = "Duration::is_zero")]
    pub after: Duration,
}
