//! The proxy of npm, for machines with node.

use super::error::LabError;
use super::search;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest node that `configurable-http-proxy` 5.3 runs on.
const OLDEST: u32 = 20;

/// The proxy's script below a folder that npm installed into.
const SCRIPT: &str = "node_modules/configurable-http-proxy/bin/configurable-http-proxy";

/// How the proxy is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyProgram {
    /// npm's `configurable-http-proxy`.
    Node {
        /// The node binary.
        node: PathBuf,
        /// The proxy's script.
        script: PathBuf,
    },
    /// PyPI's, in the environment of the hub.
    Python,
}

/// A node with npm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// The binary itself: a shim would leave the real process behind when it is killed.
    pub(super) executable: PathBuf,
    /// Such as `20.20.2`.
    pub(super) version: String,
    /// npm's launcher.
    pub(super) npm: PathBuf,
}

impl Node {
    /// Where the proxy's script stands below a folder that npm installed into.
    pub(super) fn program(&self, installed: &Path) -> ProxyProgram {
        ProxyProgram::Node { node: self.executable.clone(), script: installed.join(SCRIPT) }
    }
}

/// The node and npm on the search path.
pub(super) fn find(search_path: &OsStr) -> Result<Node, LabError> {
    let missing = |reason: String| LabError::NoNode { reason };
    let launcher =
        search::program("node", search_path).ok_or_else(|| missing("there is no node on PATH".to_owned()))?;
    let npm = search::program("npm", search_path).ok_or_else(|| missing("there is no npm on PATH".to_owned()))?;
    let output = Command::new(&launcher)
        .args(["-p", "process.execPath + '\\n' + process.versions.node"])
        .env("PATH", search_path)
        .current_dir("/")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(LabError::io("run", &launcher))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (executable, version) = parse(&text).ok_or_else(|| missing(format!("{} does not run", launcher.display())))?;
    if major(&version) < OLDEST {
        return Err(missing(format!("node is {version}, older than {OLDEST}")));
    }
    Ok(Node { executable, version, npm })
}

fn parse(text: &str) -> Option<(PathBuf, String)> {
    let (executable, version) = text.trim().split_once('\n')?;
    (!executable.is_empty() && major(version) > 0).then(|| (executable.into(), version.to_owned()))
}

fn major(version: &str) -> u32 {
    version.split('.').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_node_says_of_itself_is_read() {
        assert_eq!(parse("/opt/node/bin/node\n22.12.0\n"), Some(("/opt/node/bin/node".into(), "22.12.0".to_owned())));
        assert_eq!(parse("command not found\n"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn without_node_the_reason_is_named() {
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(
            find(empty.path().as_os_str()).unwrap_err().to_string(),
            "use the proxy of npm: there is no node on PATH"
        );
    }
}
