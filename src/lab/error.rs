//! What can go wrong with a lab, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Why a lab could not be provisioned, started or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// No usable Python on the search path. `found` lists what was looked at and why it does not do.
    #[error("find Python 3.11 or newer with the venv module ({})", if found.is_empty() { "no python3 on PATH".to_owned() } else { found.join("; ") })]
    NoPython {
        /// One line for each interpreter that was refused.
        found: Vec<String>,
    },
    /// An installer ended with an error.
    #[error("install {what}:\n{tail}")]
    Install {
        /// What was being installed.
        what: &'static str,
        /// The last lines that the installer printed.
        tail: String,
    },
    /// The npm proxy was asked for and node or npm is missing or too old.
    #[error("use the proxy of npm: {reason}")]
    NoNode {
        /// What is missing.
        reason: String,
    },
    /// A part of the lab ended, or did not become ready in time.
    #[error("start {part}: {reason}; the end of {}:\n{tail}", log.display())]
    Start {
        /// `the hub`, `the proxy` or `the server`.
        part: &'static str,
        /// What was seen.
        reason: String,
        /// Its log file. It is gone once the lab's folder is removed; `tail` stays.
        log: PathBuf,
        /// The log's last lines.
        tail: String,
    },
    /// Processes of the lab survived SIGKILL, or could not be signalled.
    #[error("stop lab {name}: processes {pids:?} are still there")]
    Leftover {
        /// The lab.
        name: String,
        /// Process ids.
        pids: Vec<i32>,
    },
    /// A name that cannot be a folder's name.
    #[error("use {name:?} as a lab's name: 1 to 32 of a-z, 0-9 and - are allowed")]
    BadName {
        /// The name.
        name: String,
    },
    /// A lab of that name is being started, or belongs to another process or machine.
    #[error("use the name {name}: {reason}")]
    NameTaken {
        /// The name.
        name: String,
        /// Who has it.
        reason: String,
    },
    /// There is no lab of that name.
    #[error("find a lab named {name}")]
    NotFound {
        /// The name.
        name: String,
    },
    /// The caller's [`Cancel`](super::Cancel) was set.
    #[error("start the lab: interrupted")]
    Cancelled,
    /// There is no readable `/proc`, by which a lab tells its processes from others.
    #[error("run a lab on this system: there is no readable /proc")]
    NoProc,
    /// A file or process operation failed.
    #[error("{doing} {}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl LabError {
    /// What the reader can do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoPython { .. } => {
                Some("install it: `apt-get install python3 python3-venv`, `dnf install python3`, `brew install python`")
            }
            Self::Install { what: "the proxy", .. } | Self::NoNode { .. } => {
                Some("install node 20 or newer with npm, or use the Python proxy")
            }
            Self::Install { .. } => Some(
                "the first start needs PyPI (or a mirror that pip is configured for); later starts need no network",
            ),
            Self::NoProc => Some("use an existing hub: `--hub URL`"),
            Self::Leftover { .. } => Some("they may belong to another account: stop them as that user or as root"),
            _ => None,
        }
    }

    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }
}
