//! Energy of programmed power curves.

use super::rig::{SECOND, gpu, machine, ticks, value, with};
use nvidia_ml::{Curve, Gpu};
use std::time::Duration;

/// Joules by the counter and by integrated power after ten seconds, looked at so often.
fn after_ten_seconds(power: Curve, step: Duration) -> (f64, f64) {
    with(&machine(vec![Gpu { power, ..gpu(1) }]), &[], |standin, gpus, meter| {
        meter.tick(gpus);
        let count = (10.0 / step.as_secs_f64()).round() as u32;
        let samples = ticks(standin, gpus, meter, step, count);
        let joules = |name| value(&samples, name, "").unwrap();
        (joules("gpu_energy_joules_total"), joules("gpu_power_joules_total"))
    })
}

#[test]
fn ten_seconds_of_387_5_watts_are_3875_joules_by_counter_and_by_power() {
    assert_eq!(after_ten_seconds(Curve::Constant(387.5), SECOND), (3875.0, 3875.0));
    let (counter, power) = after_ten_seconds(Curve::Constant(387.5), Duration::from_millis(100));
    assert_eq!(counter, 3875.0);
    assert!((power - 3875.0).abs() < 1e-6, "{power}");
}

#[test]
fn the_counter_is_exact_whatever_the_power_does_and_trapezoids_are_as_good_as_their_interval() {
    // Up in two seconds, down in five, nothing after nine.
    let ramps = Curve::Ramps { ramps: vec![(0.0, 100.0), (2.0, 400.0), (7.0, 150.0), (9.0, 0.0)] };
    assert_eq!(after_ten_seconds(ramps.clone(), SECOND), (2025.0, 2025.0), "corners at ticks: trapezoids are exact");
    // A burst that begins and ends between ticks of a second.
    let burst = Curve::Steps { steps: vec![(0.0, 50.0), (3.2, 450.0), (5.7, 50.0)] };
    let truth = 50.0 * 7.5 + 450.0 * 2.5;
    let mut errors = Vec::new();
    for step in [SECOND, Duration::from_millis(100)] {
        let (counter, power) = after_ten_seconds(burst.clone(), step);
        assert_eq!(counter, truth);
        errors.push((power / truth - 1.0).abs());
    }
    println!(
        "a burst of 2.5 s, power by trapezoids: error {:.1} % at 1 s, {:.1} % at 100 ms",
        errors[0] * 100.0,
        errors[1] * 100.0
    );
    assert!(errors[0] < 0.15 && errors[1] < 0.02 && errors[1] < errors[0], "{errors:?}");
}
