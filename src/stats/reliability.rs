//! How often something fails.

use super::Interval;
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Mean time between failures, watched for `time` in which `failures` were seen: the estimate and its interval.
///
/// The estimate is `T/r`, absent without failures. Bounds of a watch that ended by the clock: `2T/χ²(1 − α/2; 2r + 2)` and `2T/χ²(α/2; 2r)`, the upper one
/// being absent (infinite) without failures (MIL-HDBK-338B, section 8.3.2.5.1). In the unit of `time`. `None` for a watch of no length.
#[must_use]
pub fn time_between_failures(time: f64, failures: u32, confidence: f64) -> Option<(Option<f64>, Interval)> {
    if time.is_nan() || time <= 0.0 {
        return None;
    }
    let tail = (1.0 - confidence) / 2.0;
    let count = f64::from(failures);
    let low = 2.0 * time / ChiSquared::new(2.0 * count + 2.0).ok()?.inverse_cdf(1.0 - tail);
    if failures == 0 {
        return Some((None, Interval { low, high: f64::INFINITY }));
    }
    let high = 2.0 * time / ChiSquared::new(2.0 * count).ok()?.inverse_cdf(tail);
    Some((Some(time / count), Interval { low, high }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_tables() {
        let (mean, interval) = time_between_failures(1000.0, 3, 0.95).unwrap();
        assert!((mean.unwrap() - 333.333_333).abs() < 1e-5);
        assert!((interval.low - 114.060_551_3).abs() < 1e-3, "{interval:?}");
        assert!((interval.high - 1_616.365_055_1).abs() < 1e-2, "{interval:?}");
    }

    #[test]
    fn no_failure_gives_a_lower_bound_only() {
        let (mean, interval) = time_between_failures(1000.0, 0, 0.95).unwrap();
        assert_eq!(mean, None);
        assert!((interval.low - 271.085_030_7).abs() < 1e-3, "{interval:?}");
        assert!(interval.high.is_infinite());
        assert_eq!(time_between_failures(0.0, 0, 0.95), None);
    }
}
