//! The scenario's folder: the only files that a scenario can read, each of them noted.

use super::fault::Scan;
use super::limits::{FILES_MAX, FILES_TOTAL_MAX};
use crate::plan::sha256_hex;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// A file that a scenario read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRead {
    /// Path below the scenario's folder, with `/` between its parts, links resolved.
    pub path: String,
    /// SHA-256 of the content in hexadecimal.
    pub sha256: String,
    /// The content.
    pub bytes: Arc<[u8]>,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum FileError {
    #[error("{0:?} leads out of the scenario's folder")]
    Outside(String),
    #[error("there is no file {path:?} in the scenario's folder")]
    Missing { path: String, near: Vec<String> },
    #[error("{0:?} is not a regular file")]
    NotAFile(String),
    #[error("{path:?} has {bytes} bytes; at most {most} can be read")]
    TooLarge { path: String, bytes: u64, most: u64 },
    #[error("the scenario reads more than {FILES_MAX} files or {} MiB", FILES_TOTAL_MAX >> 20)]
    TooMany,
    #[error("{path:?}: {why}")]
    Unreadable { path: String, why: String },
}

/// The scenario's folder. One that was read before answers from what it read then, so that the hooks' VM runs the very same files.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    root: PathBuf,
    /// The folder as the caller gave it, put before the paths that are shown.
    given: PathBuf,
    replay: bool,
    /// By the path that was asked for: the resolved path.
    asked: RefCell<BTreeMap<String, String>>,
    /// By the resolved path.
    files: RefCell<BTreeMap<String, FileRead>>,
    /// What was found in files for the places of faults.
    scans: RefCell<BTreeMap<String, Rc<Scan>>>,
}

impl Folder {
    pub(super) fn new(root: PathBuf, given: PathBuf) -> Self {
        Self {
            root,
            given,
            replay: false,
            asked: RefCell::default(),
            files: RefCell::default(),
            scans: RefCell::default(),
        }
    }

    /// The same files again, without touching the disk.
    pub(super) fn replay(&self) -> Self {
        Self {
            root: self.root.clone(),
            given: self.given.clone(),
            replay: true,
            asked: self.asked.clone(),
            files: self.files.clone(),
            scans: RefCell::default(),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// A file that was read.
    pub(super) fn file(&self, path: &str) -> Option<FileRead> {
        self.files.borrow().get(path).cloned()
    }

    /// Calls and tables of a file that was read.
    pub(super) fn scan(&self, path: &str) -> Option<Rc<Scan>> {
        if let Some(scan) = self.scans.borrow().get(path) {
            return Some(scan.clone());
        }
        let scan = Rc::new(Scan::of(&String::from_utf8_lossy(&self.file(path)?.bytes)));
        self.scans.borrow_mut().insert(path.to_owned(), scan.clone());
        Some(scan)
    }

    /// A path below the folder as it is shown: the way it would be given on the command line.
    pub(super) fn shown(&self, path: &str) -> String {
        slashed(&self.given.join(path))
    }

    /// Every file that was read, sorted by path.
    pub(super) fn files(&self) -> Vec<FileRead> {
        self.files.borrow().values().cloned().collect()
    }

    /// Reads a file below the folder: links are resolved first, then the path must still be below it.
    pub(super) fn read(&self, path: &str, most: u64) -> Result<FileRead, FileError> {
        if let Some(file) = self.known(path) {
            return Ok(file);
        }
        if self.replay {
            return Err(FileError::Missing { path: path.to_owned(), near: vec![] });
        }
        let resolved = self.resolve(path)?;
        let relative = slashed(resolved.strip_prefix(&self.root).unwrap_or(&resolved));
        let unreadable = |why: std::io::Error| FileError::Unreadable { path: path.to_owned(), why: why.to_string() };
        // The kind is looked at before opening: opening a pipe would wait for its other end.
        let meta = std::fs::metadata(&resolved).map_err(unreadable)?;
        if !meta.is_file() {
            return Err(FileError::NotAFile(path.to_owned()));
        }
        let mut bytes = Vec::new();
        std::fs::File::open(&resolved)
            .and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        if bytes.len() as u64 > most {
            return Err(FileError::TooLarge { path: path.to_owned(), bytes: meta.len(), most });
        }
        self.keep(path, relative, bytes)
    }

    fn known(&self, path: &str) -> Option<FileRead> {
        let asked = self.asked.borrow();
        self.files.borrow().get(asked.get(path)?).cloned()
    }

    fn keep(&self, asked: &str, path: String, bytes: Vec<u8>) -> Result<FileRead, FileError> {
        let mut files = self.files.borrow_mut();
        let total: usize = files.values().map(|f| f.bytes.len()).sum();
        if files.len() >= FILES_MAX || (total + bytes.len()) as u64 > FILES_TOTAL_MAX {
            return Err(FileError::TooMany);
        }
        let file = FileRead { path: path.clone(), sha256: sha256_hex(&bytes), bytes: bytes.into() };
        self.asked.borrow_mut().insert(asked.to_owned(), path.clone());
        files.insert(path, file.clone());
        Ok(file)
    }

    fn resolve(&self, path: &str) -> Result<PathBuf, FileError> {
        let relative = Path::new(path);
        let below = |c: Component| matches!(c, Component::Normal(_) | Component::CurDir | Component::ParentDir);
        if path.is_empty() || path.contains('\0') || !relative.components().all(below) {
            return Err(FileError::Outside(path.to_owned()));
        }
        // A path that leaves the folder by its words is refused before the disk is asked, so that it tells nothing about other files.
        let mut depth = 0i32;
        for component in relative.components() {
            depth += match component {
                Component::ParentDir => -1,
                Component::Normal(_) => 1,
                _ => 0,
            };
            if depth < 0 {
                return Err(FileError::Outside(path.to_owned()));
            }
        }
        let resolved = self.root.join(relative).canonicalize().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => self.missing(path),
            _ => FileError::Unreadable { path: path.to_owned(), why: error.to_string() },
        })?;
        if !resolved.starts_with(&self.root) {
            return Err(FileError::Outside(path.to_owned()));
        }
        Ok(resolved)
    }

    /// A missing file, with the names beside where it should be.
    fn missing(&self, path: &str) -> FileError {
        let folder = Path::new(path).parent().unwrap_or(Path::new(""));
        let mut near: Vec<String> = Vec::new();
        if let Ok(resolved) = self.root.join(folder).canonicalize()
            && resolved.starts_with(&self.root)
            && let Ok(entries) = std::fs::read_dir(resolved)
        {
            let names = entries.take(1000).flatten().filter(|e| e.file_type().is_ok_and(|t| t.is_file()));
            near.extend(names.map(|e| slashed(&folder.join(e.file_name()))));
        }
        near.sort();
        FileError::Missing { path: path.to_owned(), near }
    }
}

fn slashed(path: &Path) -> String {
    let text = path.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    text.strip_prefix("//").map_or(text.clone(), |absolute| format!("/{absolute}"))
}

/// SHA-256 over the sorted (path, bytes) of files, each with its length before it, so that no two sets of files can be taken for one another.
pub(super) fn source_hash(files: &[FileRead]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        for part in [file.path.as_bytes(), &file.bytes] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
