//! Running an installer, and understanding what pip says meanwhile.

use super::error::LabError;
use super::journal;
use super::options::{Cancel, LabProgress};
use super::stop::GLANCE;
use super::tether::{self, Tether};
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, PipeReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;

/// Lines of output that are kept for an error.
const KEPT_LINES: usize = 40;

/// Runs an installer to its end. It dies with this process, so a killed hubmark does not leave it writing into a folder that the next
/// one removes.
pub(super) fn run(
    what: &'static str,
    command: Command,
    cancel: &Cancel,
    line: &mut dyn FnMut(&str),
) -> Result<(), LabError> {
    let program = command.get_program().to_owned();
    let failed = |source| LabError::Io { doing: "run", path: Path::new(&program).to_owned(), source };
    let (mut child, output) = start(command).map_err(failed)?;
    let lines = read_lines(output);
    let mut kept = VecDeque::new();
    loop {
        match lines.recv_timeout(GLANCE) {
            Ok(text) => {
                line(&text);
                kept.push_back(text);
                if kept.len() > KEPT_LINES {
                    kept.pop_front();
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if cancel.is_cancelled() {
            kill_with_children(&child);
            break;
        }
    }
    let status = child.wait().map_err(failed)?;
    if cancel.is_cancelled() {
        return Err(LabError::Cancelled);
    }
    if status.success() {
        return Ok(());
    }
    Err(LabError::Install { what, tail: journal::last_lines(&Vec::from(kept).join("\n")) })
}

/// The installer has a session of its own, so its group is it and whatever it started. They may be gone already.
fn kill_with_children(child: &Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// An installer may be silent for long, and whoever cancels shall not wait for its next line; so a thread reads.
fn read_lines(output: PipeReader) -> Receiver<String> {
    let (sender, lines) = sync_channel(KEPT_LINES);
    thread::spawn(move || {
        for text in BufReader::new(output).split(b'\n') {
            let Ok(text) = text else { break };
            if sender.send(String::from_utf8_lossy(&text).into_owned()).is_err() {
                break;
            }
        }
    });
    lines
}

/// Both streams come through one pipe, in the order they were written. The command is dropped here, so the pipe closes with the child.
fn start(mut command: Command) -> std::io::Result<(Child, PipeReader)> {
    let (reader, writer) = std::io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    Ok((tether::spawn(&mut command, Tether::Kill)?, reader))
}

/// Turns pip's lines into progress.
pub(super) struct PipSteps {
    fetched: usize,
    total: usize,
}

impl PipSteps {
    /// For an installation of that lock.
    pub(super) fn new(lock: &str) -> Self {
        Self { fetched: 0, total: lock.lines().filter(|line| is_wanted(line)).count() }
    }

    /// What a line of pip's says, if it says something.
    pub(super) fn step(&mut self, line: &str) -> Option<LabProgress> {
        if line.starts_with("Collecting ") {
            self.fetched += 1;
            return Some(LabProgress::Fetching { packages: self.fetched, of: self.total.max(self.fetched) });
        }
        line.starts_with("Installing collected packages").then_some(LabProgress::Installing { packages: self.fetched })
    }
}

/// Whether a line of the lock names a package that is installed on Linux. A package that is locked twice, for two ranges of Python
/// versions, is counted where its marker says "or newer".
fn is_wanted(line: &str) -> bool {
    let elsewhere = ["sys_platform == '", "os_name == 'nt'", "python_full_version < '"];
    line.contains("==") && !line.starts_with(['#', ' ']) && !elsewhere.iter().any(|marker| line.contains(marker))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_other_systems_are_not_counted() {
        let lock = "# uv pip compile --x==1\naiodns==4.0.4 \\\n    --hash=sha256:00\nappnope==1.0.0 ; sys_platform == 'darwin' \\\n\
            psutil==7.2.2 ; sys_platform != 'android' \\\nsoupsieve==2.10 ; python_full_version < '3.11.5' \\\n";
        assert_eq!(PipSteps::new(lock).total, 2);
    }

    #[test]
    fn progress_follows_what_pip_says() {
        let mut steps = PipSteps::new("a==1\nb==2\n");
        assert_eq!(
            steps.step("Collecting a==1 (from -r requirements.lock (line 1))"),
            Some(LabProgress::Fetching { packages: 1, of: 2 })
        );
        assert_eq!(steps.step("  Downloading a-1.whl (15 kB)"), None);
        assert_eq!(steps.step("Collecting b==2"), Some(LabProgress::Fetching { packages: 2, of: 2 }));
        assert_eq!(steps.step("Installing collected packages: a, b"), Some(LabProgress::Installing { packages: 2 }));
    }

    #[test]
    fn an_installer_that_fails_shows_both_its_streams_in_order() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; exit 3"]);
        let mut lines = Vec::new();
        let error = run("the thing", command, &Cancel::default(), &mut |line| lines.push(line.to_owned())).unwrap_err();
        assert_eq!(error.to_string(), "install the thing:\none\ntwo");
        assert_eq!(lines, ["one", "two"]);
    }

    #[test]
    fn a_cancelled_installer_is_killed_even_while_it_is_silent() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo started; sleep 600 & exec sleep 600"]);
        let cancel = Cancel::default();
        let (started, wait) = sync_channel(1);
        let other = cancel.clone();
        let canceller = thread::spawn(move || {
            wait.recv().unwrap();
            other.cancel();
        });
        let error = run("the thing", command, &cancel, &mut |_| started.send(()).unwrap()).unwrap_err();
        assert!(matches!(error, LabError::Cancelled));
        canceller.join().unwrap();
    }
}
