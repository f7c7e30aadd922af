//! Reading a run: while it goes on, after its end, and after its process was killed.

use super::lock::RunLock;
use super::samples::{Blocks, SampleFault, SampleStore};
use super::schema::{self, DATABASE};
use super::scratch::Scratch;
use super::{Manifest, RunSource, SeriesInfo, SourceError};
use crate::event::{Event, EventKind, FORMAT, LeaseRecord, LeaseState, LogLine};
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A recorded run, opened to be read. Each call sees the run as it is at that moment, so a live run's later calls see more.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    manifest: Manifest,
    db: Connection,
    /// Where the database was copied to, if it cannot be read in its place.
    _copy: Option<Scratch>,
}

impl Reader {
    /// Opens the run in a folder.
    ///
    /// # Errors
    /// The folder holds no run, a damaged one, or one that a newer hubmark wrote.
    pub fn open(dir: &Path) -> Result<Self, SourceError> {
        let manifest = Manifest::load(dir)?;
        let path = dir.join(DATABASE);
        if !path.is_file() {
            return Err(unreadable(&path.display().to_string(), &"there is no such file"));
        }
        let opened = if path.exists() { schema::read(&path) } else { schema::empty() };
        let (db, copy) = match opened {
            Ok(db) => (db, None),
            // A log that a killed process left needs a folder that can be written: such a run is read from a copy.
            Err(error) if is_open_fault(&error) => {
                let copy = Scratch::of_database(&path).map_err(|error| unreadable(DATABASE, &error))?;
                let db = schema::read(&copy.path().join(DATABASE)).map_err(|error| database_fault(&error))?;
                (db, Some(copy))
            }
            Err(error) => return Err(database_fault(&error)),
        };
        // The process was killed, or is, between the folder and the first event.
        let unmade = schema::is_unmade(&db).map_err(|error| database_fault(&error))?;
        let db = if unmade { schema::empty().map_err(|error| database_fault(&error))? } else { db };
        match schema::version(&db).map_err(|error| database_fault(&error))? {
            Some(found) if found > FORMAT => return Err(SourceError::TooNew { found, known: FORMAT }),
            Some(_) => {}
            None => return Err(unreadable(DATABASE, &"it is no database of hubmark")),
        }
        Ok(Self { dir: dir.to_owned(), manifest, db, _copy: copy })
    }

    /// The run's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.dir
    }

    /// Whether a living process writes the run.
    #[must_use]
    pub fn is_running(&self) -> bool {
        RunLock::is_held(&self.dir)
    }

    /// The last event that is kept.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn last_event(&self) -> Result<Option<Event>, SourceError> {
        let mut statement = self.prepare("SELECT body FROM event ORDER BY seq DESC LIMIT 1")?;
        let body: Option<String> =
            statement.query_row([], |row| row.get(0)).optional().map_err(|error| database_fault(&error))?;
        body.map(|body| event(&body)).transpose()
    }

    /// Tasks that have ended so far, however they ended.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn tasks_ended(&self) -> Result<u64, SourceError> {
        self.count("task_ended")
    }

    /// Iterations that have ended so far, however they ended.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn iterations_ended(&self) -> Result<u64, SourceError> {
        self.count("iteration_ended")
    }

    fn count(&self, kind: &str) -> Result<u64, SourceError> {
        self.prepare("SELECT count(*) FROM event WHERE kind = ?")?
            .query_row([kind], |row| row.get::<_, i64>(0))
            .map(i64::cast_unsigned)
            .map_err(|error| database_fault(&error))
    }

    /// What the run made on hubs and did not take away: the last step of each lease that is not closed, sorted by number. A kernel's or token's name
    /// comes with its step `created`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn open_leases(&self) -> Result<Vec<LeaseRecord>, SourceError> {
        let mut open = BTreeMap::new();
        self.each_of("SELECT body FROM event WHERE kind = 'lease' ORDER BY seq", &mut |event| {
            if let EventKind::Lease(lease) = event.kind {
                if lease.state == LeaseState::Closed {
                    open.remove(&lease.lease);
                } else {
                    open.insert(lease.lease, lease);
                }
            }
        })?;
        Ok(open.into_values().collect())
    }

    /// The event with which the run ended in order; `None` while it runs and for a killed run.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn run_ended(&self) -> Result<Option<Event>, SourceError> {
        let mut ended = None;
        self.each_of("SELECT body FROM event WHERE kind = 'run_ended' ORDER BY seq", &mut |event| ended = Some(event))?;
        Ok(ended)
    }

    /// The wall time at which the run's clock showed 0, nanoseconds since 1970; `None` before the run's first events.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn clock_origin_ns(&self) -> Result<Option<i64>, SourceError> {
        let mut origin = None;
        self.each_of("SELECT body FROM event WHERE kind = 'clock_anchor' ORDER BY seq LIMIT 1", &mut |event| {
            if let EventKind::ClockAnchor { wall_ns } = event.kind {
                origin = Some(wall_ns.saturating_sub_unsigned(event.t_ns));
            }
        })?;
        Ok(origin)
    }

    /// The events after number `after` that have a line in the run's log, in their order.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn log_after(&self, after: u64, each: &mut dyn FnMut(&Event, &LogLine)) -> Result<(), SourceError> {
        let sql = format!(
            "SELECT body FROM event WHERE seq > {after} AND kind IN \
             ('log', 'mark', 'degraded', 'user_code_failed', 'stop_requested', 'run_ended') ORDER BY seq"
        );
        self.each_of(&sql, &mut |event| {
            if let Some(line) = LogLine::of(&event.kind) {
                each(&event, &line);
            }
        })
    }

    fn each_of(&self, sql: &str, each: &mut dyn FnMut(Event)) -> Result<(), SourceError> {
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query([]).map_err(|error| database_fault(&error))?;
        while let Some(row) = rows.next().map_err(|error| database_fault(&error))? {
            let body = row.get_ref(0).map_err(|error| database_fault(&error))?;
            each(event(body.as_str().map_err(|error| unreadable("an event", &error))?)?);
        }
        Ok(())
    }

    fn prepare(&self, sql: &str) -> Result<rusqlite::CachedStatement<'_>, SourceError> {
        self.db.prepare_cached(sql).map_err(|error| database_fault(&error))
    }
}

impl RunSource for Reader {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn events(&self, each: &mut dyn FnMut(Event)) -> Result<(), SourceError> {
        self.each_of("SELECT body FROM event ORDER BY seq", each)
    }

    fn series(&self) -> Result<Vec<SeriesInfo>, SourceError> {
        Blocks::series(&self.db).map_err(|fault| sample_fault(&fault))
    }

    fn samples(&self, id: u32, each: &mut dyn FnMut(u64, f64)) -> Result<(), SourceError> {
        Blocks::read(&self.db, id, each).map_err(|fault| sample_fault(&fault))
    }
}

fn event(body: &str) -> Result<Event, SourceError> {
    serde_json::from_str(body).map_err(|error| unreadable("an event", &error))
}

fn is_open_fault(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, ReadOnly};
    matches!(error.sqlite_error_code(), Some(CannotOpen | ReadOnly))
}

fn database_fault(error: &rusqlite::Error) -> SourceError {
    unreadable(DATABASE, error)
}

fn sample_fault(fault: &SampleFault) -> SourceError {
    unreadable("the samples", fault)
}

fn unreadable(what: &str, why: &dyn std::fmt::Display) -> SourceError {
    SourceError::Unreadable { what: what.to_owned(), why: why.to_string() }
}
