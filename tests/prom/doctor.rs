//! `doctor` on a farm of this machine: a JupyterHub, an agent with stand-in GPUs, a node_exporter, a Prometheus.

use crate::lab;
use crate::support::{agent_on, hubmark, node_exporter, printed, prometheus, said, until, write};
use nvidia_ml::{Config, Gpu};
use serde_json::Value;
use std::path::Path;

const SCENARIO: &str = include_str!("scenarios/doctor.lua");

/// What doctor says of the farm, as JSON, with its exit code.
fn doctor(folder: &Path, token: &str, flags: &[&str]) -> (Option<i32>, Value) {
    let mut command = hubmark(&["doctor", folder.join("doctor.lua").to_str().unwrap(), "--format", "json"]);
    command.args(["--hub", lab::lab().url()]).args(flags);
    command.env("JUPYTERHUB_API_TOKEN", token).env("HUBMARK_RUNS", folder.join("runs"));
    let output = command.output().unwrap();
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(&output)));
    (output.status.code(), value)
}

fn source<'v>(value: &'v Value, role: &str, metric: &str) -> Vec<&'v str> {
    let rows = value["metrics"].as_array().unwrap();
    let row = rows.iter().find(|row| row["role"] == role && row["metric"] == metric).unwrap();
    row["from"].as_array().unwrap().iter().map(|from| from["source"].as_str().unwrap()).collect()
}

#[test]
fn a_real_farm_is_ready_and_kernels_say_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write(path, "doctor.lua", SCENARIO);
    write(path, "n.ipynb", include_str!("../../scenarios/farm-baseline/notebooks/features_plain.ipynb"));
    write(path, "np.ipynb", include_str!("../../scenarios/farm-baseline/notebooks/linalg_numpy.ipynb"));
    let machine = Config { real_time: true, gpus: vec![Gpu::default()], ..Config::default() };
    let document = write(path, "machine.json", &serde_json::to_string(&machine).unwrap());
    let library = nvidia_ml::library();
    let standin = [("HUBMARK_NVML", library.as_os_str()), ("NVML_STANDIN", document.as_os_str())];
    let server = agent_on(path, "gx8", &["--role", "gpu-server", "--interval", "200ms"], &standin);
    let exporter = node_exporter(path);
    let config = printed(&[
        "prom",
        "config",
        "--interval",
        "1s",
        "--microserver",
        &format!("ms-02={}/metrics", exporter.address),
    ]);
    let config = write(path, "prometheus.yml", &config.replace("rule_files:\n  - \"hubmark-rules.yml\"\n", ""));
    let watching = prometheus(path, &config);
    let host = rustix::system::uname().nodename().to_str().unwrap().to_owned();
    let (agent, watcher, second) = (server.address.clone(), watching.address.clone(), exporter.address.clone());
    let farm = ["--agent", &agent, "--prometheus", &watcher, "--exporter", &second, "--host", &host];

    let token = lab::lab().token().to_owned();
    // A Prometheus that has scraped nothing yet has nothing of the node.
    let (_, ready) = until("all sources answer", || {
        let (code, value) = doctor(path, &token, &farm);
        (code == Some(0)).then_some((code, value))
    });
    assert_eq!(ready["nodes"][0]["driver"], "580.95.05");
    assert_eq!(source(&ready, "gpu_server", "GPU utilization"), ["hubmark agent, SIMULATED"]);
    assert_eq!(source(&ready, "microserver", "GPU utilization"), ["hubmark agent on gx8, SIMULATED"]);
    assert_eq!(source(&ready, "microserver", "System uptime"), ["node_exporter"]);
    for (at, name) in ["gx8", "ms-01", "ms-02"].iter().enumerate() {
        let node = &ready["nodes"][at];
        assert_eq!(node["name"], *name);
        let clock = &node["clock"];
        // All of them are this machine: the truth is zero, and the time that an answer took is in the uncertainty.
        let (ahead, within) = (clock["ahead_s"].as_f64().unwrap(), clock["within_s"].as_f64().unwrap());
        assert!(ahead.abs() <= within + 0.001, "{node:#}");
    }
    assert!(ready["targets"]["hub"]["clock"]["within_s"].as_f64().unwrap() >= 0.5);
    assert_eq!(ready["kernels"], Value::Null);

    kernels_are_asked(path, &token, &farm, &host);
    let (code, refused) = doctor(path, "wrong", &farm);
    assert_eq!((code, &refused["ready"]), (Some(4), &Value::Bool(false)));
    assert!(refused["targets"]["hub"]["findings"].to_string().contains("fail"), "{refused:#}");
    assert_eq!(refused["nodes"][0]["gpus"].as_array().unwrap().len(), 1, "a hub hides nothing of the nodes");
    drop(exporter);
    let down = until("Prometheus has seen that ms-02 is gone", || {
        let (code, value) = doctor(path, &token, &farm);
        value["nodes"][2]["findings"].to_string().contains("it could not scrape").then_some((code, value))
    });
    assert_eq!(down.0, Some(4));
    assert_eq!(down.1["nodes"][1]["series"], serde_json::json!([]));
}

/// One kernel for each node says what is there, and what a notebook wants that is not there fails; nothing is left.
fn kernels_are_asked(path: &Path, token: &str, farm: &[&str], host: &str) {
    let (code, asked) = doctor(path, token, &[farm, &["--ask-kernels"]].concat());
    let kernels = asked["kernels"].as_array().unwrap_or_else(|| panic!("{asked:#}"));
    assert_eq!((code, kernels.len()), (Some(0), 2), "{asked:#}");
    for kernel in kernels {
        assert_eq!(kernel["host"], host);
        assert!(kernel["python"].as_str().unwrap().starts_with("3."), "{kernel}");
    }
    assert!(!path.join("runs").exists() || std::fs::read_dir(path.join("runs")).unwrap().next().is_none());

    // The lab's kernels have no numpy.
    let (code, lacking) = doctor(path, token, &[farm, &["--ask-kernels", "--notebook", "np.ipynb"]].concat());
    let findings = lacking["kernels"][0]["findings"].to_string();
    assert_eq!(code, Some(4), "{lacking:#}");
    assert!(findings.contains("numpy is not installed (imported by main)"), "{findings}");
    assert_eq!(lacking["needs"][0]["package"], "numpy");
}
