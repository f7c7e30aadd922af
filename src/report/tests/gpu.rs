//! GPUs in the report.

use super::{Made, World};
use crate::event::SeriesKey;
use crate::record::Gpu;
use crate::report::*;

/// Name, one more label and its value, and the value at a second of the run.
type Series<'s> = (&'s str, &'s str, &'s str, &'s dyn Fn(f64) -> Option<f64>);

/// Adds a GPU whose samples are values of the second of the run.
fn add(made: &mut Made, number: u32, simulated: bool, series: &[Series<'_>]) {
    let uuid = format!("GPU-{number}");
    let end_s = made.events.last().map_or(0, |event| event.t_ns / 1_000_000_000);
    for (name, label, of, value) in series {
        let key = SeriesKey::plain(name).with("gpu", &number.to_string()).with("uuid", &uuid);
        let key = if label.is_empty() { key } else { key.with(label, of) };
        let samples = (0..end_s).filter_map(|second| Some((second * 1_000_000_000, value(second as f64)?)));
        made.series.push((key, samples.collect()));
    }
    made.manifest.environment_start.gpus.push(Gpu {
        index: number,
        uuid,
        name: if simulated { "SIMULATED GPU".to_owned() } else { "Card 9000".to_owned() },
        memory_bytes: Some(80 << 30),
        power_limit_w: Some(400.0),
        mig: Some(false),
        max_sm_hz: None,
        max_memory_hz: None,
        simulated,
    });
}

/// The load of the world's run, seconds.
fn load(summary: &Summary) -> (f64, f64) {
    let load = summary.timeline.phases.iter().find(|phase| phase.name == "load").unwrap();
    (load.from_s, load.to_s)
}

#[test]
fn figures_of_a_gpu_are_those_of_the_load() {
    let mut made = World::default().run();
    let (from, to) = load(&analyse(&made).unwrap());
    let busy = move |t: f64| {
        if t < from || t > to {
            0.0
        } else if t < (from + to) / 2.0 {
            1.0
        } else {
            0.02
        }
    };
    add(
        &mut made,
        0,
        false,
        &[
            ("gpu_up", "", "", &|t| Some(f64::from(u8::from(!(100.0..=109.0).contains(&t))))),
            ("gpu_utilization_ratio", "", "", &move |t| Some(busy(t))),
            ("gpu_memory_used_bytes", "", "", &move |t| Some(if t > to { 9e10 } else { 1e9 + t })),
            ("gpu_memory_total_bytes", "", "", &|_| Some(8e10)),
            ("gpu_power_watts", "", "", &|_| Some(200.0)),
            ("gpu_power_joules_total", "", "", &|t| Some(200.0 * t)),
            ("gpu_energy_joules_total", "", "", &|t| Some(5e6 + 206.0 * t)),
            ("gpu_temperature_celsius", "", "", &|t| Some(if t == 300.0 { 81.0 } else { 60.0 })),
            ("gpu_throttle_seconds_total", "reason", "power_cap", &|t| Some((t - 200.0).clamp(0.0, 30.0))),
            ("gpu_throttle_seconds_total", "reason", "hw_thermal", &|_| Some(0.0)),
            ("gpu_xid_errors_total", "xid", "79", &|t| (t > 400.0).then_some(2.0)),
            ("gpu_ecc_errors_total", "kind", "corrected", &|t| Some(if t > 50.0 { 10.0 } else { 7.0 })),
            ("gpu_ecc_errors_total", "kind", "uncorrected", &|_| Some(4.0)),
        ],
    );
    let summary = analyse(&made).unwrap();
    let row = &summary.gpus[0];
    let near = |value: Option<f64>, wanted: f64, off: f64| {
        assert!((value.unwrap() - wanted).abs() < off, "{value:?} is not {wanted}");
    };
    near(row.utilization_mean, 0.51, 0.01);
    near(row.utilization_above_95, 0.5, 0.01);
    near(row.utilization_below_5, 0.5, 0.01);
    near(row.memory_peak_bytes, 1e9 + to, 1.5);
    near(row.power_mean_watts, 200.0, 1e-9);
    near(row.energy_joules, 206.0 * (to - from), 206.0 * 2.0);
    near(row.energy_disagreement, 0.03, 1e-9);
    assert_eq!(row.energy_method, Some(EnergyMethod::Counter));
    assert_eq!((row.temperature_max_celsius, row.memory_total_bytes), (Some(81.0), Some(8e10)));
    assert_eq!(row.throttle_seconds, [("power_cap".to_owned(), 30.0)].into(), "reasons that held");
    assert_eq!(row.xid_errors, [("79".to_owned(), 2)].into());
    assert_eq!(row.ecc_errors, [("corrected".to_owned(), 3), ("uncorrected".to_owned(), 0)].into(), "of this run");
    assert!(row.answered < 1.0 && row.answered > 0.97, "{}", row.answered);
    let line = row.utilization.as_ref().unwrap();
    assert!(line.points.len() > 50 && line.max == Some(1.0));
    for page in [markdown(&summary), html(&summary)] {
        for wanted in
            ["Card 9000", "≥ 95 %", "power cap 30 s", "XID 79 × 2", "ECC corrected × 3", "counter +3.0 % against power"]
        {
            assert!(page.contains(wanted), "{wanted} is missing");
        }
        assert!(!page.contains("SIMULATED"));
    }
    assert!(text(&summary, Style::default()).contains("  GPUs: 0 busy 51 %"));
}

#[test]
fn energy_is_taken_from_power_where_the_counter_is_not_there_or_not_right() {
    let energy = |counter: &dyn Fn(f64) -> Option<f64>| {
        let mut made = World::default().run();
        add(
            &mut made,
            0,
            false,
            &[
                ("gpu_power_watts", "", "", &|_| Some(200.0)),
                ("gpu_power_joules_total", "", "", &|t| Some(200.0 * t)),
                ("gpu_energy_joules_total", "", "", counter),
            ],
        );
        let row = analyse(&made).unwrap().gpus.remove(0);
        (row.energy_method, row.energy_disagreement.map(|share| (share * 100.0).round()))
    };
    assert_eq!(energy(&|t| Some(228.0 * t)), (Some(EnergyMethod::Counter), Some(14.0)));
    assert_eq!(energy(&|t| Some(232.0 * t)), (Some(EnergyMethod::IntegratedPower), Some(16.0)));
    assert_eq!(
        energy(&|_| Some(7.0)),
        (Some(EnergyMethod::IntegratedPower), Some(-100.0)),
        "a counter that stands still"
    );
    assert_eq!(energy(&|_| None), (Some(EnergyMethod::IntegratedPower), None));
}

#[test]
fn made_up_gpus_are_marked_in_every_form() {
    let mut made = World::default().run();
    for number in [0, 1, 10] {
        add(&mut made, number, true, &[("gpu_utilization_ratio", "", "", &|_| Some(0.4))]);
    }
    let summary = analyse(&made).unwrap();
    assert_eq!(summary.gpus.iter().map(|row| row.gpu).collect::<Vec<_>>(), [0, 1, 10], "in order of their numbers");
    assert!(!summary.header.simulated, "the run itself is real");
    let forms = [html(&summary), markdown(&summary), text(&summary, Style::default()), json(&summary).unwrap()];
    for form in forms {
        assert!(form.contains("SIMULATED"), "{form}");
    }
    assert!(html(&summary).contains("GPUs (SIMULATED)") && markdown(&summary).contains("## GPUs (SIMULATED)"));
    assert!(text(&summary, Style::default()).lines().count() <= 40);
}

#[test]
fn gpus_that_are_sampled_in_place_are_of_the_node_that_is_this_machine() {
    let mut made = World::default().run();
    let node = |name: &str, metrics: serde_json::Value| {
        serde_json::from_value(serde_json::json!({"name": name, "role": "gpu_server", "metrics": metrics})).unwrap()
    };
    let away = serde_json::json!({"kind": "exporter", "url": "http://gx9:9477/metrics"});
    made.manifest.plan.farm.nodes = vec![node("gx9", away), node("gx8", serde_json::json!({"kind": "here"}))];
    add(&mut made, 0, false, &[("gpu_utilization_ratio", "", "", &|_| Some(0.4))]);
    let sets = analyse(&made).unwrap().metric_sets.unwrap();
    let busy: Vec<_> = sets.nodes.iter().map(|node| (node.name.as_str(), node.gpu_utilization)).collect();
    let here = busy[1].1.unwrap();
    assert_eq!((busy[0], busy[1].0), (("gx9", None), "gx8"));
    assert!((here - 0.4).abs() < 1e-9, "{here}");
}

#[test]
fn a_run_without_gpus_says_nothing_of_them() {
    let summary = analyse(&World::default().run()).unwrap();
    assert!(summary.gpus.is_empty());
    for form in [html(&summary), markdown(&summary), text(&summary, Style::default())] {
        assert!(!form.contains("GPU"));
    }
}

#[test]
fn a_gpu_that_a_nodes_exporter_tells_of_has_its_figures_too() {
    let mut made = World::default().run();
    let (from, to) = load(&analyse(&made).unwrap());
    let key = SeriesKey::plain("gpu_utilization_ratio").with("gpu", "0").with("uuid", "GPU-0").with("node", "gx8");
    let end_s = made.events.last().map_or(0, |event| event.t_ns / 1_000_000_000);
    // Machines are sampled every 5 s, GPUs every second: that must not read as gaps.
    made.series.push((key, (0..end_s).step_by(5).map(|second| (second * 1_000_000_000, 0.4)).collect()));
    let summary = analyse(&made).unwrap();
    let gpu = &summary.gpus[0];
    assert!((gpu.utilization_mean.unwrap() - 0.4).abs() < 1e-9, "{gpu:?} of {from} to {to}");
}
