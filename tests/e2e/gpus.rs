//! GPUs in a run of the program: the library is loaded by the name that the environment gives, as NVIDIA's would be.

use crate::driver::{ended_with, only_run, run_short, said};
use nvidia_ml::{Config, Curve, Gpu};
use serde_json::Value;

fn read(file: &std::path::Path) -> Value {
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

#[test]
fn gpus_of_the_machine_are_sampled_and_made_up_ones_are_marked() {
    let gpu = |number: u32| Gpu {
        uuid: format!("GPU-{number}"),
        load: Curve::Constant(97.0),
        power: Curve::Constant(387.5),
        ..Gpu::default()
    };
    let machine = Config { real_time: true, gpus: vec![gpu(0), gpu(1)], ..Config::default() };
    let folder = tempfile::tempdir().unwrap();
    let (runs, document) = (folder.path().join("runs"), folder.path().join("machine.json"));
    std::fs::write(&document, serde_json::to_vec(&machine).unwrap()).unwrap();
    let mut command = run_short(&runs, "gpu", &[]);
    command.env("HUBMARK_NVML", nvidia_ml::library()).env("NVML_STANDIN", &document);
    let output = command.output().unwrap();
    let text = said(&output);
    ended_with(&output, 0);
    assert!(text.contains("SIMULATED GPUs: 0 busy 97 %"), "{text}");

    let run = only_run(&runs);
    let environment = &read(&run.join("manifest.json"))["environment_start"];
    assert_eq!(environment["facts"]["gpu_driver"], "580.95.05");
    assert_eq!(environment["gpus"][1]["uuid"], "GPU-1");
    let summary = read(&run.join("summary.json"));
    let rows = summary["gpus"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert_eq!((&row["simulated"], &row["energy_method"]), (&Value::Bool(true), &Value::from("counter")));
        assert_eq!((&row["utilization_above_95"], &row["answered"]), (&Value::from(1.0), &Value::from(1.0)));
        let (joules, power) = (row["energy_joules"].as_f64().unwrap(), row["power_mean_watts"].as_f64().unwrap());
        assert!(joules > 387.5 && (power - 387.5).abs() < 1e-6, "{row}");
    }
    for form in ["report.html", "report.md"] {
        let form = std::fs::read_to_string(run.join(form)).unwrap();
        assert!(form.contains("GPUs (SIMULATED)"), "{form}");
    }
}

#[test]
fn a_library_that_is_asked_for_by_name_and_is_not_there_ends_the_run_before_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    let output = run_short(&runs, "nogpu", &[]).env("HUBMARK_NVML", "/nowhere/libnvidia-ml.so.1").output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    for part in
        ["HUBMARK_NVML names cannot be used", "no NVIDIA driver", "/nowhere/libnvidia-ml.so.1", "unset HUBMARK_NVML"]
    {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    assert!(!runs.exists(), "no folder of a run that was none");
    assert!(crate::driver::accounts("nogpu").is_empty());
}
