//! After `kill -9`, `hubmark clean` removes exactly what the run made; what belongs to others is never touched.

use crate::driver::{accounts, events, has, hubmark, only_run, run_short, said, scenario, start, until};
use crate::{http, lab};
use hubmark::clock::Deadline;
use hubmark::event::EventKind;
use std::io::{BufRead, BufReader};
use std::time::Duration;

fn hub(method: &str, path: &str) -> u16 {
    let lab = lab::lab();
    http::request(method, lab.info().public_port, path, lab.token(), "{}").0
}

/// The number behind a key in a line of JSON.
fn number(line: &str, key: &str) -> Option<u64> {
    let rest = line.split(&format!("\"{key}\":")).nth(1)?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[test]
fn a_killed_run_is_readable_and_can_be_cleaned() {
    assert_eq!(hub("POST", "/hub/api/users/kill-neighbour"), 201);
    let before = accounts("kill");
    // Ten moments of a run's life: from its first account to under load.
    for millis in [60, 150, 300, 600, 1000, 1600, 2400, 3300, 4500, 6000] {
        let runs = tempfile::tempdir().unwrap();
        let mut child = start(&mut run_short(runs.path(), "kill", &["--length", "300s", "--format", "json"]));
        let stderr = child.stderr.take().unwrap();
        let listener = std::thread::spawn(move || {
            let lines = BufReader::new(stderr).lines().map_while(Result::ok);
            lines.filter_map(|line| number(&line, "events_kept")).max().unwrap_or(0)
        });
        until("the run has a folder", || {
            std::fs::read_dir(runs.path()).is_ok_and(|mut entries| entries.next().is_some())
        });
        let moment = Deadline::after(Duration::from_millis(millis));
        until("its moment has come", || moment.expired());
        child.kill().unwrap();
        child.wait().unwrap();
        let acknowledged = listener.join().unwrap();
        let run = only_run(runs.path());
        if run.join("manifest.json").is_file() {
            let (seqs, _) = events(&run);
            assert!(seqs.len() as u64 >= acknowledged, "{} of {acknowledged} after {millis} ms", seqs.len());
            assert!(seqs.iter().copied().eq(1..=seqs.len() as u64), "a gap after {millis} ms");
            let output = hubmark(runs.path()).args(["report", "last"]).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", said(&output));
            let output = hubmark(runs.path()).args(["clean", "last"]).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        }
        assert_eq!(accounts("kill"), before, "the hub is as it was, after {millis} ms");
    }
    assert_eq!(hub("DELETE", "/hub/api/users/kill-neighbour"), 204);
}

#[test]
fn a_doctor_that_is_killed_while_it_asks_kernels_can_be_cleaned_after() {
    let runs = tempfile::tempdir().unwrap();
    let doctor = || {
        let mut command = hubmark(runs.path());
        command.arg("doctor").arg(scenario("short.lua")).args([
            "--hub",
            lab::lab().url(),
            "--prefix",
            "asked",
            "--ask-kernels",
        ]);
        command
    };
    let mut child = start(&mut doctor());
    // One that is faster than this look has left nothing, and what follows holds all the same.
    until("a server has started", || {
        has(runs.path(), |kind| matches!(kind, EventKind::ServerStarted { .. })) || child.try_wait().unwrap().is_some()
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let left = accounts("asked");
    let output = hubmark(runs.path()).args(["clean", "--all"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(accounts("asked"), [], "of {left:?} something is left");
    // Undisturbed it leaves nothing, not even a run.
    for run in std::fs::read_dir(runs.path()).unwrap() {
        let output = hubmark(runs.path()).args(["runs", "rm"]).arg(run.unwrap().path()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    let output = doctor().output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("  ok   ") && accounts("asked").is_empty(), "{}", said(&output));
    assert_eq!(std::fs::read_dir(runs.path()).unwrap().count(), 0);
}

#[test]
fn what_belongs_to_others_is_never_touched() {
    assert_eq!(hub("POST", "/hub/api/users/theirs-2"), 201);
    assert!(matches!(hub("POST", "/hub/api/users/theirs-2/server"), 201 | 202));
    until("their server is there", || accounts("theirs") == [("theirs-2".to_owned(), true)]);
    let runs = tempfile::tempdir().unwrap();
    let output = run_short(runs.path(), "theirs", &[]).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("\"theirs-2\"") && text.contains("hint:"), "{text}");
    assert_eq!(accounts("theirs"), [("theirs-2".to_owned(), true)], "theirs is there, ours is not");
    let output = hubmark(runs.path()).args(["clean", "--all"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(accounts("theirs"), [("theirs-2".to_owned(), true)]);
    until("their server has stopped", || {
        hub("DELETE", "/hub/api/users/theirs-2") == 204 || accounts("theirs").is_empty()
    });
}
