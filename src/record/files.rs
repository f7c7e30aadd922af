//! Files beside the database, each whole or not there: written under another name, then renamed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

/// Writes a file whole. With `to_disk` it survives a power cut when this returns.
pub(super) fn write_whole(path: &Path, bytes: &[u8], to_disk: bool) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::other("the path has no file name"))?;
    let mut partial = name.to_os_string();
    partial.push(".partial");
    let partial = path.with_file_name(partial);
    let written = (|| {
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        if to_disk {
            file.sync_all()?;
        }
        drop(file);
        fs::rename(&partial, path)
    })();
    if written.is_err() {
        // The partial file is of no use, and on a full disk it is in the way.
        let _ = fs::remove_file(&partial);
    } else if to_disk && let Some(folder) = path.parent() {
        sync_folder(folder)?;
    }
    written
}

/// Makes the names in a folder survive a power cut.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The place of a recorded file below a run's folder, with the folders above it made.
pub(super) fn place(dir: &Path, path: &str) -> io::Result<PathBuf> {
    let below = Path::new(path);
    let plain = below.components().all(|part| matches!(part, Component::Normal(_)));
    if !plain || below.file_name().is_none() {
        return Err(io::Error::other("the path does not lie below the run's folder"));
    }
    let place = dir.join(below);
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_file_cannot_leave_the_runs_folder() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["../x", "/etc/x", "a/../../x", "", "."] {
            assert!(place(dir.path(), path).is_err(), "{path:?}");
        }
        let place = place(dir.path(), "notebooks/a/b.ipynb").unwrap();
        write_whole(&place, b"one", false).unwrap();
        write_whole(&place, b"two", true).unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"two");
        assert_eq!(fs::read_dir(place.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let taken = dir.path().join("taken");
        fs::create_dir(&taken).unwrap();
        assert!(write_whole(&taken, b"x", false).is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
