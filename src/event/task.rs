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
    /// What a reader should know although the task may be ok.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
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

/// Something that a task or a call of a user's code met and that did not make it fail, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What.
    pub kind: NoticeKind,
    /// How often, at least once.
    pub count: u32,
}

/// What a task or a call can meet without failing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The server dropped output because there was too much of it (`IOPub data rate exceeded`); the executed copy lacks it.
    OutputTruncated,
    /// The executed copy lacks messages of output that were over its limits.
    CopyTruncated,
    /// The connection to the kernel was lost and found again. What the kernel said meanwhile came after; what the server had sent and we had
    /// not received is missing.
    Reconnected,
    /// Messages of the kernel that are missing since its connection was lost, as many as the numbers in their names tell. Jupyter numbers
    /// nothing; ipykernel does. Other kernels never have this.
    OutputLost,
}

impl NoticeKind {
    /// The name in records and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            NoticeKind::OutputTruncated => "output_truncated",
            NoticeKind::CopyTruncated => "copy_truncated",
            NoticeKind::Reconnected => "reconnected",
            NoticeKind::OutputLost => "output_lost",
        }
    }

    /// What it means, for the person who reads a report.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            NoticeKind::OutputTruncated => "the server dropped output because there was too much of it",
            NoticeKind::CopyTruncated => "the executed copy lacks output that was over its limits",
            NoticeKind::Reconnected => {
                "the connection to a kernel was lost and found again; what was on its way at that moment is missing, and counted as \
                 output lost where the kernel numbers its messages, as ipykernel does"
            }
            NoticeKind::OutputLost => {
                "messages with output that were on their way when the connection to a kernel was lost"
            }
        }
    }

    /// Whether output is missing because of it.
    #[must_use]
    pub fn loses_output(self) -> bool {
        match self {
            NoticeKind::OutputTruncated | NoticeKind::CopyTruncated | NoticeKind::OutputLost => true,
            NoticeKind::Reconnected => false,
        }
    }

    /// Every kind, for the reference and the tests.
    pub const ALL: [NoticeKind; 4] =
        [NoticeKind::OutputTruncated, NoticeKind::CopyTruncated, NoticeKind::Reconnected, NoticeKind::OutputLost];
}

impl Notice {
    /// Counts notices into a list that has one entry a kind.
    pub fn add(list: &mut Vec<Notice>, more: &[Notice]) {
        for notice in more {
            match list.iter_mut().find(|known| known.kind == notice.kind) {
                Some(known) => known.count = known.count.saturating_add(notice.count),
                None => list.push(*notice),
            }
        }
    }
}

/// When one cell was sent and done, as the client saw it and as the kernel said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellTiming {
    /// Index among all cells of the document.
    pub cell: u32,
    /// When it was sent, nanoseconds of the run's schedule clock.
    pub sent_ns: u64,
    /// How long until its reply and the kernel's idle status were there.
    pub took_ns: u64,
    /// When the kernel said that it was busy with it: nanoseconds since 1970 by the kernel's own clock. Absent where it did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel_started_ns: Option<u64>,
    /// How long the kernel was busy with it by its own clock, in which the network has no part. Absent where it did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel_took_ns: Option<u64>,
    /// How it ended.
    pub outcome: Outcome,
}
