//! Real processes of a lab, found, killed and started again as they were.

use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// What stands in a file of a process, part by part: its `cmdline`, its `environ`.
pub(crate) fn parts(pid: i32, file: &str) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
    bytes.split(|byte| *byte == 0).filter(|part| !part.is_empty()).map(<[u8]>::to_vec).collect()
}

fn os(bytes: &[u8]) -> std::ffi::OsString {
    std::ffi::OsString::from_vec(bytes.to_vec())
}

/// Ids of processes in whose command line and environment these texts stand.
pub(crate) fn find(command: &str, environment: &str) -> Vec<i32> {
    let holds = |pid: i32, file: &str, text: &str| {
        parts(pid, file).iter().any(|part| String::from_utf8_lossy(part).contains(text))
    };
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_string_lossy().parse::<i32>().ok());
    pids.filter(|pid| holds(*pid, "cmdline", command) && holds(*pid, "environ", environment)).collect()
}

/// How a process was started.
pub(crate) struct Recipe {
    command: Vec<Vec<u8>>,
    environment: Vec<Vec<u8>>,
    folder: PathBuf,
}

impl Recipe {
    /// Of a running process.
    pub(crate) fn of(pid: i32) -> Self {
        let folder = std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap();
        Self { command: parts(pid, "cmdline"), environment: parts(pid, "environ"), folder }
    }

    /// Starts it again. It is killed when the value is dropped; its lab finds it by the mark in its environment too.
    pub(crate) fn start(&self) -> Again {
        let mut command = Command::new(os(&self.command[0]));
        command.args(self.command[1..].iter().map(|part| os(part))).current_dir(&self.folder).env_clear();
        for entry in &self.environment {
            if let Some(at) = entry.iter().position(|byte| *byte == b'=') {
                command.env(os(&entry[..at]), os(&entry[at + 1..]));
            }
        }
        Again(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

/// A process that was started again.
pub(crate) struct Again(Child);

impl Drop for Again {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
