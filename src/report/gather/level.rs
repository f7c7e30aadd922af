//! A number of things that are there, over time.

use crate::stats::{Buckets, Merge};

/// Width of the first buckets, nanoseconds.
const WIDTH_NS: u64 = 100_000_000;
/// Most buckets.
const MOST: usize = 1600;

/// How many were there in one bucket of time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::report) struct LevelCell {
    /// Integral over the bucket, nanoseconds.
    pub(in crate::report) area_ns: f64,
    /// Nanoseconds of the bucket that were looked at.
    pub(in crate::report) seen_ns: f64,
    /// Least.
    pub(in crate::report) min: u64,
    /// Most.
    pub(in crate::report) max: u64,
}

impl Merge for LevelCell {
    fn merge(&mut self, later: &Self) {
        if later.seen_ns <= 0.0 {
            return;
        }
        self.min = if self.seen_ns > 0.0 { self.min.min(later.min) } else { later.min };
        self.max = self.max.max(later.max);
        self.area_ns += later.area_ns;
        self.seen_ns += later.seen_ns;
    }
}

/// How many are there, integrated over time.
#[derive(Debug, Clone)]
pub(in crate::report) struct Level {
    now: u64,
    since_ns: u64,
    peak: u64,
    buckets: Buckets<LevelCell>,
}

impl Default for Level {
    fn default() -> Self {
        Self { now: 0, since_ns: 0, peak: 0, buckets: Buckets::new(WIDTH_NS, MOST) }
    }
}

impl Level {
    /// One more, or one less, at a time.
    pub(in crate::report) fn step(&mut self, t_ns: u64, up: bool) {
        self.advance(t_ns);
        self.now = if up { self.now + 1 } else { self.now.saturating_sub(1) };
        self.peak = self.peak.max(self.now);
        let now = self.now;
        let cell = self.buckets.at(t_ns.max(self.since_ns));
        cell.max = cell.max.max(now);
        cell.min = if cell.seen_ns > 0.0 { cell.min.min(now) } else { now };
    }

    /// Time goes on without a change.
    pub(in crate::report) fn advance(&mut self, t_ns: u64) {
        while self.since_ns < t_ns {
            let level = self.now;
            // Widths double while time goes on, so the bucket's end is looked up after the bucket exists.
            self.buckets.at(self.since_ns);
            let width = self.buckets.width();
            let end = (self.since_ns / width + 1).saturating_mul(width).min(t_ns);
            let lasted = (end - self.since_ns) as f64;
            let piece = LevelCell { area_ns: level as f64 * lasted, seen_ns: lasted, min: level, max: level };
            self.buckets.at(self.since_ns).merge(&piece);
            self.since_ns = end;
        }
    }

    /// Most at one time.
    pub(in crate::report) fn peak(&self) -> u64 {
        self.peak
    }

    /// The buckets and their width in nanoseconds.
    pub(in crate::report) fn buckets(&self) -> &Buckets<LevelCell> {
        &self.buckets
    }

    /// Mean between two times in nanoseconds, from the buckets that they touch.
    pub(in crate::report) fn mean(&self, from_ns: u64, to_ns: u64) -> f64 {
        let width = self.buckets.width() as f64;
        let (from, to) = (from_ns as f64, to_ns as f64);
        let (mut area, mut seen) = (0.0, 0.0);
        for (index, cell) in self.buckets.cells().iter().enumerate() {
            let start = index as f64 * width;
            let overlap = (to.min(start + width) - from.max(start)).max(0.0) / width;
            area += cell.area_ns * overlap;
            seen += cell.seen_ns * overlap;
        }
        if seen > 0.0 { area / seen } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_averaged_by_time() {
        let mut level = Level::default();
        level.step(0, true);
        level.step(10_000_000_000, true);
        level.advance(20_000_000_000);
        assert_eq!(level.peak(), 2);
        assert!((level.mean(0, 20_000_000_000) - 1.5).abs() < 1e-9);
        assert!((level.mean(10_000_000_000, 20_000_000_000) - 2.0).abs() < 1e-9);
        level.step(3_600_000_000_000, false);
        assert!(level.buckets().cells().len() <= MOST);
        assert!((level.mean(0, 3_600_000_000_000) - 2.0).abs() < 0.01);
    }
}
