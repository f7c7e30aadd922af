//! What happened in one window, in constant memory.

use crate::plan::threshold::{Aggregate, Threshold};
use std::collections::BTreeMap;

/// One thing that happened, as a threshold sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    /// Its value in the metric's base unit; infinite where it failed and counts as above every bound.
    pub(super) value: f64,
    /// How much of what is counted it is: 1 or 0 of a share, how many of a count, the growth of a counter.
    pub(super) part: f64,
}

/// Values of one kind.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    count: u64,
    parts: f64,
    sum: f64,
    above: u64,
    range: Option<(f64, f64)>,
    last: Option<f64>,
    /// Where a quantile is asked for.
    spread: Option<Spread>,
}

impl Tally {
    pub(super) fn new(threshold: &Threshold) -> Self {
        let spread = matches!(threshold.aggregate, Aggregate::Quantile(_)).then(|| Spread::around(threshold.value));
        Self { count: 0, parts: 0.0, sum: 0.0, above: 0, range: None, last: None, spread }
    }

    pub(super) fn add(&mut self, seen: Seen) {
        self.count += 1;
        self.parts += seen.part;
        self.last = Some(seen.value);
        if seen.value.is_finite() {
            self.sum += seen.value;
            let (least, greatest) = self.range.unwrap_or((seen.value, seen.value));
            self.range = Some((least.min(seen.value), greatest.max(seen.value)));
        } else {
            self.above += 1;
        }
        if let Some(spread) = &mut self.spread {
            spread.add(seen.value);
        }
    }

    /// How many values there were.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The figure, infinite where it lies among what failed; `None` where there is nothing to make it of. `lasted_s` is what a rate is over.
    pub(super) fn figure(&self, threshold: &Threshold, lasted_s: f64) -> Option<f64> {
        if self.count == 0 && !threshold.counts() {
            return None;
        }
        match threshold.aggregate {
            Aggregate::Quantile(p) => self.spread.as_ref()?.at(((p * self.count as f64).ceil() as u64).max(1)),
            Aggregate::Mean if self.above > 0 => Some(f64::INFINITY),
            Aggregate::Mean => Some(self.sum / self.count as f64),
            Aggregate::Max if self.above > 0 => Some(f64::INFINITY),
            Aggregate::Max => self.range.map(|(_, greatest)| greatest),
            Aggregate::Min => Some(self.range.map_or(f64::INFINITY, |(least, _)| least)),
            Aggregate::Count | Aggregate::Total => Some(self.parts),
            Aggregate::Rate => Some(self.parts / lasted_s),
            Aggregate::Ratio => Some(self.parts / self.count as f64),
            Aggregate::Last => self.last,
        }
    }
}

/// Classes of values by their distance from a bound: exact about the side of the bound that a value lies on, and finest near it. Each class
/// remembers its greatest value, so a quantile is a value that occurred and is on the right side.
#[derive(Debug, Clone)]
struct Spread {
    bound: f64,
    /// Values at and above, or below the bound: class, then how many and the greatest.
    classes: BTreeMap<i32, (u64, f64)>,
}

/// Width of a class: 2 % of the distance from the bound.
const WIDTH: f64 = 1.02;
/// Most classes on a side. They reach from a millionth of the bound to ten thousand times the bound.
const CLASSES_MAX: f64 = 1160.0;
/// The class of what failed.
const ABOVE: i32 = i32::MAX;

impl Spread {
    fn around(bound: f64) -> Self {
        Self { bound, classes: BTreeMap::new() }
    }

    fn class(&self, value: f64) -> i32 {
        let distance = value - self.bound;
        if !distance.is_finite() {
            return ABOVE;
        }
        if distance == 0.0 {
            return 0;
        }
        let least = self.bound.abs().max(1e-3) * 1e-6;
        let class = 1.0 + ((distance.abs() / least).ln() / WIDTH.ln()).floor().clamp(0.0, CLASSES_MAX);
        if distance > 0.0 { class as i32 } else { -(class as i32) }
    }

    fn add(&mut self, value: f64) {
        let class = self.classes.entry(self.class(value)).or_insert((0, f64::NEG_INFINITY));
        class.0 += 1;
        class.1 = class.1.max(value);
    }

    /// The value at a rank from 1.
    fn at(&self, rank: u64) -> Option<f64> {
        let mut seen = 0;
        for (count, greatest) in self.classes.values() {
            seen += count;
            if seen >= rank {
                return Some(*greatest);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::threshold::parse;
    use crate::stats::noise::Noise;

    fn tally(threshold: &Threshold, values: &[f64]) -> Tally {
        let mut tally = Tally::new(threshold);
        values.iter().for_each(|value| tally.add(Seen { value: *value, part: 1.0 }));
        tally
    }

    /// A list of up to 200 times, with ones on the bound, far ones, and failures among them.
    fn times(noise: &mut Noise) -> Vec<f64> {
        let count = 1 + (noise.unit() * 199.0) as usize;
        let one = |noise: &mut Noise| match noise.unit() {
            kind if kind < 0.1 => 15.0,
            kind if kind < 0.2 => f64::INFINITY,
            kind if kind < 0.3 => noise.unit() * 1e7,
            _ => noise.unit() * 40.0,
        };
        (0..count).map(|_| one(noise)).collect()
    }

    /// Against the definition: the value at the rank of the sorted list.
    #[test]
    fn a_quantile_is_on_the_side_of_the_bound_that_the_sorted_values_say() {
        for seed in 0..500 {
            let mut noise = Noise(seed);
            let (values, percent) = (times(&mut noise), 1 + (noise.unit() * 99.0) as u32);
            let op = ["<", "<=", ">", ">="][seed as usize % 4];
            let threshold = parse(&format!("task.duration.p{percent} {op} 15s")).unwrap();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let rank = ((f64::from(percent) / 100.0 * values.len() as f64).ceil() as usize).max(1);
            let exact = sorted[rank - 1];
            let found = tally(&threshold, &values).figure(&threshold, 60.0).unwrap();
            let holds = |value: f64| threshold.op.holds(value, threshold.value);
            assert_eq!(holds(found), holds(exact), "seed {seed}: {found} for {exact}");
            let near = (found - exact).abs() <= 0.021 * (exact - 15.0).abs() + 1e-4;
            assert!(found == exact || near || exact > 1e5, "seed {seed}: {found} for {exact}");
        }
    }

    #[test]
    fn memory_is_bounded_whatever_the_values() {
        let threshold = parse("task.duration.p50 < 1s").unwrap();
        let mut noise = Noise(1);
        let values: Vec<f64> = (0..50_000).map(|_| (noise.unit() * 40.0 - 20.0).exp()).collect();
        let tally = tally(&threshold, &values);
        assert!(tally.spread.unwrap().classes.len() <= 2 * (CLASSES_MAX as usize + 2));
    }

    #[test]
    fn what_failed_is_above_every_bound_of_times_and_nothing_is_no_figure() {
        let figure = |text: &str, values: &[f64]| {
            let threshold = parse(text).unwrap();
            tally(&threshold, values).figure(&threshold, 60.0)
        };
        assert_eq!(figure("task.duration.mean < 1s", &[1.0, f64::INFINITY]), Some(f64::INFINITY));
        assert_eq!(figure("task.duration.max < 1s", &[1.0, 3.0]), Some(3.0));
        assert_eq!(figure("task.duration.min < 1s", &[f64::INFINITY]), Some(f64::INFINITY));
        assert_eq!(figure("task.duration.max < 1s", &[]), None);
        assert_eq!(figure("task.failed.ratio < 1%", &[]), None);
        assert_eq!(figure("task.completed.rate > 1/s", &[]), Some(0.0), "no task in a minute is a rate");
        assert_eq!(figure("task.completed.rate > 1/s", &[0.0; 30]), Some(0.5));
    }
}
