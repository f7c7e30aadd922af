//! The runs in a folder.

use super::lock::RunLock;
use super::reader::Reader;
use super::run_dir::{RunDirError, folder, remove_whole};
use super::{Manifest, SourceError};
use crate::event::EventKind;
use std::fs;
use std::path::{Path, PathBuf};

/// How a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunState {
    /// A living process writes it.
    Running,
    /// It ended at its time.
    Finished,
    /// Somebody stopped it.
    Interrupted,
    /// An error ended it, in order.
    Failed(String),
    /// Its process died: it has no last event.
    Killed,
    /// It cannot be read.
    Unreadable(String),
}

impl RunState {
    /// The state in a word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Interrupted => "interrupted",
            Self::Failed(_) => "failed",
            Self::Killed => "killed",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

/// One line of `hubmark runs list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEntry {
    /// Its id.
    pub id: String,
    /// Its folder.
    pub path: PathBuf,
    /// How it stands.
    pub state: RunState,
    /// Name of the scenario; empty if it cannot be read.
    pub name: String,
    /// Whether its world is simulated.
    pub simulated: bool,
    /// Wall time of its start, nanoseconds since 1970; 0 if it cannot be read.
    pub started_wall_ns: i64,
    /// Time of its last event on its own clock, nanoseconds.
    pub lasted_ns: u64,
    /// Tasks that ended, however.
    pub tasks: u64,
    /// What it made on hubs and did not take away.
    pub open_leases: usize,
    /// Bytes on the disk.
    pub bytes: u64,
}

/// The runs in a folder, the oldest first. One that cannot be read is listed too. A folder that does not exist has no runs.
///
/// # Errors
/// The folder cannot be listed.
pub fn list_runs(root: &Path) -> Result<Vec<RunEntry>, RunDirError> {
    let mut runs: Vec<RunEntry> = run_folders(root)?.iter().map(|path| RunEntry::of(path)).collect();
    runs.sort_by(|a, b| (a.started_wall_ns, &a.id).cmp(&(b.started_wall_ns, &b.id)));
    Ok(runs)
}

/// The folder of a run by id, by the beginning of its id, by path, or `last` for the one that started last.
///
/// # Errors
/// There is none, or several begin so.
pub fn resolve_run(root: &Path, wanted: &str) -> Result<PathBuf, RunDirError> {
    let folders = run_folders(root)?;
    let id = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let exact = folders.iter().find(|path| id(path) == wanted);
    if let Some(path) = exact {
        return Ok(path.clone());
    }
    if wanted == "last" {
        let started = |path: &PathBuf| Manifest::load(path).map_or(0, |manifest| manifest.started_wall_ns);
        return folders.into_iter().max_by_key(|path| (started(path), id(path))).ok_or_else(|| not_found(root, wanted));
    }
    let path = Path::new(wanted);
    if Manifest::stands_in(path) {
        return Ok(path.to_owned());
    }
    let mut begun: Vec<&PathBuf> =
        folders.iter().filter(|path| !wanted.is_empty() && id(path).starts_with(wanted)).collect();
    match begun.len() {
        0 => Err(not_found(root, wanted)),
        1 => Ok(begun.remove(0).clone()),
        _ => Err(RunDirError::Ambiguous {
            wanted: wanted.to_owned(),
            runs: begun.into_iter().take(5).map(|path| id(path)).collect(),
        }),
    }
}

/// Removes a run. A running one is never removed; one with open leases, or one that cannot be read so that nobody knows, only if `forced`.
///
/// # Errors
/// It is refused, or a file cannot be removed.
pub fn remove_run(path: &Path, forced: bool) -> Result<(), RunDirError> {
    let run = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !Manifest::stands_in(path) {
        let why = "it holds no run".to_owned();
        return Err(SourceError::Unreadable { what: path.display().to_string(), why }.into());
    }
    if RunLock::is_held(path) {
        return Err(RunDirError::Running { run });
    }
    if !forced {
        let leases = Reader::open(path)?.open_leases()?.len();
        if leases > 0 {
            return Err(RunDirError::OpenLeases { run, leases });
        }
    }
    remove_whole(path)
}

impl RunEntry {
    /// The entry of one run.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let mut entry = Self {
            id: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            path: path.to_owned(),
            state: RunState::Killed,
            name: String::new(),
            simulated: false,
            started_wall_ns: 0,
            lasted_ns: 0,
            tasks: 0,
            open_leases: 0,
            bytes: size(path),
        };
        if let Err(error) = entry.read() {
            entry.state = RunState::Unreadable(error.to_string());
        }
        entry
    }

    fn read(&mut self) -> Result<(), SourceError> {
        let manifest = Manifest::load(&self.path)?;
        self.name.clone_from(&manifest.plan.name);
        self.simulated = manifest.simulated;
        self.started_wall_ns = manifest.started_wall_ns;
        let reader = Reader::open(&self.path)?;
        // Asked before the last event is looked for: a run that ends in between is called running, never killed.
        let running = reader.is_running();
        self.lasted_ns = reader.last_event()?.map_or(0, |event| event.t_ns);
        self.tasks = reader.tasks_ended()?;
        self.open_leases = reader.open_leases()?.len();
        self.state = match reader.run_ended()?.map(|event| event.kind) {
            _ if running => RunState::Running,
            Some(EventKind::RunEnded { error: Some(error), .. }) => RunState::Failed(error),
            Some(EventKind::RunEnded { interrupted: true, .. }) => RunState::Interrupted,
            Some(_) => RunState::Finished,
            None => RunState::Killed,
        };
        Ok(())
    }
}

fn run_folders(root: &Path) -> Result<Vec<PathBuf>, RunDirError> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(folder("list", root, why)),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry.map_err(|why| folder("list", root, why))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && Manifest::stands_in(&path) {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn not_found(root: &Path, wanted: &str) -> RunDirError {
    let mut known: Vec<String> = list_runs(root).unwrap_or_default().into_iter().rev().map(|run| run.id).collect();
    known.truncate(5);
    RunDirError::NotFound { wanted: wanted.to_owned(), root: root.to_owned(), known }
}

/// Bytes below a folder. Links are not followed, and what goes away meanwhile does not count.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
