//! Objectives while a run goes on: judged over windows, shown, and acted on.
//!
//! The dispatcher hands everything that happened to the [`Watch`]; a loop of its own closes windows, records how objectives stand and acts.

mod judge;
mod seen;
mod tally;

use super::context::Context;
use super::stop::StopLevel;
use crate::event::{Event, EventKind, Ids, SampleBatch};
use crate::plan::Plan;
use crate::plan::threshold::Action;
use judge::Judge;
use std::cell::RefCell;
use std::rc::Rc;
use tokio::sync::Notify;

/// The objectives of a run. Cloning gives the same.
#[derive(Clone)]
pub(super) struct Watch(Rc<Shared>);

struct Shared {
    judge: RefCell<Judge>,
    // Wakes in the order of waiting, so that two runs with one seed are alike.
    released: Notify,
}

impl Watch {
    pub(super) fn of(plan: &Plan) -> Self {
        Self(Rc::new(Shared { judge: RefCell::new(Judge::of(plan)), released: Notify::new() }))
    }

    /// Takes in an event.
    pub(super) fn event(&self, event: &Event) {
        self.0.judge.borrow_mut().event(event);
    }

    /// Takes in samples.
    pub(super) fn samples(&self, batch: &SampleBatch) {
        self.0.judge.borrow_mut().samples(batch);
    }

    /// Waits until no objective holds users back.
    pub(super) async fn room(&self) {
        while self.0.judge.borrow().holds_back() {
            self.0.released.notified().await;
        }
    }

    /// Judges from the start of the load on, until the run is asked to stop.
    pub(super) async fn run(self, context: Rc<Context>, load_ns: u64) {
        self.0.judge.borrow_mut().begin(load_ns);
        loop {
            let Some(end_ns) = self.0.judge.borrow().next_ns() else { return };
            tokio::select! { biased;
                () = context.stop.reached(StopLevel::Graceful) => return,
                () = context.clock.sleep_until(end_ns) => {}
            }
            let found = self.0.judge.borrow_mut().close(end_ns);
            if !self.0.judge.borrow().holds_back() {
                self.0.released.notify_waiters();
            }
            for record in found {
                let aborts = record.action == Some(Action::Abort);
                let (objective, says) = (record.threshold.clone(), record.to_string());
                context.emit.event(Ids::default(), EventKind::ThresholdJudged(Box::new(record))).await;
                if aborts {
                    context.stop.abort(&objective, &says);
                    return;
                }
            }
        }
    }
}
