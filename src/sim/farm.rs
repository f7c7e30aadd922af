//! Where a simulated hub's kernels run, and what notebooks need there.

use super::machine::{Place, Stopped};
use crate::event::{Failure, Outcome};
use crate::plan::Needs;
use std::collections::BTreeMap;

/// The machines behind a simulated hub. Servers that it does not name run nowhere in particular and disturb nobody.
#[derive(Clone, Default)]
pub struct SimFarm {
    /// By path of the server: `account`, or `account/name`.
    pub places: BTreeMap<String, Place>,
    /// By key of the notebook.
    pub needs: BTreeMap<String, Needs>,
    /// Spawns that the hub lets be pending at a time; it refuses more with 429, as `concurrent_spawn_limit` does.
    pub spawns_together: Option<u32>,
}

impl Stopped {
    /// What the user sees of it. What leaves the kernel alive is an error of the cell.
    pub(super) fn failure(self) -> Failure {
        let (outcome, text) = match self {
            Self::Down => (Outcome::ServerDied, "the machine went down (simulated)"),
            Self::Memory => (Outcome::Oom, "MemoryError: the machine's memory is full (simulated)"),
            Self::GpuMemory => (Outcome::Oom, "OutOfMemoryError: CUDA out of memory (simulated)"),
        };
        Failure::new(outcome, text)
    }
}
