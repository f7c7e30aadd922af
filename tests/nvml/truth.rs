//! What sampling makes of a load whose truth is known.

use super::rig::{SECOND, gpu, machine, ticks, value, with};
use nvidia_ml::{Curve, Gpu};
use std::time::Duration;

const LENGTH_S: f64 = 600.0;

/// Kernels that come and go: a period that fits no tick, with idle time between.
fn bursts(period_s: f64, busy_s: f64, percent: f64) -> Curve {
    let count = (LENGTH_S / period_s) as u32 + 1;
    let pieces = (0..count).flat_map(|n| {
        let from = f64::from(n) * period_s;
        [(from, percent), (from + busy_s, 0.0)]
    });
    Curve::Steps { steps: pieces.collect() }
}

/// Seconds busy over ten minutes as sampled, and in truth.
fn busy(load: &Curve, window_s: f64, step: Duration) -> (f64, f64) {
    let config = machine(vec![Gpu { load: load.clone(), window_s, ..gpu(1) }]);
    with(&config, &[], |standin, gpus, meter| {
        meter.tick(gpus);
        let count = (LENGTH_S / step.as_secs_f64()).round() as u32;
        let samples = ticks(standin, gpus, meter, step, count);
        (value(&samples, "gpu_busy_seconds_total", "").unwrap(), load.integral(0.0, LENGTH_S) / 100.0)
    })
}

#[test]
fn a_steady_load_is_measured_exactly() {
    for step in [SECOND, Duration::from_millis(100)] {
        let (seen, truth) = busy(&Curve::Constant(37.0), 1.0 / 6.0, step);
        assert!((seen - truth).abs() < 1e-6, "{seen} of {truth} at {step:?}");
    }
}

#[test]
fn a_load_of_bursts_is_measured_to_about_a_percent_whatever_the_interval_and_the_drivers_window() {
    let loads = [
        ("7.3 s of 23.1 s at 90 %", bursts(23.1, 7.3, 90.0)),
        ("0.31 s of 0.83 s at 100 %", bursts(0.83, 0.31, 100.0)),
    ];
    for (name, load) in loads {
        for (window_s, step, limit) in [
            (1.0 / 6.0, SECOND, 0.015),
            (1.0, SECOND, 0.01),
            (1.0 / 6.0, Duration::from_millis(100), 0.01),
            (1.0, Duration::from_millis(100), 0.01),
        ] {
            let (seen, truth) = busy(&load, window_s, step);
            let error = seen / truth - 1.0;
            println!(
                "{name}: window {window_s:.2} s, every {step:?}: {seen:.2} s of {truth:.2} s, error {:+.2} %",
                error * 100.0
            );
            assert!(error.abs() < limit, "{name}, window {window_s} s, every {step:?}: {seen} of {truth}");
        }
    }
}

#[test]
fn throttle_seconds_are_those_of_the_looks_that_saw_it() {
    // Bit 2 is the power cap, bit 6 hardware's thermal slowdown.
    let throttle = Curve::Steps { steps: vec![(0.0, 0.0), (9.5, 4.0), (19.5, 68.0), (24.5, 1.0)] };
    with(&machine(vec![Gpu { throttle, ..gpu(1) }]), &[], |standin, gpus, meter| {
        let samples = ticks(standin, gpus, meter, SECOND, 30);
        let seconds = |reason| value(&samples, "gpu_throttle_seconds_total", reason);
        assert_eq!((seconds("power_cap"), seconds("hw_thermal")), (Some(15.0), Some(5.0)));
        assert_eq!(seconds("sw_thermal"), Some(0.0), "known not to have been");
    });
}
