//! What of the GPUs' time and energy belongs to tasks.

use super::{EnergyMethod, Figure};
use serde::Serialize;

/// What tasks took of the farm's GPUs: the growth of a GPU's counters between the ends of each task that had the GPU to itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Attribution {
    /// By notebook: tasks with outcome ok.
    pub notebooks: Vec<SpentRow>,
    /// Share of the GPUs' energy over the load that lies outside of tasks that had a GPU to themselves: idle, shared, or of somebody else.
    pub unattributed: Option<f64>,
    /// Where the energy is from; integrated power where some of it is.
    pub method: EnergyMethod,
    /// GPUs whose time and energy belong to no task, with the reason.
    pub refused: Vec<Refused>,
    /// Tasks for a part of which the counters are not known: a gap, or a machine that booted. In no figure.
    pub unseen: u64,
}

impl Attribution {
    /// Tasks of all notebooks that are too short for the interval of sampling.
    #[must_use]
    pub fn too_short(&self) -> u64 {
        self.notebooks.iter().map(|row| row.too_short).sum()
    }
}

/// What tasks of one notebook took.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SpentRow {
    /// The notebook's key.
    pub notebook: String,
    /// Tasks too short for the interval of sampling: no whole interval lies within them. Where they are more than 5 % of the notebook's tasks it
    /// has no figures: those of the longer ones alone would be too high.
    pub too_short: u64,
    /// Mean joules of a task, as the device reports them.
    pub joules: Figure,
    /// Mean seconds of a task for which a GPU was busy; of several GPUs the sum.
    pub gpu_seconds: Figure,
}

/// A GPU of no task.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Refused {
    /// Its number and node.
    pub gpu: String,
    /// Why.
    pub why: String,
}
