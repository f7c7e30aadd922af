//! Signals.

use crate::driver::{accounts, ended_with, has, only_run, run_short, said, start, until, until_a_task_ended};
use hubmark::event::EventKind;
use hubmark::record::{Reader, RunState, list_runs};
use std::process::{Child, Command};

pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn a_signal_stops_a_run_in_order() {
    for name in ["-INT", "-TERM"] {
        let runs = tempfile::tempdir().unwrap();
        let child = start(&mut run_short(runs.path(), "sig", &["--length", "300s"]));
        until_a_task_ended(runs.path());
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let text = said(&output);
        ended_with(&output, 105);
        assert!(accounts("sig-").is_empty(), "{text}");
        let run = only_run(runs.path());
        assert!(run.join("report.html").is_file());
        assert!(Reader::open(&run).unwrap().open_leases().unwrap().is_empty());
        assert_eq!(list_runs(runs.path()).unwrap().0[0].state, RunState::Interrupted);
    }
}

#[test]
fn a_second_signal_does_not_wait_for_tasks() {
    let runs = tempfile::tempdir().unwrap();
    let mut command = crate::driver::hubmark(runs.path());
    command.arg("run").arg(crate::driver::scenario("slow.lua")).args(["--hub", crate::lab::lab().url()]);
    let mut child = start(&mut command);
    until("a notebook is under way", || {
        has(runs.path(), |kind| matches!(kind, EventKind::KernelStarted { outcome, .. } if outcome.is_ok()))
    });
    signal(&child, "-INT");
    // Two signals of one moment would be seen as one.
    until("the first signal was seen", || has(runs.path(), |kind| matches!(kind, EventKind::StopRequested { .. })));
    assert!(child.try_wait().unwrap().is_none(), "the notebook may end");
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    let text = said(&output);
    ended_with(&output, 105);
    assert!(accounts("slow").is_empty(), "{text}");
}
