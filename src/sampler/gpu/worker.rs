//! The threads that ask a driver, and the sampler that they answer to.

use super::device::{Driver, GpuEvent, GpuInfo, NoDriver, Stamp};
use super::meter::Meter;
use crate::event::Sample;
use crate::plan::Sampling;
use crate::port::{Local, SampleError, Sampler};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a driver may take to be loaded: it wakes every GPU that sleeps.
const LOADING: Duration = Duration::from_secs(10);
/// How long events are waited for in one go, and so how long the end of the thread may take.
const EVENTS: Duration = Duration::from_millis(100);
/// How long the threads may take to end. A driver that hangs must not hold up the end of a run.
const ENDING: Duration = Duration::from_secs(1);
/// Most events and most notices that wait to be fetched.
const WAITING: usize = 256;

type Answer = (Vec<Sample>, Vec<String>);

/// Samples GPUs on threads of its own. Dropping it ends them.
pub struct GpuSampler {
    /// `None` once it is dropped.
    requests: Option<SyncSender<oneshot::Sender<Answer>>>,
    notices: Vec<String>,
    ended: Receiver<()>,
}

/// What a driver said when it was loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its version.
    pub driver: String,
    /// The GPUs that are there.
    pub gpus: Vec<GpuInfo>,
}

impl GpuSampler {
    /// Loads a driver on a thread of its own and looks which GPUs are there. `stamp` is the clock of the driver's readings.
    ///
    /// # Errors
    /// There is no driver, it does not work, or it did not answer within ten seconds.
    pub fn start(
        open: impl FnOnce() -> Result<Box<dyn Driver>, NoDriver> + Send + 'static,
        stamp: Stamp,
    ) -> Result<(Self, Found), NoDriver> {
        let (found_tx, found) = sync_channel(1);
        let (requests, requests_rx) = sync_channel(1);
        let (ended_tx, ended) = sync_channel(1);
        let body = move || {
            let result = open().and_then(|driver| {
                let driver: Arc<dyn Driver> = Arc::from(driver);
                let inventory = driver.gpus().inventory();
                let gpus = inventory.map_err(|error| NoDriver::Unusable(error.to_string()))?;
                Ok((driver, gpus))
            });
            match result {
                Ok((driver, gpus)) => {
                    let found = Found { driver: driver.version(), gpus: gpus.clone() };
                    // Nobody waits for an answer that came too late; then nobody asks for samples either.
                    if found_tx.send(Ok(found)).is_ok() {
                        serve(&driver, Meter::new(gpus, stamp), &requests_rx);
                    }
                }
                Err(error) => drop(found_tx.send(Err(error))),
            }
            // The driver is dropped before this is: who waits for the end finds it shut down.
            drop(ended_tx);
        };
        let thread = std::thread::Builder::new().name("hubmark-gpu".to_owned()).spawn(body);
        thread.map_err(|error| NoDriver::Unusable(format!("no thread for it: {error}")))?;
        let found = match found.recv_timeout(LOADING) {
            Ok(found) => found?,
            Err(RecvTimeoutError::Timeout) => {
                return Err(NoDriver::Unusable(format!("no answer within {} s", LOADING.as_secs())));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(NoDriver::Unusable("its thread ended while it was loaded".to_owned()));
            }
        };
        Ok((Self { requests: Some(requests), notices: Vec::new(), ended }, found))
    }

    async fn ask(&mut self) -> Result<Vec<Sample>, SampleError> {
        let (reply, answer) = oneshot::channel();
        let gone = || SampleError::Unsupported("the thread that asks the GPUs' driver has ended".to_owned());
        let requests = self.requests.as_ref().ok_or_else(gone)?;
        requests.try_send(reply).map_err(|error| match error {
            // The thread is still at an earlier tick, and one waits already.
            TrySendError::Full(_) => SampleError::Failed("the GPUs' driver does not answer".to_owned()),
            TrySendError::Disconnected(_) => gone(),
        })?;
        let (samples, notices) = answer.await.map_err(|_| gone())?;
        self.notices.extend(notices);
        Ok(samples)
    }
}

impl Sampler for GpuSampler {
    fn name(&self) -> &'static str {
        "gpu"
    }

    fn sample(&mut self) -> Local<'_, Result<Vec<Sample>, SampleError>> {
        Box::pin(self.ask())
    }

    fn interval(&self, sampling: &Sampling) -> Duration {
        sampling.gpu
    }

    fn notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }
}

impl Drop for GpuSampler {
    fn drop(&mut self) {
        self.requests = None;
        // Its end is that the channel closes; a driver that hangs is left behind.
        let _ = self.ended.recv_timeout(ENDING);
    }
}

/// Answers requests until nobody makes any more, while another thread waits for events.
fn serve(driver: &Arc<dyn Driver>, mut meter: Meter, requests: &Receiver<oneshot::Sender<Answer>>) {
    let stop = Arc::new(AtomicBool::new(false));
    let (events_tx, events) = sync_channel(WAITING);
    let (their_driver, their_stop) = (Arc::clone(driver), Arc::clone(&stop));
    let waiter = std::thread::Builder::new()
        .name("hubmark-gpu-events".to_owned())
        .spawn(move || wait(their_driver.as_ref(), &their_stop, &events_tx));
    let mut gpus = driver.gpus();
    let mut pending = Vec::new();
    if let Err(error) = &waiter {
        pending.push(format!("events of GPUs are not seen: {error}"));
    }
    while let Ok(reply) = requests.recv() {
        while let Ok(event) = events.try_recv() {
            match event {
                Ok(event) => {
                    // Instances give other things than whole GPUs: what each can do is found out anew.
                    if event.kind == super::GpuEventKind::MigChanged {
                        let _ = gpus.inventory();
                    }
                    meter.event(&event);
                }
                Err(text) => pending.push(text),
            }
        }
        let samples = meter.tick(gpus.as_mut());
        pending.extend(meter.notices());
        pending.truncate(WAITING);
        // A tick that took too long has nobody who waits for it; what it had to tell goes with the next.
        if let Err((_, notices)) = reply.send((samples, std::mem::take(&mut pending))) {
            pending = notices;
        }
    }
    stop.store(true, Ordering::Relaxed);
    if let Ok(waiter) = waiter {
        drop(waiter.join());
    }
}

/// Waits for events until it is stopped, or until there are none to wait for: then it says why.
fn wait(driver: &dyn Driver, stop: &AtomicBool, events: &SyncSender<Result<GpuEvent, String>>) {
    let mut gpus = driver.gpus();
    while !stop.load(Ordering::Relaxed) {
        match gpus.events(EVENTS) {
            // Where the queue is full there is a storm of one error; its count is a lower bound then.
            Ok(found) => found.into_iter().for_each(|event| drop(events.try_send(Ok(event)))),
            Err(super::GpuError::Unsupported(why)) => {
                drop(events.try_send(Err(format!("events of GPUs are not seen: {why}"))));
                return;
            }
            // A lost GPU lets waiting fail at once, again and again.
            Err(_) => std::thread::sleep(EVENTS),
        }
    }
}
