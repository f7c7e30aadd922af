//! Sampling at intervals, and what was seen last.

use super::exposition::{self, Set};
use super::{Identity, exposition::Seen};
use crate::clock::{Clock, Wall};
use crate::http::{Answer, Server};
use crate::port::{SampleError, Sampler};
use crate::prom::page::{Format, render};
use futures_util::future::join_all;
use std::cell::RefCell;
use std::time::Duration;

/// Watches one node.
pub struct Agent {
    identity: Identity,
    interval: Duration,
    clock: Clock,
    seen: RefCell<Vec<Seen>>,
}

impl Agent {
    /// An agent that samples every `interval`.
    #[must_use]
    pub fn new(identity: Identity, interval: Duration) -> Self {
        Self { identity, interval, clock: Clock::start(&Wall::Machine), seen: RefCell::default() }
    }

    /// Samples and answers until it is dropped. `notice` is told in words when a sampler begins to fail and when it works again.
    pub async fn run(&self, samplers: Vec<Box<dyn Sampler>>, server: &Server, notice: &dyn Fn(&str)) {
        *self.seen.borrow_mut() = samplers.iter().map(|sampler| Seen::new(sampler.name())).collect();
        let watching = samplers.into_iter().enumerate().map(|(slot, sampler)| self.watch(slot, sampler, notice));
        let serving = server.run(|path| self.page(path));
        tokio::join!(join_all(watching), serving);
    }

    /// The page of a path.
    fn page(&self, path: &str) -> Option<Answer> {
        let set = match path {
            "/metrics" => Set::All,
            "/metrics/microservers" => Set::Microservers,
            "/metrics/gpu-servers" => Set::GpuServers,
            "/healthz" => return Some(self.health()),
            "/" => {
                return Some(Answer::text(
                    200,
                    "hubmark agent\n\n/metrics\n/metrics/microservers\n/metrics/gpu-servers\n/healthz\n",
                ));
            }
            _ => return None,
        };
        let seen = self.seen.borrow();
        let page = exposition::page(&self.identity, &seen, set);
        Some(Answer { status: 200, content_type: Format::Text.content_type(), body: render(&page, Format::Text) })
    }

    /// 200 if every sampler gave values at its last tick; a machine without a GPU's driver has no sampler for it.
    fn health(&self) -> Answer {
        let seen = self.seen.borrow();
        let lame: Vec<String> = seen.iter().filter(|seen| !seen.up).map(|seen| seen.trouble()).collect();
        if lame.is_empty() { Answer::text(200, "ok\n") } else { Answer::text(503, format!("{}\n", lame.join("\n"))) }
    }

    async fn watch(&self, slot: usize, mut sampler: Box<dyn Sampler>, notice: &dyn Fn(&str)) {
        let step_ns = u64::try_from(self.interval.as_nanos()).unwrap_or(u64::MAX).max(1_000_000);
        let deadline = self.interval.mul_f64(0.8);
        let mut due_ns = self.clock.now_ns();
        loop {
            self.clock.sleep_until(due_ns).await;
            let began_ns = self.clock.now_ns();
            let result = self.clock.within(deadline, sampler.sample()).await;
            let result = result.unwrap_or_else(|| {
                Err(SampleError::Failed(format!("no answer within {:.1} s", deadline.as_secs_f64())))
            });
            let unsupported = matches!(result, Err(SampleError::Unsupported(_)));
            let now_ns = self.clock.now_ns();
            let behind = now_ns.saturating_sub(due_ns) / step_ns;
            let told = self.seen.borrow_mut()[slot].tick(result, Duration::from_nanos(now_ns - began_ns), behind);
            told.into_iter().chain(sampler.notices()).for_each(|told| notice(&told));
            if unsupported {
                return;
            }
            due_ns += step_ns * (behind + 1);
        }
    }
}
