//! Deadlines for async code that has no run's clock, such as the driver of a hub.

use std::time::Duration;
use tokio::time::Instant;

/// What lies further ahead than the runtime can count is due in a year.
const FAR: Duration = Duration::from_secs(365 * 86_400);

/// A point of the runtime's time. Where that is paused, so is this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due(Instant);

impl Due {
    /// That far from now.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(time).unwrap_or(now + FAR))
    }

    /// Whether it has come.
    #[must_use]
    pub fn is_over(self) -> bool {
        Instant::now() >= self.0
    }

    /// What a future gives, or `None` if it is not done by then.
    pub async fn limits<T>(self, future: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.0, future).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_future_that_is_done_in_time_passes_and_another_does_not() {
        let due = Due::after(Duration::from_secs(2));
        assert_eq!(due.limits(tokio::time::sleep(Duration::from_secs(1))).await, Some(()));
        assert!(!due.is_over());
        assert_eq!(due.limits(std::future::pending::<()>()).await, None);
        assert!(due.is_over() && Due::after(Duration::MAX) > due);
    }
}
