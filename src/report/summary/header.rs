//! What was run, and how it came out.

use serde::Serialize;
use std::collections::BTreeMap;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// In order and at its time.
    Finished,
    /// In order, before its time.
    Interrupted,
    /// In order, before its time, because of an objective.
    Aborted,
    /// By an error.
    Failed,
    /// No end is recorded: it was killed, or it is still under way.
    Open,
}

/// One hub or server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TargetLine {
    /// Its name in the scenario.
    pub name: String,
    /// `hub` or `server`.
    pub kind: String,
    /// Its address.
    pub url: String,
    /// What it said its version is; empty where it said nothing.
    pub version: String,
}

/// The machine that hubmark ran on, by names of the MLPerf system description where it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Machine {
    /// One line for people.
    pub line: String,
    /// All that is known.
    pub facts: BTreeMap<String, String>,
}

/// What was run, when, and whether its figures can be trusted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Header {
    /// Id of the run.
    pub run: String,
    /// Name of the scenario.
    pub name: String,
    /// What the scenario is for.
    pub about: Option<String>,
    /// The author's labels.
    pub tags: BTreeMap<String, String>,
    /// Start, RFC 3339 in UTC.
    pub started: String,
    /// From the start to the last event.
    pub length_s: f64,
    /// The time in which users worked, that rates are over; null for a run that never got there.
    pub load_s: Option<f64>,
    /// Seed of every random choice.
    pub seed: u64,
    /// Version of hubmark.
    pub hubmark: String,
    /// Part of the run that this record is of, from 1, and of how many.
    pub segment: (u32, u32),
    /// Hubs and servers.
    pub targets: Vec<TargetLine>,
    /// The machine that hubmark ran on.
    pub machine: Machine,
    /// Whether the world was simulated: no figure of it was measured on real machines.
    pub simulated: bool,
    /// How it ended.
    pub state: RunState,
    /// What made it end early or fail; null otherwise.
    pub ended_because: Option<String>,
    /// Whether the figures can be trusted.
    pub valid: bool,
    /// Why not.
    pub invalid_because: Vec<String>,
}

/// How a run came out, most serious first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VerdictCode {
    /// The figures cannot be trusted.
    Invalid,
    /// At least one threshold failed.
    ThresholdsFailed,
    /// No threshold failed, but at least one could not be decided.
    Undecided,
    /// Valid, and every threshold passed.
    Passed,
}

/// How a run came out, in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Verdict {
    /// For programs.
    pub code: VerdictCode,
    /// What was sustained, then what limited it or failed, then what the scenario's own code caught, if it caught something.
    pub sentences: Vec<String>,
}
