//! The GPUs of this machine in a run: the driver that is asked, and what the manifest says of them.

use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::scenario::Env;
use crate::clock::Deadline;
use crate::engine::LiveView;
use crate::port::Sampler;
use crate::record::{Environment, Gpu};
use crate::sampler::gpu::{self, Driver, Found, GpuInfo, GpuSampler, NoDriver, SimulatedGpus, Stamp};
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Name of the variable that names another library than the system's `libnvidia-ml.so.1`.
const LIBRARY: &str = "HUBMARK_NVML";

/// Begins to sample GPUs and writes into `environment` which there are. A machine without a driver is no error: the environment says so.
///
/// # Errors
/// A library was asked for by name, and it does not work.
pub(crate) fn start(
    simulated: Option<u32>,
    env: &Env,
    view: &watch::Receiver<LiveView>,
    environment: &mut Environment,
) -> CliResult<Option<Box<dyn Sampler>>> {
    let stamp = stamp();
    let readings = Arc::clone(&stamp);
    let named = env(LIBRARY).filter(|_| simulated.is_none());
    let started = match simulated {
        Some(count) => {
            let view = view.clone();
            let tasks = Arc::new(move || view.borrow().tasks_running);
            let open = move || Ok(Box::new(SimulatedGpus::new(count, tasks, readings)) as Box<dyn Driver>);
            GpuSampler::start(open, stamp)
        }
        None => {
            let library = named.clone().map(OsString::from);
            GpuSampler::start(move || gpu::driver(library.as_deref(), readings), stamp)
        }
    };
    match started {
        Ok((sampler, found)) => {
            describe(&found, environment);
            Ok((!found.gpus.is_empty()).then(|| Box::new(sampler) as Box<dyn Sampler>))
        }
        Err(error) => match named {
            Some(library) => Err(unusable(&library, &error)),
            None => {
                environment.facts.insert("gpu_driver".to_owned(), error.to_string());
                Ok(None)
            }
        },
    }
}

/// The GPUs of this machine, and who samples them; `None` where there is no driver.
///
/// # Errors
/// There is a driver that does not work, or a library was asked for by name that does not.
pub(crate) fn here(env: &Env) -> CliResult<Option<(GpuSampler, Found)>> {
    let stamp = stamp();
    let readings = Arc::clone(&stamp);
    let named = env(LIBRARY);
    let library = named.clone().map(OsString::from);
    match (GpuSampler::start(move || gpu::driver(library.as_deref(), readings), stamp), named) {
        (Ok(started), _) => Ok(Some(started)),
        (Err(error), Some(library)) => Err(unusable(&library, &error)),
        (Err(NoDriver::Absent { .. }), None) => Ok(None),
        (Err(error), None) => {
            Err(CliError::caused(Exit::Environment, "the GPUs of this machine cannot be looked at", &error))
        }
    }
}

/// A monotonic clock of its own for a driver's readings.
fn stamp() -> Stamp {
    let watch = Deadline::after(Duration::MAX);
    Arc::new(move || u64::try_from(watch.elapsed().as_nanos()).unwrap_or(u64::MAX))
}

fn unusable(library: &str, error: &NoDriver) -> CliError {
    let heading = format!("the library {library:?} that {LIBRARY} names cannot be used");
    let mut told = CliError::caused(Exit::Environment, heading, error);
    if let NoDriver::Absent { cause } = error {
        told.causes.push(cause.clone());
    }
    told.hint(format!("unset {LIBRARY} to use the driver of this machine, or to run without one"))
}

fn describe(found: &Found, environment: &mut Environment) {
    environment.facts.insert("gpu_driver".to_owned(), found.driver.clone());
    for info in &found.gpus {
        environment.facts.insert(format!("gpu_{}", info.index), line(info));
    }
    environment.gpus = found.gpus.iter().map(kept).collect();
}

/// Such as `NVIDIA H100 80GB HBM3, 80.0 GiB, limit 700 W, MIG off, SM up to 1980 MHz, memory up to 2619 MHz`.
fn line(info: &GpuInfo) -> String {
    let megahertz = |what: &str, hz: Option<f64>| hz.map(|hz| format!("{what} up to {:.0} MHz", hz / 1e6));
    let parts = [
        Some(info.name.clone()),
        info.memory_bytes.map(|bytes| format!("{:.1} GiB", bytes as f64 / (1u64 << 30) as f64)),
        info.power_limit_w.map(|watts| format!("limit {watts:.0} W")),
        info.mig.map(|mig| format!("MIG {}", if mig { "on" } else { "off" })),
        megahertz("SM", info.max_sm_hz),
        megahertz("memory", info.max_memory_hz),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn kept(info: &GpuInfo) -> Gpu {
    Gpu {
        index: info.index,
        uuid: info.uuid.to_string(),
        name: info.name.clone(),
        memory_bytes: info.memory_bytes,
        power_limit_w: info.power_limit_w,
        mig: info.mig,
        max_sm_hz: info.max_sm_hz,
        max_memory_hz: info.max_memory_hz,
        simulated: info.simulated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Conflate;
    use std::rc::Rc;

    fn start_with(simulated: Option<u32>, library: Option<&'static str>) -> (CliResult<bool>, Environment) {
        let env: Env = Rc::new(move |name| library.filter(|_| name == LIBRARY).map(str::to_owned));
        let (_view, watch) = Conflate::channel(LiveView::default());
        let mut environment = Environment::default();
        let sampler = start(simulated, &env, &watch, &mut environment);
        (sampler.map(|sampler| sampler.is_some()), environment)
    }

    #[test]
    fn made_up_gpus_say_so_wherever_they_are_named() {
        let (sampler, environment) = start_with(Some(2), Some("/nowhere/libnvidia-ml.so.1"));
        assert!(sampler.unwrap());
        assert_eq!(environment.facts["gpu_driver"], "SIMULATED");
        let line = "SIMULATED GPU, 80.0 GiB, limit 400 W, MIG off, SM up to 1410 MHz, memory up to 1593 MHz";
        assert_eq!(environment.facts["gpu_1"], line);
        assert!(environment.gpus.iter().all(|gpu| gpu.simulated && gpu.uuid.starts_with("SIMULATED")));
        assert_eq!(environment.gpus.len(), 2);
    }

    #[test]
    fn a_library_that_was_asked_for_by_name_must_work() {
        let error = start_with(None, Some("/nowhere/libnvidia-ml.so.1")).0.unwrap_err();
        assert_eq!(error.exit, Exit::Environment);
        let causes = error.causes.join("; ");
        assert!(causes.starts_with("no NVIDIA driver; ") && causes.contains("cannot open shared object"), "{causes}");
        assert!(error.hints[0].starts_with("unset HUBMARK_NVML"), "{:?}", error.hints);
    }

    #[test]
    fn a_machine_says_which_driver_it_has_or_that_there_is_none() {
        let (sampler, environment) = start_with(None, None);
        assert!(!environment.facts["gpu_driver"].is_empty());
        assert_eq!(sampler.unwrap(), !environment.gpus.is_empty(), "{environment:?}");
    }
}
