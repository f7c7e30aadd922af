//! Adding to the ledger of a run whose process is gone: what `hubmark clean` removed.

use super::folder::is_running;
use super::{SourceError, store};
use crate::event::{Event, EventKind, Ids, LeaseRecord};
use rusqlite::Connection;
use std::path::Path;

/// Writes that leases of a dead run are closed, under a new incarnation.
///
/// # Errors
/// The run goes on, or its store cannot be written.
pub fn close_leases(folder: &Path, closed: &[LeaseRecord]) -> Result<(), SourceError> {
    let fail = |why: String| SourceError::Unreadable { what: folder.join("run.db").display().to_string(), why };
    if is_running(folder) {
        return Err(fail("the run is still running".to_owned()));
    }
    let sql = |error: rusqlite::Error| fail(error.to_string());
    let connection = Connection::open(folder.join("run.db")).map_err(sql)?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE;").map_err(sql)?;
    let (incarnation, last): (u32, i64) = connection
        .query_row("SELECT COALESCE(MAX(incarnation), 0), COALESCE(MAX(seq), 0) FROM event", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .map_err(sql)?;
    let t_ns = connection
        .query_row("SELECT body FROM event ORDER BY incarnation DESC, seq DESC LIMIT 1", [], |row| {
            row.get::<_, String>(0)
        })
        .ok()
        .and_then(|body| serde_json::from_str::<Event>(&body).ok())
        .map_or(0, |event| event.t_ns);
    for (seq, lease) in (last as u64 + 1..).zip(closed) {
        let kind = EventKind::Lease(lease.clone());
        let event =
            Event { seq, t_ns, incarnation: incarnation + 1, generation: 1, segment: 1, ids: Ids::default(), kind };
        store::insert(&connection, &event).map_err(sql)?;
    }
    connection.execute_batch("COMMIT").map_err(sql)
}
