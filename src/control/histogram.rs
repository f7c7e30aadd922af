//! Histograms with fixed bounds, as Prometheus wants them.

use std::time::Duration;

/// Upper bounds in seconds: from an answer of a hub to a notebook of an hour.
pub(super) const BOUNDS: [f64; 17] =
    [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 60.0, 120.0, 300.0, 900.0, 1800.0, 3600.0];

/// Durations by bucket.
#[derive(Debug, Clone, Default)]
pub(super) struct Histogram {
    buckets: [u64; BOUNDS.len()],
    pub(super) count: u64,
    pub(super) sum_s: f64,
}

impl Histogram {
    pub(super) fn add(&mut self, took_ns: u64) {
        let seconds = Duration::from_nanos(took_ns).as_secs_f64();
        if let Some(bucket) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            self.buckets[bucket] += 1;
        }
        self.count += 1;
        self.sum_s += seconds;
    }

    /// Upper bound and how many were at or below it; the last one, `+Inf`, is [`Histogram::count`].
    pub(super) fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        let mut below = 0;
        BOUNDS.into_iter().zip(self.buckets).map(move |(bound, count)| {
            below += count;
            (bound, below)
        })
    }
}
