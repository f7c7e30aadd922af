//! Room for the end of a run on a disk that is full by then.
//!
//! A full disk ends a run: nothing more can be recorded, and what the run made on hubs is removed from memory. A file of a run in progress
//! keeps the room that it takes to write down that end. The end of the run gives it back, in order or not; a clean-up after a dead run does too.

use std::fs;
use std::io;
use std::path::Path;

const RESERVE: &str = ".reserve";
/// Room to fold the log into the database, which then gives back the log's own, and for the manifest and a report in all its forms. SQLite
/// begins to fold at a log of 4 MiB.
const BYTES: usize = 8 << 20;

/// Takes the room.
pub(super) fn keep(dir: &Path) -> io::Result<()> {
    // A file system that compresses, or leaves zeros out, would keep no room for bytes that are alike.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let noise = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let bytes: Vec<u8> = (0..BYTES / 8).flat_map(noise).collect();
    fs::write(dir.join(RESERVE), bytes)
}

/// Gives the room back, if it is still taken.
pub(super) fn release(dir: &Path) {
    // It may be gone already, and one that cannot be removed is room that stays taken, nothing worse.
    let _ = fs::remove_file(dir.join(RESERVE));
}
