//! Reading a run's folder: a finished run, one that goes on, or one whose process was killed.

use super::folder::{RunEntry, RunState, is_running, size_of};
use super::samples::decode;
use super::{Manifest, RunSource, SeriesInfo, SourceError, schema};
use crate::event::{Event, EventKind, FORMAT, LeaseRecord, LeaseState, SeriesKey};
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A run's folder, open for reading.
pub struct Reader {
    folder: PathBuf,
    manifest: Manifest,
    connection: Connection,
}

fn unreadable(what: &str, why: impl ToString) -> SourceError {
    SourceError::Unreadable { what: what.to_owned(), why: why.to_string() }
}

impl Reader {
    /// Opens a run's folder.
    ///
    /// # Errors
    /// A file is missing or damaged, or a newer hubmark wrote the run.
    pub fn open(folder: &Path) -> Result<Self, SourceError> {
        let path = folder.join("manifest.json");
        let name = path.display().to_string();
        let bytes = std::fs::read(&path).map_err(|error| unreadable(&name, error))?;
        let loose: serde_json::Value = serde_json::from_slice(&bytes).map_err(|error| unreadable(&name, error))?;
        let found = loose["format"].as_u64().and_then(|f| u32::try_from(f).ok()).unwrap_or(u32::MAX);
        if found > FORMAT {
            return Err(SourceError::TooNew { found, known: FORMAT });
        }
        let manifest: Manifest = serde_json::from_value(loose).map_err(|error| unreadable(&name, error))?;
        let db = folder.join("run.db");
        let name = db.display().to_string();
        // A killed run left a log that only a connection that may write can fold in; a folder that cannot be written is read as it is.
        let open = |flags| Connection::open_with_flags(&db, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
        let connection = open(OpenFlags::SQLITE_OPEN_READ_WRITE)
            .or_else(|_| open(OpenFlags::SQLITE_OPEN_READ_ONLY))
            .map_err(|error| unreadable(&name, error))?;
        connection
            .execute_batch("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON;")
            .map_err(|e| unreadable(&name, e))?;
        let found = schema::format(&connection).map_err(|error| unreadable(&name, error))?;
        if found > FORMAT {
            return Err(SourceError::TooNew { found, known: FORMAT });
        }
        Ok(Self { folder: folder.to_owned(), manifest, connection })
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a process drives it.
    #[must_use]
    pub fn is_running(&self) -> bool {
        is_running(&self.folder)
    }

    fn bodies(&self, query: &str, each: &mut dyn FnMut(&str) -> Result<(), SourceError>) -> Result<(), SourceError> {
        let fail = |error: rusqlite::Error| unreadable("run.db, table event", error);
        let mut statement = self.connection.prepare(query).map_err(fail)?;
        let mut rows = statement.query([]).map_err(fail)?;
        while let Some(row) = rows.next().map_err(fail)? {
            let body =
                row.get_ref(0).map_err(fail)?.as_str().map_err(|error| unreadable("run.db, table event", error))?;
            each(body)?;
        }
        Ok(())
    }

    /// The latest step of each lease that is not closed, by number.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn open_leases(&self) -> Result<Vec<LeaseRecord>, SourceError> {
        let mut leases: BTreeMap<u64, LeaseRecord> = BTreeMap::new();
        self.bodies("SELECT body FROM event WHERE kind = 'lease' ORDER BY incarnation, seq", &mut |body| {
            let event: Event = serde_json::from_str(body).map_err(|error| unreadable("an event of run.db", error))?;
            if let EventKind::Lease(lease) = event.kind {
                leases.insert(lease.lease, lease);
            }
            Ok(())
        })?;
        Ok(leases.into_values().filter(|lease| lease.state != LeaseState::Closed).collect())
    }

    pub(super) fn entry(&self, run: String, folder: PathBuf) -> Result<RunEntry, SourceError> {
        let (mut length_ns, mut tasks, mut end) = (0, 0, None);
        self.events(&mut |event| {
            if event.incarnation == 1 {
                length_ns = event.t_ns;
            }
            match event.kind {
                EventKind::TaskEnded(_) => tasks += 1,
                EventKind::RunEnded { interrupted, error, .. } => end = Some((interrupted, error.is_some())),
                _ => {}
            }
        })?;
        let state = match end {
            _ if self.is_running() => RunState::Running,
            None => RunState::Killed,
            Some((_, true)) => RunState::Failed,
            Some((true, _)) => RunState::Interrupted,
            Some(_) => RunState::Finished,
        };
        Ok(RunEntry {
            run,
            scenario: self.manifest.plan.name.clone(),
            state,
            simulated: self.manifest.simulated,
            started_wall_ns: self.manifest.started_wall_ns,
            length_ns,
            tasks,
            open_leases: self.open_leases()?.len(),
            bytes: size_of(&folder),
            folder,
        })
    }

    fn layouts_with(&self, id: u32) -> Result<BTreeMap<i64, (usize, usize)>, SourceError> {
        let fail = |error: rusqlite::Error| unreadable("run.db, table layout", error);
        let mut statement = self.connection.prepare("SELECT id, series FROM layout").map_err(fail)?;
        let mut rows = statement.query([]).map_err(fail)?;
        let mut layouts = BTreeMap::new();
        while let Some(row) = rows.next().map_err(fail)? {
            let layout: i64 = row.get(0).map_err(fail)?;
            let blob: Vec<u8> = row.get(1).map_err(fail)?;
            let position = blob.chunks_exact(4).position(|bytes| bytes == id.to_le_bytes());
            if let Some(position) = position {
                layouts.insert(layout, (position, blob.len() / 4));
            }
        }
        Ok(layouts)
    }
}

impl RunSource for Reader {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn events(&self, each: &mut dyn FnMut(Event)) -> Result<(), SourceError> {
        self.bodies("SELECT body FROM event ORDER BY incarnation, seq", &mut |body| {
            each(serde_json::from_str(body).map_err(|error| unreadable("an event of run.db", error))?);
            Ok(())
        })
    }

    fn series(&self) -> Result<Vec<SeriesInfo>, SourceError> {
        let fail = |error: rusqlite::Error| unreadable("run.db, table series", error);
        let mut statement =
            self.connection.prepare("SELECT id, name, labels FROM series ORDER BY name, labels").map_err(fail)?;
        let rows = statement
            .query_map([], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)))
            .map_err(fail)?;
        rows.map(|row| {
            let (id, name, labels) = row.map_err(fail)?;
            let labels = serde_json::from_str(&labels).map_err(|error| unreadable("run.db, table series", error))?;
            Ok(SeriesInfo { id, key: SeriesKey { name, labels } })
        })
        .collect()
    }

    fn samples(&self, id: u32, each: &mut dyn FnMut(u64, f64)) -> Result<(), SourceError> {
        let fail = |error: rusqlite::Error| unreadable("run.db, table tick", error);
        let layouts = self.layouts_with(id)?;
        let mut last: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
        let mut statement =
            self.connection.prepare("SELECT t_ns, layout, whole, body FROM tick ORDER BY id").map_err(fail)?;
        let mut rows = statement.query([]).map_err(fail)?;
        while let Some(row) = rows.next().map_err(fail)? {
            let layout: i64 = row.get(1).map_err(fail)?;
            let Some((position, length)) = layouts.get(&layout) else { continue };
            let values = last.entry(layout).or_insert_with(|| vec![0; *length]);
            if row.get::<_, bool>(2).map_err(fail)? {
                values.fill(0);
            }
            let body =
                row.get_ref(3).map_err(fail)?.as_blob().map_err(|error| unreadable("run.db, table tick", error))?;
            if !decode(body, values) {
                return Err(unreadable("run.db, table tick", "a tick is damaged"));
            }
            let t_ns: i64 = row.get(0).map_err(fail)?;
            each(t_ns as u64, f64::from_bits(values[*position]));
        }
        Ok(())
    }
}
