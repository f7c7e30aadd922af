//! Processes told apart from later ones with the same id, and found again by a mark in their environment.

use rustix::process::{Pid, Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};
use std::fs;

/// The environment variable that every process of a lab carries; its value is the lab's mark.
pub(super) const MARK: &str = "HUBMARK_LAB";

/// A process id with the time the process started, so that a later process with the same id is not taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProcessId {
    /// The process id.
    pub(super) pid: i32,
    /// Clock ticks since boot (field 22 of `/proc/PID/stat`).
    pub(super) start_ticks: u64,
}

impl ProcessId {
    /// The identity of a process that runs now; `None` if there is none, or it has ended and waits to be collected.
    pub(super) fn of(pid: i32) -> Option<Self> {
        let (state, start_ticks) = parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?;
        (!matches!(state, 'Z' | 'X')).then_some(Self { pid, start_ticks })
    }

    /// This process.
    pub(super) fn current() -> Option<Self> {
        Self::of(getpid().as_raw_nonzero().get())
    }

    /// Whether it still runs.
    pub(super) fn alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// Sends a signal if it still runs. A process of another account is left alone.
    pub(super) fn signal(self, signal: Signal) {
        if self.alive()
            && let Some(pid) = Pid::from_raw(self.pid)
        {
            // It may have ended in between; that is what is wanted.
            let _ = kill_process(pid, signal);
        }
    }

    /// Its command line with spaces between the arguments; empty once it has ended.
    pub(super) fn command_line(self) -> String {
        let bytes = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\0', " ")
    }

    /// Bytes of memory, shared pages counted in proportion; 0 once it has ended.
    pub(super) fn memory_bytes(self) -> u64 {
        fs::read_to_string(format!("/proc/{}/smaps_rollup", self.pid))
            .ok()
            .and_then(|text| parse_pss(&text))
            .unwrap_or(0)
    }
}

/// All processes whose environment carries that mark, in order of their ids. Processes of other accounts cannot be seen.
pub(super) fn marked(mark: &str) -> Vec<ProcessId> {
    let wanted = format!("{MARK}={mark}");
    let mut found: Vec<ProcessId> = all_pids().filter(|pid| carries(*pid, &wanted)).filter_map(ProcessId::of).collect();
    found.sort_by_key(|process| process.pid);
    found
}

fn all_pids() -> impl Iterator<Item = i32> {
    fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn carries(pid: i32, wanted: &str) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes())
}

/// State letter and start time. The second field is the program's name in parentheses and may hold anything, parentheses too.
fn parse_stat(text: &str) -> Option<(char, u64)> {
    let mut fields = text.get(text.rfind(')')? + 1..)?.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    // The state is field 3, the start time field 22.
    Some((state, fields.nth(18)?.parse().ok()?))
}

fn parse_pss(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_program_name_with_parentheses_does_not_shift_the_fields() {
        let rest = (4..=21).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        let text = format!("77 (a) (b 1) R {rest} 4242 23 24\n");
        assert_eq!(parse_stat(&text), Some(('R', 4242)));
        assert_eq!(parse_stat("77 (cut"), None);
        assert_eq!(parse_stat("77 (cut) S 1 2"), None);
    }

    #[test]
    fn proportional_memory_is_read_in_bytes() {
        assert_eq!(parse_pss("5555-7777 ---p [rollup]\nRss:  10 kB\nPss:   3 kB\nPss_Dirty: 9 kB\n"), Some(3072));
        assert_eq!(parse_pss("Rss: 10 kB\n"), None);
    }

    #[test]
    fn another_start_time_is_another_process() {
        let me = ProcessId::current().unwrap();
        assert!(me.alive());
        assert!(!ProcessId { start_ticks: me.start_ticks + 1, ..me }.alive());
    }

    #[test]
    fn a_marked_child_is_found_and_an_uncollected_one_is_not() {
        let mark = format!("test-{}", getpid().as_raw_nonzero());
        let mut child = Command::new("cat").env(MARK, &mark).stdin(Stdio::piped()).spawn().unwrap();
        let id = i32::try_from(child.id()).unwrap();
        // Until exec the child still shows the environment of this process.
        while marked(&mark).is_empty() {
            std::thread::yield_now();
        }
        assert_eq!(marked(&mark), vec![ProcessId::of(id).unwrap()]);
        assert!(marked(&mark)[0].memory_bytes() > 0);
        let process = marked(&mark)[0];
        drop(child.stdin.take());
        while process.alive() {
            std::thread::yield_now();
        }
        assert_eq!(marked(&mark), vec![]);
        child.wait().unwrap();
    }
}
