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

/// Wall time as RFC 3339 in UTC with microseconds: `2026-11-24T04:12:09.000000Z`.
#[must_use]
pub fn rfc3339_micros(wall_ns: WallTime) -> String {
    jiff::Timestamp::from_microsecond(wall_ns.div_euclid(1_000))
        .map(|timestamp| timestamp.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string())
        .unwrap_or_default()
}

/// Nanoseconds since 1970 of an RFC 3339 time as services print it; `None` if it is not one.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<WallTime> {
    let timestamp: jiff::Timestamp = text.parse().ok()?;
    i64::try_from(timestamp.as_nanosecond()).ok()
}

/// Nanoseconds for which the machine was suspended since it started: the boot-time clock less the monotonic one (Linux; elsewhere 0).
#[must_use]
pub fn suspended_ns() -> u64 {
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_gettime};
        let ns = |id| {
            let time = clock_gettime(id);
            time.tv_sec as i128 * 1_000_000_000 + time.tv_nsec as i128
        };
        u64::try_from(ns(ClockId::Boottime) - ns(ClockId::Monotonic)).unwrap_or(0)
    }
    #[cfg(not(target_os = "linux"))]
    0
}

/// Wall time in UTC by a format of `strftime`.
///
/// # Errors
/// A format that makes no sense, or a time outside the years that can be printed.
pub fn strftime(wall_ns: WallTime, format: &str) -> Result<String, String> {
    let stamp = jiff::Timestamp::from_second(wall_ns.div_euclid(1_000_000_000)).map_err(|error| error.to_string())?;
    jiff::fmt::strtime::format(format, stamp).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_prints_in_utc() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_795_493_529_999_999_999), "2026-11-24T04:12:09Z");
        assert_eq!(rfc3339_micros(1_500), "1970-01-01T00:00:00.000001Z");
        assert_eq!(parse_rfc3339("1970-01-01T00:00:00.000001Z"), Some(1_000));
        assert_eq!(parse_rfc3339("yesterday"), None);
        assert_eq!(strftime(0, "%d.%m.%Y").unwrap(), "01.01.1970");
        assert!(strftime(0, "%!").is_err());
        assert_eq!(Wall::Fixed(7).now_ns(), 7);
    }
}
