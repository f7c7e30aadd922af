//! One execution of a notebook.

use super::{Failure, Outcome};
use serde::{Deserialize, Serialize};

/// How one task went. All times are nanoseconds of the run's schedule clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// Key of the notebook in the plan.
    pub notebook: String,
    /// Hub or server.
    pub target: String,
    /// Account; empty on a plain server.
    pub account: String,
    /// Kernel that executed it; empty if none came to be.
    pub kernel_id: String,
    /// When its iteration should have started.
    pub scheduled_ns: u64,
    /// When the first cell was sent.
    pub started_ns: u64,
    /// When it ended.
    pub ended_ns: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// Code cells of the notebook.
    pub cells: u32,
    /// Cells that were sent, with their times, at most [`TaskRecord::CELLS_MAX`].
    pub timings: Vec<CellTiming>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Index of the cell (of all cells of the document) where it went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_cell: Option<u32>,
    /// Path of the kept executed notebook, below the run's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

impl TaskRecord {
    /// Most cells whose times are recorded for one task.
    pub const CELLS_MAX: usize = 256;

    /// Service time in nanoseconds: from the first cell sent to the end.
    #[must_use]
    pub fn service_ns(&self) -> u64 {
        self.ended_ns.saturating_sub(self.started_ns)
    }

    /// Response time in nanoseconds: from the scheduled start to the end.
    #[must_use]
    pub fn response_ns(&self) -> u64 {
        self.ended_ns.saturating_sub(self.scheduled_ns)
    }
}

/// When one cell was sent and done, as the client saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellTiming {
    /// Index among all cells of the document.
    pub cell: u32,
    /// When it was sent, nanoseconds of the run's schedule clock.
    pub sent_ns: u64,
    /// How long until its reply and the kernel's idle status were there.
    pub took_ns: u64,
    /// How it ended.
    pub outcome: Outcome,
}
