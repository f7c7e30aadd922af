//! Steps and metrics of the scenario's own code over time.

use super::Facts;
use super::objectives::unit;
use crate::plan::Instrument;
use crate::report::gather::{OwnKey, Tally, seconds};
use crate::report::summary::{Line, LinePoint, Unit};
use crate::stats::{Buckets, Extremes};
use std::collections::BTreeMap;

/// Most points of a line: wide enough that most of them stand for several values.
const POINTS_MAX: u64 = 60;
/// Least points of a line: fewer show less than the table does.
const POINTS_MIN: usize = 4;
/// Most lines of steps, and of metrics.
const LINES_MAX: usize = 12;

/// The steps that took most time, then the metrics, each with enough values to have a course.
pub(super) fn own(facts: &Facts<'_>) -> Vec<Line> {
    let own = &facts.gathered.own;
    let mut steps: Vec<(String, Tally)> = by_name(own.steps.iter());
    steps.sort_by(|a, b| b.1.total.total_cmp(&a.1.total));
    let steps = steps.iter().map(|(name, tally)| {
        let name = format!("Step {name}");
        course(facts, &name, Unit::Seconds, tally)
    });
    let observed = by_name(own.metrics.iter().map(|(key, metric)| (key, &metric.values)));
    let metrics = observed.iter().filter_map(|(name, tally)| {
        let metric = facts.manifest.plan.metrics.get(name)?;
        let of = unit(metric.value_unit());
        Some(match metric.kind {
            Instrument::Counter => counted(facts, &format!("{name}, per second"), tally),
            Instrument::Gauge | Instrument::Histogram => course(facts, name, of, tally),
        })
    });
    let long = |line: &Line| line.points.len() >= POINTS_MIN;
    let mut lines: Vec<Line> = steps.filter(long).take(LINES_MAX).collect();
    lines.extend(metrics.filter(long).take(LINES_MAX));
    for (index, line) in lines.iter_mut().enumerate() {
        line.key = format!("own{}", index + 1);
    }
    lines
}

/// The tallies of each name, over all executors.
fn by_name<'t>(of: impl Iterator<Item = (&'t OwnKey, &'t Tally)>) -> Vec<(String, Tally)> {
    let mut names: BTreeMap<&str, Tally> = BTreeMap::new();
    for (key, tally) in of {
        match names.get_mut(key.name.as_str()) {
            Some(known) => known.merge(tally),
            None => drop(names.insert(&key.name, tally.clone())),
        }
    }
    names.into_iter().map(|(name, tally)| (name.to_owned(), tally)).collect()
}

fn bucket_ns(facts: &Facts<'_>) -> u64 {
    (facts.gathered.last_ns / (POINTS_MAX - 1)).max(1)
}

/// Least, mean and greatest of the values of each bucket; failures have no value.
fn course(facts: &Facts<'_>, name: &str, unit: Unit, tally: &Tally) -> Line {
    let mut buckets: Buckets<Extremes> = Buckets::new(bucket_ns(facts), POINTS_MAX as usize);
    for (t, value) in tally.values.iter().filter(|(_, value)| value.is_finite()) {
        buckets.at((t * 1e9) as u64).add(*value);
    }
    let width = seconds(buckets.width());
    let points = buckets.cells().iter().enumerate().filter_map(|(index, cell)| {
        let mean = cell.mean()?;
        Some(LinePoint { at_s: index as f64 * width, min: cell.min, mean, max: cell.max })
    });
    Line {
        key: String::new(),
        name: name.to_owned(),
        unit,
        bucket_s: width,
        points: points.collect(),
        mean: (tally.ok > 0).then(|| tally.ok_total / tally.ok as f64),
        max: tally.extremes.map(|(_, max)| max),
        capacity: None,
    }
}

/// What was counted in each bucket, per second.
fn counted(facts: &Facts<'_>, name: &str, tally: &Tally) -> Line {
    let mut buckets: Buckets<Extremes> = Buckets::new(bucket_ns(facts), POINTS_MAX as usize);
    buckets.at(facts.gathered.last_ns);
    for (t, value) in &tally.values {
        buckets.at((t * 1e9) as u64).add(*value);
    }
    let width = seconds(buckets.width());
    // A thinned list stands for all values: each kept one for as many as there are for it.
    let each = tally.count() as f64 / tally.values.len().max(1) as f64;
    let rates: Vec<f64> = buckets.cells().iter().map(|cell| cell.sum * each / width).collect();
    let points = rates.iter().enumerate().map(|(index, rate)| LinePoint {
        at_s: index as f64 * width,
        min: *rate,
        mean: *rate,
        max: *rate,
    });
    Line {
        key: String::new(),
        name: name.to_owned(),
        unit: Unit::PerSecond,
        bucket_s: width,
        points: points.collect(),
        mean: facts.load_s().map(|load_s| tally.ok_total / load_s),
        max: rates.iter().copied().reduce(f64::max),
        capacity: None,
    }
}
