//! The sampling loops: each sampler has a task of its own, absolute ticks and a timeout shorter than its interval. Beside them a probe
//! measures how late hubmark's own timers fire.

use super::dispatcher::Emitter;
use super::look::Latest;
use crate::clock::Clock;
use crate::event::{EventKind, Ids, Sample, SampleBatch, SeriesKey};
use crate::port::{SampleError, Sampler};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// How often the probe looks at the clock.
const PROBE: Duration = Duration::from_millis(100);
/// A sampler that fails this many times in a row is reported once.
const FAILURES_TOLD: u32 = 3;

/// Series that say how one sampler does.
struct Health {
    up: Arc<SeriesKey>,
    duration: Arc<SeriesKey>,
    missed: Arc<SeriesKey>,
    missed_ticks: u64,
}

impl Health {
    fn new(sampler: &str, labels: &[(String, String)]) -> Self {
        let series = |name: &str| {
            let key = SeriesKey::plain(name).with("sampler", sampler);
            Arc::new(labels.iter().fold(key, |key, (label, value)| key.with(label, value)))
        };
        Self {
            up: series("sampler_up"),
            duration: series("sampler_duration_seconds"),
            missed: series("sampler_missed_ticks_total"),
            missed_ticks: 0,
        }
    }

    fn samples(&self, up: bool, took: Duration) -> [Sample; 3] {
        [
            Sample { series: Arc::clone(&self.up), value: f64::from(u8::from(up)) },
            Sample { series: Arc::clone(&self.duration), value: took.as_secs_f64() },
            Sample { series: Arc::clone(&self.missed), value: self.missed_ticks as f64 },
        ]
    }
}

/// One sampler and how it does.
struct Loop {
    sampler: Box<dyn Sampler>,
    interval: Duration,
    clock: Clock,
    emit: Emitter,
    latest: Rc<Latest>,
    /// Its number in `latest`.
    source: usize,
    /// What it is called where it is in trouble.
    told: String,
    health: Health,
    failures: u32,
}

/// Samples until it is dropped, at its ticks and when somebody wants a fresh sample.
pub(super) async fn run(
    sampler: Box<dyn Sampler>,
    interval: Duration,
    clock: Clock,
    emit: Emitter,
    latest: Rc<Latest>,
) {
    let name = sampler.name();
    let labels = sampler.labels();
    let told = match labels.iter().find(|(label, _)| label == "node") {
        Some((_, node)) => format!("{name} of {node}"),
        None => name.to_owned(),
    };
    let health = Health::new(name, &labels);
    let (source, mut wanted) = latest.register(name, &labels);
    let step_ns = (interval.as_nanos() as u64).max(1_000_000);
    let mut due_ns = clock.now_ns();
    let mut this = Loop { sampler, interval, clock, emit, latest, source, told, health, failures: 0 };
    loop {
        tokio::select! { biased;
            () = this.clock.sleep_until(due_ns) => {}
            Some(answer) = wanted.recv() => {
                let Some(result) = this.take().await else { return };
                // Nobody may wait for it any more.
                let _ = answer.send(result);
                continue;
            }
        }
        if this.take().await.is_none() {
            return;
        }
        let behind = this.clock.now_ns().saturating_sub(due_ns) / step_ns;
        this.health.missed_ticks += behind;
        due_ns += step_ns * (behind + 1);
    }
}

impl Loop {
    /// Takes one sample and hands it on; the error is why there is none. `None` when there will never be one.
    async fn take(&mut self) -> Option<Result<(), String>> {
        let began_ns = self.clock.now_ns();
        let within = self.interval.mul_f64(0.8);
        let result = self.clock.within(within, self.sampler.sample()).await;
        let took = Duration::from_nanos(self.clock.now_ns() - began_ns);
        let late = || Err(SampleError::Failed(format!("no answer within {:.1} s", within.as_secs_f64())));
        let mut samples = Vec::new();
        let mut taken = Ok(());
        match result.unwrap_or_else(late) {
            Ok(values) => {
                self.failures = 0;
                samples = values;
            }
            Err(error) => {
                self.failures += 1;
                let unsupported = matches!(error, SampleError::Unsupported(_));
                if unsupported || self.failures == FAILURES_TOLD {
                    degraded(&self.told, error.to_string(), &self.emit).await;
                }
                if unsupported {
                    return None;
                }
                taken = Err(format!("{}: {error}", self.told));
            }
        }
        for notice in self.sampler.notices() {
            degraded(&self.told, notice, &self.emit).await;
        }
        let sampler = self.sampler.name();
        let mut batch = SampleBatch { sampler, t_ns: began_ns, samples };
        self.latest.note(self.source, &batch);
        batch.samples.extend(self.health.samples(self.failures == 0, took));
        self.emit.samples(batch).await;
        Some(taken)
    }
}

async fn degraded(sampler: &str, text: String, emit: &Emitter) {
    let kind = EventKind::Degraded { component: format!("sampler {sampler}"), text, paused: false };
    emit.event(Ids::default(), kind).await;
}

/// How late hubmark's timers fired, as the greatest lateness since it was last read.
#[derive(Debug, Clone, Default)]
pub(super) struct Lateness(Rc<Cell<u64>>);

impl Lateness {
    /// Measures until it is dropped.
    pub(super) async fn probe(self, clock: Clock, emit: Emitter) {
        let mut suspended_ns = crate::clock::suspended_ns();
        loop {
            let due_ns = clock.now_ns() + PROBE.as_nanos() as u64;
            clock.sleep_until(due_ns).await;
            self.0.set(self.0.get().max(clock.now_ns().saturating_sub(due_ns)));
            let now_ns = crate::clock::suspended_ns();
            let lasted_ns = now_ns.saturating_sub(suspended_ns);
            if lasted_ns > 1_000_000_000 {
                emit.event(Ids::default(), EventKind::Gap { lasted_ns }).await;
            }
            suspended_ns = now_ns;
        }
    }
}

impl Sampler for Lateness {
    fn name(&self) -> &'static str {
        "lateness"
    }

    fn sample(&mut self) -> crate::port::Local<'_, Result<Vec<Sample>, SampleError>> {
        let late_ns = self.0.replace(0);
        let series = Arc::new(SeriesKey::plain("self_lateness_seconds"));
        Box::pin(async move { Ok(vec![Sample { series, value: late_ns as f64 / 1e9 }]) })
    }
}
