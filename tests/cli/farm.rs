//! Faults planted in a simulated farm, from the command line to the report.

use super::{err, hubmark, out, root};

/// A farm whose truth is known; `tests/bench/diagnosis/run.py` counts over many seeds.
fn simulate(arguments: &[&str]) -> (std::process::Output, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    let scenario = root().join("tests/bench/diagnosis/scenario.lua");
    let mut all = vec!["simulate", scenario.to_str().unwrap(), "--agents", "12", "--length", "2h"];
    all.extend(arguments);
    let output = hubmark(folder.path(), &all);
    let written = std::fs::read_dir(folder.path().join("runs")).ok().and_then(|mut runs| runs.next());
    let summary = written.map_or(serde_json::Value::Null, |run| {
        let text = std::fs::read(run.unwrap().path().join("summary.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    });
    (output, summary)
}

#[test]
fn planted_faults_are_named_in_the_verdict_and_a_healthy_farm_has_none() {
    let (output, healthy) = simulate(&[]);
    assert!(out(&output).contains("nothing was found that limits the farm but its load"), "{}", out(&output));
    let sets = &healthy["metric_sets"];
    assert_eq!(sets["diagnosis"], serde_json::json!([]));
    assert_eq!(sets["roles"].as_array().unwrap().len(), 2);
    let tasks = |rows: &serde_json::Value| -> u64 {
        rows.as_array().unwrap().iter().filter_map(|row| row["tasks"].as_u64()).sum()
    };
    let (micro, server): (Vec<_>, Vec<_>) =
        sets["nodes"].as_array().unwrap().iter().cloned().partition(|node| node["role"] == "microserver");
    assert_eq!(tasks(&micro.into()), tasks(&server.into()), "the combined rate is the sum over nodes");

    let (output, throttled) = simulate(&["--fault", "throttled:gx8,gpu=3,speed=50%,from=30m"]);
    assert!(
        out(&output).contains("GPU 3 of gx8 (ms-04) ran at a lowered clock for 75 % of the load"),
        "{}",
        out(&output)
    );
    assert_eq!(throttled["metric_sets"]["diagnosis"][0]["nodes"], serde_json::json!(["ms-04"]));
}

#[test]
fn a_fault_that_would_change_nothing_is_refused_with_the_reason() {
    for (fault, why) in [
        ("slow:ms-07,speed=60%", "no kernel runs on ms-07, and it holds no GPU"),
        ("throttled:gx8,gpu=12,speed=50%", "gx8 has 12 GPUs, and they are counted from 0"),
        ("slow:ms-99,speed=60%", "--fault names the node \"ms-99\", which the scenario does not have"),
        ("fire:gx8", "there is no fault \"fire\"; wanted slow:NODE"),
    ] {
        let (output, summary) = simulate(&["--fault", fault]);
        assert!(summary.is_null(), "nothing was run");
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        assert!(err(&output).contains(why), "{why}: {}", err(&output));
    }
}
