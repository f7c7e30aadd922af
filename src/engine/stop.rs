//! Asking a run to stop: gracefully, then at once.

use std::rc::Rc;
use tokio::sync::watch;

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

/// The switch that stops a run. Cloning gives the same switch; its level only rises.
#[derive(Debug, Clone)]
pub struct Stop(Rc<watch::Sender<(StopLevel, String)>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Rc::new(watch::Sender::new((StopLevel::Go, String::new()))))
    }
}

impl Stop {
    /// Raises the level. The reason of the first request is kept.
    pub fn request(&self, level: StopLevel, reason: &str) {
        self.0.send_if_modified(|(now, why)| {
            let higher = level > *now;
            if higher {
                *now = level;
                if why.is_empty() {
                    reason.clone_into(why);
                }
            }
            higher
        });
    }

    /// The level now.
    #[must_use]
    pub fn level(&self) -> StopLevel {
        self.0.borrow().0
    }

    /// Why the first request was made; empty if there was none.
    #[must_use]
    pub fn reason(&self) -> String {
        self.0.borrow().1.clone()
    }

    /// Waits until the level is at least this.
    pub async fn reached(&self, level: StopLevel) {
        let mut watch = self.0.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = watch.wait_for(|(now, _)| *now >= level).await;
    }
}
