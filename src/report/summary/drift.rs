//! Whether a run went on as it began.

use super::Unit;
use serde::Serialize;

/// The first hour of a load against its last, or its first quarter against its last where it lasted under three hours.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Drift {
    /// `hour` or `quarter`.
    pub window: String,
    /// From, to; seconds from the run's start. The first twentieth of the load, ten minutes at most, and the first start of each user's server are left out.
    pub first_s: [f64; 2],
    /// From, to.
    pub last_s: [f64; 2],
    /// What was compared; empty where the number of users was another.
    pub rows: Vec<DriftRow>,
    /// Steps of a tenth or more, in order of time for each figure.
    pub changes: Vec<ChangePoint>,
    /// What matters, in sentences; or why nothing was compared.
    pub says: Vec<String>,
}

/// One figure in both windows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DriftRow {
    /// Its name for programs: `completion_rate`, `task_time`, `gpu_utilization`, `cpu:ROLE`.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What it is measured in.
    pub unit: Unit,
    /// Mean in the first window.
    pub first: f64,
    /// Mean in the last.
    pub last: f64,
    /// Change from the first, as a share of it.
    pub change: f64,
    /// Its 95 % interval by Welch's test on the means of batches that last at least twice as long as the tasks do.
    pub change_interval: [f64; 2],
    /// Probability of a difference as large if there were none.
    pub p: f64,
    /// Whether it is beyond chance (p under 0.001 over all rows together) and at least 5 %.
    pub matters: bool,
}

/// A step of a figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChangePoint {
    /// Key of the figure, as in the rows.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What it is measured in.
    pub unit: Unit,
    /// When, seconds from the run's start.
    pub at_s: f64,
    /// Mean before, back to the step before it.
    pub before: f64,
    /// Mean behind, up to the next.
    pub after: f64,
    /// Probability that both have one mean.
    pub p: f64,
}
