//! The table of intervals.

use super::Facts;
use super::pace::Pace;
use super::sample::Sample;
use crate::report::gather::seconds;
use crate::report::summary::{IntervalRow, IntervalWork, Unit};
use std::collections::BTreeMap;

/// Most rows of the table; a longer run has longer intervals.
const INTERVALS_MAX: u64 = 400;

/// One row for each interval of the scenario's `sampling.report`.
pub(super) fn intervals(facts: &Facts<'_>) -> Vec<IntervalRow> {
    let last = facts.gathered.last_ns;
    let wanted = u64::try_from(facts.manifest.plan.sampling.report.as_nanos()).unwrap_or(u64::MAX).max(1_000_000);
    if last == 0 {
        return Vec::new();
    }
    let length = wanted.max(wanted.saturating_mul((last / wanted).div_ceil(INTERVALS_MAX)));
    let spawns = facts.gathered.spawns.values();
    let spawned = spawns.flat_map(|tally| tally.values.iter().filter(|(_, v)| v.is_finite()).map(|(t, _)| *t));
    let intervals = Intervals {
        facts,
        length,
        tasks: Worked::new(facts.tasks(), length),
        iterations: facts.has_own_users().then(|| Worked::new(facts.iterations(), length)),
        spawned: spawned.collect(),
    };
    (0..last.div_ceil(length)).map(|index| intervals.row(index)).collect()
}

struct Intervals<'f> {
    facts: &'f Facts<'f>,
    /// Nanoseconds.
    length: u64,
    tasks: Worked<'f>,
    iterations: Option<Worked<'f>>,
    /// When servers became ready, seconds.
    spawned: Vec<f64>,
}

impl Intervals<'_> {
    fn row(&self, index: u64) -> IntervalRow {
        let gathered = self.facts.gathered;
        let (from_ns, to_ns) = (index * self.length, ((index + 1) * self.length).min(gathered.last_ns));
        let (from, to) = (seconds(from_ns), seconds(to_ns));
        let machines = self.facts.machines;
        IntervalRow {
            from_s: from,
            to_s: to,
            users: gathered.users.mean(from_ns, to_ns),
            tasks: self.tasks.within(index, from, to),
            iterations: self.iterations.as_ref().map(|worked| worked.within(index, from, to)),
            spawned: self.spawned.iter().filter(|t| **t >= from && **t < to).count() as u64,
            host_cpu: machines.host_cpu.between(from, to).map(|(mean, _)| mean),
            host_memory_bytes: machines.host_memory.between(from, to).map(|(_, max)| max),
            self_cpu: machines.self_cpu.between(from, to).map(|(mean, _)| mean),
            lateness_s: machines.lateness.between(from, to).map(|(_, max)| max),
        }
    }
}

/// One kind of work by interval.
struct Worked<'f> {
    pace: Pace<'f>,
    /// Completed and failed by interval, as the buckets of time tell.
    counts: BTreeMap<u64, (u64, u64)>,
}

impl<'f> Worked<'f> {
    fn new(pace: Pace<'f>, length: u64) -> Self {
        let mut counts: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
        for (index, ended) in pace.over_time.cells().iter().enumerate() {
            let count = counts.entry((index as u64 * pace.over_time.width()) / length).or_default();
            count.0 += ended.ok;
            count.1 += ended.failed;
        }
        Self { pace, counts }
    }

    fn within(&self, index: u64, from: f64, to: f64) -> IntervalWork {
        let values = &self.pace.times.values;
        let inside = &values[values.partition_point(|(t, _)| *t < from)..values.partition_point(|(t, _)| *t < to)];
        let sample = Sample::of_values(inside);
        // The list of values tells exactly which interval something ended in, as long as it holds all of them.
        let (completed, failed) = match self.pace.times.histogram() {
            None => (sample.count() - sample.above(), sample.above()),
            Some(_) => self.counts.get(&index).copied().unwrap_or_default(),
        };
        IntervalWork {
            completed,
            failed,
            per_minute: completed as f64 * 60.0 / (to - from),
            p50: sample.quantile(0.5, Unit::Seconds),
            p95: sample.quantile(0.95, Unit::Seconds),
        }
    }
}
