//! Folders of runs: making, finding, listing and removing them.

use super::reader::Reader;
use super::{Manifest, SourceError};
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

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

fn io_error(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.display().to_string();
    move |why| FolderError::Io { what, path, why }
}

/// The folder of a run under way. Holds a lock that the kernel releases when the process dies, however it dies.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    id: String,
    _lock: File,
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
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_error("remove", &path)(error)),
            _ => {}
        }
        fs::create_dir_all(&path).map_err(io_error("make", &path))?;
        Self::lock(path, id.to_owned())
    }

    fn lock(path: PathBuf, id: String) -> Result<Self, FolderError> {
        let file = path.join("run.lock");
        let lock = File::create(&file).map_err(io_error("make", &file))?;
        lock.try_lock().map_err(|_| FolderError::Running(id.clone()))?;
        Ok(Self { path, id, _lock: lock })
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

    /// Writes `manifest.json`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<(), FolderError> {
        self.write("manifest.json", &pretty(manifest))
    }

    /// Writes a file of the run, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let path = self.path.join(name);
        write_whole(&path, bytes).map_err(io_error("write", &path))
    }
}

fn pretty<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Writes under another name and renames, so that nobody sees half a file.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let mut file = File::create(&partial)?;
    file.write_all(bytes)?;
    drop(file);
    fs::rename(partial, path)
}

/// Whether a process holds the run's lock.
#[must_use]
pub fn is_running(folder: &Path) -> bool {
    File::open(folder.join("run.lock"))
        .is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
}

/// How far a run got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// A process drives it.
    Running,
    /// It ended in its time.
    Finished,
    /// Somebody stopped it before its time.
    Interrupted,
    /// It could not do its work.
    Failed,
    /// Its process died.
    Killed,
}

/// One run in a list.
#[derive(Debug, Clone, Serialize)]
pub struct RunEntry {
    /// Its id.
    pub run: String,
    /// Name of the scenario.
    pub scenario: String,
    /// How far it got.
    pub state: RunState,
    /// Whether its world was simulated.
    pub simulated: bool,
    /// Wall time of the start, nanoseconds since 1970.
    pub started_wall_ns: i64,
    /// Nanoseconds from the first to the last event.
    pub length_ns: u64,
    /// Tasks that ended.
    pub tasks: u64,
    /// Things on hubs that are not known to be removed.
    pub open_leases: usize,
    /// Size on disk.
    pub bytes: u64,
    /// Its folder.
    pub folder: PathBuf,
}

/// The runs in a folder, sorted by id. Folders that are no runs are passed over; runs that cannot be read are given by name and cause.
///
/// # Errors
/// The folder cannot be read; one that is not there holds no runs.
pub fn list_runs(root: &Path) -> Result<(Vec<RunEntry>, Vec<(String, SourceError)>), FolderError> {
    let mut entries = Vec::new();
    let mut unreadable = Vec::new();
    for (id, path) in folders(root)? {
        match Reader::open(&path).and_then(|reader| reader.entry(id.clone(), path)) {
            Ok(entry) => entries.push(entry),
            Err(error) => unreadable.push((id, error)),
        }
    }
    Ok((entries, unreadable))
}

fn folders(root: &Path) -> Result<Vec<(String, PathBuf)>, FolderError> {
    let listing = match fs::read_dir(root) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(io_error("read", root)(error)),
    };
    let mut found: Vec<(String, PathBuf)> = listing
        .filter_map(Result::ok)
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
        .filter(|(_, path)| path.join("manifest.json").is_file())
        .collect();
    found.sort();
    Ok(found)
}

/// The folder of a run by its id, the beginning of it, `last` (the one that started last), or a path.
///
/// # Errors
/// There is none, or there are several.
pub fn find_run(root: &Path, name: &str) -> Result<PathBuf, FolderError> {
    let as_path = Path::new(name);
    if as_path.join("manifest.json").is_file() {
        return Ok(as_path.to_owned());
    }
    let all = folders(root)?;
    let not_found = || FolderError::NotFound { name: name.to_owned(), root: root.display().to_string() };
    if name == "last" {
        let latest = all.into_iter().max_by_key(|(id, path)| {
            let modified = fs::metadata(path.join("manifest.json")).and_then(|m| m.modified()).ok();
            (modified, id.clone())
        });
        return latest.map(|(_, path)| path).ok_or_else(not_found);
    }
    if let Some((_, path)) = all.iter().find(|(id, _)| id == name) {
        return Ok(path.clone());
    }
    let matches: Vec<&(String, PathBuf)> = all.iter().filter(|(id, _)| id.starts_with(name)).collect();
    match matches.as_slice() {
        [] => Err(not_found()),
        [(_, path)] => Ok(path.clone()),
        several => Err(FolderError::Ambiguous {
            name: name.to_owned(),
            matches: several.iter().map(|(id, _)| id.clone()).collect(),
        }),
    }
}

/// Removes a run's folder.
///
/// # Errors
/// The run goes on; or it left something on a hub, unless `force` is set.
pub fn remove_run(folder: &Path, force: bool) -> Result<(), FolderError> {
    let id = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if is_running(folder) {
        return Err(FolderError::Running(id));
    }
    if !force {
        let open = Reader::open(folder)?.open_leases()?.len();
        if open > 0 {
            return Err(FolderError::OpenLeases { run: id, open });
        }
    }
    fs::remove_dir_all(folder).map_err(io_error("remove", folder))
}

/// Bytes of the files in a folder, one level of folders deep.
pub(super) fn size_of(folder: &Path) -> u64 {
    let Ok(listing) = fs::read_dir(folder) else { return 0 };
    listing
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
