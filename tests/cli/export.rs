//! `runs export`: tables that Python's csv reads, whose sums are those of the report.

use crate::{err, hubmark, out, root};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// A table as Python's own reader gives it: one object for each line.
fn read(path: &Path) -> Vec<Value> {
    let program = "import csv, json, sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1], newline='', encoding='utf-8')))))";
    let output = Command::new("python3")
        .args(["-c", program])
        .arg(path)
        .output()
        .unwrap_or_else(|error| panic!("python3, which the lab needs too: {error}"));
    assert!(output.status.success(), "{}", err(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn number(row: &Value, column: &str) -> Option<f64> {
    let text = row[column].as_str().unwrap_or_else(|| panic!("no {column} in {row}"));
    (!text.is_empty()).then(|| text.parse().unwrap_or_else(|error| panic!("{column} {text:?}: {error}")))
}

#[test]
fn the_tables_of_a_farm_say_what_its_report_says() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = root().join("tests/bench/diagnosis/scenario.lua");
    let simulated =
        hubmark(folder.path(), &["simulate", scenario.to_str().unwrap(), "--agents", "4", "--length", "30m"]);
    assert!(out(&simulated).contains("SIMULATED"), "{}", err(&simulated));
    let output = hubmark(folder.path(), &["runs", "export", "last", "--output", "tables"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let names = ["SIMULATED-microservers.csv", "SIMULATED-gpu-servers.csv", "SIMULATED-tasks.csv"];
    assert_eq!(out(&output).lines().collect::<Vec<_>>(), names.map(|name| format!("tables/{name}")));
    let [micro, server, tasks] = names.map(|name| read(&folder.path().join("tables").join(name)));

    let run = std::fs::read_dir(folder.path().join("runs")).unwrap().next().unwrap().unwrap().path();
    let summary: Value = serde_json::from_slice(&std::fs::read(run.join("summary.json")).unwrap()).unwrap();
    let intervals = summary["metric_sets"]["intervals"].as_array().unwrap();
    for (role, rows) in [("microserver", &micro), ("gpu_server", &server)] {
        let of_role: Vec<&Value> = intervals.iter().filter(|row| row["role"] == role).collect();
        let whole: Vec<&Value> = rows.iter().filter(|row| row["node"] == "").collect();
        assert_eq!(whole.len(), of_role.len());
        for (row, told) in whole.iter().zip(of_role) {
            assert_eq!((&row["simulated"], &row["role"]), (&"SIMULATED".into(), &role.into()));
            for (column, field) in
                [("gpu_utilization_percent", "gpu_utilization"), ("memory_percent", "memory"), ("cpu_percent", "cpu")]
            {
                match (number(row, column), told[field].as_f64()) {
                    (Some(percent), Some(share)) => {
                        assert!((percent - share * 100.0).abs() < 0.01, "{column}: {row} {told}")
                    }
                    (cell, value) => assert_eq!(cell, value, "{column}"),
                }
            }
            assert_eq!(number(row, "tasks_completed"), told["tasks"].as_f64(), "{row} {told}");
        }
    }
    // Every node has a row in each interval, and the nodes' tasks are the role's, the GPU server's and those of the third table.
    let sum = |rows: &[Value], of_nodes: bool| -> f64 {
        let rows = rows.iter().filter(|row| (row["node"] != "") == of_nodes);
        rows.filter_map(|row| number(row, "tasks_completed")).sum()
    };
    let ok = tasks.iter().filter(|task| task["outcome"] == "ok").count() as f64;
    assert!(ok > 0.0);
    assert_eq!([sum(&micro, true), sum(&micro, false), sum(&server, true), sum(&server, false)], [ok; 4]);
    assert!(micro.iter().all(|row| number(row, "cpu_limit_percent").is_none()), "no limit is an empty cell");
    assert!(micro.iter().all(|row| number(row, "memory_limit_percent") == Some(85.0)), "{}", micro[0]);
    for task in &tasks {
        let span = number(task, "ended_s").unwrap() - number(task, "started_s").unwrap();
        assert!((span - number(task, "service_seconds").unwrap()).abs() < 1e-5, "{task}");
        assert!(task["node"].as_str().unwrap().starts_with("ms-"), "{task}");
    }
}

#[test]
fn what_a_spreadsheet_would_execute_is_text_and_what_was_not_measured_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(root().join("tests/lua/n.ipynb"), folder.path().join("n.ipynb")).unwrap();
    let name = "=HYPERLINK(\"http://x\",1)";
    let text = format!(
        "return hm.scenario {{
          farm = hm.farm {{
            hubs = {{ hub = hm.hub {{ url = 'http://127.0.0.1:1', accounts = hm.accounts {{ list = {{ '{name}' }} }} }} }},
            nodes = {{ hm.node {{ 'ms-01', role = 'microserver', hub = 'hub' }} }},
          }},
          notebook = 'n.ipynb', users = 1, duration = '1m',
        }}"
    );
    std::fs::write(folder.path().join("s.lua"), text).unwrap();
    let simulated = hubmark(folder.path(), &["simulate", "s.lua"]);
    assert!(matches!(simulated.status.code(), Some(0 | 5 | 99)), "{}", err(&simulated));
    let json = hubmark(folder.path(), &["runs", "export", "--format", "json"]);
    let written: Vec<std::path::PathBuf> = serde_json::from_slice(&json.stdout).unwrap();
    let short: Vec<_> = written.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(short, ["SIMULATED-microservers.csv", "SIMULATED-tasks.csv"], "no GPU server, no table of it");
    let [metrics, tasks] = [0, 1].map(|at| read(&folder.path().join(&written[at])));
    assert_eq!(tasks[0]["account"], format!("'{name}"));
    assert_eq!(metrics.len() % 2, 0, "a row of the role and one of its node in each interval");
    for row in &metrics {
        assert_eq!((&row["gpu_utilization_percent"], &row["gpu_memory_percent"]), (&"".into(), &"".into()), "{row}");
    }
}
