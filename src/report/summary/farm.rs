//! The farm: its two metric sets, node by node and interval by interval.

use super::{Diagnosis, Figure, Uptime};
use serde::Serialize;

/// What was measured of a farm.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MetricSets {
    /// What limits it and what is wrong with it, what costs most first.
    pub diagnosis: Vec<Diagnosis>,
    /// Its processors and GPUs with what they do for each task, the busiest first.
    pub resources: Vec<Resource>,
    /// The two metric sets: one row for each role.
    pub roles: Vec<MetricSet>,
    /// The same for each node, in the author's order.
    pub nodes: Vec<MetricSet>,
    /// Jain's index of the tasks completed by nodes on which users work: 1 where all completed as many; null under two such nodes.
    pub evenness: Option<f64>,
    /// Most tasks of such a node over their mean.
    pub most_over_mean: Option<f64>,
    /// Width of the cells of the heat maps, seconds; the first begins with the load.
    pub cell_s: f64,
    /// One row for each role and each interval of the scenario's `sampling.report`.
    pub intervals: Vec<RoleInterval>,
}

/// Units of one kind that tasks share, and what they could carry by the utilisation law.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Resource {
    /// Its name for people.
    pub name: String,
    /// How many there are; null where that was not measured.
    pub units: Option<f64>,
    /// Mean share of the load in which they were busy, `U`.
    pub utilization: f64,
    /// Mean share of the load in which something waited for one; null where that was not measured.
    pub waits: Option<f64>,
    /// Seconds of a unit that each completed task took, `D = units·U/X`.
    pub demand_s: Option<f64>,
    /// Tasks a minute that they carry at most if all were busy all the time, `X/U`.
    pub at_most_per_minute: f64,
}

/// The metrics of the specification, of one node or of all nodes with one role. What was not measured is null.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MetricSet {
    /// Name of the node; the role's name for a whole role.
    pub name: String,
    /// `microserver` or `gpu_server`.
    pub role: String,
    /// How many nodes it is about.
    pub nodes: u64,
    /// Mean share of the load in which its GPUs worked. Of a GPU server all that it holds; of a microserver those assigned to it.
    pub gpu_utilization: Option<f64>,
    /// Greatest share of a GPU's memory in use.
    pub gpu_memory_max: Option<f64>,
    /// Share of the load in which a GPU's memory was above its limit; null without a limit.
    pub gpu_memory_above_limit: Option<f64>,
    /// Mean share of its memory in use.
    pub memory: Option<f64>,
    /// Greatest share of its memory in use.
    pub memory_max: Option<f64>,
    /// Share of the load in which its memory was above its limit; null without a limit.
    pub memory_above_limit: Option<f64>,
    /// Mean share of its processors that was busy.
    pub cpu: Option<f64>,
    /// Share of the load in which its processors were above their limit; null without a limit.
    pub cpu_above_limit: Option<f64>,
    /// Tasks completed: from a microserver by its users, on a GPU server by all whose kernels run there.
    pub tasks: u64,
    /// The same per minute of the load.
    pub tasks_per_minute: Figure,
    /// Share of the load in which it could be reached, of the part in which that is known.
    pub availability: Option<f64>,
    /// Reboots seen during the load.
    pub reboots: Option<u64>,
    /// Its outages, with the times between and in them.
    pub uptime: Uptime,
    /// How long it was up at its last sample, seconds; the least of a role's nodes.
    pub uptime_s: Option<f64>,
    /// GPU utilisation over time, one value for each cell; null where nothing was measured. Empty for a whole role.
    pub gpu_over_time: Vec<Option<f64>>,
    /// Share of processors that was busy, likewise.
    pub cpu_over_time: Vec<Option<f64>>,
    /// Tasks that were completed in each cell, likewise.
    pub tasks_over_time: Vec<u64>,
}

/// One role in one interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RoleInterval {
    /// `microserver` or `gpu_server`.
    pub role: String,
    /// Its start, seconds from the run's start.
    pub from_s: f64,
    /// Its end.
    pub to_s: f64,
    /// Mean share of the interval in which GPUs worked.
    pub gpu_utilization: Option<f64>,
    /// Mean share of GPU memory in use.
    pub gpu_memory: Option<f64>,
    /// Mean share of memory in use.
    pub memory: Option<f64>,
    /// Mean share of processors that was busy.
    pub cpu: Option<f64>,
    /// Tasks completed.
    pub tasks: u64,
    /// The same per minute.
    pub tasks_per_minute: f64,
    /// Share of the interval in which its nodes could be reached.
    pub availability: Option<f64>,
}
