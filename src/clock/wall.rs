//! Wall time.

use std::time::{SystemTime, UNIX_EPOCH};

/// Where wall time comes from: the machine, or a fixed origin in a simulated world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wall {
    /// The machine's clock.
    Machine,
    /// Always this, nanoseconds since 1970.
    Fixed(i64),
}

/// Wall time in nanoseconds since 1970.
pub type WallTime = i64;

impl Wall {
    /// Nanoseconds since 1970; before that, 0.
    #[must_use]
    pub fn now_ns(&self) -> WallTime {
        match self {
            Wall::Machine => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .ok()
                .and_then(|since| i64::try_from(since.as_nanos()).ok())
                .unwrap_or(0),
            Wall::Fixed(at) => *at,
        }
    }
}

/// Wall time as RFC 3339 in UTC with whole seconds: `2026-11-24T04:12:09Z`.
#[must_use]
pub fn rfc3339(wall_ns: WallTime) -> String {
    jiff::Timestamp::from_second(wall_ns.div_euclid(1_000_000_000))
        .map(|timestamp| timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_prints_in_utc() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_795_493_529_999_999_999), "2026-11-24T04:12:09Z");
        assert_eq!(Wall::Fixed(7).now_ns(), 7);
    }
}
