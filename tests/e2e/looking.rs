//! What hooks and users see of a real hub, this machine, and GPUs behind a stand-in for NVIDIA's library.

use crate::driver::{ended_with, hubmark, only_run, said, scenario};
use crate::lab;
use hubmark::event::{EventKind, LogLine};
use hubmark::record::{Reader, RunSource};
use nvidia_ml::{Config, Curve, Gpu};
use serde_json::Value;

fn log(run: &std::path::Path) -> Vec<LogLine> {
    let mut lines = Vec::new();
    let take = &mut |event: hubmark::event::Event| {
        if let EventKind::Log(line) = event.kind {
            lines.push(line);
        }
    };
    Reader::open(run).unwrap().events(take).unwrap();
    lines
}

#[test]
fn hooks_and_users_see_the_hub_the_machine_and_its_gpus() {
    let gpu = |number: u32| Gpu { uuid: format!("GPU-{number}"), power: Curve::Constant(387.5), ..Gpu::default() };
    let machine = Config { real_time: true, gpus: vec![gpu(0), gpu(1)], ..Config::default() };
    let folder = tempfile::tempdir().unwrap();
    let (runs, document) = (folder.path().join("runs"), folder.path().join("machine.json"));
    std::fs::write(&document, serde_json::to_vec(&machine).unwrap()).unwrap();
    let mut command = hubmark(&runs);
    command.arg("run").arg(scenario("looking.lua")).args(["--hub", lab::lab().url(), "--prefix", "look"]);
    command.env("HUBMARK_NVML", nvidia_ml::library()).env("NVML_STANDIN", &document);
    let output = command.output().unwrap();
    ended_with(&output, 0);
    let lines = log(&only_run(&runs));
    let line = |text: &str| {
        let found = lines.iter().find(|line| line.text == text);
        &found.unwrap_or_else(|| panic!("{text}: {lines:?} {}", said(&output))).fields
    };
    let seen = line("seen");
    assert_eq!(
        (&seen["users"], &seen["uuid"], &seen["power_w"]),
        (&"look-1 look-2".into(), &"GPU-1".into(), &387.5.into())
    );
    assert_eq!(seen["simulated"], Value::Bool(true), "a stand-in says what it is");
    assert!(seen["version"].as_str().unwrap().starts_with(crate::HUB_VERSION), "{seen:?}");
    assert!(seen["memory"].as_f64().unwrap() > 1e6 && seen["age_s"].as_f64().is_some(), "{seen:?}");
    for part in ["routes", "metrics"] {
        let told = line(part);
        assert!(told["ok"] == Value::Bool(true) && told["count"].as_f64() > Some(0.0), "{part}: {told:?}");
    }
    // The lab's token may do what a load needs and no more: what that does not cover is refused by its name.
    assert_eq!(line("groups")["kind"], "scope_missing", "{lines:?}");
    let why = line("no such GPU")["why"].as_str().unwrap();
    assert!(why.contains("here has no GPU 7; sampled are 0, 1"), "{why}");
    let end = line("end");
    assert_eq!((end["servers"].as_f64(), end["spawns"].as_f64()), (Some(2.0), Some(2.0)), "{end:?}");
    assert!(end["p50"].as_f64().unwrap() > 0.0);
}
