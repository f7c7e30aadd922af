//! Time and chance: the run's clock, and random streams that are pure functions of their names.
//!
//! This module alone may use `std::time::{Instant, SystemTime}` and `rand`. All waiting goes through [`Clock`], so that a paused tokio
//! runtime turns four hours into a second.

mod chance;
mod deadline;
mod due;
mod skew;
mod wall;

pub use chance::{Chance, Purpose, Stream};
pub use deadline::Deadline;
pub use due::Due;
pub use skew::Skew;
pub use wall::{Wall, WallTime, parse_rfc3339, rfc3339, rfc3339_micros, strftime, suspended_ns};

use std::time::Duration;
use tokio::time::Instant;

/// The run's schedule clock: nanoseconds since the run began, and where wall time stood then.
///
/// Cloning gives the same clock. It may be used from any thread in the real world; in the simulated one from the paused runtime only.
#[derive(Debug, Clone)]
pub struct Clock {
    origin: Instant,
    wall_origin_ns: i64,
}

impl Clock {
    /// A clock that starts now. `wall` says where wall time stands.
    #[must_use]
    pub fn start(wall: &Wall) -> Self {
        Self { origin: Instant::now(), wall_origin_ns: wall.now_ns() }
    }

    /// Nanoseconds since the clock started.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Time since the clock started.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    /// Wall time in nanoseconds since 1970 at a time of this clock, by its one anchor.
    #[must_use]
    pub fn wall_ns_at(&self, t_ns: u64) -> i64 {
        self.wall_origin_ns.saturating_add(i64::try_from(t_ns).unwrap_or(i64::MAX))
    }

    /// Waits until the clock shows `t_ns`; at once if it is past.
    pub async fn sleep_until(&self, t_ns: u64) {
        tokio::time::sleep_until(self.origin + Duration::from_nanos(t_ns)).await;
    }

    /// Waits.
    pub async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    /// Runs a future until the clock shows `t_ns`; `None` if it was not done by then. The future is dropped.
    pub async fn until<F: Future>(&self, t_ns: u64, future: F) -> Option<F::Output> {
        tokio::time::timeout_at(self.origin + Duration::from_nanos(t_ns), future).await.ok()
    }

    /// Runs a future for at most `duration`; `None` if it was not done by then. The future is dropped.
    pub async fn within<F: Future>(&self, duration: Duration, future: F) -> Option<F::Output> {
        tokio::time::timeout(duration, future).await.ok()
    }
}
