//! A folder for a copy of a database that cannot be read in its place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A temporary folder, removed with the value.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// A folder with a copy of the database and its write-ahead log.
    pub(super) fn of_database(database: &Path) -> io::Result<Self> {
        let name = database.file_name().ok_or_else(|| io::Error::other("the path has no file name"))?;
        let scratch = Self::create()?;
        fs::copy(database, scratch.0.join(name))?;
        let mut log = name.to_os_string();
        log.push("-wal");
        match fs::copy(database.with_file_name(&log), scratch.0.join(&log)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        make_writable(&scratch.0)?;
        Ok(scratch)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    fn create() -> io::Result<Self> {
        for n in 0..1000 {
            let path = std::env::temp_dir().join(format!("hubmark-read-{}-{n}", std::process::id()));
            match fs::create_dir(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self(path)),
            }
        }
        Err(io::Error::other("the temporary folder is full of copies"))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing more can be done about a temporary folder that stays.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A copy has its original's permissions, and SQLite has to write beside and into it.
#[cfg(unix)]
fn make_writable(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for entry in fs::read_dir(folder)? {
        fs::set_permissions(entry?.path(), fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_writable(_: &Path) -> io::Result<()> {
    Ok(())
}
