//! Writing a run's file: one connection, transactions, files beside it.

use super::samples::{SampleStore, XorTicks};
use super::schema;
use crate::event::{Event, FORMAT};
use crate::port::{Record, SinkError};
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};

/// How hard the file is held to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// A real run: what is committed survives the process, what is synced survives the machine.
    Real,
    /// A simulated run: it can be made again, so nothing waits for the disk.
    Simulated,
}

/// The writer's side of `run.db`.
pub(super) struct Writer {
    connection: Connection,
    samples: XorTicks,
    folder: PathBuf,
    durability: Durability,
    /// `seq` of the last event that was inserted.
    pub(super) last_seq: u64,
}

fn sink(what: &str) -> impl FnOnce(rusqlite::Error) -> SinkError {
    let what = what.to_owned();
    move |error| SinkError(format!("{what}: {error}"))
}

impl Writer {
    /// Makes the file in a run's folder.
    pub(super) fn create(folder: &Path, durability: Durability) -> Result<Self, SinkError> {
        let connection = Connection::open(folder.join("run.db")).map_err(sink("failed to make run.db"))?;
        connection.set_prepared_statement_cache_capacity(16);
        let pragmas = match durability {
            Durability::Real => "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;",
            Durability::Simulated => "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;",
        };
        connection.execute_batch(pragmas).map_err(sink("failed to set up run.db"))?;
        schema::create(&connection, FORMAT).map_err(sink("failed to make the tables of run.db"))?;
        Ok(Self { connection, samples: XorTicks::default(), folder: folder.to_owned(), durability, last_seq: 0 })
    }

    /// Keeps a batch in one transaction.
    pub(super) fn write(&mut self, batch: &[Record]) -> Result<(), SinkError> {
        self.begin()?;
        for record in batch {
            match record {
                Record::Event(event) => insert(&self.connection, event).map_err(sink("failed to keep an event"))?,
                Record::Samples(batch) => {
                    self.samples.append(&self.connection, batch).map_err(sink("failed to keep samples"))?;
                }
                Record::File { path, bytes } => self.file(path, bytes)?,
            }
            if let Record::Event(event) = record {
                self.last_seq = event.seq;
            }
        }
        self.commit()
    }

    fn begin(&self) -> Result<(), SinkError> {
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(sink("failed to begin a transaction"))
    }

    fn commit(&self) -> Result<(), SinkError> {
        self.connection.execute_batch("COMMIT").map_err(sink("failed to commit"))
    }

    /// Makes everything committed so far survive a loss of power: a commit with `synchronous = FULL` syncs the whole log.
    pub(super) fn sync(&self) -> Result<(), SinkError> {
        if self.durability == Durability::Simulated {
            return Ok(());
        }
        self.connection
            .execute_batch(
                "PRAGMA synchronous = FULL;
                 UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'synced';
                 PRAGMA synchronous = NORMAL;",
            )
            .map_err(sink("failed to sync"))
    }

    fn file(&self, path: &str, bytes: &[u8]) -> Result<(), SinkError> {
        let path = self.folder.join(path);
        super::folder::write_whole(&path, bytes)
            .map_err(|error| SinkError(format!("failed to write {}: {error}", path.display())))
    }

    /// Folds the log into the file, so that one file holds everything.
    pub(super) fn close(self) -> Result<(), SinkError> {
        self.sync()?;
        let fold = match self.durability {
            Durability::Real => "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;",
            Durability::Simulated => "",
        };
        self.connection.execute_batch(fold).map_err(sink("failed to close"))?;
        self.connection.close().map_err(|(_, error)| sink("failed to close")(error))
    }
}

/// Adds one event to an open file.
pub(super) fn insert(connection: &Connection, event: &Event) -> rusqlite::Result<()> {
    let body = serde_json::to_string(event).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let kind = match event.kind {
        crate::event::EventKind::Lease(_) => "lease",
        _ => "",
    };
    connection
        .prepare_cached("INSERT INTO event (incarnation, seq, kind, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![event.incarnation, event.seq as i64, kind, body])?;
    Ok(())
}
