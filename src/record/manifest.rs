//! `manifest.json`: what was run, with what, where. Secrets never.

use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a run's folder says about the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the record's format, [`crate::event::FORMAT`].
    pub format: u32,
    /// The run's id: sorts by time and reads well.
    pub run: String,
    /// Version of hubmark.
    pub hubmark: String,
    /// Whether its world is simulated.
    pub simulated: bool,
    /// Wall time of the start, nanoseconds since 1970.
    pub started_wall_ns: i64,
    /// Wall time of the end; `None` while it runs and for a killed run.
    pub ended_wall_ns: Option<i64>,
    /// Path of the scenario as given.
    pub scenario: String,
    /// Files that were read, with their hashes, sorted by path.
    pub files: Vec<FileHash>,
    /// SHA-256 over the sorted (path, bytes) of all files read.
    pub source_hash: String,
    /// Hash of the plan.
    pub plan_hash: String,
    /// The plan.
    pub plan: Plan,
    /// Part of the run that this process drives, from 1, and of how many.
    pub segment: (u32, u32),
    /// Arguments of the command line, secrets by name.
    pub command: Vec<String>,
    /// What the hubs said about themselves, by name.
    pub targets: BTreeMap<String, TargetFacts>,
    /// The machine at the start.
    pub environment_start: Environment,
    /// The machine at the end; `None` while it runs and for a killed run.
    pub environment_end: Option<Environment>,
}

/// One file of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileHash {
    /// Path below the scenario's folder.
    pub path: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
}

/// What a hub or server said about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetFacts {
    /// Its address.
    pub url: String,
    /// Version of JupyterHub or Jupyter Server.
    pub version: String,
    /// What else it told.
    pub facts: BTreeMap<String, String>,
}

/// The machine that hubmark runs on. Names follow the MLPerf system description where it has one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Such as `host_processor_model_name`, `host_memory_capacity`, `operating_system`, `kernel`; sorted.
    pub facts: BTreeMap<String, String>,
    /// Its GPUs, by number. Empty where there are none, or where nobody looked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gpus: Vec<Gpu>,
}

/// A GPU as its driver describes it. What the driver does not tell is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gpu {
    /// Its number on the machine, from 0.
    pub index: u32,
    /// The identity that its series carry.
    pub uuid: String,
    /// Its product name.
    pub name: String,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
    /// Watts that it is limited to.
    pub power_limit_w: Option<f64>,
    /// Whether it is cut into instances (MIG).
    pub mig: Option<bool>,
    /// Highest clock of its SMs, hertz.
    pub max_sm_hz: Option<f64>,
    /// Highest clock of its memory, hertz.
    pub max_memory_hz: Option<f64>,
    /// Whether it is made up.
    pub simulated: bool,
}
