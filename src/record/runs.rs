//! The runs in a folder: listing, finding and removing them.

use super::folder::{FolderError, holds_run, io_error, is_running, remove_whole};
use super::lock::LOCK;
use super::reader::Reader;
use super::{RunSource, SourceError};
use crate::event::EventKind;
use serde::Serialize;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
    /// One of its objectives ended it.
    Aborted,
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
    /// Iterations that ended.
    pub iterations: u64,
    /// Things on hubs that are not known to be removed.
    pub open_leases: usize,
    /// Size on disk.
    pub bytes: u64,
    /// Its folder.
    pub folder: PathBuf,
}

/// Runs, and the names of those that cannot be read with the cause.
pub type Listing = (Vec<RunEntry>, Vec<(String, SourceError)>);

/// The runs in a folder, the one that started last at the end. Folders that are no runs are passed over; runs that cannot be read are given by name and cause.
///
/// # Errors
/// The folder cannot be read; one that is not there holds no runs.
pub fn list_runs(root: &Path) -> Result<Listing, FolderError> {
    let mut entries = Vec::new();
    let mut unreadable = Vec::new();
    for (id, path) in folders(root)? {
        match RunEntry::read(id.clone(), path) {
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
        .filter(|(id, path)| !id.starts_with('.') && holds_run(path))
        .collect();
    found.sort_by_cached_key(|(id, path)| (started(path), id.clone()));
    Ok(found)
}

/// When a run began. A simulated run has no wall time of its own, and the lock is made when a run starts and not changed later.
fn started(run: &Path) -> impl Ord + use<> {
    fs::metadata(run.join(LOCK)).and_then(|lock| lock.modified()).ok()
}

/// The folder of a run by its id, the beginning of it, `last` (the one that started last), or a path.
///
/// # Errors
/// There is none, or there are several.
pub fn find_run(root: &Path, name: &str) -> Result<PathBuf, FolderError> {
    let all = folders(root)?;
    let not_found = || FolderError::NotFound { name: name.to_owned(), root: root.display().to_string() };
    if name == "last" {
        return all.into_iter().next_back().map(|(_, path)| path).ok_or_else(not_found);
    }
    if let Some((_, path)) = all.iter().find(|(id, _)| id == name) {
        return Ok(path.clone());
    }
    if holds_run(Path::new(name)) {
        return Ok(PathBuf::from(name));
    }
    let matches: Vec<&(String, PathBuf)> =
        all.iter().filter(|(id, _)| !name.is_empty() && id.starts_with(name)).collect();
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
/// It holds no run, or the run goes on; or it left something on a hub, or cannot be read so that nobody knows, unless `force` is set.
pub fn remove_run(folder: &Path, force: bool) -> Result<(), FolderError> {
    let run = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !holds_run(folder) {
        let why = "it holds no run".to_owned();
        return Err(SourceError::Unreadable { what: folder.display().to_string(), why }.into());
    }
    if is_running(folder) {
        return Err(FolderError::Running(run));
    }
    if !force {
        let open = Reader::open(folder)?.open_leases()?.len();
        if open > 0 {
            return Err(FolderError::OpenLeases { run, open });
        }
    }
    remove_whole(folder)
}

impl RunEntry {
    fn read(run: String, folder: PathBuf) -> Result<Self, SourceError> {
        let reader = Reader::open(&folder)?;
        let manifest = reader.manifest();
        // Asked before the last event is looked for: a run that ends in between is called running, never killed.
        let running = reader.is_running();
        let state = match reader.run_ended()?.map(|event| event.kind) {
            _ if running => RunState::Running,
            Some(EventKind::RunEnded { error: Some(_), .. }) => RunState::Failed,
            Some(EventKind::RunEnded { aborted: Some(_), .. }) => RunState::Aborted,
            Some(EventKind::RunEnded { interrupted: true, .. }) => RunState::Interrupted,
            Some(_) => RunState::Finished,
            None => RunState::Killed,
        };
        Ok(Self {
            run,
            scenario: manifest.plan.name.clone(),
            state,
            simulated: manifest.simulated,
            started_wall_ns: manifest.started_wall_ns,
            length_ns: reader.last_event()?.map_or(0, |event| event.t_ns),
            tasks: reader.tasks_ended()?,
            iterations: reader.iterations_ended()?,
            open_leases: reader.open_leases()?.len(),
            bytes: size_of(&folder),
            folder,
        })
    }
}

/// Bytes below a folder. Links are not followed, and what goes away meanwhile does not count.
fn size_of(folder: &Path) -> u64 {
    let Ok(listing) = fs::read_dir(folder) else { return 0 };
    let sizes = listing.filter_map(Result::ok).map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
