//! Throughput against load.

use super::Figure;
use serde::Serialize;

/// How throughput grew with the users, where the scenario held several numbers of users one after the other.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Scalability {
    /// Each number of users, in the order of the run.
    pub levels: Vec<Level>,
    /// The Universal Scalability Law fitted to them; null with fewer than four different numbers of users.
    pub law: Option<ScalabilityLaw>,
    /// What it says, in a sentence.
    pub says: String,
}

/// One number of users, held for a time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Level {
    /// Users.
    pub users: u32,
    /// From when it counts, seconds from the run's start: its first fifth, in which users come, is left out.
    pub from_s: f64,
    /// Its end.
    pub to_s: f64,
    /// Tasks completed in that time.
    pub tasks: u64,
    /// The same per minute.
    pub per_minute: Figure,
    /// Throughput over what as many users would have who do as the fewest did, `X(n)·n₁/(n·X(n₁))`.
    pub efficiency: Option<f64>,
    /// Tasks a minute that so many users could complete at most: as fast as the fewest were, and no more than the busiest resource carries,
    /// `min(n·X(n₁)/n₁, X/U)`. Null where the farm's resources were not measured.
    pub at_most_per_minute: Option<f64>,
}

/// The law `X(N) = λN / (1 + σ(N − 1) + κN(N − 1))`. It is a fit, not a measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ScalabilityLaw {
    /// λ: tasks a minute of one user.
    pub alone_per_minute: f64,
    /// σ: share of the work that only one can do at a time.
    pub contention: f64,
    /// κ: cost of keeping each informed of each other.
    pub coherency: f64,
    /// R²: share of the spread that it explains.
    pub explained: f64,
    /// Users beyond which throughput falls; null where the law has no such point.
    pub peak_users: Option<f64>,
}
