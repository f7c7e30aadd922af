//! Pacing of spawns: hubs limit them and answer 429, so hubmark asks at a rate and with a bound of its own.

use crate::clock::Clock;
use crate::plan::SpawnPacing;
use std::cell::Cell;
use std::rc::Rc;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The gate in front of one hub's spawn requests.
#[derive(Clone)]
pub(super) struct SpawnGate {
    pending: Rc<Semaphore>,
    next_ns: Rc<Cell<u64>>,
    spacing_ns: u64,
    clock: Clock,
}

impl SpawnGate {
    pub(super) fn new(pacing: &SpawnPacing, clock: &Clock) -> Self {
        let spacing_ns = pacing.at_most.filter(|rate| rate.0 > 0.0).map_or(0, |rate| (1e9 / rate.0) as u64);
        Self {
            pending: Rc::new(Semaphore::new(pacing.together.max(1) as usize)),
            next_ns: Rc::default(),
            spacing_ns,
            clock: clock.clone(),
        }
    }

    /// Waits for a turn. The permit bounds how many spawns are pending; the spacing bounds how often they begin.
    pub(super) async fn pass(&self) -> Option<SemaphorePermit<'_>> {
        let permit = self.pending.acquire().await.ok();
        let at = self.next_ns.get().max(self.clock.now_ns());
        self.next_ns.set(at + self.spacing_ns);
        self.clock.sleep_until(at).await;
        permit
    }
}
