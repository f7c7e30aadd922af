//! The Python that a lab's environment is made with.

use super::error::LabError;
use super::search;
use serde::Deserialize;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest Python that the lock was made for.
const OLDEST: (u32, u32) = (3, 11);

/// Looked for in this order. `python3` comes first because it is what the user chose; the others help where it is too old.
const NAMES: [&str; 5] = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];

const PROBE: &str = "import sys, json, importlib.util as u; print(json.dumps({'executable': sys.executable, \
    'version': list(sys.version_info[:3]), 'tag': sys.implementation.cache_tag, \
    'venv': all(u.find_spec(m) is not None for m in ('venv', 'ensurepip'))}))";

/// Variables that would change what an interpreter imports or where pip installs.
const FOREIGN: [&str; 12] = [
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PYTHONOPTIMIZE",
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_CONFIG_PATH",
    "JUPYTER_PATH",
    "JUPYTERHUB_API_TOKEN",
];

/// An interpreter, as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Python {
    /// The interpreter itself, behind any shim.
    pub(super) executable: PathBuf,
    version: (u32, u32, u32),
    tag: String,
    venv: bool,
}

impl Python {
    /// Such as `3.11.2`.
    pub(super) fn version(&self) -> String {
        let (major, minor, patch) = self.version;
        format!("{major}.{minor}.{patch}")
    }

    /// What an environment made with it is called by, such as `cpython-311-3.11.2`.
    pub(super) fn key(&self) -> String {
        format!("{}-{}", self.tag, self.version())
    }

    fn refusal(&self) -> Option<String> {
        if (self.version.0, self.version.1) < OLDEST {
            return Some(format!("{} is {}", self.executable.display(), self.version()));
        }
        (!self.venv).then(|| format!("{} has no venv module", self.executable.display()))
    }
}

/// The first interpreter on the search path that can make the environment.
pub(super) fn find(search_path: &OsStr) -> Result<Python, LabError> {
    let mut found = Vec::new();
    for file in NAMES.iter().filter_map(|name| search::program(name, search_path)) {
        match probe(&file, search_path) {
            Some(python) => match python.refusal() {
                None => return Ok(python),
                Some(reason) => found.push(reason),
            },
            None => found.push(format!("{} does not run", file.display())),
        }
    }
    found.dedup();
    Err(LabError::NoPython { found })
}

/// A command of an interpreter that sees neither the caller's packages nor its Jupyter settings.
pub(super) fn command(interpreter: &Path, search_path: &OsStr) -> Command {
    let mut command = Command::new(interpreter);
    for name in FOREIGN {
        command.env_remove(name);
    }
    command.env("PATH", search_path).env("PYTHONNOUSERSITE", "1").stdin(Stdio::null());
    // Python imports from its working folder first, and pip fails where that was removed.
    command.current_dir("/");
    command
}

fn probe(interpreter: &Path, search_path: &OsStr) -> Option<Python> {
    let output = command(interpreter, search_path).args(["-c", PROBE]).stderr(Stdio::null()).output().ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(version: (u32, u32, u32), venv: bool) -> Python {
        Python { executable: "/usr/bin/python3".into(), version, tag: "cpython-311".into(), venv }
    }

    #[test]
    fn an_old_python_and_one_without_venv_are_refused_with_the_reason() {
        assert_eq!(python((3, 11, 0), true).refusal(), None);
        assert_eq!(python((3, 14, 1), true).refusal(), None);
        assert_eq!(python((3, 10, 13), true).refusal().unwrap(), "/usr/bin/python3 is 3.10.13");
        assert_eq!(python((3, 12, 0), false).refusal().unwrap(), "/usr/bin/python3 has no venv module");
    }

    #[test]
    fn without_python_the_error_says_so_and_what_to_install() {
        let empty = tempfile::tempdir().unwrap();
        let error = find(empty.path().as_os_str()).unwrap_err();
        assert_eq!(error.to_string(), "find Python 3.11 or newer with the venv module (no python3 on PATH)");
        assert!(error.hint().unwrap().contains("python3-venv"));
    }

    #[test]
    fn the_key_tells_patch_releases_apart() {
        assert_eq!(python((3, 11, 2), true).key(), "cpython-311-3.11.2");
    }
}
