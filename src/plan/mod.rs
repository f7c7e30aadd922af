//! What shall happen: hubs, notebooks, users, load, sampling, thresholds.
//!
//! A [`Plan`] is plain data. It is what a scenario returns, what `check` prints, what a run drives and what a report quotes. It holds no
//! function and no secret: behaviour is named by its path in the plan, secrets by where they come from ([`SecretRef`]).

mod calibration;
mod estimate;
mod farm;
mod habit;
mod hash;
mod load;
mod metric;
mod notebook;
mod placement;
pub mod quantity;
pub mod rights;
pub mod roster;
mod source;
mod target;
pub mod threshold;
mod user;
mod validate;

pub use calibration::{Calibration, CalibrationError};
pub use estimate::{Disk, Estimate, HubEstimate, UsersPoint};
pub use farm::{Farm, GpuName, GpuRef, Limits, Node, PlacementRule, Role, Size};
pub use habit::{Habit, Habits};
pub use hash::{canonical_json, sha256_hex};
pub use load::{Executor, ExecutorKind, Stage, Window};
pub use metric::{Instrument, OwnMetric};
pub use notebook::{Keep, Needs, NotebookSpec};
pub use placement::{NodesOfUsers, Placement, place, server_name};
pub use source::{MetricsSource, PROFILES};
pub use target::{Accounts, HubTarget, PrometheusTarget, SecretRef, ServerTarget, Target};
pub use threshold::Threshold;
pub use user::{Behaviour, Distribution, MixEntry, UserFunction, UserSpec};
pub use validate::{PlanFault, validate, warnings};

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The language's major version that this hubmark speaks.
pub const API: u32 = 1;

/// Everything that a scenario asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Name of the scenario, used in run ids: letters, digits, `-`, `_`, `.`.
    pub name: String,
    /// One line that says what the scenario is for.
    pub about: Option<String>,
    /// Major version of the language the scenario is written in.
    pub api: u32,
    /// The author's own labels of a run.
    pub tags: BTreeMap<String, String>,
    /// Seed of every random choice.
    pub seed: u64,
    /// Hubs and plain servers by name.
    pub targets: BTreeMap<String, Target>,
    /// Prometheus servers that the scenario's functions may ask, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prometheus: BTreeMap<String, PrometheusTarget>,
    /// Machines and who works on them.
    #[serde(default, skip_serializing_if = "Farm::is_empty")]
    pub farm: Farm,
    /// Notebooks by key.
    pub notebooks: BTreeMap<String, NotebookSpec>,
    /// Kinds of virtual user by key.
    pub users: BTreeMap<String, UserSpec>,
    /// Metrics that users' code observes, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, OwnMetric>,
    /// Executors by key.
    pub load: BTreeMap<String, Executor>,
    /// How fast servers may be asked for.
    pub spawns: SpawnPacing,
    /// How often what is sampled.
    pub sampling: Sampling,
    /// Objectives, in the author's order.
    pub thresholds: Vec<Threshold>,
    /// Hooks that the scenario defines.
    pub hooks: BTreeSet<Hook>,
    /// Which executed notebooks are kept.
    pub keep: Keep,
    /// Parameters as resolved for this run, printable; secrets by name.
    pub params: BTreeMap<String, String>,
}

/// How fast hubmark asks hubs for servers. Hubs limit spawns and answer 429, so they have a pacing of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpawnPacing {
    /// Most spawns asked for per second, `None` for as fast as users come.
    pub at_most: Option<quantity::Rate>,
    /// Most spawns pending at one time, over all users of a hub.
    pub together: u32,
    /// How long a server may take until it is ready.
    #[serde(with = "quantity::duration_ns")]
    pub timeout: Duration,
}

impl Default for SpawnPacing {
    fn default() -> Self {
        Self { at_most: None, together: 10, timeout: Duration::from_secs(300) }
    }
}

/// How often what is sampled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Interval of host and hubmark samples.
    #[serde(with = "quantity::duration_ns")]
    pub host: Duration,
    /// Interval of the samples of GPUs.
    #[serde(with = "quantity::duration_ns", default = "Sampling::gpu_default")]
    pub gpu: Duration,
    /// Length of one row of the report's table over time.
    #[serde(with = "quantity::duration_ns")]
    pub report: Duration,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { host: Duration::from_secs(5), gpu: Self::gpu_default(), report: Duration::from_secs(300) }
    }
}

impl Sampling {
    /// A second: drivers average utilisation over at most that long, so every window is looked at.
    fn gpu_default() -> Duration {
        Duration::from_secs(1)
    }
}

/// A function of the scenario that hubmark calls while a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hook {
    /// Before the first user starts.
    Setup,
    /// After each task, in event order.
    TaskDone,
    /// After the last user is gone.
    Teardown,
}

impl Hook {
    /// All hooks, in the order in which a run meets them.
    pub const ALL: [Hook; 3] = [Hook::Setup, Hook::TaskDone, Hook::Teardown];

    /// The name that authors write under `on`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Hook::Setup => "setup",
            Hook::TaskDone => "task_done",
            Hook::Teardown => "teardown",
        }
    }
}

impl Plan {
    /// Hash of the canonical JSON of the plan: sorted keys, durations in nanoseconds, secrets by name.
    #[must_use]
    pub fn hash(&self) -> String {
        sha256_hex(canonical_json(self).as_bytes())
    }

    /// From the start of the load to the end of its last executor, without ramp-down of tasks that still run; `None` where an
    /// executor ends when its work is done and not at a time.
    #[must_use]
    pub fn length(&self) -> Option<Duration> {
        self.load.values().map(Executor::end).try_fold(Duration::ZERO, |longest, end| end.map(|e| longest.max(e)))
    }
}
