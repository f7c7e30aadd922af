//! The tables of `run.db`.

use rusqlite::Connection;

/// One row per event; samples as one compressed blob per tick of a sampler (`docs/adr/0004-samples-as-xor-ticks.md`).
const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE event (
    incarnation INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    PRIMARY KEY (incarnation, seq)
) WITHOUT ROWID;
CREATE INDEX event_kind ON event (kind) WHERE kind = 'lease';
CREATE TABLE series (id INTEGER PRIMARY KEY, name TEXT NOT NULL, labels TEXT NOT NULL);
CREATE TABLE layout (id INTEGER PRIMARY KEY, series BLOB NOT NULL);
CREATE TABLE tick (id INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL, layout INTEGER NOT NULL, whole INTEGER NOT NULL, body BLOB NOT NULL);
";

/// Makes the tables of an empty file.
pub(super) fn create(connection: &Connection, format: u32) -> rusqlite::Result<()> {
    connection.execute_batch(TABLES)?;
    connection.execute("INSERT INTO meta VALUES ('format', ?1), ('synced', '0')", [format.to_string()])?;
    Ok(())
}

/// Version of the format of a file.
pub(super) fn format(connection: &Connection) -> rusqlite::Result<u32> {
    let text: String = connection.query_row("SELECT value FROM meta WHERE key = 'format'", [], |row| row.get(0))?;
    Ok(text.parse().unwrap_or(u32::MAX))
}
