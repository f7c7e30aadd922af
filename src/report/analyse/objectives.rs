//! Judging objectives.

use super::sample::{Sample, share};
use super::{Facts, rate};
use crate::event::ThresholdRecord;
use crate::plan::threshold::{Action, Aggregate, Op, Threshold, Unit as BoundUnit, is_of_nodes};
use crate::report::gather::{Gauge, Key, Tally, seconds};
use crate::report::summary::{Figure, Judgement, Reading, Ruling, Unit};
use crate::report::words;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Judges objectives, each value of a split label apart: of these the worst comes first.
pub(super) fn judge(facts: &Facts<'_>, thresholds: &[Threshold]) -> Vec<Judgement> {
    let mut rows = Vec::new();
    for threshold in thresholds {
        let Some(each) = &threshold.each else {
            rows.push(one(facts, threshold, &threshold.labels, None));
            let last = rows.len() - 1;
            ended_the_run(facts, &mut rows[last..], threshold);
            continue;
        };
        let first = rows.len();
        for value in values_of(facts, each) {
            if threshold.labels.get(each).is_some_and(|wanted| *wanted != value) {
                continue;
            }
            let mut labels = threshold.labels.clone();
            labels.insert(each.clone(), value.clone());
            rows.push(one(facts, threshold, &labels, Some(format!("{each}={value}"))));
        }
        ended_the_run(facts, &mut rows[first..], threshold);
        // A stable sort: what is alike stays in the order of the label's values.
        rows[first..].sort_by(|a, b| worse_first(a, b, threshold.op));
    }
    rows
}

/// The objective that ended a run failed, whatever the figure of the whole run is.
fn ended_the_run(facts: &Facts<'_>, rows: &mut [Judgement], threshold: &Threshold) {
    let aborted = facts.gathered.end.as_ref().and_then(|end| end.aborted.as_ref());
    if aborted != Some(&threshold.text) || threshold.action != Some(Action::Abort) {
        return;
    }
    let abort = |(_, record): &&(u64, ThresholdRecord)| {
        record.action == Some(Action::Abort) && record.threshold == threshold.text
    };
    let Some((t_ns, record)) = facts.gathered.judged.iter().rev().find(abort) else { return };
    let Some(row) = rows.iter_mut().find(|row| row.label == record.label) else { return };
    row.ruling = Ruling::Fail;
    let after = words::lasting(seconds(*t_ns));
    row.reason = Some(format!(
        "it ended the run after {after}: {} in the last of {} windows",
        record.words(),
        record.broken_windows
    ));
}

/// What failed before what could not be judged before what passed, each by how far it is on the wrong side of the bound or towards it.
fn worse_first(a: &Judgement, b: &Judgement, op: Op) -> Ordering {
    let rank = |row: &Judgement| match row.ruling {
        Ruling::Fail => 0,
        Ruling::Undecided => 1,
        Ruling::Pass => 2,
    };
    let value = |row: &Judgement| match row.measured.reading {
        Reading::AboveEveryBound => Some(f64::INFINITY),
        _ => row.measured.value,
    };
    let values = match (value(a), value(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => Ordering::Equal,
    };
    let worse = if matches!(op, Op::Less | Op::LessOrEqual) { values.reverse() } else { values };
    rank(a).cmp(&rank(b)).then(worse)
}

/// What the plan names and what was seen.
fn values_of(facts: &Facts<'_>, label: &str) -> BTreeSet<String> {
    let plan = &facts.manifest.plan;
    let mut values: BTreeSet<String> = match label {
        "notebook" => plan.notebooks.keys().cloned().collect(),
        "hub" => plan.targets.keys().cloned().collect(),
        label if is_of_nodes(label) => return facts.gathered.homes.values(label),
        "step" => return facts.gathered.own.steps.keys().map(|key| key.name.clone()).collect(),
        "check" => return facts.gathered.own.checks.keys().map(|key| key.name.clone()).collect(),
        _ => plan.load.keys().cloned().collect(),
    };
    let gathered = facts.gathered;
    let keys = gathered.tasks.by_key.keys().chain(gathered.spawns.keys()).chain(gathered.kernels.keys());
    values.extend(keys.filter_map(|key| key.label(label)).filter(|v| !v.is_empty()).map(str::to_owned));
    values
}

fn one(
    facts: &Facts<'_>,
    threshold: &Threshold,
    labels: &BTreeMap<String, String>,
    label: Option<String>,
) -> Judgement {
    let measured = measure(facts, threshold, labels);
    let (ruling, certain, reason) = rule(&measured, threshold);
    Judgement {
        objective: threshold.text.clone(),
        metric: threshold.metric.clone(),
        label,
        op: symbol(threshold.op).to_owned(),
        bound: threshold.value,
        measured,
        ruling,
        certain,
        reason,
    }
}

pub(super) fn symbol(op: Op) -> &'static str {
    match op {
        Op::Less => "<",
        Op::LessOrEqual => "<=",
        Op::Greater => ">",
        Op::GreaterOrEqual => ">=",
    }
}

fn rule(figure: &Figure, threshold: &Threshold) -> (Ruling, Option<bool>, Option<String>) {
    let holds = |value: f64| threshold.op.holds(value, threshold.value);
    let pass = |held: bool| if held { Ruling::Pass } else { Ruling::Fail };
    match (figure.reading, figure.value) {
        (Reading::Measured, Some(value)) => {
            let ends = figure.low.map(|low| (low, figure.high.unwrap_or(f64::INFINITY)));
            let certain = ends.map(|(low, high)| holds(low) == holds(value) && holds(high) == holds(value));
            let reason = (certain == Some(false)).then(|| "the interval reaches over the bound".to_owned());
            (pass(holds(value)), certain, reason)
        }
        (Reading::AboveEveryBound, _) => {
            let reason = format!("{} of {} failed and count as above every bound", figure.above, figure.samples);
            (pass(holds(f64::INFINITY)), None, Some(reason))
        }
        (Reading::NeedsSamples, _) => {
            let worth = figure.effective_samples.map(|n| format!(", worth {n} independent ones")).unwrap_or_default();
            let needs = figure.needs.unwrap_or(0);
            let reason = format!("needs {needs} samples, has {}{worth}", figure.samples);
            (Ruling::Undecided, None, Some(reason))
        }
        _ => (Ruling::Undecided, None, Some("nothing of its kind was measured".to_owned())),
    }
}

pub(super) fn unit(bound: BoundUnit) -> Unit {
    match bound {
        BoundUnit::Seconds => Unit::Seconds,
        BoundUnit::Ratio => Unit::Ratio,
        BoundUnit::Bytes => Unit::Bytes,
        BoundUnit::Number => Unit::Count,
        BoundUnit::PerSecond => Unit::PerSecond,
    }
}

fn matches(key: &Key, labels: &BTreeMap<String, String>) -> bool {
    labels.iter().all(|(name, value)| key.label(name) == Some(value))
}

fn measure(facts: &Facts<'_>, threshold: &Threshold, labels: &BTreeMap<String, String>) -> Figure {
    let gathered = facts.gathered;
    let tasks = || gathered.tasks.by_key.iter().filter(|(key, _)| matches(key, labels)).map(|(_, tally)| tally);
    let of = |tallies: &BTreeMap<Key, Tally>| {
        Sample::of(tallies.iter().filter(|(key, _)| matches(key, labels)).map(|(_, tally)| tally))
    };
    let machines = facts.machines;
    let rounds = || gathered.iterations.of(labels);
    match threshold.metric.as_str() {
        "task.duration" => aggregate(&Sample::of(tasks().map(|t| &t.service)), threshold),
        "task.response" => aggregate(&Sample::of(tasks().map(|t| &t.response)), threshold),
        "cell.duration" => aggregate(&Sample::of(tasks().map(|t| &t.cells)), threshold),
        "task.completed" if threshold.aggregate == Aggregate::Rate => {
            rate(tasks().map(|t| t.ok_in_load).sum(), facts.load_s())
        }
        "task.completed" => counted(facts, threshold, tasks().map(|t| t.service.ok).sum()),
        "task.failed" => {
            let ended = tasks().map(|t| t.service.count()).sum();
            let ok: u64 = tasks().map(|t| t.service.ok).sum();
            part(facts, threshold, ended - ok, ended)
        }
        "spawn.duration" => aggregate(&of(&gathered.spawns), threshold),
        "spawn.failed" => {
            let spawns = || gathered.spawns.iter().filter(|(key, _)| matches(key, labels)).map(|(_, tally)| tally);
            // What the end of the load cut short did not fail.
            part(facts, threshold, spawns().map(|t| t.failed).sum(), spawns().map(Tally::count).sum())
        }
        "kernel.start.duration" => aggregate(&of(&gathered.kernels), threshold),
        "iteration.duration" => aggregate(&Sample::of(rounds().map(|rounds| &rounds.times)), threshold),
        "iteration.failed" => {
            let of = |count: fn(&Tally) -> u64| rounds().map(|rounds| count(&rounds.times)).sum();
            part(facts, threshold, of(|times| times.failed), of(Tally::count))
        }
        "iteration.dropped" => counted(facts, threshold, rounds().map(|rounds| rounds.dropped).sum()),
        "host.cpu.utilization" => sampled(&machines.host_cpu, threshold),
        "host.memory.used" => sampled(&machines.host_memory, threshold),
        "self.cpu.utilization" => sampled(&machines.self_cpu, threshold),
        "self.resident" => sampled(&machines.self_resident, threshold),
        "self.lateness" => sampled(&machines.lateness, threshold),
        _ => super::own::measure(facts, threshold, labels).unwrap_or_else(|| Figure::none(unit(threshold.unit))),
    }
}

fn sampled(gauge: &Gauge, threshold: &Threshold) -> Figure {
    aggregate(&Sample::of([&gauge.tally]), threshold)
}

pub(super) fn aggregate(sample: &Sample, threshold: &Threshold) -> Figure {
    let unit = unit(threshold.unit);
    match threshold.aggregate {
        Aggregate::Quantile(p) => sample.quantile(p, unit),
        Aggregate::Mean => sample.mean(unit),
        Aggregate::Max => sample.max(unit),
        Aggregate::Min => sample.min(unit),
        Aggregate::Count | Aggregate::Rate | Aggregate::Ratio | Aggregate::Total | Aggregate::Last => {
            Figure::exact(unit, sample.count() as f64, sample.count())
        }
    }
}

fn counted(facts: &Facts<'_>, threshold: &Threshold, count: u64) -> Figure {
    match threshold.aggregate {
        Aggregate::Rate => rate(count, facts.load_s()),
        _ => Figure::exact(Unit::Count, count as f64, count),
    }
}

/// A part of what ended: as a share, as a count, or per second of the load.
pub(super) fn part(facts: &Facts<'_>, threshold: &Threshold, part: u64, ended: u64) -> Figure {
    match threshold.aggregate {
        Aggregate::Count => Figure::exact(Unit::Count, part as f64, ended),
        Aggregate::Rate => Figure { samples: ended, ..rate(part, facts.load_s()) },
        _ => share(part, ended),
    }
}
