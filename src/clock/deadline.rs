//! Monotonic deadlines for code outside a run, such as the lab and clean-up.

use std::time::{Duration, Instant};

/// A point of monotonic time, for blocking code.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    started: Instant,
    allowed: Duration,
}

impl Deadline {
    /// A deadline that far from now.
    #[must_use]
    pub fn after(allowed: Duration) -> Self {
        Self { started: Instant::now(), allowed }
    }

    /// Whether it has passed.
    #[must_use]
    pub fn expired(&self) -> bool {
        self.started.elapsed() >= self.allowed
    }

    /// Time left, 0 once it has passed.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.allowed.saturating_sub(self.started.elapsed())
    }

    /// Time since it was set.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}
