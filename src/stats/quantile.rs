//! Quantiles by order statistics: exact whatever the distribution, and honest about small samples.

use statrs::distribution::{Binomial, DiscreteCDF};

/// Ranks, from 1, of a quantile and of its interval in a sorted sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranks {
    /// Rank of the lower bound.
    pub low: u64,
    /// Rank of the quantile: the least value with at least the quantile's share of values at or under it.
    pub at: u64,
    /// Rank of the upper bound.
    pub high: u64,
}

/// Least number of values whose order statistics enclose a quantile: 6, 36, 72, 368 and 3688 for p50, p90, p95, p99 and p99.9 at 95 %.
///
/// Both bounds exist as soon as `max(p, 1 − p)ⁿ ≤ (1 − confidence)/2`.
#[must_use]
pub fn least_count(p: f64, confidence: f64) -> u64 {
    let tail = (1.0 - confidence) / 2.0;
    let needed = (tail.ln() / p.max(1.0 - p).ln()).ceil();
    // A quantile next to 0 or 1 would need more values than can be counted.
    if needed.is_finite() { needed as u64 } else { u64::MAX }
}

/// Ranks of the quantile `p` and of its interval in `count` sorted independent values; `None` where they are too few.
///
/// The number of values under the quantile is binomial, so the bounds are the order statistics at its tails: the same ones as
/// `scipy.stats.quantile_test(x, p=p).confidence_interval()`.
#[must_use]
pub fn quantile_ranks(count: u64, p: f64, confidence: f64) -> Option<Ranks> {
    if count < least_count(p, confidence) {
        return None;
    }
    let under = Binomial::new(p, count).ok()?;
    let tail = (1.0 - confidence) / 2.0;
    // The least k with P(X ≤ k) ≥ tail, then the least k with P(X > k) ≤ tail, counted from 1.
    let low = first(count, |k| under.cdf(k) >= tail);
    let high = first(count, |k| under.sf(k) <= tail) + 1;
    let at = ((p * count as f64).ceil() as u64).clamp(1, count);
    (low >= 1 && high <= count).then_some(Ranks { low, at, high })
}

/// The least `k` from 0 to `count` that `holds`, where all above it hold too.
fn first(count: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut from, mut to) = (0, count);
    while from < to {
        let middle = from + (to - from) / 2;
        if holds(middle) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_needs_as_many_values_as_the_table_says() {
        for (p, needed) in [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368), (0.999, 3688), (0.05, 72)] {
            assert_eq!(least_count(p, 0.95), needed, "p{}", p * 100.0);
            assert_eq!(quantile_ranks(needed - 1, p, 0.95), None);
            assert!(quantile_ranks(needed, p, 0.95).is_some(), "p{}", p * 100.0);
        }
        assert_eq!(least_count(1.0, 0.95), u64::MAX);
    }

    #[test]
    fn the_bounds_are_scipys() {
        // scipy.stats.quantile_test(numpy.arange(1, n + 1), q=0, p=p).confidence_interval(0.95), so that a value is its rank.
        for (count, p, low, high) in SCIPY {
            let ranks = quantile_ranks(count, p, 0.95).unwrap();
            assert_eq!((ranks.low, ranks.high), (low, high), "n {count}, p {p}");
            assert!(ranks.low <= ranks.at && ranks.at <= ranks.high);
        }
    }

    /// SciPy 1.17.1.
    const SCIPY: [(u64, f64, u64, u64); 20] = [
        (6, 0.5, 1, 6),
        (10, 0.5, 2, 9),
        (13, 0.25, 1, 7),
        (40, 0.25, 5, 17),
        (20, 0.5, 6, 15),
        (36, 0.9, 29, 36),
        (50, 0.9, 41, 50),
        (72, 0.95, 64, 72),
        (73, 0.95, 65, 73),
        (100, 0.95, 90, 100),
        (137, 0.95, 125, 136),
        (250, 0.95, 230, 245),
        (368, 0.99, 360, 368),
        (500, 0.99, 490, 500),
        (523, 0.5, 239, 285),
        (1000, 0.99, 983, 997),
        (1000, 0.95, 936, 964),
        (3688, 0.999, 3680, 3688),
        (5000, 0.999, 4990, 5000),
        (100000, 0.95, 94864, 95136),
    ];
}
