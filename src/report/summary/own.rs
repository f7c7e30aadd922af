//! What users of the author's own recorded.

use super::Figure;
use serde::Serialize;

/// Iterations of the users of one executor, where they are the author's own. What the others do in an iteration is a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct IterationRow {
    /// Key of the executor.
    pub executor: String,
    /// Key of the kind of user.
    pub user: String,
    /// Iterations that ended.
    pub ended: u64,
    /// Of those, with outcome ok.
    pub ok: u64,
    /// Of those, failed.
    pub failed: u64,
    /// Of those, cut short by the end of the run or of the executor's time. They are in no other figure of this row.
    pub interrupted: u64,
    /// Iterations that could not start at their time.
    pub dropped: u64,
    /// Median of the time from start to end, pauses of the code included; failed iterations count as above every bound.
    pub p50: Figure,
    /// 95th percentile; failed iterations count as above every bound.
    pub p95: Figure,
    /// 95th percentile of those with outcome ok.
    pub p95_of_successes: Figure,
}

/// Steps of one name.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StepRow {
    /// Its name; a nested step is `outer/inner`.
    pub name: String,
    /// How often it ended.
    pub ended: u64,
    /// Of those, failed.
    pub failed: u64,
    /// Of those, interrupted by the end of the run.
    pub interrupted: u64,
    /// Median duration; failures count as above every bound.
    pub p50: Figure,
    /// 95th percentile of the duration; failures count as above every bound.
    pub p95: Figure,
    /// Time that all of them took together, failures included, seconds.
    pub total_s: f64,
}

/// Checks of one name.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CheckRow {
    /// Its name.
    pub name: String,
    /// How often it was made.
    pub made: u64,
    /// How often it did not hold.
    pub failed: u64,
    /// Share that held, with Wilson's interval.
    pub held: Figure,
}

/// One metric of the scenario.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MetricRow {
    /// Its name.
    pub name: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: String,
    /// Its unit as the scenario declares it.
    pub unit: Option<String>,
    /// What it measures, as the scenario declares it.
    pub about: Option<String>,
    /// How often it was observed.
    pub observed: u64,
    /// A counter's `total` and `rate` (per second of the load); a gauge's `last`, `mean`, `min` and `max`; a histogram's `p50`, `p95`,
    /// `mean`, `min` and `max`.
    pub figures: Vec<MetricFigure>,
}

/// A figure of a metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MetricFigure {
    /// Which.
    pub name: String,
    /// Its value.
    pub figure: Figure,
}
