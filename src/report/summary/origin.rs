//! Where a run ran and how to repeat it.

use serde::Serialize;
use std::collections::BTreeMap;

/// One file of the scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FileLine {
    /// Path below the scenario's folder.
    pub path: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
}

/// One plan that was in force.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Generation {
    /// Number, from 1.
    pub number: u32,
    /// From when, seconds from the run's start.
    pub from_s: f64,
    /// Hash of the plan.
    pub plan_hash: String,
    /// Hash of the scenario's files.
    pub source_hash: String,
}

/// Where it ran and how to repeat it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Origin {
    /// Path of the scenario as given.
    pub scenario: String,
    /// Arguments of the command line that ran it.
    pub command: Vec<String>,
    /// Command line that runs it again with the same seed.
    pub repeat: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// Parameters as resolved, secrets by name.
    pub params: BTreeMap<String, String>,
    /// Hash over all files read.
    pub source_hash: String,
    /// Hash of the plan.
    pub plan_hash: String,
    /// Files that were read.
    pub files: Vec<FileLine>,
    /// Plans that were in force.
    pub generations: Vec<Generation>,
    /// What hubs and servers said about themselves, by name.
    pub targets: BTreeMap<String, BTreeMap<String, String>>,
    /// The machine at the start.
    pub environment_start: BTreeMap<String, String>,
    /// What was different about the machine at the end: name, then value at the start and at the end.
    pub environment_changed: BTreeMap<String, (String, String)>,
}
