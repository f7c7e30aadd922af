//! What happened over time.

use super::pace::Pace;
use super::sample::Sample;
use super::{Facts, lines};
use crate::event::Phase;
use crate::report::gather::{Ended, Gauge, seconds};
use crate::report::summary::{IterationsOverTime, Line, LinePoint, Mark, Span, TaskBucket, TaskDot, Timeline, Unit};
use crate::stats::{Buckets, Extremes};

/// Most points of a line.
const POINTS_MAX: usize = 400;
/// Most buckets of tasks: a bar each.
const BARS_MAX: usize = 120;
/// Most tasks that are shown each.
const DOTS_MAX: usize = 800;
/// Classes of service time.
const CLASSES: usize = 32;

/// The timeline.
pub(super) fn timeline(facts: &Facts<'_>) -> Timeline {
    let gathered = facts.gathered;
    let work = facts.tasks();
    let bars = bars(facts, &work);
    Timeline {
        length_s: seconds(gathered.last_ns),
        phases: phases(facts),
        marks: gathered
            .marks
            .iter()
            .map(|(t_ns, kind, text)| Mark { at_s: seconds(*t_ns), kind: *kind, text: text.clone() })
            .collect(),
        marks_left_out: gathered.marks_left_out,
        users: users(facts),
        bucket_s: seconds(bars.width()),
        tasks: buckets(&work, &bars),
        dots: dots(&work),
        iterations: facts.has_own_users().then(|| iterations(facts)),
        own: lines::own(facts),
        service_edges_s: edges(facts),
    }
}

fn phases(facts: &Facts<'_>) -> Vec<Span> {
    let phases = &facts.gathered.phases;
    let end = |index: usize| phases.get(index + 1).map_or(facts.gathered.last_ns, |(_, t)| *t);
    let name = |phase: Phase| match phase {
        Phase::Setup => "setup",
        Phase::Load => "load",
        Phase::Drain => "drain",
        Phase::Teardown => "teardown",
    };
    let spans = phases.iter().enumerate().map(|(index, (phase, from))| Span {
        name: name(*phase).to_owned(),
        from_s: seconds(*from),
        to_s: seconds(end(index)),
    });
    spans.collect()
}

fn users(facts: &Facts<'_>) -> Line {
    let mut buckets = facts.gathered.users.buckets().clone();
    buckets.shrink(POINTS_MAX);
    let width = seconds(buckets.width());
    let points = buckets.cells().iter().enumerate().filter(|(_, cell)| cell.seen_ns > 0.0).map(|(index, cell)| {
        let mean = cell.area_ns / cell.seen_ns;
        LinePoint { at_s: index as f64 * width, min: cell.min as f64, mean, max: cell.max as f64 }
    });
    Line {
        key: "users".to_owned(),
        name: "Users at work".to_owned(),
        unit: Unit::Count,
        bucket_s: width,
        points: points.collect(),
        mean: facts.load.map(|(from, to)| facts.gathered.users.mean(from, to)),
        max: Some(facts.gathered.users.peak() as f64),
        capacity: None,
    }
}

fn iterations(facts: &Facts<'_>) -> IterationsOverTime {
    let work = facts.iterations();
    let bars = bars(facts, &work);
    IterationsOverTime { bucket_s: seconds(bars.width()), buckets: buckets(&work, &bars), dots: dots(&work) }
}

fn bars(facts: &Facts<'_>, work: &Pace<'_>) -> Buckets<Ended> {
    let mut bars = work.over_time.clone();
    // The axis is as long as the run, so that the last bucket is where the run ends and not where the last of them did.
    bars.at(facts.gathered.last_ns);
    // A bar of few shows chance: a handful each, as far as there are so many.
    bars.shrink((work.times.count() as usize / 6).clamp(12, BARS_MAX));
    bars
}

fn buckets(work: &Pace<'_>, bars: &Buckets<Ended>) -> Vec<TaskBucket> {
    let values = &work.times.values;
    let width = seconds(bars.width());
    let rows = bars.cells().iter().enumerate().map(|(index, ended)| {
        let at_s = index as f64 * width;
        let from = values.partition_point(|(t, _)| *t < at_s);
        let to = values.partition_point(|(t, _)| *t < at_s + width);
        let sample = Sample::of_values(&values[from..to]);
        TaskBucket {
            at_s,
            completed: ended.ok,
            failed: ended.failed,
            least_s: sample.observed(0.0),
            lower_quarter_s: sample.observed(0.25),
            median_s: sample.observed(0.5),
            upper_quarter_s: sample.observed(0.75),
            p95_s: sample.quantile(0.95, Unit::Seconds).value,
            greatest_s: sample.observed(1.0),
        }
    });
    rows.collect()
}

fn dots(work: &Pace<'_>) -> Vec<TaskDot> {
    if work.dots.len() > DOTS_MAX { Vec::new() } else { work.dots.to_vec() }
}

fn edges(facts: &Facts<'_>) -> Vec<f64> {
    let Some((least, greatest)) = facts.gathered.tasks.all.service.extremes else {
        return Vec::new();
    };
    let least = least.max(1e-4);
    // Equal times still get classes with a width, and every class edge a margin.
    let (from, to) = ((least / 1.05).ln(), (greatest.max(least) * 1.05).ln());
    (0..=CLASSES).map(|i| (from + (to - from) * i as f64 / CLASSES as f64).exp()).collect()
}

/// The machine that hubmark runs on, and hubmark itself.
pub(super) fn machines(facts: &Facts<'_>) -> Vec<Line> {
    let machines = facts.machines;
    let total = machines.host_memory_total;
    let rows = [
        ("host_cpu", "Processors of the machine", Unit::Ratio, &machines.host_cpu, Some(1.0)),
        ("host_memory", "Memory of the machine", Unit::Bytes, &machines.host_memory, total),
        ("self_cpu", "hubmark: share of one processor", Unit::Ratio, &machines.self_cpu, None),
        ("self_resident", "hubmark: resident memory", Unit::Bytes, &machines.self_resident, None),
        ("lateness", "hubmark: lateness of its timer", Unit::Seconds, &machines.lateness, None),
    ];
    rows.into_iter()
        .filter(|(_, _, _, gauge, _)| gauge.tally.ok > 0)
        .map(|(key, name, unit, gauge, capacity)| line(facts, key, name, unit, gauge, capacity))
        .collect()
}

/// A sampled value over time.
pub(super) fn line(facts: &Facts<'_>, key: &str, name: &str, unit: Unit, gauge: &Gauge, capacity: Option<f64>) -> Line {
    let interval = u64::try_from(facts.manifest.plan.sampling.host.as_nanos()).unwrap_or(u64::MAX);
    let mut buckets: Buckets<Extremes> = Buckets::new(interval, POINTS_MAX);
    for (t, value) in &gauge.tally.values {
        buckets.at((t * 1e9) as u64).add(*value);
    }
    let width = seconds(buckets.width());
    let points = buckets.cells().iter().enumerate().filter_map(|(index, cell)| {
        let mean = cell.mean()?;
        Some(LinePoint { at_s: index as f64 * width, min: cell.min, mean, max: cell.max })
    });
    Line {
        key: key.to_owned(),
        name: name.to_owned(),
        unit,
        bucket_s: width,
        points: points.collect(),
        mean: gauge.mean(),
        max: gauge.tally.extremes.map(|(_, max)| max),
        capacity,
    }
}
