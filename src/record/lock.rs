//! Who writes a run: an advisory lock that the operating system takes back when the process dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

/// Name of the lock in a run's folder. It stays there, so that two never hold two files of one name.
pub(super) const LOCK: &str = "run.lock";

/// Held by the one who writes a run, for as long as it is open.
#[derive(Debug)]
pub(super) struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the lock; `None` if another one writes this run.
    pub(super) fn take(dir: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(dir.join(LOCK))?;
        // `is_held` holds the lock for a moment to look; that is no writer.
        for _ in 0..50 {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self { _file: file })),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Whether somebody writes the run.
    pub(super) fn is_held(dir: &Path) -> bool {
        let Ok(file) = File::open(dir.join(LOCK)) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_has_one_holder_and_ends_with_it() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!RunLock::is_held(dir.path()));
        let lock = RunLock::take(dir.path()).unwrap();
        assert!(lock.is_some());
        assert!(RunLock::is_held(dir.path()));
        assert!(RunLock::take(dir.path()).unwrap().is_none());
        drop(lock);
        assert!(!RunLock::is_held(dir.path()));
        assert!(RunLock::take(dir.path()).unwrap().is_some());
    }
}
