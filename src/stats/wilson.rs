//! Interval of a share.

use super::Interval;
use statrs::distribution::{ContinuousCDF, Normal};

/// Wilson's score interval of `hits` out of `count`; `None` for a count of 0.
///
/// Formula: E. B. Wilson, Probable inference, JASA 22 (1927): `(p̂ + z²/2n ± z·√(p̂(1−p̂)/n + z²/4n²)) / (1 + z²/n)`.
#[must_use]
pub fn wilson(hits: u64, count: u64, confidence: f64) -> Option<Interval> {
    if count == 0 {
        return None;
    }
    let z = Normal::new(0.0, 1.0).ok()?.inverse_cdf(0.5 + confidence / 2.0);
    let n = count as f64;
    let share = hits as f64 / n;
    let spread = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    let middle = share + z * z / (2.0 * n);
    // At a share of 0 or 1 one bound is that share itself; the subtraction would leave a rounding error.
    let low = if hits == 0 { 0.0 } else { ((middle - spread) / scale).max(0.0) };
    let high = if hits >= count { 1.0 } else { ((middle + spread) / scale).min(1.0) };
    Some(Interval { low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_gives_the_published_bounds() {
        let interval = wilson(93, 100, 0.95).unwrap();
        assert!((interval.low - 0.8625).abs() < 5e-5, "{interval:?}");
        assert!((interval.high - 0.9657).abs() < 5e-5, "{interval:?}");
    }

    #[test]
    fn a_share_of_nothing_still_has_an_upper_bound() {
        let none = wilson(0, 20, 0.95).unwrap();
        assert_eq!(none.low, 0.0);
        assert!((none.high - 0.1611).abs() < 1e-4, "{none:?}");
        let all = wilson(20, 20, 0.95).unwrap();
        assert_eq!(all.high, 1.0);
        assert!((all.low - 0.8389).abs() < 1e-4, "{all:?}");
        assert_eq!(wilson(0, 0, 0.95), None);
    }
}
