//! Whether the measurement can be trusted.

use super::Figure;
use serde::Serialize;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Within its limit.
    Good,
    /// Worth knowing; the figures stand.
    Warning,
    /// The figures cannot be trusted.
    Invalid,
    /// Nothing was recorded to check.
    Unknown,
}

/// One check of the measurement. `docs/reference/validity.md` lists them all with their limits and reasons.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check {
    /// Its name for programs.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What was measured.
    pub measured: Figure,
    /// The limit, for people.
    pub limit: String,
    /// What it found.
    pub finding: Finding,
    /// What that means, in words.
    pub says: String,
}

/// Two sides that must be equal if the bookkeeping is right.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Identity {
    /// What the left side is.
    pub left_is: String,
    /// Its value.
    pub left: f64,
    /// What the right side is.
    pub right_is: String,
    /// Its value.
    pub right: f64,
    /// Whether they agree as closely as they have to.
    pub holds: bool,
}

/// The part of the run in which throughput and task time had settled.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SteadyState {
    /// Its start, seconds from the run's start; null if none was found or the run is too short to say.
    pub from_s: Option<f64>,
    /// What was found, in words.
    pub says: String,
    /// Tasks completed per minute in it.
    pub completion_rate: Figure,
}

/// What a part of hubmark reported about itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Trouble {
    /// Which part.
    pub component: String,
    /// What it said the first time. What differs only in numbers, ids or paths is the same.
    pub text: String,
    /// How often it said that.
    pub count: u64,
    /// When it said it first, seconds from the run's start.
    pub first_s: f64,
}

/// Whether the measurement can be trusted, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Quality {
    /// Checks, in the order of the reference page.
    pub checks: Vec<Check>,
    /// Identities of the bookkeeping.
    pub identities: Vec<Identity>,
    /// Where the run was steady.
    pub steady: SteadyState,
    /// How evenly tasks were spread over users: Jain's index over the users of an executor, the least of all executors.
    pub evenness: Figure,
    /// Tasks that were under way at the end of the record: their time is not known, so they are in no percentile.
    pub censored_tasks: u64,
    /// What samplers, sinks and views reported about themselves, with how often.
    pub degraded: Vec<(String, u64)>,
    /// What they said, in the order in which it was said first, at most 50 of them.
    pub troubles: Vec<Trouble>,
    /// How often something else was said, past those.
    pub troubles_left_out: u64,
    /// Things that hubmark made on hubs and could not take away.
    pub left_behind: u32,
}
