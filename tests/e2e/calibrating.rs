//! A simulation whose times a real run measured.

use crate::driver::{ended_with, hubmark, only_run, run_short, said, scenario};
use hubmark::event::{EventKind, TaskRecord};
use hubmark::plan::Calibration;
use hubmark::record::{Reader, RunSource};
use std::path::Path;

/// Timers of the simulated world have a resolution of a millisecond.
const RESOLUTION_NS: u64 = 2_000_000;

fn tasks(run: &Path) -> Vec<TaskRecord> {
    let mut tasks = Vec::new();
    let reader = Reader::open(run).unwrap();
    reader
        .events(&mut |event| {
            if let EventKind::TaskEnded(task) = event.kind {
                tasks.push(*task);
            }
        })
        .unwrap();
    tasks
}

#[test]
fn simulated_tasks_take_the_times_of_recorded_ones() {
    let (real, simulated) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    ended_with(&run_short(real.path(), "calibrate", &[]).output().unwrap(), 0);
    let file = simulated.path().join("times.json");
    let output = hubmark(real.path()).args(["runs", "calibrate", "last", "--output"]).arg(&file).output().unwrap();
    assert!(output.status.success() && said(&output).contains("tasks of 1 notebooks"), "{}", said(&output));
    let calibration = Calibration::parse(&std::fs::read(&file).unwrap()).unwrap();
    let recorded = &calibration.notebooks["tiny"];
    assert_eq!(recorded.len(), tasks(&only_run(real.path())).iter().filter(|task| task.outcome.is_ok()).count());

    let runs = simulated.path().join("runs");
    let mut command = hubmark(&runs);
    command.arg("simulate").arg(scenario("short.lua")).args(["--hub", "http://127.0.0.1:1", "--length", "60s"]);
    let output = command.arg("--calibration").arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let drawn = tasks(&only_run(&runs));
    assert!(drawn.len() > 20, "{} tasks", drawn.len());
    let alike = |task: &[u64], cells: &[u64]| {
        task.len() == cells.len() && task.iter().zip(cells).all(|(a, b)| a.abs_diff(*b) <= RESOLUTION_NS)
    };
    for task in drawn.iter().filter(|task| task.outcome.is_ok()) {
        let took: Vec<u64> = task.timings.iter().map(|timing| timing.took_ns).collect();
        assert!(recorded.iter().any(|cells| alike(&took, cells)), "{took:?} is none of {recorded:?}");
    }
    let manifest = std::fs::read_to_string(only_run(&runs).join("manifest.json")).unwrap();
    assert!(manifest.contains(&calibration.run), "the simulated run says whose times it drew");

    let output = hubmark(&runs).args(["runs", "calibrate", "last"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("drawn, not measured") && said(&output).contains("hint:"), "{}", said(&output));
}
