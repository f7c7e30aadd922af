//! Adding to a dead run's record what was cleaned up after it.

use super::lock::RunLock;
use super::reader::Reader;
use super::writer::Writer;
use super::{Manifest, SourceError, reserve};
use crate::event::{Event, EventKind, Ids, LeaseRecord, LeaseState};
use crate::port::{Record, SinkError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Why a ledger cannot be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another process writes the run.
    #[error("the run {run} is still running")]
    Running {
        /// Its id.
        run: String,
    },
    /// The lease is not open in this run.
    #[error("the run has no open lease {lease}")]
    NotOpen {
        /// Number of the lease.
        lease: u64,
    },
    /// The run cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The run cannot be written.
    #[error("{0}")]
    Sink(#[from] SinkError),
}

/// The ledger of a run that is no longer written: what it left on hubs. It holds the run's lock, so two clean-ups do not meet.
#[derive(Debug)]
pub struct Ledger {
    manifest: Manifest,
    open: BTreeMap<u64, LeaseRecord>,
    writer: Writer,
    /// The event before the next one: its number, time and generation go on.
    last: Event,
}

impl Ledger {
    /// Opens the ledger of the run in a folder. Its events carry a new incarnation.
    ///
    /// # Errors
    /// The run is running, has no event, or cannot be read or written.
    pub fn open(dir: &Path) -> Result<Self, LedgerError> {
        let manifest = Manifest::load(dir)?;
        let lock = RunLock::take(dir).map_err(|error| SinkError(format!("failed to lock the run: {error}")))?;
        let Some(lock) = lock else { return Err(LedgerError::Running { run: manifest.run }) };
        // The process that kept it is gone, or at its end.
        reserve::release(dir);
        let reader = Reader::open(dir)?;
        let open = reader.open_leases()?.into_iter().map(|lease| (lease.lease, lease)).collect();
        let mut last = reader.last_event()?.ok_or_else(|| SourceError::Unreadable {
            what: "the ledger".to_owned(),
            why: "the run has no event".to_owned(),
        })?;
        drop(reader);
        last.incarnation += 1;
        let writer = Writer::append(dir, lock, last.seq)?;
        Ok(Self { manifest, open, writer, last })
    }

    /// What was run.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The last step of each lease that is not closed, by number.
    #[must_use]
    pub fn open_leases(&self) -> &BTreeMap<u64, LeaseRecord> {
        &self.open
    }

    /// Records that a lease is closed, and waits for the disk.
    ///
    /// # Errors
    /// The lease is not open, or the run cannot be written.
    pub fn close_lease(&mut self, lease: u64, wall_ns: i64) -> Result<(), LedgerError> {
        if !self.put_closed(lease, wall_ns) {
            return Err(LedgerError::NotOpen { lease });
        }
        Ok(self.writer.sync()?)
    }

    /// Whether the lease was open.
    fn put_closed(&mut self, lease: u64, wall_ns: i64) -> bool {
        let Some(record) = self.open.remove(&lease) else { return false };
        self.put(EventKind::Lease(LeaseRecord { state: LeaseState::Closed, wall_ns, ..record }));
        true
    }

    /// Adds an event, such as what could not be removed and why, and waits for the disk.
    ///
    /// # Errors
    /// The run cannot be written.
    pub fn append(&mut self, kind: EventKind) -> Result<(), LedgerError> {
        self.put(kind);
        Ok(self.writer.sync()?)
    }

    fn put(&mut self, kind: EventKind) {
        // The run's clock stood still since its last event; wall time stands in the lease.
        let event = Event { seq: self.last.seq + 1, ids: Ids::default(), kind, ..self.last.clone() };
        self.writer.put(&Record::Event(Arc::new(event.clone())));
        self.last = event;
    }

    /// Folds everything into the run's one file.
    ///
    /// # Errors
    /// The run cannot be written.
    pub fn close(mut self) -> Result<(), LedgerError> {
        Ok(self.writer.close()?)
    }
}

/// Records that leases of a dead run are closed, each with the wall time of its own step. One that somebody else closed meanwhile is
/// passed over.
///
/// # Errors
/// As [`Ledger::open`] and [`Ledger::append`].
pub fn close_leases(folder: &Path, closed: &[LeaseRecord]) -> Result<(), LedgerError> {
    let mut ledger = Ledger::open(folder)?;
    for lease in closed {
        ledger.put_closed(lease.lease, lease.wall_ns);
    }
    ledger.close()
}

/// Writes down the end of a run whose store broke, such as on a full disk: `ended` is its last event, and of its leases only those in
/// `left` are still open. Everything that was recorded until then stays as it is.
///
/// # Errors
/// As [`Ledger::open`] and [`Ledger::append`]: there is no room even for this.
pub fn end_broken(folder: &Path, left: &BTreeSet<u64>, wall_ns: i64, ended: EventKind) -> Result<(), LedgerError> {
    let mut ledger = Ledger::open(folder)?;
    let closed: Vec<u64> = ledger.open.keys().copied().filter(|lease| !left.contains(lease)).collect();
    for lease in closed {
        ledger.put_closed(lease, wall_ns);
    }
    ledger.put(ended);
    ledger.close()
}
