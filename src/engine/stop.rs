//! Asking a run to stop: gracefully, then at once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tokio::sync::Notify;

/// How urgently the run shall end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopLevel {
    /// Not at all.
    Go,
    /// No new iterations; tasks under way may end within their executor's `graceful_stop`.
    Graceful,
    /// Tasks under way are dropped at once. What was made on hubs is still removed.
    Hard,
}

#[derive(Debug)]
struct Switch {
    level: Cell<StopLevel>,
    reason: RefCell<String>,
    aborted: RefCell<Option<String>>,
    // Wakes in the order of waiting. (`watch` wakes in a random one, and two runs with one seed would differ.)
    changed: Notify,
}

/// The switch that stops a run. Cloning gives the same switch; its level only rises.
#[derive(Debug, Clone)]
pub struct Stop(Rc<Switch>);

impl Default for Stop {
    fn default() -> Self {
        Self(Rc::new(Switch {
            level: Cell::new(StopLevel::Go),
            reason: RefCell::default(),
            aborted: RefCell::default(),
            changed: Notify::new(),
        }))
    }
}

impl Stop {
    /// Raises the level. The reason of the first request is kept.
    pub fn request(&self, level: StopLevel, reason: &str) {
        if level <= self.level() {
            return;
        }
        self.0.level.set(level);
        let mut why = self.0.reason.borrow_mut();
        if why.is_empty() {
            reason.clone_into(&mut why);
        }
        self.0.changed.notify_waiters();
    }

    /// Ends the run gracefully because of an objective. Whoever asked before has stopped it already.
    pub(super) fn abort(&self, objective: &str, reason: &str) {
        if self.level() == StopLevel::Go {
            *self.0.aborted.borrow_mut() = Some(objective.to_owned());
            self.request(StopLevel::Graceful, reason);
        }
    }

    /// The objective that ended the run, if one did.
    #[must_use]
    pub fn aborted(&self) -> Option<String> {
        self.0.aborted.borrow().clone()
    }

    /// The level now.
    #[must_use]
    pub fn level(&self) -> StopLevel {
        self.0.level.get()
    }

    /// Why the first request was made; empty if there was none.
    #[must_use]
    pub fn reason(&self) -> String {
        self.0.reason.borrow().clone()
    }

    /// Waits until the level is at least this.
    pub async fn reached(&self, level: StopLevel) {
        while self.level() < level {
            // One thread: nothing can come between the look and the wait.
            self.0.changed.notified().await;
        }
    }
}
