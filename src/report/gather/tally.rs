//! Values of one kind in order of time, in bounded memory.

use crate::event::Outcome;
use crate::stats::Durations;

/// Most values that one tally keeps. Past it every second one is dropped, and quantiles come from the histogram that then begins.
const VALUES_MAX: usize = 1 << 16;

/// A value that counts as above every bound, because what it measured failed.
pub(in crate::report) const ABOVE: f64 = f64::INFINITY;

/// Values of one kind. Counts, sums and extremes are exact; the list of values is thinned evenly in long runs.
#[derive(Debug, Clone)]
pub(in crate::report) struct Tally {
    /// Values of what succeeded.
    pub(in crate::report) ok: u64,
    /// What failed, without what was interrupted.
    pub(in crate::report) failed: u64,
    /// What the end of the run interrupted.
    pub(in crate::report) interrupted: u64,
    /// What users gave up, as their habits say. It is in no other count and in no time: what it would have come to was not seen.
    pub(in crate::report) given_up: u64,
    /// Sum of all values, failures too.
    pub(in crate::report) total: f64,
    /// Sum of the values of what succeeded.
    pub(in crate::report) ok_total: f64,
    /// Least and greatest value of what succeeded.
    pub(in crate::report) extremes: Option<(f64, f64)>,
    /// (time, value) in order of time, [`ABOVE`] for what failed.
    pub(in crate::report) values: Vec<(f64, f64)>,
    /// Every how many-th value is kept.
    stride: u64,
    seen: u64,
    /// Whether the values are durations, which a histogram can hold.
    durations: bool,
    histogram: Option<Durations>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            ok: 0,
            failed: 0,
            interrupted: 0,
            given_up: 0,
            total: 0.0,
            ok_total: 0.0,
            extremes: None,
            values: Vec::new(),
            stride: 1,
            seen: 0,
            durations: true,
            histogram: None,
        }
    }
}

impl Tally {
    /// A tally of values that are no durations: past the limit its quantiles come from every second value.
    pub(in crate::report) fn of_gauges() -> Self {
        Self { durations: false, ..Self::default() }
    }

    /// Takes in one value that ended at `t` (seconds).
    pub(in crate::report) fn add(&mut self, t: f64, value: f64, outcome: Outcome) {
        self.total += value;
        if outcome.is_given_up() {
            self.given_up += 1;
            return;
        }
        let kept = if outcome.is_ok() {
            self.ok += 1;
            self.ok_total += value;
            let (least, greatest) = self.extremes.unwrap_or((value, value));
            self.extremes = Some((least.min(value), greatest.max(value)));
            if let Some(histogram) = &mut self.histogram {
                histogram.record(value);
            }
            value
        } else {
            if outcome == Outcome::Interrupted {
                self.interrupted += 1
            } else {
                self.failed += 1
            }
            ABOVE
        };
        if self.seen.is_multiple_of(self.stride) {
            self.values.push((t, kept));
        }
        self.seen += 1;
        if self.values.len() >= VALUES_MAX {
            self.thin();
        }
    }

    fn thin(&mut self) {
        if self.durations && self.histogram.is_none() {
            self.histogram = self.binned();
        }
        let mut index = 0usize;
        self.values.retain(|_| {
            index += 1;
            index % 2 == 1
        });
        self.stride *= 2;
    }

    fn binned(&self) -> Option<Durations> {
        let mut histogram = Durations::new()?;
        for (_, value) in self.values.iter().filter(|(_, v)| v.is_finite()) {
            histogram.record(*value);
        }
        Some(histogram)
    }

    /// All that were taken in, without what was given up.
    pub(in crate::report) fn count(&self) -> u64 {
        self.ok + self.failed + self.interrupted
    }

    /// The histogram of the successes, where values were dropped; `None` where all of them are still in the list.
    pub(in crate::report) fn histogram(&self) -> Option<&Durations> {
        self.histogram.as_ref()
    }

    /// Adds another of the same kind and brings the values into order of time.
    pub(in crate::report) fn merge(&mut self, other: &Tally) {
        if self.histogram.is_some() || other.histogram.is_some() {
            let mut joined = self.histogram.take().or_else(|| self.binned());
            let theirs = if other.histogram.is_some() { other.histogram.clone() } else { other.binned() };
            if let (Some(joined), Some(theirs)) = (&mut joined, &theirs) {
                joined.merge(theirs);
            }
            self.histogram = joined;
        }
        self.ok += other.ok;
        self.failed += other.failed;
        self.interrupted += other.interrupted;
        self.given_up += other.given_up;
        self.total += other.total;
        self.ok_total += other.ok_total;
        self.extremes = match (self.extremes, other.extremes) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        self.values.extend_from_slice(&other.values);
        self.values.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.seen += other.seen;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_is_thinned_and_its_counts_stay_exact() {
        let mut tally = Tally::default();
        for i in 0..200_000u32 {
            let outcome = if i % 100 == 0 { Outcome::CellError } else { Outcome::Ok };
            tally.add(f64::from(i), 1.0 + f64::from(i % 1000) / 1000.0, outcome);
        }
        assert_eq!((tally.ok, tally.failed, tally.count()), (198_000, 2000, 200_000));
        assert!(tally.values.len() < VALUES_MAX);
        assert_eq!(tally.histogram().map(Durations::count), Some(198_000));
        assert!(tally.values.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn what_users_gave_up_is_counted_apart_and_its_time_was_spent() {
        let (mut a, mut b) = (Tally::default(), Tally::default());
        a.add(1.0, 5.0, Outcome::Ok);
        a.add(2.0, 0.5, Outcome::Abandoned);
        b.add(3.0, 0.5, Outcome::Cancelled);
        a.merge(&b);
        assert_eq!((a.count(), a.ok, a.failed, a.interrupted, a.given_up), (1, 1, 0, 0, 2));
        assert_eq!((a.values, a.total), (vec![(1.0, 5.0)], 6.0));
    }

    #[test]
    fn merging_keeps_the_order_of_time() {
        let (mut a, mut b) = (Tally::default(), Tally::default());
        a.add(1.0, 5.0, Outcome::Ok);
        a.add(3.0, 6.0, Outcome::Interrupted);
        b.add(2.0, 1.0, Outcome::Ok);
        a.merge(&b);
        assert_eq!(a.values, [(1.0, 5.0), (2.0, 1.0), (3.0, ABOVE)]);
        assert_eq!((a.ok, a.interrupted, a.extremes), (2, 1, Some((1.0, 5.0))));
        assert!(a.histogram().is_none());
    }
}
