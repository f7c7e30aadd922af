//! What limits a farm and what is wrong with it.

use serde::Serialize;

/// One thing that limits a farm or is wrong with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Diagnosis {
    /// What kind of thing: `cpu_saturated`, `gpu_saturated`, `spawns_limited`, `gpu_throttled`, `node_slow`, `mix_uneven`, `memory_leak`, `rebooted`, `unreachable`.
    pub key: String,
    /// Nodes that it is about.
    pub nodes: Vec<String>,
    /// What it is, in a sentence with its evidence.
    pub sentence: String,
    /// What would help.
    pub remedy: String,
    /// Share of the farm's completions that it is estimated to cost; null where there is no estimate.
    pub costs: Option<f64>,
    /// Since when, seconds from the run's start; null for the whole load.
    pub since_s: Option<f64>,
}
