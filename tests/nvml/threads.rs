//! The sampler with its threads.

use super::rig::{gpu, machine, stamp, value};
use hubmark::event::Sample;
use hubmark::port::{SampleError, Sampler};
use hubmark::sampler::gpu::{
    Driver, Found, GpuError, GpuEvent, GpuInfo, GpuProcess, GpuSample, GpuSampler, Gpus, NoDriver, Nvml,
};
use nvidia_ml::{Curve, Gpu, Standin};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

fn start(standin: &Standin) -> (GpuSampler, Found) {
    let (path, clock) = (standin.path(), stamp(standin));
    let readings = Arc::clone(&clock);
    let open = move || Nvml::open(Some(path.as_os_str()), readings).map(|driver| Box::new(driver) as Box<dyn Driver>);
    GpuSampler::start(open, clock).expect("the stand-in works")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Looks until something was told that `wanted` wants.
async fn until(sampler: &mut GpuSampler, wanted: impl Fn(&str) -> bool, each: impl Fn()) -> (String, Vec<Sample>) {
    for _ in 0..2000 {
        each();
        // A thread that is still at an earlier tick refuses this one.
        let samples = sampler.sample().await.unwrap_or_default();
        if let Some(told) = sampler.notices().into_iter().find(|text| wanted(text)) {
            return (told, samples);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it was not told");
}

#[test]
fn samples_and_events_come_from_threads_that_end_with_the_sampler() {
    let standin = Standin::start(&machine(vec![Gpu { load: Curve::Constant(25.0), ..gpu(1) }]), &[]);
    let (mut sampler, found) = start(&standin);
    assert_eq!((found.driver.as_str(), found.gpus.len()), ("580.95.05", 1));
    assert_eq!((found.gpus[0].name.as_str(), found.gpus[0].simulated), ("SIMULATED stand-in GPU", true));
    assert_eq!((found.gpus[0].memory_bytes, found.gpus[0].power_limit_w), (Some(80 << 30), Some(400.0)));
    runtime().block_on(async {
        let samples = sampler.sample().await.unwrap();
        assert_eq!(value(&samples, "gpu_up", ""), Some(1.0));
        // Until the thread waits for events, the driver has nobody to keep them for.
        let (_, samples) =
            until(&mut sampler, |text| text.contains("reported XID 48"), || standin.raise(0, 8, 48)).await;
        assert!(value(&samples, "gpu_xid_errors_total", "48") >= Some(1.0));
    });
    drop(sampler);
    assert_eq!(standin.open(), [0, 0, 0], "the library is shut down, with nothing left open");
}

#[test]
fn events_that_there_are_none_of_are_told_and_samples_go_on() {
    let standin = Standin::start(&machine(vec![gpu(1)]), &["nvmlEventSetCreate"]);
    let (mut sampler, _) = start(&standin);
    runtime().block_on(async {
        let wanted = "events of GPUs are not seen: events: the driver is too old for it";
        until(&mut sampler, |text| text == wanted, || ()).await;
        assert!(sampler.sample().await.is_ok());
    });
    drop(sampler);
    assert_eq!(standin.open(), [0, 0, 0]);
}

#[test]
fn a_driver_that_is_not_there_is_told_by_the_thread_that_looked_for_it() {
    let open =
        || Nvml::open(Some("/nowhere".as_ref()), Arc::new(|| 0)).map(|driver| Box::new(driver) as Box<dyn Driver>);
    let error = GpuSampler::start(open, Arc::new(|| 0)).err().unwrap();
    assert!(matches!(error, NoDriver::Absent { .. }), "{error:?}");
}

/// A driver that answers nothing until it is told to.
struct Stuck(Arc<Mutex<Receiver<()>>>);

impl Driver for Stuck {
    fn gpus(&self) -> Box<dyn Gpus + '_> {
        Box::new(Self(Arc::clone(&self.0)))
    }

    fn version(&self) -> String {
        String::new()
    }
}

impl Gpus for Stuck {
    fn inventory(&mut self) -> Result<Vec<GpuInfo>, GpuError> {
        let info = GpuInfo {
            uuid: Arc::from("GPU-1"),
            index: 0,
            name: "stuck".to_owned(),
            memory_bytes: None,
            power_limit_w: None,
            mig: None,
            max_sm_hz: None,
            max_memory_hz: None,
            simulated: true,
        };
        Ok(vec![info])
    }

    fn sample(&mut self, _: &str, _: &mut GpuSample) -> Result<(), GpuError> {
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).recv();
        Ok(())
    }

    fn processes(&mut self, _: &str, _: &mut Vec<GpuProcess>) -> Result<(), GpuError> {
        Ok(())
    }

    fn events(&mut self, _: Duration) -> Result<Vec<GpuEvent>, GpuError> {
        Err(GpuError::Unsupported("it has none".to_owned()))
    }

    fn notices(&mut self) -> Vec<String> {
        vec![]
    }
}

#[test]
fn a_driver_that_hangs_holds_up_nobody_and_what_it_had_to_tell_is_told_later() {
    let (go_on, waits): (Sender<()>, _) = channel();
    let waits = Arc::new(Mutex::new(waits));
    let open = move || Ok(Box::new(Stuck(waits)) as Box<dyn Driver>);
    let (mut sampler, _) = GpuSampler::start(open, Arc::new(|| 0)).unwrap();
    runtime().block_on(async {
        let mut refused = None;
        for _ in 0..3 {
            let tick = tokio::time::timeout(Duration::from_millis(20), sampler.sample()).await;
            refused = refused.or(tick.ok());
        }
        let text = "the GPUs' driver does not answer".to_owned();
        assert_eq!(refused, Some(Err(SampleError::Failed(text))), "two ticks wait, the third is refused at once");
        drop(go_on);
        until(&mut sampler, |text| text == "events of GPUs are not seen: it has none", || ()).await;
    });
}
