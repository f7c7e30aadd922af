//! The tables of `run.db`, and how it is opened.
//!
//! The table `event` is the truth. `task`, `lease`, `generation` and `mark` are views of it for who looks with `sqlite3`, so nothing is kept
//! twice and nothing can disagree.

use super::samples::{Blocks, SampleStore};
use crate::event::{EventKind, FORMAT};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Name of the database in a run's folder.
pub(super) const DATABASE: &str = "run.db";
/// `hbmk` as SQLite's application id.
const APPLICATION: i32 = 0x6862_6d6b;

const EVENTS: &str = "
    CREATE TABLE event (seq INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT;
    CREATE INDEX event_kind ON event (kind);
    CREATE TABLE durable (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL) STRICT;
    INSERT INTO durable VALUES (1, 0);
    CREATE VIEW task AS SELECT seq, body ->> '$.generation' AS generation, body ->> '$.executor' AS executor,
        body ->> '$.user' AS user, body ->> '$.iteration' AS iteration, body ->> '$.task' AS task,
        body ->> '$.data.notebook' AS notebook, body ->> '$.data.target' AS target, body ->> '$.data.account' AS account,
        body ->> '$.data.scheduled_ns' AS scheduled_ns, body ->> '$.data.started_ns' AS started_ns,
        body ->> '$.data.ended_ns' AS ended_ns, body ->> '$.data.outcome' AS outcome,
        body ->> '$.data.failure.message' AS message, body ->> '$.data.kept' AS kept
        FROM event WHERE kind = 'task_ended';
    CREATE VIEW lease AS SELECT seq, t_ns, body ->> '$.data.lease' AS lease, body ->> '$.data.what' AS what,
        body ->> '$.data.target' AS target, body ->> '$.data.account' AS account, body ->> '$.data.name' AS name,
        body ->> '$.data.state' AS state, body ->> '$.data.wall_ns' AS wall_ns FROM event WHERE kind = 'lease';
    CREATE VIEW generation AS SELECT seq, t_ns, body ->> '$.generation' AS generation,
        body ->> '$.data.plan_hash' AS plan_hash, body ->> '$.data.source_hash' AS source_hash
        FROM event WHERE kind = 'generation_started';
    CREATE VIEW mark AS SELECT seq, t_ns, body ->> '$.data.text' AS text, body ->> '$.data.by' AS by
        FROM event WHERE kind = 'mark';
";

/// What the database survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// `Sink::sync` waits until the disk has it: for the real world.
    Disk,
    /// The death of the process only: for a simulated world, which can be made again from its seed.
    Process,
}

/// Makes the database of a new run.
pub(super) fn create(path: &Path, durability: Durability) -> rusqlite::Result<Connection> {
    let db =
        Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE) | OpenFlags::SQLITE_OPEN_CREATE)?;
    db.pragma_update(None, "page_size", 4096)?;
    db.pragma_update(None, "application_id", APPLICATION)?;
    writing(&db, durability)?;
    tables(&db)?;
    Ok(db)
}

/// Makes all tables at once: a kill leaves none of them or all.
fn tables(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(&format!("BEGIN; {EVENTS} {} PRAGMA user_version = {FORMAT}; COMMIT", Blocks::SCHEMA))
}

/// A database in memory of a run that was killed before its first event.
pub(super) fn empty() -> rusqlite::Result<Connection> {
    let db = Connection::open_in_memory()?;
    db.pragma_update(None, "application_id", APPLICATION)?;
    tables(&db)?;
    Ok(db)
}

/// Whether a database has nothing in it yet.
pub(super) fn is_unmade(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
}

/// Opens the database of a run that nobody writes, to add to it.
pub(super) fn append(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    writing(&db, Durability::Disk)?;
    Ok(db)
}

/// Opens the database of a run to read it, whether it is being written or not.
pub(super) fn read(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_ONLY))?;
    db.busy_timeout(Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(16);
    // The first read shows whether the write-ahead log can be used from here.
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(db)
}

/// Format and application of a database.
pub(super) fn version(db: &Connection) -> rusqlite::Result<Option<u32>> {
    let application: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok((application == APPLICATION).then_some(version))
}

fn flags(access: OpenFlags) -> OpenFlags {
    // One connection is used by one thread at a time, which Rust sees to.
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn writing(db: &Connection, durability: Durability) -> rusqlite::Result<()> {
    db.busy_timeout(Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(32);
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(
        None,
        "synchronous",
        match durability {
            Durability::Disk => "NORMAL",
            Durability::Process => "OFF",
        },
    )
}

/// The name under which an event's JSON has its kind.
pub(super) fn kind_name(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::RunStarted { .. } => "run_started",
        EventKind::ClockAnchor { .. } => "clock_anchor",
        EventKind::GenerationStarted { .. } => "generation_started",
        EventKind::PhaseEntered { .. } => "phase_entered",
        EventKind::ExecutorStarted { .. } => "executor_started",
        EventKind::ExecutorEnded => "executor_ended",
        EventKind::UserStarted { .. } => "user_started",
        EventKind::UserEnded => "user_ended",
        EventKind::ServerStarted { .. } => "server_started",
        EventKind::ServerStopped { .. } => "server_stopped",
        EventKind::KernelStarted { .. } => "kernel_started",
        EventKind::PlacementFound(_) => "placement_found",
        EventKind::KernelClosed { .. } => "kernel_closed",
        EventKind::IterationStarted { .. } => "iteration_started",
        EventKind::IterationEnded { .. } => "iteration_ended",
        EventKind::IterationDropped { .. } => "iteration_dropped",
        EventKind::TaskStarted { .. } => "task_started",
        EventKind::TaskEnded(_) => "task_ended",
        EventKind::CallEnded { .. } => "call_ended",
        EventKind::CallRaised { .. } => "call_raised",
        EventKind::StepEnded { .. } => "step_ended",
        EventKind::Checked { .. } => "checked",
        EventKind::MetricObserved { .. } => "metric_observed",
        EventKind::UserCodeFailed { .. } => "user_code_failed",
        EventKind::Lease(_) => "lease",
        EventKind::ThresholdJudged(_) => "threshold_judged",
        EventKind::Mark { .. } => "mark",
        EventKind::Log(_) => "log",
        EventKind::Degraded { .. } => "degraded",
        EventKind::Gap { .. } => "gap",
        EventKind::StopRequested { .. } => "stop_requested",
        EventKind::RunEnded { .. } => "run_ended",
    }
}
