//! Histograms of durations that merge exactly.

use hdrhistogram::Histogram;

/// Greatest value kept, in microseconds: 24 hours. What is longer counts as this.
const MAX_US: u64 = 86_400_000_000;

/// An HDR histogram of durations from 1 µs to 24 h with three significant digits. Merging two is addition and exact.
#[derive(Debug, Clone)]
pub struct Durations {
    inner: Histogram<u64>,
}

impl Durations {
    /// An empty histogram; `None` never happens with the bounds above, but the crate's constructor says it may.
    #[must_use]
    pub fn new() -> Option<Self> {
        Histogram::new_with_bounds(1, MAX_US, 3).ok().map(|inner| Self { inner })
    }

    /// Counts one duration in seconds. Below 1 µs it counts as 1 µs, over 24 h as 24 h, so no value is lost.
    pub fn record(&mut self, seconds: f64) {
        let micros = (seconds * 1e6).round().clamp(1.0, MAX_US as f64) as u64;
        self.inner.saturating_record(micros);
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Durations) {
        // Both have the same bounds, so the sum cannot fail.
        let _same_bounds = self.inner.add(&other.inner);
    }

    /// Number of durations.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.inner.len()
    }

    /// The value at a rank from 1, in seconds, within a thousandth; `None` past the end.
    #[must_use]
    pub fn at_rank(&self, rank: u64) -> Option<f64> {
        if rank == 0 || rank > self.count() {
            return None;
        }
        let mut left = rank;
        for step in self.inner.iter_recorded() {
            let here = step.count_since_last_iteration();
            if left <= here {
                return Some(self.inner.median_equivalent(step.value_iterated_to()) as f64 / 1e6);
            }
            left -= here;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_is_adding() {
        let (mut a, mut b, mut both) =
            (Durations::new().unwrap(), Durations::new().unwrap(), Durations::new().unwrap());
        for i in 1..=5000u32 {
            let seconds = f64::from(i) * 0.013;
            if i % 3 == 0 {
                a.record(seconds)
            } else {
                b.record(seconds)
            }
            both.record(seconds);
        }
        a.merge(&b);
        assert_eq!(a.count(), 5000);
        for rank in [1, 17, 2500, 4750, 5000] {
            assert_eq!(a.at_rank(rank), both.at_rank(rank));
            let exact = rank as f64 * 0.013;
            assert!((a.at_rank(rank).unwrap() / exact - 1.0).abs() < 1e-3, "rank {rank}");
        }
        assert_eq!(a.at_rank(5001), None);
    }

    #[test]
    fn no_duration_is_lost_at_the_ends() {
        let mut h = Durations::new().unwrap();
        h.record(0.0);
        h.record(200_000.0);
        assert_eq!(h.count(), 2);
        assert!(h.at_rank(2).unwrap() > 86_000.0);
    }
}
