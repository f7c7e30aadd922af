//! `scenarios/farm-baseline` on the lab: two agents, kernels of this machine, notebooks without libraries.

use crate::driver::{accounts, ended_with, hubmark, only_run, said};
use crate::lab;
use serde_json::Value;
use std::path::Path;

/// The preset `small` with a few seconds of load. Accounts have their pattern from the scenario.
fn run_small(runs: &Path, more: &[&str]) -> std::process::Output {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/farm-baseline");
    let mut command = hubmark(runs);
    command
        .arg("run")
        .arg(scenario)
        .args(["--preset", "small", "--length", "5s", "--hub", lab::lab().url()])
        .args(more);
    command.output().unwrap()
}

#[test]
fn the_preset_small_runs_on_the_lab_and_says_where_its_kernels_were() {
    let host = rustix::system::uname().nodename().to_str().unwrap().to_owned();
    let runs = tempfile::tempdir().unwrap();
    // The GPU server is called as this machine is, which is where the lab's kernels are.
    let output = run_small(runs.path(), &["--server", &host]);
    ended_with(&output, 0);
    assert_eq!(accounts("hubmark-"), []);
    let run = only_run(runs.path());
    let summary: Value = serde_json::from_slice(&std::fs::read(run.join("summary.json")).unwrap()).unwrap();
    let roles = summary["farm"]["roles"].as_array().unwrap();
    let nodes = roles[0]["nodes"].as_array().unwrap();
    assert_eq!((roles[0]["role"].as_str(), nodes.len()), (Some("microserver"), 2));
    for node in nodes {
        assert_eq!(node["placement"], "verified", "{node}");
        assert_eq!(node["placement_why"], format!("its kernel is on host {host}"));
        assert!(node["completed"].as_u64().unwrap() > 0, "{node}");
    }
    let sum: f64 = nodes.iter().map(|node| node["per_minute"]["value"].as_f64().unwrap()).sum();
    let figures = summary["key_figures"].as_array().unwrap();
    let rate = figures.iter().find(|figure| figure["key"] == "completion_rate").unwrap();
    assert!((sum - rate["figure"]["value"].as_f64().unwrap()).abs() < 1e-9, "{sum} of the nodes, {rate}");
    let together = &summary["together"][0];
    assert_eq!((together["ready"].as_u64(), together["begun"].as_u64()), (Some(2), Some(2)));
    assert!(together["spread_s"].as_f64().unwrap() < 5.0, "{together}");
}

#[test]
fn kernels_that_are_elsewhere_end_the_run_before_its_load_with_the_code_of_the_environment() {
    let host = rustix::system::uname().nodename().to_str().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("elsewhere.lua");
    let notebook = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/farm-baseline/notebooks/features_plain.ipynb");
    std::fs::copy(notebook, folder.path().join("n.ipynb")).unwrap();
    // Kernels are on this machine, which the farm says is another node.
    let text = format!(
        "local accounts = hm.accounts {{ pattern = 'elsewhere-%02d', create = true }}
        return hm.scenario {{
          farm = hm.farm {{
            hubs = {{ hub = hm.hub {{ url = '{}', accounts = accounts }} }},
            nodes = {{
              hm.node {{ 'one', role = 'microserver', hub = 'hub' }},
              hm.node {{ 'two', role = 'microserver', host = '{host}' }},
            }},
          }},
          notebook = 'n.ipynb', users = 1, duration = '5s',
        }}",
        lab::lab().url()
    );
    std::fs::write(&scenario, text).unwrap();
    let runs = tempfile::tempdir().unwrap();
    let output = hubmark(runs.path()).arg("run").arg(&scenario).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("1 of 1 nodes have their kernels somewhere else than the farm says"), "{text}");
    assert!(
        text.contains("node one: its kernel is on two, not on one") && text.contains("placement = \"any\""),
        "{text}"
    );
    assert_eq!(accounts("elsewhere-"), []);
    let (_, tasks) = crate::driver::events(&only_run(runs.path()));
    assert_eq!(tasks, 0, "nothing was measured");
}
