//! GPU time and energy of tasks, against programmed curves of power.

use super::{Made, World};
use crate::event::{EventKind, Outcome, SeriesKey};
use crate::plan::{Farm, Node};
use crate::report::*;
use std::collections::BTreeMap;

/// A counter by the second of the run.
type Curve = fn(f64) -> f64;

/// Joules that a GPU has used by a second of the run: 120 W with a wave of 80 W.
fn joules(t: f64) -> f64 {
    120.0 * t + 80.0 * 37.0 * (1.0 - (t / 37.0).cos())
}

/// Two users at a microserver each, whose GPUs of a GPU server have these numbers, sampled every so many seconds.
fn run(gpus: [u32; 2], every_s: u64) -> Made {
    let mut made = World { users: 2, slow: 4.0, failing: 0.0, ..World::default() }.run();
    let node = |value: serde_json::Value| serde_json::from_value::<Node>(value).unwrap();
    let mut nodes = vec![node(serde_json::json!({"name": "gx8", "role": "gpu_server"}))];
    for (index, gpu) in gpus.iter().enumerate() {
        let name = format!("ms-{:02}", index + 1);
        let gpus = serde_json::json!([{"node": "gx8", "gpu": gpu}]);
        nodes.push(node(serde_json::json!({"name": name, "role": "microserver", "hub": "farm", "gpus": gpus})));
    }
    made.manifest.plan.load.get_mut("agents").unwrap().nodes = vec!["ms-01".to_owned(), "ms-02".to_owned()];
    made.manifest.plan.farm = Farm { nodes, ..Farm::default() };
    let end_s = made.events.last().unwrap().t_ns / 1_000_000_000;
    let values: [(&str, Curve); 2] =
        [("gpu_energy_joules_total", |t| 7e6 + joules(t)), ("gpu_busy_seconds_total", |t| 0.4 * t)];
    for gpu in 0..2 {
        for (name, value) in values {
            let key = SeriesKey::plain(name).with("node", "gx8").with("gpu", &gpu.to_string());
            let key = key.with("uuid", &format!("GPU-{gpu}"));
            let ticks = (0..=end_s / every_s + 1).map(|tick| tick * every_s);
            made.series.push((key, ticks.map(|t| (t * 1_000_000_000, value(t as f64))).collect()));
        }
    }
    made
}

/// True joules and seconds of each task that went well, by notebook.
fn truth(made: &Made) -> BTreeMap<String, Vec<(f64, f64)>> {
    let mut tasks: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for event in &made.events {
        if let EventKind::TaskEnded(task) = &event.kind
            && task.outcome == Outcome::Ok
        {
            let (from, to) = (task.started_ns as f64 / 1e9, task.ended_ns as f64 / 1e9);
            tasks.entry(task.notebook.clone()).or_default().push((joules(to) - joules(from), to - from));
        }
    }
    tasks
}

#[test]
fn a_task_that_has_its_gpu_to_itself_has_the_energy_of_the_programmed_curve() {
    let made = run([0, 1], 1);
    let truth = truth(&made);
    let summary = analyse(&made).unwrap();
    let found = summary.attribution.as_ref().unwrap();
    assert_eq!((found.refused.as_slice(), found.unseen, found.method), ([].as_slice(), 0, EnergyMethod::Counter));
    let whole = |row: &&SpentRow| row.too_short == 0;
    assert_eq!(found.notebooks.iter().filter(whole).count(), 2);
    for row in found.notebooks.iter().filter(whole) {
        let tasks = &truth[&row.notebook];
        let mean = |of: fn(&(f64, f64)) -> f64| tasks.iter().map(of).sum::<f64>() / tasks.len() as f64;
        let (joules, seconds) = (mean(|task| task.0), mean(|task| task.1));
        assert_eq!(row.joules.samples, tasks.len() as u64, "{}", row.notebook);
        let near = |figure: &Figure, wanted: f64, off: f64| {
            assert!((figure.value.unwrap() - wanted).abs() < off, "{}: {figure:?}, not {wanted}", row.notebook);
        };
        near(&row.joules, joules, 0.3);
        near(&row.gpu_seconds, 0.4 * seconds, 1e-6);
        assert!(row.joules.low.unwrap() < joules && joules < row.joules.high.unwrap());
    }
    let (from, to) =
        summary.timeline.phases.iter().find(|phase| phase.name == "load").map(|p| (p.from_s, p.to_s)).unwrap();
    let of_tasks: f64 = made
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::TaskEnded(task) => Some((task.started_ns as f64 / 1e9, task.ended_ns as f64 / 1e9)),
            _ => None,
        })
        .map(|(a, b)| joules(b.min(to)) - joules(a.min(to)))
        .sum();
    let outside = 1.0 - of_tasks / (2.0 * (joules(to) - joules(from)));
    assert!((found.unattributed.unwrap() - outside).abs() < 1e-3, "{:?}, not {outside}", found.unattributed);
    for page in [markdown(&summary), html(&summary)] {
        assert!(
            page.contains("GPU time and energy of tasks") && page.contains("energy over the load was outside"),
            "{page}"
        );
    }
}

#[test]
fn a_gpu_that_two_tasks_shared_has_no_energy_of_a_task() {
    let found = analyse(&run([0, 0], 1)).unwrap().attribution.unwrap();
    assert_eq!(found.notebooks, []);
    assert_eq!(found.refused.len(), 1);
    assert_eq!((found.refused[0].gpu.as_str(), found.unattributed), ("GPU 0 of gx8", Some(1.0)));
    assert!(found.refused[0].why.contains("ms-01") && found.refused[0].why.ends_with("shared it"), "{found:?}");
}

#[test]
fn a_task_without_a_whole_interval_of_sampling_is_counted_and_in_no_figure() {
    let made = run([0, 1], 30);
    let all: usize = truth(&made).values().map(Vec::len).sum();
    let found = analyse(&made).unwrap().attribution.unwrap();
    // What is neither was long enough, of a notebook most of whose tasks were not.
    assert!(found.too_short() > all as u64 * 9 / 10, "{} of {all}", found.too_short());
    assert!(found.notebooks.iter().all(|row| row.joules.value.is_none() && row.gpu_seconds.value.is_none()));
}

#[test]
fn a_run_whose_users_have_no_gpus_says_nothing_of_them() {
    assert_eq!(analyse(&World::default().run()).unwrap().attribution, None);
}
