//! What must be so with every driver: with the stand-in, or with the library that `HUBMARK_NVML` names.

use super::rig::{gpu, machine};
use hubmark::clock::Deadline;
use hubmark::port::Sampler;
use hubmark::sampler::gpu::{Driver, GpuSample, GpuSampler, Nvml, Reading, Stamp};
use nvidia_ml::{Config, Curve, Gpu, Standin};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

/// The library, and the stand-in where it is one.
fn library() -> (OsString, Option<Standin>) {
    if let Some(path) = std::env::var_os("HUBMARK_NVML") {
        return (path, None);
    }
    let busy = Gpu { load: Curve::Constant(40.0), ..gpu(1) };
    let standin = Standin::start(&Config { real_time: true, ..machine(vec![busy, gpu(2)]) }, &[]);
    (standin.path().into_os_string(), Some(standin))
}

fn stamp() -> Stamp {
    let watch = Deadline::after(Duration::MAX);
    Arc::new(move || watch.elapsed().as_nanos() as u64)
}

#[test]
fn any_driver_is_opened_twice_in_turn_and_knows_its_gpus_by_uuid() {
    let (path, _standin) = library();
    let mut before = None;
    for _ in 0..2 {
        let driver = Nvml::open(Some(&path), stamp()).unwrap();
        assert!(!driver.version().is_empty());
        let found = driver.gpus().inventory().unwrap();
        assert!(!found.is_empty(), "a driver with no GPU");
        let uuids: BTreeSet<Arc<str>> = found.iter().map(|info| Arc::clone(&info.uuid)).collect();
        assert_eq!(uuids.len(), found.len());
        assert_eq!(*before.get_or_insert(uuids.clone()), uuids);
    }
}

#[test]
fn any_gpu_gives_values_that_can_be_true() {
    let (path, _standin) = library();
    let driver = Nvml::open(Some(&path), stamp()).unwrap();
    let mut gpus = driver.gpus();
    for info in gpus.inventory().unwrap() {
        let (mut first, mut second, mut processes) = (GpuSample::default(), GpuSample::default(), Vec::new());
        gpus.sample(&info.uuid, &mut first).unwrap();
        gpus.sample(&info.uuid, &mut second).unwrap();
        let share = |value: Option<f64>| value.is_none_or(|value| (0.0..=1.0).contains(&value));
        assert!(share(second.busy_ratio.map(|reading| reading.value)), "{second:?}");
        assert!(share(second.sm_activity.map(|reading| reading.value)), "{second:?}");
        let (used, total) = (second.memory_used.map(|r| r.value), second.memory_total.map(|r| r.value));
        assert!(used <= total && total == info.memory_bytes, "{second:?}");
        assert!(second.temperature_c.is_none_or(|reading| reading.value < 130), "{second:?}");
        assert!(second.power_mw.is_none_or(|reading| reading.value < 3_000_000), "{second:?}");
        let energy = |sample: &GpuSample| sample.energy_mj.map(|reading| (reading.at_ns, reading.value));
        assert!(energy(&first) <= energy(&second), "{first:?} {second:?}");
        if gpus.processes(&info.uuid, &mut processes).is_ok() {
            assert!(processes.iter().all(|process| process.pid > 0));
        }
    }
}

#[test]
fn any_energy_counter_agrees_with_integrated_power_to_15_percent_over_5_seconds() {
    let (path, standin) = library();
    let virtual_clock = standin.as_ref().map(|standin| {
        standin.configure(&machine(vec![gpu(1)]));
        super::rig::stamp(standin)
    });
    let driver = Nvml::open(Some(&path), virtual_clock.unwrap_or_else(stamp)).unwrap();
    let mut gpus = driver.gpus();
    let infos = gpus.inventory().unwrap();
    let Some(info) = infos.first() else { panic!("a driver with no GPU") };
    let mut looks: Vec<(Reading<u64>, Reading<u64>)> = Vec::new();
    while looks.last().is_none_or(|(last, _)| last.at_ns - looks[0].0.at_ns < 5_000_000_000) {
        let mut look = GpuSample::default();
        gpus.sample(&info.uuid, &mut look).unwrap();
        let (Some(energy), Some(power)) = (look.energy_mj, look.power_mw) else {
            println!("{} has no energy counter or tells no power: nothing to compare", info.name);
            return;
        };
        looks.push((energy, power));
        match &standin {
            Some(standin) => standin.advance(Duration::from_millis(100)),
            // A real driver's clock goes by itself, and waiting for its events paces the looks.
            None => drop(gpus.events(Duration::from_millis(100))),
        }
    }
    let counted_j = (looks[looks.len() - 1].0.value - looks[0].0.value) as f64 / 1e3;
    let trapezoid = |pair: &[(Reading<u64>, Reading<u64>)]| {
        let span_s = (pair[1].1.at_ns - pair[0].1.at_ns) as f64 / 1e9;
        (pair[0].1.value + pair[1].1.value) as f64 / 2e3 * span_s
    };
    let integrated_j: f64 = looks.windows(2).map(trapezoid).sum();
    println!("{}: {counted_j:.1} J by the counter, {integrated_j:.1} J by power", info.name);
    assert!((counted_j / integrated_j - 1.0).abs() < 0.15, "{counted_j} J by the counter, {integrated_j} J by power");
}

#[test]
fn any_driver_serves_the_sampler_and_is_given_back() {
    let (path, standin) = library();
    let clock = stamp();
    let readings = Arc::clone(&clock);
    let open = move || Nvml::open(Some(&path), readings).map(|driver| Box::new(driver) as Box<dyn Driver>);
    let (mut sampler, found) = GpuSampler::start(open, clock).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for _ in 0..3 {
            let samples = sampler.sample().await.unwrap();
            let up = samples.iter().filter(|s| s.series.name == "gpu_up" && s.value == 1.0).count();
            assert_eq!(up, found.gpus.len());
        }
    });
    drop(sampler);
    if let Some(standin) = standin {
        assert_eq!(standin.open(), [0, 0, 0]);
    }
}
