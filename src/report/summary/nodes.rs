//! The farm: what each node did, and whether its kernels were where the scenario says.

use super::Figure;
use serde::Serialize;
use std::collections::BTreeMap;

/// A farm and what its nodes did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FarmReport {
    /// Role of the machines that notebooks' processes run on, as the scenario says; null where it does not.
    pub kernels_on: Option<String>,
    /// Whether the scenario gives each GPU to one node alone.
    pub dedicated: bool,
    /// What a reader must know before reading any figure of a node.
    pub notes: Vec<String>,
    /// Nodes by role; roles without nodes are left out.
    pub roles: Vec<RoleReport>,
}

/// Nodes of one role.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RoleReport {
    /// `microserver` or `gpu_server`.
    pub role: String,
    /// Its name for people.
    pub name: String,
    /// Nodes, in the scenario's order.
    pub nodes: Vec<NodeRow>,
    /// Jain's index of the tasks that nodes with users completed: 1 where all did the same, 1/n where one did everything. Null without tasks.
    pub evenness: Option<f64>,
    /// Nodes by what was found of their placement: `verified`, `unverified`, `contradicted`, `not_asked`.
    pub placements: BTreeMap<String, u32>,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NodeRow {
    /// Its name.
    pub node: String,
    /// Hub or server that its users work on; null for a machine that no user works on.
    pub hub: Option<String>,
    /// Users that work from it, over the whole run.
    pub users: u32,
    /// GPUs that the scenario gives to its users, or that are its own.
    pub gpus: Vec<String>,
    /// `verified`, `unverified` or `contradicted`; null where no kernel was asked.
    pub placement: Option<String>,
    /// What was compared, in words.
    pub placement_why: Option<String>,
    /// Versions of packages that its kernels have, by name.
    pub versions: BTreeMap<String, String>,
    /// Nodes whose users' kernels run on it, as the scenario says. Where there are some, the figures below are of their tasks.
    pub kernels_of: u32,
    /// Tasks that ended with outcome ok.
    pub completed: u64,
    /// Tasks that failed.
    pub failed: u64,
    /// Tasks that the end of the run interrupted.
    pub interrupted: u64,
    /// Tasks completed per minute of the load. Those of the nodes with users add up to the run's.
    pub per_minute: Figure,
    /// Its share of all completed tasks, with its interval.
    pub share: Figure,
    /// Median service time of its tasks; failed tasks count as above every bound.
    pub task_p50: Figure,
    /// Mean service time of its tasks with outcome ok.
    pub task_mean: Figure,
    /// Mean time of its users' server starts that succeeded.
    pub spawn_mean: Figure,
    /// Server starts that failed.
    pub spawns_failed: u64,
}

/// Users that were released together.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TogetherRow {
    /// Their executor.
    pub executor: String,
    /// Users whose server and kernels were ready at the release.
    pub ready: u32,
    /// Users of the executor.
    pub users: u32,
    /// How long the barrier waited for the slowest, seconds.
    pub waited_s: f64,
    /// Users that began.
    pub begun: u32,
    /// From the release to the first begin, seconds.
    pub first_s: Option<f64>,
    /// From the first to the last begin: the spread of the real starts, seconds.
    pub spread_s: Option<f64>,
}
