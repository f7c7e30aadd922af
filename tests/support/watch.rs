//! Watching processes of a lab from outside, by the mark in their environment.

use hubmark::lab::LabInfo;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// Set for a child that shall hold its lab: where it writes how to reach it.
pub(crate) const HOLD: &str = "HUBMARK_TEST_HOLD";

/// What all processes of a lab carry in their environment.
pub(crate) fn mark(info: &LabInfo) -> String {
    let text = std::fs::read_to_string(info.directory.join("state.json")).unwrap();
    serde_json::from_str::<serde_json::Value>(&text).unwrap()["mark"].as_str().unwrap().to_owned()
}

/// Command lines of the processes that carry a mark.
pub(crate) fn marked(mark: &str) -> Vec<String> {
    let wanted = format!("HUBMARK_LAB={mark}");
    let carries = |folder: &Path| {
        let environment = std::fs::read(folder.join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes())
    };
    let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let lines = processes.filter(|folder| carries(folder)).map(|folder| std::fs::read(folder.join("cmdline")));
    lines.flatten().map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).collect()
}

/// Waits until something holds, for three minutes at most: a machine that compiles meanwhile is slow.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let mut left = Duration::from_secs(180);
    let glance = Duration::from_millis(20);
    while !holds() {
        left = left.checked_sub(glance).unwrap_or_else(|| panic!("waited in vain until {what}"));
        thread::sleep(glance);
    }
}

/// Runs one test of this binary in a process of its own, with one more variable in its environment.
pub(crate) fn run_test(name: &str, variables: &[(&str, &str)]) -> OtherProcess {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture"]).envs(variables.iter().copied());
    OtherProcess(command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap())
}

/// A process that does not outlive a test that fails.
pub(crate) struct OtherProcess(Child);

impl OtherProcess {
    /// Ends it with SIGKILL.
    pub(crate) fn kill_9(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).unwrap();
    }

    /// Waits for its end; whether it went well.
    pub(crate) fn ends_well(mut self) -> bool {
        self.0.wait().unwrap().success()
    }
}

impl Drop for OtherProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Ends a process with SIGKILL.
pub(crate) fn kill_9(pid: i32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}
