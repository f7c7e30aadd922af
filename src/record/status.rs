//! How a store is, for everybody who wants to know.

use crate::port::SinkError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// How a store is. Clones see the same store, from any thread, also after its end.
#[derive(Debug, Clone, Default)]
pub struct StoreStatus {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    committed: Arc<AtomicU64>,
    lost: AtomicU64,
    files_failed: AtomicU64,
    faults: Mutex<Faults>,
}

#[derive(Debug, Default)]
struct Faults {
    broken: Option<SinkError>,
    untold: Option<SinkError>,
}

impl StoreStatus {
    /// The last event that is kept even if this process dies now; 0 before the first. Every event up to it is kept.
    #[must_use]
    pub fn committed_seq(&self) -> u64 {
        self.shared.committed.load(Ordering::Acquire)
    }

    /// The number that [`StoreStatus::committed_seq`] reads, for who polls it.
    #[must_use]
    pub fn committed(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.shared.committed)
    }

    /// Why the record ended before the run, if it did.
    #[must_use]
    pub fn broken(&self) -> Option<SinkError> {
        self.faults().broken.clone()
    }

    /// Events and sample batches that came after the record broke.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// Files, such as executed notebooks, that could not be written. The record is whole without them.
    #[must_use]
    pub fn files_failed(&self) -> u64 {
        self.shared.files_failed.load(Ordering::Relaxed)
    }

    pub(super) fn set_committed(&self, seq: u64) {
        self.shared.committed.store(seq, Ordering::Release);
    }

    pub(super) fn add_lost(&self, count: u64) {
        self.shared.lost.fetch_add(count, Ordering::Relaxed);
    }

    /// The first failure is told; after it the counter says enough.
    pub(super) fn file_failed(&self, error: SinkError) {
        if self.shared.files_failed.fetch_add(1, Ordering::Relaxed) == 0 {
            self.faults().untold.get_or_insert(error);
        }
    }

    pub(super) fn break_with(&self, error: SinkError) {
        let mut faults = self.faults();
        if faults.broken.is_none() {
            faults.broken = Some(error.clone());
            faults.untold = Some(error);
        }
    }

    /// An error that nobody was told yet, once.
    pub(super) fn take_untold(&self) -> Result<(), SinkError> {
        self.faults().untold.take().map_or(Ok(()), Err)
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        // Nothing that runs under this lock can panic half-way through a change.
        self.shared.faults.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
