//! What people do beside executing notebooks, on a real hub: what is there while they do it, and that it is gone afterwards.

use crate::driver::{accounts, ended_with, events_of, hubmark, only_run, said, scenario, start, until};
use crate::stopping::signal;
use crate::{http, lab};
use hubmark::event::{EventKind, Outcome};
use hubmark::record::Reader;
use serde_json::Value;
use std::path::Path;

/// What a run's store has of the person so far.
#[derive(Debug, Default)]
struct Person {
    account: String,
    outcomes: Vec<Outcome>,
    kernels: Vec<String>,
    steps: Vec<(String, Outcome)>,
    ended: bool,
}

fn person(runs: &Path) -> Person {
    let mut person = Person::default();
    for event in events_of(runs) {
        if event.ids.executor.as_deref() != Some("person") {
            continue;
        }
        match event.kind {
            EventKind::UserStarted { account, .. } => person.account = account,
            EventKind::TaskEnded(task) => {
                person.outcomes.push(task.outcome);
                person.kernels.push(task.kernel_id.clone());
            }
            EventKind::StepEnded { name, outcome, .. } => person.steps.push((name, outcome)),
            EventKind::UserEnded => person.ended = true,
            _ => {}
        }
    }
    person
}

/// The kernels on an account's server: id, state, connections. `None` while the server cannot say.
fn kernels(account: &str) -> Option<Vec<(String, String, u64)>> {
    let lab = lab::lab();
    let path = format!("/user/{account}/api/kernels");
    let (status, body) = http::request("GET", lab.info().public_port, &path, lab.token(), "");
    let rows: Vec<Value> = serde_json::from_str(body.get(body.find('[')?..=body.rfind(']')?)?).ok()?;
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let row = |row: &Value| (text(row, "id"), text(row, "execution_state"), row["connections"].as_u64().unwrap());
    (status == 200).then(|| rows.iter().map(row).collect())
}

/// Runs a person with a habit until its tasks have ended so, sees to it that its one kernel is in this state with so many connections, and
/// stops the run, which leaves nothing.
fn follows(habit: &str, more: &[&str], outcomes: &[Outcome], state: &str, connections: u64) -> Person {
    let runs = tempfile::tempdir().unwrap();
    let mut command = hubmark(runs.path());
    command.arg("run").arg(scenario("habits.lua")).args(["--hub", lab::lab().url(), "--habit", habit]).args(more);
    let child = start(&mut command);
    // Idleness is over when the run is: its step comes last.
    let done =
        |person: &Person| person.outcomes.len() == outcomes.len() && (habit == "idle" || !person.steps.is_empty());
    until(&format!("the person who does {habit} has done it"), || done(&person(runs.path())));
    let seen = person(runs.path());
    assert_eq!(seen.outcomes, outcomes, "{habit}");
    assert!(seen.kernels.iter().all(|id| *id == seen.kernels[0]), "{habit}: {seen:?}");
    let wanted = vec![(seen.kernels[0].clone(), state.to_owned(), connections)];
    until(&format!("{habit}: {wanted:?}"), || kernels(&seen.account).as_ref() == Some(&wanted));
    // Who stays has no more to do, and everything of it is there.
    if habit == "stay" {
        until("its time is over", || person(runs.path()).ended);
        assert_eq!(kernels(&seen.account), Some(wanted));
    }
    signal(&child, "-TERM");
    let output = child.wait_with_output().unwrap();
    ended_with(&output, 105);
    let prefix = seen.account.trim_end_matches(|c: char| c.is_ascii_digit());
    assert!(accounts(prefix).is_empty(), "{habit}: {}", said(&output));
    let run = only_run(runs.path());
    assert!(Reader::open(&run).unwrap().open_leases().unwrap().is_empty(), "{habit}");
    let summary: Value = serde_json::from_slice(&std::fs::read(run.join("summary.json")).unwrap()).unwrap();
    let steps: Vec<&str> =
        summary["steps"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(steps, [habit], "it is in the report");
    let ended = person(runs.path());
    assert_eq!(ended.steps, [(habit.to_owned(), Outcome::Ok)]);
    ended
}

#[test]
fn a_closed_tab_leaves_an_idle_kernel_without_connection() {
    follows("close_tab", &[], &[Outcome::Ok], "idle", 0);
}

#[test]
fn an_abandoned_kernel_goes_on_working_without_connection() {
    follows("abandon", &["--slow"], &[Outcome::Abandoned], "busy", 0);
}

#[test]
fn who_stays_has_server_and_kernel_after_its_time() {
    follows("stay", &["--once"], &[Outcome::Ok], "idle", 1);
}

#[test]
fn who_is_idle_holds_its_kernel() {
    follows("idle", &[], &[Outcome::Ok], "idle", 1);
}

#[test]
fn who_reconnects_finds_its_kernel_as_it_was() {
    follows("reconnect", &[], &[Outcome::Ok], "idle", 1);
}

#[test]
fn a_restarted_kernel_is_the_same_one() {
    follows("restart_kernel", &[], &[Outcome::Ok], "idle", 1);
}

#[test]
fn an_interrupted_cell_ends_and_leaves_its_kernel_idle() {
    follows("interrupt", &["--slow"], &[Outcome::Cancelled], "idle", 1);
}

#[test]
fn who_runs_twice_runs_on_one_kernel() {
    follows("run_twice", &[], &[Outcome::Ok, Outcome::Ok], "idle", 1);
}
