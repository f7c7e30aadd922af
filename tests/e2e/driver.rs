//! Starts the program and looks at what it leaves.

use crate::{http, lab};
use hubmark::event::{Event, EventKind};
use hubmark::record::{Reader, RunSource};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Path of a scenario of these tests.
pub(crate) fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/scenarios").join(name)
}

/// The program with a home of its own and the shared lab's token.
pub(crate) fn hubmark(runs: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubmark"));
    command.env("JUPYTERHUB_API_TOKEN", lab::lab().token()).env("NO_COLOR", "1").env("HUBMARK_RUNS", runs);
    command.stdin(Stdio::null());
    command
}

/// `hubmark run short.lua` with accounts that begin with a prefix.
pub(crate) fn run_short(runs: &Path, prefix: &str, more: &[&str]) -> Command {
    let mut command = hubmark(runs);
    command.arg("run").arg(scenario("short.lua")).args(["--hub", lab::lab().url(), "--prefix", prefix]).args(more);
    command
}

pub(crate) fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Checks the exit code of a run. A machine that is too busy to measure on may make the run INVALID (5), which outranks the rest; books that
/// do not balance may not.
pub(crate) fn ended_with(output: &Output, code: i32) {
    let text = said(output);
    assert!(matches!(output.status.code(), Some(seen) if seen == code || seen == 5), "{text}");
    assert!(!text.contains("bookkeeping"), "{text}");
}

/// Names of the hub's accounts that begin with a prefix, with whether each has a server.
pub(crate) fn accounts(prefix: &str) -> Vec<(String, bool)> {
    let lab = lab::lab();
    let (status, body) = http::request("GET", lab.info().public_port, "/hub/api/users", lab.token(), "");
    assert_eq!(status, 200, "{body}");
    let start = body.find('[').unwrap();
    let end = body.rfind(']').unwrap();
    let users: Vec<Value> = serde_json::from_str(&body[start..=end]).unwrap();
    let mut found: Vec<(String, bool)> = users
        .iter()
        .map(|user| (user["name"].as_str().unwrap().to_owned(), !user["servers"].as_object().unwrap().is_empty()))
        .filter(|(name, _)| name.starts_with(prefix))
        .collect();
    found.sort();
    found
}

/// The one run in a folder.
pub(crate) fn only_run(runs: &Path) -> PathBuf {
    let mut found: Vec<PathBuf> = std::fs::read_dir(runs).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// Waits until a condition holds, at most a minute.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = hubmark::clock::Deadline::after(std::time::Duration::from_secs(60));
    while !holds() {
        assert!(!deadline.expired(), "never: {what}");
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
}

/// Numbers of the events in a run's store, and how many tasks ended in it.
pub(crate) fn events(run: &Path) -> (Vec<u64>, u64) {
    let (mut seqs, mut tasks) = (Vec::new(), 0);
    Reader::open(run)
        .unwrap()
        .events(&mut |event| {
            seqs.push(event.seq);
            tasks += u64::from(matches!(event.kind, EventKind::TaskEnded(_)));
        })
        .unwrap();
    (seqs, tasks)
}

/// The events in the store of the one run in a folder. A store that is just being made has none.
pub(crate) fn events_of(runs: &Path) -> Vec<Event> {
    let mut found = Vec::new();
    let Ok(mut entries) = std::fs::read_dir(runs) else { return found };
    let Some(Ok(run)) = entries.next() else { return found };
    let Ok(reader) = Reader::open(&run.path()) else { return found };
    let _ = reader.events(&mut |event| found.push(event));
    found
}

/// Whether the one run in a folder has an event like this in its store.
pub(crate) fn has(runs: &Path, wanted: impl Fn(&EventKind) -> bool) -> bool {
    events_of(runs).iter().any(|event| wanted(&event.kind))
}

/// Waits until a run's store has a task.
pub(crate) fn until_a_task_ended(runs: &Path) {
    until("a task ended", || has(runs, |kind| matches!(kind, EventKind::TaskEnded(_))));
}
