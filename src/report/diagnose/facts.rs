//! What the diagnosis of a farm works on.

use super::Presence;

/// A sampled value over time: (seconds from the run's start, value), in order.
pub(in crate::report) type Series = Vec<(f64, f64)>;

/// What a series was over the load as a whole, by its own samples: not by the points that a [`Series`] is thinned to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::report) struct OverLoad {
    /// Its mean; of a counter its growth in a second.
    pub(in crate::report) mean: Option<f64>,
    /// Its greatest value; of a gauge only.
    pub(in crate::report) max: Option<f64>,
}

/// What was recorded of a farm during its load.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct FarmFacts {
    /// The load: from, to; seconds from the run's start.
    pub(in crate::report) load_s: (f64, f64),
    /// Every node, in the author's order.
    pub(in crate::report) nodes: Vec<NodeFacts>,
    /// First server of each user: when it was asked for first, when it was ready; seconds from the run's start.
    pub(in crate::report) spawns: Vec<(f64, f64)>,
    /// Spawns that hubs refused for now.
    pub(in crate::report) refused: u64,
}

/// One task that ended with outcome ok.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct TaskFact {
    /// When it ended, seconds from the run's start.
    pub(in crate::report) ended_s: f64,
    /// Its service time.
    pub(in crate::report) took_s: f64,
    /// Number of its notebook.
    pub(in crate::report) notebook: usize,
}

/// What was recorded of one node.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct NodeFacts {
    /// Its name.
    pub(in crate::report) name: String,
    /// Its role, as a reader reads it: `microserver`, `GPU server`.
    pub(in crate::report) role: &'static str,
    /// Tasks of its users.
    pub(in crate::report) tasks: Vec<TaskFact>,
    /// Tasks whose processes ran on it: those of all nodes whose kernels are there.
    pub(in crate::report) tasks_served: u64,
    /// Share of its processors that was busy.
    pub(in crate::report) cpu: Series,
    /// The same over the load.
    pub(in crate::report) cpu_over_load: OverLoad,
    /// Share of the time in which something on it waited for a processor.
    pub(in crate::report) cpu_waits: Series,
    /// Processors that it has.
    pub(in crate::report) cores: Option<f64>,
    /// Memory in use, bytes.
    pub(in crate::report) memory: Series,
    /// The same over the load.
    pub(in crate::report) memory_over_load: OverLoad,
    /// Memory that it has, bytes.
    pub(in crate::report) memory_total: Option<f64>,
    /// Boot times seen, seconds from the run's start, each with when it was first seen.
    pub(in crate::report) boots: Vec<(f64, f64)>,
    /// When it could be reached.
    pub(in crate::report) presence: Presence,
    /// GPUs that its users' kernels work on, or that a GPU server holds.
    pub(in crate::report) gpus: Vec<GpuFacts>,
}

/// Clocks of machines and the scrape's moment differ by this much without a boot between.
const SLACK_S: f64 = 5.0;

impl NodeFacts {
    /// Each boot after the first: when it was, and when that was first seen, seconds from the run's start.
    pub(in crate::report) fn reboots(&self) -> Vec<(f64, f64)> {
        self.boots.windows(2).filter(|two| two[1].0 - two[0].0 > SLACK_S).map(|two| two[1]).collect()
    }
}

/// What was recorded of one GPU.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct GpuFacts {
    /// What tells it from others, such as `gx8 GPU 3`.
    pub(in crate::report) name: String,
    /// Share of the time in which it worked.
    pub(in crate::report) busy: Series,
    /// The same over the load.
    pub(in crate::report) busy_over_load: OverLoad,
    /// Share of the time in which its clock was held back by heat or power.
    pub(in crate::report) throttled: Series,
    /// Memory in use, as a share.
    pub(in crate::report) memory: Series,
    /// The same over the load.
    pub(in crate::report) memory_over_load: OverLoad,
}

/// Values of a series from a time up to another.
pub(in crate::report) fn within(series: &[(f64, f64)], (from, to): (f64, f64)) -> &[(f64, f64)] {
    let start = series.partition_point(|(t, _)| *t < from);
    let end = series.partition_point(|(t, _)| *t < to);
    &series[start..end.max(start)]
}

/// Their mean; `None` without any.
pub(in crate::report) fn mean(series: &[(f64, f64)], window: (f64, f64)) -> Option<f64> {
    let inside = within(series, window);
    (!inside.is_empty()).then(|| inside.iter().map(|(_, v)| v).sum::<f64>() / inside.len() as f64)
}
