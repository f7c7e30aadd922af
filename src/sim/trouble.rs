//! What can go wrong in a simulated world: the same things, with the same outcomes, as on a real hub.
//!
//! `tests/contract` provokes each of them on a real hub and arranges it here, and wants both to look the same.

use crate::event::{Failure, Notice, NoticeKind, Outcome};
use crate::port::CellReply;

/// One thing that goes wrong. [`super::SimHub::arrange`] makes it happen at the next occasion, [`super::Faults`] by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The spawner raises.
    SpawnFails,
    /// The spawned server never answers.
    SpawnHangs,
    /// The hub spawns as many as it may at once.
    SpawnThrottled,
    /// The hub has as many servers as it may have.
    HubFull,
    /// The kernel's process does not come up.
    KernelDoesNotStart,
    /// The kernel starts, and the connection to it is lost before it can be used; it stays until somebody deletes it.
    KernelStartLost,
    /// A cell raises.
    CellRaises,
    /// A cell raises because there is no memory left.
    CellFillsMemory,
    /// A cell asks for input.
    CellAsksForInput,
    /// A cell goes on until it is interrupted.
    CellNeverEnds,
    /// A cell prints more than the server passes on.
    CellFloods,
    /// The kernel's process ends, and the server starts another one for it.
    KernelDies,
    /// Somebody shuts the kernel down.
    KernelDeleted,
    /// Somebody restarts the kernel.
    KernelRestarted,
    /// The hub, or somebody, stops the server.
    ServerCulled,
    /// The server's process ends, and the hub does not know yet.
    ServerDies,
    /// The connection ends, and what the kernel said meanwhile is lost.
    ConnectionLost,
}

impl Trouble {
    /// Whether it meets a spawn.
    #[must_use]
    pub fn of_spawns(self) -> bool {
        matches!(self, Self::SpawnFails | Self::SpawnHangs | Self::SpawnThrottled | Self::HubFull)
    }

    /// Whether it meets the start of a kernel.
    #[must_use]
    pub fn of_kernel_starts(self) -> bool {
        matches!(self, Self::KernelDoesNotStart | Self::KernelStartLost)
    }

    /// Whether it meets a cell.
    #[must_use]
    pub fn of_cells(self) -> bool {
        !self.of_spawns() && !self.of_kernel_starts()
    }

    /// What the kernel can no longer be used for, and why; `None` where it can.
    pub(super) fn ends_kernel(self) -> Option<Failure> {
        let (outcome, text) = match self {
            Self::KernelDies => (Outcome::KernelDied, "the kernel died and lost its state"),
            Self::KernelDeleted => (Outcome::KernelDeleted, "somebody shut the kernel down"),
            Self::KernelRestarted => (Outcome::KernelRestarted, "somebody restarted the kernel"),
            Self::ServerCulled => (Outcome::ServerCulled, "the server was stopped"),
            Self::ServerDies => (Outcome::ServerDied, "the server's process ended"),
            Self::KernelStartLost => (Outcome::ConnectionLost, "the connection to the new kernel ended"),
            Self::ConnectionLost => (Outcome::ConnectionLost, "what the kernel said meanwhile is lost"),
            _ => return None,
        };
        Some(Failure::new(outcome, format!("{text} (simulated)")))
    }

    /// The reply of a kernel that goes on.
    pub(super) fn reply(self, execution_count: u64) -> CellReply {
        let failure = match self {
            Self::CellRaises => Some((Outcome::CellError, "SimulatedError: a simulated fault")),
            Self::CellFillsMemory => Some((Outcome::Oom, "MemoryError: simulated")),
            Self::CellAsksForInput => Some((Outcome::StdinRefused, "StdinNotImplementedError: simulated")),
            _ => None,
        };
        let notices = match self {
            Self::CellFloods => vec![Notice { kind: NoticeKind::OutputTruncated, count: 1 }],
            _ => vec![],
        };
        let failure = failure.map(|(outcome, text)| Failure::new(outcome, text));
        CellReply { execution_count: Some(execution_count), failure, notices, ..CellReply::default() }
    }

    /// How the hub refuses or fails a spawn.
    pub(super) fn spawn(self) -> Failure {
        match self {
            Self::SpawnThrottled => {
                let text = "Too many users trying to log in right now";
                let mut failure = Failure::new(Outcome::SpawnThrottled, text).with_status(429);
                failure.retry_after_s = Some(5);
                failure
            }
            Self::HubFull => Failure::new(Outcome::HubFull, "Active user limit exceeded").with_status(429),
            _ => Failure::new(Outcome::SpawnFailed, "Spawn failed: simulated fault"),
        }
    }
}
