//! What happened over time, in at most 400 points a line.

use super::Unit;
use serde::Serialize;

/// What a mark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// The scenario or a person set it.
    Mark,
    /// Another plan came into force.
    Generation,
    /// Users that waited for each other were released.
    Barrier,
    /// The machine was suspended.
    Gap,
    /// Somebody asked the run to stop.
    Stop,
    /// An executor began no more iterations.
    Pause,
    /// An objective came to stand otherwise.
    Threshold,
}

/// A point of time that means something.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Mark {
    /// Seconds from the run's start.
    pub at_s: f64,
    /// What it is about.
    pub kind: MarkKind,
    /// What it says.
    pub text: String,
}

/// A phase of the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Span {
    /// `setup`, `load`, `drain`, `teardown`.
    pub name: String,
    /// Seconds from the run's start.
    pub from_s: f64,
    /// Seconds from the run's start.
    pub to_s: f64,
}

/// One bucket of a line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LinePoint {
    /// Start of the bucket, seconds from the run's start.
    pub at_s: f64,
    /// Least value in it.
    pub min: f64,
    /// Mean of its values.
    pub mean: f64,
    /// Greatest value in it.
    pub max: f64,
}

/// A series over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Line {
    /// Its name for programs.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What it is measured in.
    pub unit: Unit,
    /// Width of a bucket.
    pub bucket_s: f64,
    /// Buckets that have values, in order of time.
    pub points: Vec<LinePoint>,
    /// Mean over the run.
    pub mean: Option<f64>,
    /// Greatest value.
    pub max: Option<f64>,
    /// What is all there is of it, such as the machine's memory.
    pub capacity: Option<f64>,
}

/// Tasks, or iterations, that ended in one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TaskBucket {
    /// Start of the bucket, seconds from the run's start.
    pub at_s: f64,
    /// Those with outcome ok.
    pub completed: u64,
    /// Those with any other outcome.
    pub failed: u64,
    /// Least time of those with outcome ok, seconds.
    pub least_s: Option<f64>,
    /// A quarter took less, seconds.
    pub lower_quarter_s: Option<f64>,
    /// Half took less, seconds.
    pub median_s: Option<f64>,
    /// A quarter took more, seconds.
    pub upper_quarter_s: Option<f64>,
    /// 95th percentile, seconds; null under 72 in the bucket.
    pub p95_s: Option<f64>,
    /// Greatest time, seconds.
    pub greatest_s: Option<f64>,
}

/// One task or iteration, for runs small enough to show each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TaskDot {
    /// When it ended, seconds from the run's start.
    pub at_s: f64,
    /// How long it took, seconds.
    pub took_s: f64,
    /// Whether its outcome was ok.
    pub ok: bool,
}

/// Iterations of users of the author's own, without those that were cut short.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct IterationsOverTime {
    /// Width of a bucket.
    pub bucket_s: f64,
    /// Iterations by the time they ended, every bucket from 0.
    pub buckets: Vec<TaskBucket>,
    /// Every iteration, where there are at most 800.
    pub dots: Vec<TaskDot>,
}

/// What happened over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Timeline {
    /// End of the axis, seconds from the run's start.
    pub length_s: f64,
    /// Phases in order.
    pub phases: Vec<Span>,
    /// Marks in order, at most 200.
    pub marks: Vec<Mark>,
    /// Marks that were too many to keep.
    pub marks_left_out: u64,
    /// Users at work.
    pub users: Line,
    /// Width of a bucket of tasks.
    pub bucket_s: f64,
    /// Tasks by the time they ended, every bucket from 0.
    pub tasks: Vec<TaskBucket>,
    /// Every task, where there are at most 800.
    pub dots: Vec<TaskDot>,
    /// Iterations of users of the author's own; null in a run without such users.
    pub iterations: Option<IterationsOverTime>,
    /// What steps and metrics of the scenario's own code were over time, at most twelve of each.
    pub own: Vec<Line>,
    /// Edges of the classes of service time that notebooks' distributions count in, seconds, evenly spaced in the logarithm; one more than classes.
    pub service_edges_s: Vec<f64>,
}
