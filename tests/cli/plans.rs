//! check, simulate, new.

use crate::{err, hubmark, out, quickstart};
use serde_json::Value;

#[test]
fn check_prints_the_plan_for_people_and_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = quickstart();
    let scenario = scenario.to_str().unwrap();
    let output = hubmark(folder.path(), &["check", scenario, "--users", "7", "--length=2m"]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    for part in ["7 at most", "length       2m", "access:servers", "montecarlo", "task.duration.p95 < 3s", "users = 7"]
    {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    let output = hubmark(folder.path(), &["check", scenario, "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["estimate"]["peak_users"], 4);
    assert_eq!(json["estimate"]["length_ns"], 90_000_000_000u64);
    assert_eq!(json["files"].as_array().unwrap().len(), 4);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn check_warns_of_parameters_that_a_notebook_does_not_declare() {
    let folder = tempfile::tempdir().unwrap();
    let cell = r#"{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": "epochs = 1", "outputs": [], "execution_count": null}"#;
    let notebook = format!(r#"{{"cells": [{cell}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 4}}"#);
    std::fs::write(folder.path().join("train.ipynb"), notebook).unwrap();
    let scenario = folder.path().join("scenario.lua");
    let text = "return hm.scenario { hub = 'http://127.0.0.1:1', users = 1, duration = '1m', \
                notebook = hm.notebook { 'train.ipynb', params = { epochs = 2, epoch = 3, rate = 0.1 } } }";
    std::fs::write(&scenario, text).unwrap();
    let output = hubmark(folder.path(), &["check", scenario.to_str().unwrap()]);
    let wanted = "warning: epoch, rate are parameters that the notebook's cell tagged `parameters` does not assign";
    assert!(out(&output).contains(wanted), "{}{}", out(&output), err(&output));
}

#[test]
fn a_scenarios_own_flags_have_a_help() {
    let folder = tempfile::tempdir().unwrap();
    let output = hubmark(folder.path(), &["run", quickstart().to_str().unwrap(), "--help"]);
    assert!(out(&output).contains("--users") && out(&output).contains("people working at the same time"));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn two_simulations_of_one_seed_are_the_same_bytes() {
    let scenario = quickstart();
    let mut trees = Vec::new();
    for seed in ["7", "7", "8"] {
        let folder = tempfile::tempdir().unwrap();
        let output = hubmark(folder.path(), &["simulate", scenario.to_str().unwrap(), "--seed", seed]);
        assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
        assert!(out(&output).contains("SIMULATED"), "{}", out(&output));
        let run = std::fs::read_dir(folder.path().join("runs")).unwrap().next().unwrap().unwrap().path();
        let files =
            ["run.db", "summary.json", "report.html", "report.md"].map(|name| std::fs::read(run.join(name)).unwrap());
        assert!(String::from_utf8_lossy(&files[2]).contains("SIMULATED"));
        assert!(String::from_utf8_lossy(&files[3]).contains("SIMULATED"));
        trees.push(files);
    }
    assert!(trees[0] == trees[1], "the same seed gave other bytes");
    assert!(trees[0] != trees[2], "another seed gave the same bytes");
}

#[test]
fn a_new_scenario_checks_and_simulates_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let output = hubmark(folder.path(), &["new", "first"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    for file in ["scenario.lua", "notebooks/first.ipynb", ".luarc.json", ".hubmark/types/hubmark.lua"] {
        assert!(folder.path().join("first").join(file).is_file(), "no {file}");
    }
    for command in ["check", "simulate"] {
        let output = hubmark(folder.path(), &[command, "first"]);
        assert_eq!(output.status.code(), Some(0), "{command}: {}", err(&output));
    }
    let output = hubmark(folder.path(), &["new", "first"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("exists already"));
}

#[test]
fn completions_and_colour_are_as_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        assert!(out(&hubmark(folder.path(), &["completions", shell])).contains("hubmark"));
    }
    let scenario = quickstart();
    let plain = hubmark(folder.path(), &["check", scenario.to_str().unwrap()]);
    assert!(!out(&plain).contains('\x1b'));
    let coloured = hubmark(folder.path(), &["--color", "always", "check", scenario.to_str().unwrap()]);
    assert!(out(&coloured).contains('\x1b'));
}
