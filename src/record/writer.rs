//! The one who writes a run's folder. Both forms of the store drive it.
//!
//! | state | a record | `sync` |
//! | --- | --- | --- |
//! | whole | is kept; an error of the database makes it broken | commits and waits for the disk |
//! | broken | is counted as lost, so that the events stay dense up to the last good one | says why again |

use super::files;
use super::lock::RunLock;
use super::reserve;
use super::samples::{Blocks, SampleFault, SampleStore};
use super::schema::{self, DATABASE, Durability};
use super::status::StoreStatus;
use crate::event::Event;
use crate::port::{Record, SinkError};
use rusqlite::{Connection, params};
use std::fmt::Display;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Records of one transaction, which bounds what SQLite holds in memory.
const TRANSACTION_MAX: u64 = 1024;
/// Files that wait for `sync` to bring them to the disk.
const FILES_MAX: usize = 256;

/// Writes a run's folder.
#[derive(Debug)]
pub(super) struct Writer {
    dir: PathBuf,
    db: Connection,
    samples: Blocks,
    durability: Durability,
    status: StoreStatus,
    /// Records in the open transaction; 0 if none is open.
    pending: u64,
    /// The last event that was written.
    last_seq: u64,
    /// Whether something was committed that the disk may not have.
    unsynced: bool,
    unsynced_files: Vec<PathBuf>,
    closed: bool,
    /// Of a dead run that is added to; a living run's folder holds its own.
    _lock: Option<RunLock>,
}

impl Writer {
    /// Makes the database of a run in its folder.
    pub(super) fn create(dir: &Path, durability: Durability) -> Result<Self, SinkError> {
        let path = dir.join(DATABASE);
        if path.exists() {
            return Err(SinkError(format!("the run in {} is recorded already", dir.display())));
        }
        let db = schema::create(&path, durability).map_err(|error| database_fault(&error))?;
        if durability == Durability::Disk {
            let parent = dir.parent().into_iter();
            parent.chain([dir]).try_for_each(files::sync_folder).map_err(|error| folder_fault(dir, &error))?;
            reserve::keep(dir).map_err(|error| folder_fault(dir, &error))?;
        }
        Ok(Self::with(dir, db, durability, 0, None))
    }

    /// Opens the database of a run that is not being written, to add events.
    pub(super) fn append(dir: &Path, lock: RunLock, last_seq: u64) -> Result<Self, SinkError> {
        let db = schema::append(&dir.join(DATABASE)).map_err(|error| database_fault(&error))?;
        Ok(Self::with(dir, db, Durability::Disk, last_seq, Some(lock)))
    }

    fn with(dir: &Path, db: Connection, durability: Durability, last_seq: u64, lock: Option<RunLock>) -> Self {
        let status = StoreStatus::default();
        status.set_committed(last_seq);
        Self {
            dir: dir.to_owned(),
            db,
            samples: Blocks::new(),
            durability,
            status,
            pending: 0,
            last_seq,
            unsynced: false,
            unsynced_files: Vec::new(),
            closed: false,
            _lock: lock,
        }
    }

    pub(super) fn status(&self) -> &StoreStatus {
        &self.status
    }

    /// Whether something waits for [`Writer::commit`].
    pub(super) fn is_pending(&self) -> bool {
        self.pending > 0
    }

    /// Keeps a record, in a transaction that may stay open.
    pub(super) fn put(&mut self, record: &Record) {
        if let Record::File { path, content } = record {
            return self.put_file(path, &content.bytes());
        }
        if self.status.broken().is_some() {
            return self.status.add_lost(1);
        }
        let put = self.put_row(record);
        if let Err(fault) = put {
            self.status.add_lost(1);
            self.give_up(&fault);
        } else if self.pending >= TRANSACTION_MAX {
            self.commit();
        }
    }

    /// Makes everything so far survive the death of the process.
    pub(super) fn commit(&mut self) {
        if self.pending == 0 {
            return;
        }
        match self.db.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([])) {
            Ok(_) => {
                self.pending = 0;
                self.unsynced = true;
                self.status.set_committed(self.last_seq);
            }
            Err(error) => self.give_up(&error),
        }
    }

    /// Makes everything so far survive a power cut too.
    pub(super) fn sync(&mut self) -> Result<(), SinkError> {
        self.commit();
        if self.durability == Durability::Disk {
            self.sync_files();
            if self.unsynced && self.status.broken().is_none() {
                // With FULL, SQLite waits for the disk to have the log, with all earlier commits in it.
                let synced = self.db.execute_batch(&format!(
                    "PRAGMA synchronous = FULL; UPDATE durable SET seq = {}; PRAGMA synchronous = NORMAL",
                    self.last_seq
                ));
                match synced {
                    Ok(()) => self.unsynced = false,
                    Err(error) => self.give_up(&error),
                }
            }
        }
        self.status.broken().map_or(Ok(()), Err)
    }

    /// Seals the samples and folds the log into the database, so that one file is left that can be read from anywhere.
    pub(super) fn close(&mut self) -> Result<(), SinkError> {
        if std::mem::replace(&mut self.closed, true) {
            return self.status.broken().map_or(Ok(()), Err);
        }
        if self.status.broken().is_none() {
            let sealed = self.begin().map_err(SampleFault::from).and_then(|()| self.samples.seal(&self.db));
            if let Err(fault) = sealed {
                self.give_up(&fault);
            }
        }
        let synced = self.sync();
        if synced.is_ok() {
            reserve::release(&self.dir);
            self.db.flush_prepared_statement_cache();
            // Somebody who reads just now keeps the log alive; SQLite then does this when the next one closes.
            let _ = self.db.busy_timeout(std::time::Duration::ZERO);
            let _ = self.db.pragma_update(None, "journal_mode", "DELETE");
        }
        synced
    }

    fn begin(&mut self) -> rusqlite::Result<()> {
        if self.pending == 0 {
            self.db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        }
        self.pending += 1;
        Ok(())
    }

    fn put_row(&mut self, record: &Record) -> Result<(), SampleFault> {
        self.begin()?;
        match record {
            Record::Event(event) => self.put_event(event)?,
            Record::Samples(batch) => self.samples.append(&self.db, batch)?,
            Record::File { .. } => {}
        }
        Ok(())
    }

    fn put_event(&mut self, event: &Event) -> rusqlite::Result<()> {
        let body =
            serde_json::to_string(event).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        self.db.prepare_cached("INSERT INTO event (seq, t_ns, kind, body) VALUES (?, ?, ?, ?)")?.execute(params![
            event.seq.cast_signed(),
            event.t_ns.cast_signed(),
            schema::kind_name(&event.kind),
            body
        ])?;
        self.last_seq = event.seq;
        Ok(())
    }

    /// A file that cannot be written costs that file, not the events.
    fn put_file(&mut self, path: &str, bytes: &[u8]) {
        let written = files::place(&self.dir, path)
            .and_then(|place| files::write_whole(&place, bytes, false).map(|()| self.unsynced_files.push(place)));
        if let Err(error) = written {
            self.status.file_failed(SinkError(format!("failed to write {path}: {error}")));
        }
        if self.unsynced_files.len() >= FILES_MAX {
            self.sync_files();
        }
    }

    fn sync_files(&mut self) {
        for place in self.unsynced_files.drain(..) {
            if self.durability == Durability::Disk
                && let Err(error) = File::open(&place).and_then(|file| file.sync_all())
            {
                self.status.file_failed(SinkError(format!("failed to write {}: {error}", place.display())));
            }
        }
    }

    /// Ends the record at the last committed event, which keeps it dense.
    fn give_up(&mut self, fault: &dyn Display) {
        // What the open transaction holds is lost with it; SQLite may have rolled it back itself.
        let _ = self.db.execute_batch("ROLLBACK");
        self.status.add_lost(self.pending.saturating_sub(1));
        self.pending = 0;
        self.status.break_with(database_fault(fault));
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The status keeps an error for who looks; there is nobody here to tell.
        let _ = self.close();
    }
}

fn database_fault(error: &dyn Display) -> SinkError {
    SinkError(format!("failed to write {DATABASE}: {error}"))
}

fn folder_fault(dir: &Path, error: &dyn Display) -> SinkError {
    SinkError(format!("failed to write the run's folder {}: {error}", dir.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Reader;
    use crate::record::tests::{mark, run_folder};

    #[test]
    fn a_full_disk_ends_the_record_densely_and_is_told_once() {
        let root = tempfile::tempdir().unwrap();
        let run = run_folder(root.path());
        let mut writer = Writer::create(run.path(), Durability::Disk).unwrap();
        (1..=10).for_each(|seq| writer.put(&mark(seq)));
        writer.commit();
        // SQLite reports this limit with the same code as a full disk.
        let pages: u32 = writer.db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        writer.db.pragma_update(None, "max_page_count", pages + 2).unwrap();
        (11..=5000).for_each(|seq| writer.put(&mark(seq)));
        let status = writer.status().clone();
        assert_eq!(status.take_untold(), Err(SinkError("failed to write run.db: database or disk is full".to_owned())));
        assert_eq!(status.take_untold(), Ok(()));
        assert_eq!((status.committed_seq(), status.lost()), (10, 4990));
        assert!(writer.sync().is_err() && writer.close().is_err(), "what is not kept is never called kept");
        drop(writer);
        assert_eq!(Reader::open(run.path()).unwrap().last_event().unwrap().unwrap().seq, 10);
        assert!(run.path().join(".reserve").exists(), "the room for the end is not given back before the end");
    }

    #[test]
    fn a_real_run_keeps_room_for_its_end_until_it_ends() {
        let root = tempfile::tempdir().unwrap();
        let run = run_folder(root.path());
        let mut writer = Writer::create(run.path(), Durability::Disk).unwrap();
        writer.put(&mark(1));
        let reserve = run.path().join(".reserve");
        assert_eq!(std::fs::metadata(&reserve).unwrap().len(), 8 << 20);
        writer.close().unwrap();
        assert!(!reserve.exists());
    }
}
