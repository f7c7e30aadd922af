//! A stand-in that is loaded, with a meter on its GPUs.

use hubmark::event::Sample;
use hubmark::sampler::gpu::{Driver, Gpus, Meter, NoDriver, Nvml, Stamp};
use nvidia_ml::{Config, Gpu, Standin};
use std::sync::Arc;
use std::time::Duration;

/// A machine with such GPUs.
pub(crate) fn machine(gpus: Vec<Gpu>) -> Config {
    Config { gpus, ..Config::default() }
}

/// A GPU with a UUID of its own.
pub(crate) fn gpu(number: u32) -> Gpu {
    Gpu { uuid: format!("GPU-{number:08x}-0000-0000-0000-000000000000"), ..Gpu::default() }
}

pub(crate) fn stamp(standin: &Standin) -> Stamp {
    Arc::new(standin.clock())
}

/// Loads a stand-in's library as hubmark loads NVIDIA's.
pub(crate) fn open(standin: &Standin) -> Result<Nvml, NoDriver> {
    Nvml::open(Some(standin.path().as_os_str()), stamp(standin))
}

/// A stand-in, what hubmark holds of it, and what to look at it with.
pub(crate) fn with<T>(
    config: &Config,
    without: &[&str],
    then: impl FnOnce(&Standin, &mut dyn Gpus, &mut Meter) -> T,
) -> T {
    let standin = Standin::start(config, without);
    let driver = open(&standin).expect("the stand-in works");
    let mut gpus = driver.gpus();
    let inventory = gpus.inventory().expect("the stand-in has an inventory");
    let mut meter = Meter::new(inventory, stamp(&standin));
    let result = then(&standin, gpus.as_mut(), &mut meter);
    drop(gpus);
    drop(driver);
    assert_eq!(standin.open(), [0, 0, 0], "library, event sets and performance samples are given back");
    result
}

/// Looks after each step of time, and gives what the last look said.
pub(crate) fn ticks(
    standin: &Standin,
    gpus: &mut dyn Gpus,
    meter: &mut Meter,
    step: Duration,
    count: u32,
) -> Vec<Sample> {
    let mut last = Vec::new();
    for _ in 0..count {
        standin.advance(step);
        last = meter.tick(gpus);
    }
    last
}

/// The value of a series; `label` is a value of one of its labels, or empty.
pub(crate) fn value(samples: &[Sample], name: &str, label: &str) -> Option<f64> {
    let mut found = samples.iter().filter(|s| {
        s.series.name == name && (label.is_empty() || s.series.labels.values().any(|value| value == label))
    });
    let first = found.next().map(|sample| sample.value);
    assert!(found.next().is_none(), "{name} {label:?} is not one series");
    first
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);
