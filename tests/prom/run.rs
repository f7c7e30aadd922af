//! A real run on a lab whose two nodes name their exporters, watched by a Prometheus through the run's own page.

use crate::support::{agent, hubmark, node_exporter, page, printed, prometheus, promtool_accepts, until, write};
use crate::{farm, lab};
use hubmark::record::{Reader, RunSource};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;

const SCENARIO: &str = include_str!("scenarios/farm.lua");

/// The run's folder, once there is one.
fn run_folder(runs: &Path) -> Option<std::path::PathBuf> {
    let entries = std::fs::read_dir(runs).ok()?;
    entries.flatten().map(|entry| entry.path()).find(|path| path.join("run.db").is_file())
}

#[test]
fn a_run_keeps_what_its_nodes_exporters_said_and_shows_its_own_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (exporter, agent) =
        (node_exporter(path), agent(path, "ms-01", &["--role", "microserver", "--interval", "200ms"]));
    let scenario = write(path, "farm.lua", SCENARIO);
    write(path, "n.ipynb", include_str!("../../scenarios/quickstart/notebooks/text.ipynb"));
    let (log, runs) = (path.join("run.log"), path.join("runs"));
    let mut child = hubmark(&["run", scenario.to_str().unwrap(), "--metrics", "127.0.0.1:0"])
        .args(["--hub", lab::lab().url(), "--first", &agent.address, "--second", &exporter.address])
        .env("JUPYTERHUB_API_TOKEN", lab::lab().token())
        .env("HUBMARK_RUNS", &runs)
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let said = || std::fs::read_to_string(&log).unwrap();
    let address = until("the run shows its metrics", || {
        assert!(child.try_wait().unwrap().is_none(), "{}", said());
        let text = said();
        Some(text.split_once("metrics of the run: http://")?.1.split_once("/metrics\n")?.0.to_owned())
    });
    let config = printed(&["prom", "config", "--run", &address, "--interval", "1s"]);
    let config = write(path, "prometheus.yml", &config.replace("rule_files:\n  - \"hubmark-rules.yml\"\n", ""));
    let watching = prometheus(path, &config);
    let server = farm::server(&watching.address);
    let completed = "sum by (node) (hubmark_tasks_completed_total{outcome=\"ok\"})";
    until("tasks of both nodes are counted by Prometheus", || {
        assert!(child.try_wait().unwrap().is_none(), "{}", said());
        let nodes = farm::by_node(&server, completed);
        (nodes.len() == 2 && nodes.values().all(|count| *count > 0.0)).then_some(())
    });
    let text = page(&address, "/metrics");
    assert!(text.contains("hubmark_spawn_duration_seconds_count{"), "{text}");
    promtool_accepts(&text);
    let code = child.wait().unwrap().code();
    // A machine that is too busy to measure on makes a run INVALID (5).
    assert!(matches!(code, Some(0 | 5)), "{code:?}: {}", said());

    let reader = Reader::open(&run_folder(&runs).unwrap()).unwrap();
    let mut up: BTreeMap<(String, String), f64> = BTreeMap::new();
    let mut loads = Vec::new();
    for info in reader.series().unwrap() {
        let Some(node) = info.key.labels.get("node") else { continue };
        assert_eq!(info.key.labels.get("role").map(String::as_str), Some("microserver"), "{:?}", info.key);
        let mut last = None;
        reader.samples(info.id, &mut |_, value| last = Some(value)).unwrap();
        match info.key.name.as_str() {
            "sampler_up" => drop(up.insert((node.clone(), info.key.labels["sampler"].clone()), last.unwrap())),
            "node_load1" => loads.push(node.clone()),
            _ => {}
        }
    }
    let expected = [("ms-01", "exporter"), ("ms-02", "node_exporter")];
    let expected = expected.map(|(node, sampler)| ((node.to_owned(), sampler.to_owned()), 1.0));
    assert_eq!(up, expected.into(), "each node's source has its own health");
    loads.sort();
    assert_eq!(loads, ["ms-01", "ms-02"]);
}
