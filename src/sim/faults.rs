//! What goes wrong in a simulated world, and how often.

use super::trouble::Trouble;
use std::time::Duration;

/// Probabilities of faults, each drawn from a stream of its own. The default is a world without faults.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Faults {
    /// A spawn fails.
    pub spawn_failed: f64,
    /// A spawn is refused for now, with a time to come again.
    pub spawn_throttled: f64,
    /// A spawn is refused because the hub is full.
    pub hub_full: f64,
    /// A spawned server never answers.
    pub spawn_hangs: f64,
    /// A kernel does not start.
    pub kernel_start_failed: f64,
    /// A kernel starts and cannot be reached, and stays.
    pub kernel_start_lost: f64,
    /// A cell raises an error.
    pub cell_error: f64,
    /// A cell has no memory left.
    pub oom: f64,
    /// A cell prints more than the server passes on.
    pub output_flood: f64,
    /// A kernel dies in a cell.
    pub kernel_died: f64,
    /// A kernel is restarted by somebody else while a cell runs.
    pub kernel_restarted: f64,
    /// A server is stopped by somebody else while a cell runs.
    pub server_culled: f64,
    /// A server's process ends while a cell runs.
    pub server_died: f64,
    /// The connection ends while a cell runs, and what the kernel said is lost.
    pub connection_lost: f64,
    /// A request to remove something gets no answer.
    pub removal_unanswered: f64,
    /// The hub's proxy is down: from when on the run's clock, and until when.
    pub outage: Option<(Duration, Duration)>,
}

impl Faults {
    /// What may meet a spawn, with its probability, in the order in which it is drawn.
    pub(super) fn of_spawns(&self) -> [(Trouble, f64); 4] {
        [
            (Trouble::SpawnThrottled, self.spawn_throttled),
            (Trouble::HubFull, self.hub_full),
            (Trouble::SpawnHangs, self.spawn_hangs),
            (Trouble::SpawnFails, self.spawn_failed),
        ]
    }

    /// What may meet the start of a kernel.
    pub(super) fn of_kernel_starts(&self) -> [(Trouble, f64); 2] {
        [(Trouble::KernelDoesNotStart, self.kernel_start_failed), (Trouble::KernelStartLost, self.kernel_start_lost)]
    }

    /// What may meet a cell.
    pub(super) fn of_cells(&self) -> [(Trouble, f64); 8] {
        [
            (Trouble::ServerCulled, self.server_culled),
            (Trouble::ServerDies, self.server_died),
            (Trouble::KernelDies, self.kernel_died),
            (Trouble::KernelRestarted, self.kernel_restarted),
            (Trouble::ConnectionLost, self.connection_lost),
            (Trouble::CellFillsMemory, self.oom),
            (Trouble::CellRaises, self.cell_error),
            (Trouble::CellFloods, self.output_flood),
        ]
    }
}
