//! Objectives that act while a run goes on.

use crate::driver::{accounts, ended_with, hubmark, only_run, said, scenario};
use crate::lab;
use hubmark::record::{Reader, RunState, list_runs};

#[test]
fn a_broken_objective_ends_a_run_in_order() {
    let runs = tempfile::tempdir().unwrap();
    let mut command = hubmark(runs.path());
    let output = command.arg("run").arg(scenario("broken.lua")).args(["--hub", lab::lab().url()]).output().unwrap();
    let text = said(&output);
    ended_with(&output, 99);
    assert!(text.contains("in 3 windows in a row; the run ends"), "{text}");
    assert!(accounts("broken-").is_empty(), "{text}");
    let run = only_run(runs.path());
    let page = std::fs::read_to_string(run.join("report.md")).unwrap();
    assert!(
        page.contains("ended by a threshold") && page.contains("## Thresholds broken while the run went on"),
        "{page}"
    );
    assert!(Reader::open(&run).unwrap().open_leases().unwrap().is_empty());
    assert_eq!(list_runs(runs.path()).unwrap().0[0].state, RunState::Aborted);
}
