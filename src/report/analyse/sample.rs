//! From tallies to figures: quantiles, means and shares with what the sample can carry.

use crate::report::gather::{ABOVE, Tally};
use crate::report::summary::{Figure, Reading, Unit};
use crate::stats::{CONFIDENCE, Ranks, effective_count, least_count, mean_interval, quantile_ranks, wilson};

/// Share of the values that must be independent before they are taken as such.
const INDEPENDENT: f64 = 0.8;

/// Values of one kind, sorted, with what failed above all of them.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct Sample {
    tally: Tally,
    sorted: Vec<f64>,
}

impl Sample {
    /// The sample of some tallies together.
    pub(in crate::report) fn of<'t>(tallies: impl IntoIterator<Item = &'t Tally>) -> Self {
        let mut tallies = tallies.into_iter();
        let mut tally = tallies.next().cloned().unwrap_or_default();
        tallies.for_each(|other| tally.merge(other));
        Self::new(tally)
    }

    /// The sample of some (time, value) pairs in order of time, [`ABOVE`] for what failed.
    pub(in crate::report) fn of_values(values: &[(f64, f64)]) -> Self {
        let ok = values.iter().filter(|(_, v)| v.is_finite()).count() as u64;
        let failed = values.len() as u64 - ok;
        let mut tally = Tally::default();
        (tally.ok, tally.failed) = (ok, failed);
        tally.values = values.to_vec();
        Self::new(tally)
    }

    fn new(tally: Tally) -> Self {
        let mut sorted: Vec<f64> = tally.values.iter().map(|(_, v)| *v).filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        Self { tally, sorted }
    }

    /// The sample of the successes alone.
    pub(in crate::report) fn successes(&self) -> Self {
        let mut tally = self.tally.clone();
        tally.values.retain(|(_, v)| v.is_finite());
        (tally.failed, tally.interrupted) = (0, 0);
        Self { tally, sorted: self.sorted.clone() }
    }

    /// All values, failures included.
    pub(in crate::report) fn count(&self) -> u64 {
        self.tally.count()
    }

    /// What counts as above every bound.
    pub(in crate::report) fn above(&self) -> u64 {
        self.tally.failed + self.tally.interrupted
    }

    /// The value at a rank from 1; [`ABOVE`] past the successes.
    fn at(&self, rank: u64) -> f64 {
        if rank > self.tally.ok {
            return ABOVE;
        }
        if let Some(histogram) = self.tally.histogram() {
            return histogram.at_rank(rank).unwrap_or(ABOVE);
        }
        // A thinned list of gauges stands for all of them: the rank is scaled to it.
        let index = if self.sorted.len() as u64 == self.tally.ok {
            rank - 1
        } else {
            ((rank - 1) as f64 * self.sorted.len() as f64 / self.tally.ok as f64) as u64
        };
        self.sorted.get(index as usize).copied().unwrap_or(ABOVE)
    }

    /// A quantile with its order-statistic interval, or how many values it would need.
    ///
    /// Neighbours that resemble each other are worth fewer values: where whether a value lies above the quantile is correlated so
    /// much that under 80 % of the values are independent, the interval's ranks are those of the effective number, scaled up.
    pub(in crate::report) fn quantile(&self, p: f64, unit: Unit) -> Figure {
        let count = self.count();
        let mut figure = Figure { samples: count, above: self.above(), ..Figure::none(unit) };
        if count == 0 {
            return figure;
        }
        let at = ((p * count as f64).ceil() as u64).clamp(1, count);
        let value = self.at(at);
        let effective = self.effective(|v| if v > value { 1.0 } else { 0.0 });
        let ranks = match effective {
            None => quantile_ranks(count, p, CONFIDENCE),
            Some(worth) => {
                figure.effective_samples = Some(worth);
                quantile_ranks(worth, p, CONFIDENCE).map(|r| scaled(r, count, worth, at))
            }
        };
        let Some(ranks) = ranks else {
            figure.reading = Reading::NeedsSamples;
            figure.needs = Some(least_count(p, CONFIDENCE));
            return figure;
        };
        figure.low = finite(self.at(ranks.low));
        figure.high = finite(self.at(ranks.high));
        figure.value = finite(value);
        figure.reading = if value.is_finite() { Reading::Measured } else { Reading::AboveEveryBound };
        figure
    }

    /// How many independent values a property of the values is worth; `None` where that is nearly all of them.
    fn effective(&self, of: impl Fn(f64) -> f64) -> Option<u64> {
        let values: Vec<f64> = self.tally.values.iter().map(|(_, v)| of(*v)).collect();
        let worth = effective_count(&values);
        (worth < INDEPENDENT * values.len() as f64).then_some(worth as u64)
    }

    /// Mean with its interval; above every bound as soon as one failed.
    pub(in crate::report) fn mean(&self, unit: Unit) -> Figure {
        let mut figure = Figure { samples: self.count(), above: self.above(), ..Figure::none(unit) };
        if figure.above > 0 {
            figure.reading = Reading::AboveEveryBound;
            return figure;
        }
        let values: Vec<f64> = self.tally.values.iter().map(|(_, v)| *v).collect();
        figure.effective_samples = self.effective(|v| v);
        let worth = figure.effective_samples.map_or(values.len() as f64, |worth| worth as f64);
        if let Some((_, interval)) = mean_interval(&values, worth, CONFIDENCE) {
            figure.reading = Reading::Measured;
            figure.value = Some(self.tally.ok_total / self.tally.ok.max(1) as f64);
            // What is never negative has no negative mean.
            let least = if self.tally.extremes.is_some_and(|(min, _)| min < 0.0) { f64::NEG_INFINITY } else { 0.0 };
            figure.low = interval.map(|i| i.low.max(least));
            figure.high = interval.map(|i| i.high);
        }
        figure
    }

    /// Greatest value; above every bound as soon as one failed.
    pub(in crate::report) fn max(&self, unit: Unit) -> Figure {
        let mut figure = self.extreme(unit, self.tally.extremes.map(|(_, max)| max));
        if self.above() > 0 {
            (figure.value, figure.reading) = (None, Reading::AboveEveryBound);
        }
        figure
    }

    /// Least value.
    pub(in crate::report) fn min(&self, unit: Unit) -> Figure {
        let mut figure = self.extreme(unit, self.tally.extremes.map(|(min, _)| min));
        if figure.value.is_none() && self.above() > 0 {
            figure.reading = Reading::AboveEveryBound;
        }
        figure
    }

    fn extreme(&self, unit: Unit, value: Option<f64>) -> Figure {
        let reading = if value.is_some() { Reading::Measured } else { Reading::NoData };
        Figure { value, reading, samples: self.count(), above: self.above(), ..Figure::none(unit) }
    }

    /// The least value that at least this share of a description's values is at or under, without any claim beyond these values.
    pub(in crate::report) fn observed(&self, p: f64) -> Option<f64> {
        let ok = self.tally.ok;
        (ok > 0).then(|| self.at(((p * ok as f64).ceil() as u64).clamp(1, ok)))
    }
}

/// Share of `hits` in `count` with Wilson's interval.
pub(in crate::report) fn share(hits: u64, count: u64) -> Figure {
    let figure = Figure { samples: count, ..Figure::none(Unit::Ratio) };
    let Some(interval) = wilson(hits, count, CONFIDENCE) else {
        return figure;
    };
    let value = Some(hits as f64 / count as f64);
    Figure { reading: Reading::Measured, value, ..figure }.within(interval.low, interval.high)
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Ranks among `worth` values as ranks among `count`.
fn scaled(ranks: Ranks, count: u64, worth: u64, at: u64) -> Ranks {
    let scale = count as f64 / worth.max(1) as f64;
    let low = ((ranks.low as f64 * scale).floor() as u64).clamp(1, at);
    let high = ((ranks.high as f64 * scale).ceil() as u64).clamp(at, count);
    Ranks { low, at, high }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Outcome;

    fn sample(ok: u32, failed: u32) -> Sample {
        let mut tally = Tally::default();
        // A stride that is coprime to the count mixes the values, so that neighbours do not resemble each other.
        for i in 0..ok {
            tally.add(f64::from(i), f64::from((i * 37) % ok + 1), Outcome::Ok);
        }
        for i in 0..failed {
            tally.add(f64::from(ok + i), 0.5, Outcome::CellTimeout);
        }
        Sample::of([&tally])
    }

    #[test]
    fn timeouts_cannot_improve_a_percentile() {
        let all = sample(100, 0).quantile(0.95, Unit::Seconds);
        assert_eq!((all.value, all.low, all.high), (Some(95.0), Some(90.0), Some(100.0)));
        let some = sample(97, 3).quantile(0.95, Unit::Seconds);
        assert_eq!((some.value, some.high, some.above), (Some(95.0), None, 3));
        let many = sample(90, 10);
        assert_eq!(many.quantile(0.95, Unit::Seconds).reading, Reading::AboveEveryBound);
        assert_eq!(many.successes().quantile(0.95, Unit::Seconds).value, Some(86.0));
    }

    #[test]
    fn a_small_sample_is_refused() {
        let figure = sample(71, 0).quantile(0.95, Unit::Seconds);
        assert_eq!((figure.reading, figure.needs, figure.value), (Reading::NeedsSamples, Some(72), None));
        assert_eq!(sample(5, 0).quantile(0.5, Unit::Seconds).needs, Some(6));
        assert_eq!(Sample::default().quantile(0.5, Unit::Seconds).reading, Reading::NoData);
    }

    #[test]
    fn values_that_resemble_their_neighbours_are_worth_less() {
        let mut tally = Tally::default();
        for i in 0..400u32 {
            // Runs of forty equal values.
            tally.add(f64::from(i), f64::from(i / 40), Outcome::Ok);
        }
        let figure = Sample::of([&tally]).quantile(0.5, Unit::Seconds);
        assert!(figure.effective_samples.is_some_and(|worth| worth < 100), "{figure:?}");
        let independent = quantile_ranks(400, 0.5, CONFIDENCE).unwrap();
        assert!(figure.low.unwrap() < f64::from((independent.low / 40) as u32), "{figure:?}");
    }

    #[test]
    fn a_mean_with_a_failure_is_above_every_bound() {
        assert_eq!(sample(10, 1).mean(Unit::Seconds).reading, Reading::AboveEveryBound);
        let figure = sample(10, 0).mean(Unit::Seconds);
        assert_eq!(figure.value, Some(5.5));
        assert!((figure.low.unwrap() - 3.334).abs() < 0.001);
    }
}
