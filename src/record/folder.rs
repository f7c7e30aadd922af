//! The folder of a run: its making, its lock, its manifest.

use super::files::write_whole;
use super::lock::RunLock;
use super::{Manifest, SourceError, reserve};
use crate::event::FORMAT;
use serde::Deserialize;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "manifest.json";

/// Why a run's folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder cannot be read or written.
    #[error("failed to {what} {path}: {why}")]
    Io {
        /// Such as `make`.
        what: &'static str,
        /// Which.
        path: String,
        /// Cause.
        why: io::Error,
    },
    /// No run of that name.
    #[error("no run {name:?} in {root}")]
    NotFound {
        /// What was asked for.
        name: String,
        /// Where it was looked for.
        root: String,
    },
    /// More than one run begins like that.
    #[error("{name:?} is the beginning of several runs: {}", matches.join(", "))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// What it could be.
        matches: Vec<String>,
    },
    /// The run goes on.
    #[error("run {0} is still running")]
    Running(String),
    /// The run left something on a hub.
    #[error("run {run} left {open} things on hubs, and its folder is the only list of them")]
    OpenLeases {
        /// The run.
        run: String,
        /// Leases that are not closed.
        open: usize,
    },
    /// The run cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
}

pub(super) fn io_error(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.display().to_string();
    move |why| FolderError::Io { what, path, why }
}

/// The folder of a run under way. Holds a lock that the kernel releases when the process dies, however it dies.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    id: String,
    _lock: RunLock,
}

impl RunFolder {
    /// Makes the folder of a new run. `id` gets two more characters if it is taken.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn create(root: &Path, id: &str) -> Result<Self, FolderError> {
        fs::create_dir_all(root).map_err(io_error("make", root))?;
        for attempt in 0..100u32 {
            let id = if attempt == 0 { id.to_owned() } else { format!("{id}-{attempt}") };
            let path = root.join(&id);
            match fs::create_dir(&path) {
                Ok(()) => return Self::lock(path, id),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(io_error("make", &path)(error)),
            }
        }
        Err(io_error("make", &root.join(id))(io::Error::from(io::ErrorKind::AlreadyExists)))
    }

    /// Makes the folder of a simulated run, in place of an earlier one of the same id: the same seed gives the same bytes.
    ///
    /// # Errors
    /// The folder cannot be made, or the earlier run goes on.
    pub fn replace(root: &Path, id: &str) -> Result<Self, FolderError> {
        let path = root.join(id);
        if is_running(&path) {
            return Err(FolderError::Running(id.to_owned()));
        }
        if path.exists() {
            remove_whole(&path)?;
        }
        fs::create_dir_all(&path).map_err(io_error("make", &path))?;
        Self::lock(path, id.to_owned())
    }

    fn lock(path: PathBuf, id: String) -> Result<Self, FolderError> {
        match RunLock::take(&path).map_err(io_error("lock", &path))? {
            Some(lock) => Ok(Self { path, id, _lock: lock }),
            None => Err(FolderError::Running(id)),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run's id, which is the folder's name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Gives back the room that was kept for the end of a run whose disk is full: it is the end.
    pub fn release_reserve(&self) {
        reserve::release(&self.path);
    }

    /// Writes `manifest.json`, whole or not at all; that of a real run survives a power cut.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<(), FolderError> {
        let path = self.path.join(MANIFEST);
        let written = serde_json::to_vec_pretty(manifest).map_err(io::Error::from).and_then(|mut bytes| {
            bytes.push(b'\n');
            write_whole(&path, &bytes, !manifest.simulated)
        });
        written.map_err(io_error("write", &path))
    }
}

/// Writes a file, such as a report, into a run's folder, whole or not at all.
///
/// # Errors
/// The file cannot be written.
pub fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
    let path = folder.join(name);
    write_whole(&path, bytes, false).map_err(io_error("write", &path))
}

impl Manifest {
    /// Reads the manifest in a run's folder.
    ///
    /// # Errors
    /// There is none, it is damaged, or a newer hubmark wrote it.
    pub fn load(folder: &Path) -> Result<Self, SourceError> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let path = folder.join(MANIFEST);
        let unreadable = |why: String| SourceError::Unreadable { what: path.display().to_string(), why };
        let text = fs::read(&path).map_err(|error| unreadable(error.to_string()))?;
        // The version alone first: what else a newer one holds cannot be known.
        let Version { format } = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        if format > FORMAT {
            return Err(SourceError::TooNew { found: format, known: FORMAT });
        }
        serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
    }
}

/// Whether a folder holds a run.
pub(super) fn holds_run(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file()
}

/// Whether a process holds the run's lock.
#[must_use]
pub fn is_running(folder: &Path) -> bool {
    RunLock::is_held(folder)
}

/// Removes a folder under another name first, so that a half-removed one is never taken for a run.
pub(super) fn remove_whole(folder: &Path) -> Result<(), FolderError> {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let away = folder.with_file_name(format!(".removed-{name}-{}", std::process::id()));
    fs::rename(folder, &away).and_then(|()| fs::remove_dir_all(&away)).map_err(io_error("remove", folder))
}
