//! A run's folder: its name and its manifest.

use super::files::write_whole;
use super::lock::RunLock;
use super::{Environment, Manifest, SourceError};
use crate::clock::rfc3339;
use crate::event::FORMAT;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "manifest.json";
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz";
const DIGITS: &[u8] = b"23456789";

/// Why a run's folder cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum RunDirError {
    /// A file or folder cannot be made, read or removed.
    #[error("failed to {what} {path}: {why}", path = path.display())]
    Folder {
        /// What was tried: `make`, `write`, `remove`, `list`.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Cause.
        why: io::Error,
    },
    /// A living process writes the run.
    #[error("the run {run} is running")]
    Running {
        /// Its id.
        run: String,
    },
    /// The run left something on hubs, and only its record knows what.
    #[error("the run {run} has {leases} open leases: its record is what knows what it left on hubs")]
    OpenLeases {
        /// Its id.
        run: String,
        /// How many.
        leases: usize,
    },
    /// There is no such run.
    #[error("there is no run `{wanted}` in {root}", root = root.display())]
    NotFound {
        /// What was asked for.
        wanted: String,
        /// Where the runs are.
        root: PathBuf,
        /// The newest runs there are.
        known: Vec<String>,
    },
    /// Several runs begin so.
    #[error("several runs begin with `{wanted}`: {}", runs.join(", "))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// Their ids, at most five.
        runs: Vec<String>,
    },
    /// The run cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl RunDirError {
    /// What to do about it, for a `hint:` line.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Running { .. } => Some("stop it first, or wait for its end".to_owned()),
            Self::OpenLeases { run, .. } => Some(format!("`hubmark clean {run}` removes what it left on hubs")),
            Self::NotFound { known, .. } if known.is_empty() => Some("no run was recorded there yet".to_owned()),
            Self::NotFound { known, .. } => Some(format!("the newest runs there: {}", known.join(", "))),
            Self::Ambiguous { .. } => Some("give more of the id".to_owned()),
            Self::Folder { .. } | Self::Source(_) => None,
        }
    }
}

/// The folder of a run that is about to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDir {
    path: PathBuf,
    id: String,
}

impl RunDir {
    /// Makes a folder for a real run, such as `2026-11-24T04-12-09Z-farm-baseline-k7`: it sorts by time, and its end sets apart runs that
    /// start in the same second.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn create(root: &Path, name: &str, started_wall_ns: i64) -> Result<Self, RunDirError> {
        fs::create_dir_all(root).map_err(|why| folder("make", root, why))?;
        let time = rfc3339(started_wall_ns).replace(':', "-");
        let ends = LETTERS.len() * DIGITS.len();
        let first = first_end(started_wall_ns) % ends;
        for n in 0..ends {
            let end = (first + n) % ends;
            let (letter, digit) = (LETTERS[end / DIGITS.len()] as char, DIGITS[end % DIGITS.len()] as char);
            let id = format!("{time}-{}-{letter}{digit}", safe(name));
            let path = root.join(&id);
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path, id }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(why) => return Err(folder("make", &path, why)),
            }
        }
        Err(folder("make", root, io::Error::other("too many runs started in this second")))
    }

    /// Makes a folder for a simulated run, `simulated-NAME-SEED`, in place of an earlier one of the same name and seed.
    ///
    /// # Errors
    /// The earlier one is running, or the folder cannot be made.
    pub fn create_simulated(root: &Path, name: &str, seed: u64) -> Result<Self, RunDirError> {
        fs::create_dir_all(root).map_err(|why| folder("make", root, why))?;
        let id = format!("simulated-{}-{seed}", safe(name));
        let path = root.join(&id);
        if path.exists() {
            if RunLock::is_held(&path) {
                return Err(RunDirError::Running { run: id });
            }
            remove_whole(&path)?;
        }
        fs::create_dir(&path).map_err(|why| folder("make", &path, why))?;
        Ok(Self { path, id })
    }

    /// The run's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the manifest, whole or not at all.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<(), RunDirError> {
        let path = self.path.join(MANIFEST);
        serde_json::to_vec_pretty(manifest)
            .map_err(io::Error::from)
            .and_then(|bytes| write_whole(&path, &bytes, !manifest.simulated))
            .map_err(|why| folder("write", &path, why))
    }

    /// Writes the manifest of the run's end: the same with the wall time and the machine then.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish_manifest(
        &self,
        manifest: &mut Manifest,
        ended_wall_ns: i64,
        end: Environment,
    ) -> Result<(), RunDirError> {
        manifest.ended_wall_ns = Some(ended_wall_ns);
        manifest.environment_end = Some(end);
        self.write_manifest(manifest)
    }
}

impl Manifest {
    /// Reads the manifest in a run's folder.
    ///
    /// # Errors
    /// There is none, it is damaged, or a newer hubmark wrote it.
    pub fn load(dir: &Path) -> Result<Self, SourceError> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let path = dir.join(MANIFEST);
        let unreadable = |why: String| SourceError::Unreadable { what: path.display().to_string(), why };
        let text = fs::read(&path).map_err(|error| unreadable(error.to_string()))?;
        // The version alone first: what else a newer one holds cannot be known.
        let Version { format } = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        if format > FORMAT {
            return Err(SourceError::TooNew { found: format, known: FORMAT });
        }
        serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
    }

    /// Whether a folder holds a run.
    pub(super) fn stands_in(dir: &Path) -> bool {
        dir.join(MANIFEST).is_file()
    }
}

/// Removes a folder so that a half-removed one is never taken for a run.
pub(super) fn remove_whole(path: &Path) -> Result<(), RunDirError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let away = path.with_file_name(format!(".removed-{name}-{}", std::process::id()));
    fs::rename(path, &away).and_then(|()| fs::remove_dir_all(&away)).map_err(|why| folder("remove", path, why))
}

pub(super) fn folder(what: &'static str, path: &Path, why: io::Error) -> RunDirError {
    RunDirError::Folder { what, path: path.to_owned(), why }
}

/// Where the search for a free end begins: processes that start in the same second mostly begin apart.
fn first_end(started_wall_ns: i64) -> usize {
    let hash = Sha256::digest(format!("{started_wall_ns} {}", std::process::id()));
    hash.iter().take(4).fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// A name as part of a file's name.
fn safe(name: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    name.chars().take(64).map(kept).collect()
}
