//! Steps, checks and metrics of users of the author's own.

use super::Facts;
use super::objectives::unit;
use super::sample::{Sample, share};
use crate::plan::threshold::{Aggregate, Threshold, own_name};
use crate::plan::{Instrument, OwnMetric};
use crate::report::gather::{Observed, OwnKey, Rounds, Tally};
use crate::report::summary::{CheckRow, Figure, IterationRow, MetricFigure, MetricRow, Reading, StepRow, Unit};
use std::collections::{BTreeMap, BTreeSet};

fn names<T>(of: &BTreeMap<OwnKey, T>) -> BTreeSet<&str> {
    of.keys().map(|key| key.name.as_str()).collect()
}

fn named<'m, T>(of: &'m BTreeMap<OwnKey, T>, name: &'m str) -> impl Iterator<Item = &'m T> + Clone {
    of.iter().filter(move |(key, _)| key.name == name).map(|(_, value)| value)
}

/// Iterations by executor, of users of the author's own.
pub(super) fn iterations(facts: &Facts<'_>) -> Vec<IterationRow> {
    let iterations = &facts.gathered.iterations;
    let row = |executor: &String| {
        let of_it = BTreeMap::from([("executor".to_owned(), executor.clone())]);
        let rounds = || iterations.of(&of_it);
        let sum = |count: fn(&Rounds) -> u64| rounds().map(count).sum();
        let times = Sample::of(rounds().map(|rounds| &rounds.times));
        let user = facts.manifest.plan.load.get(executor).map(|executor| executor.user.clone());
        IterationRow {
            executor: executor.clone(),
            user: user.unwrap_or_default(),
            ended: sum(Rounds::ended),
            ok: sum(|rounds| rounds.times.ok),
            failed: sum(|rounds| rounds.times.failed),
            interrupted: sum(|rounds| rounds.interrupted),
            dropped: sum(|rounds| rounds.dropped),
            p50: times.quantile(0.5, Unit::Seconds),
            p95: times.quantile(0.95, Unit::Seconds),
            p95_of_successes: times.successes().quantile(0.95, Unit::Seconds),
        }
    };
    iterations.own.iter().map(row).collect()
}

/// Steps by name.
pub(super) fn steps(facts: &Facts<'_>) -> Vec<StepRow> {
    let steps = &facts.gathered.own.steps;
    let row = |name: &str| {
        let tallies = named(steps, name);
        let sample = Sample::of(tallies.clone());
        StepRow {
            name: name.to_owned(),
            ended: sample.count(),
            failed: tallies.clone().map(|tally| tally.failed).sum(),
            interrupted: tallies.clone().map(|tally| tally.interrupted).sum(),
            p50: sample.quantile(0.5, Unit::Seconds),
            p95: sample.quantile(0.95, Unit::Seconds),
            total_s: tallies.map(|tally| tally.total).sum(),
        }
    };
    names(steps).into_iter().map(row).collect()
}

/// Checks by name.
pub(super) fn checks(facts: &Facts<'_>) -> Vec<CheckRow> {
    let checks = &facts.gathered.own.checks;
    let row = |name: &str| {
        let (held, made) = named(checks, name).fold((0, 0), |sum, check| (sum.0 + check.held, sum.1 + check.made));
        CheckRow { name: name.to_owned(), made, failed: made - held, held: share(held, made) }
    };
    names(checks).into_iter().map(row).collect()
}

/// The metrics that the scenario declares, observed or not.
pub(super) fn metrics(facts: &Facts<'_>) -> Vec<MetricRow> {
    let declared = &facts.manifest.plan.metrics;
    let row = |(name, metric): (&String, &OwnMetric)| {
        let seen: Vec<&Observed> = named(&facts.gathered.own.metrics, name).collect();
        MetricRow {
            name: name.clone(),
            kind: metric.kind.name().to_owned(),
            unit: metric.unit.clone(),
            about: metric.about.clone(),
            observed: seen.iter().map(|metric| metric.values.count()).sum(),
            figures: figures(facts, metric, &seen),
        }
    };
    declared.iter().map(row).collect()
}

fn figures(facts: &Facts<'_>, metric: &OwnMetric, seen: &[&Observed]) -> Vec<MetricFigure> {
    let of = unit(metric.value_unit());
    let sample = Sample::of(seen.iter().map(|metric| &metric.values));
    let row = |name: &str, figure: Figure| MetricFigure { name: name.to_owned(), figure };
    match metric.kind {
        Instrument::Counter => {
            let rated = counter(facts, seen, true, Unit::PerSecond);
            vec![row("total", counter(facts, seen, false, of)), row("rate", rated)]
        }
        Instrument::Gauge => {
            vec![
                row("last", last(seen, of)),
                row("mean", sample.mean(of)),
                row("min", sample.min(of)),
                row("max", sample.max(of)),
            ]
        }
        Instrument::Histogram => vec![
            row("p50", sample.quantile(0.5, of)),
            row("p95", sample.quantile(0.95, of)),
            row("mean", sample.mean(of)),
            row("min", sample.min(of)),
            row("max", sample.max(of)),
        ],
    }
}

/// The value that was observed last, whoever observed it.
fn last(seen: &[&Observed], of: Unit) -> Figure {
    let observed = seen.iter().map(|metric| metric.values.count()).sum();
    let last = seen.iter().map(|metric| metric.last).max_by(|a, b| a.0.total_cmp(&b.0));
    last.map_or(Figure::none(of), |(_, value)| Figure::exact(of, value, observed))
}

/// The sum of what was counted, or that per second of the load.
fn counter(facts: &Facts<'_>, seen: &[&Observed], rate: bool, of: Unit) -> Figure {
    let observed = seen.iter().map(|metric| metric.values.count()).sum();
    let total: f64 = seen.iter().map(|metric| metric.values.ok_total).sum();
    match (rate, facts.load_s()) {
        _ if observed == 0 && seen.is_empty() && facts.load.is_none() => Figure::none(of),
        (false, _) => Figure::exact(of, total, observed),
        (true, Some(load_s)) => Figure::exact(of, total / load_s, observed),
        (true, None) => Figure::none(of),
    }
}

/// Values that a threshold's labels select.
fn selected<'m, T>(of: &'m BTreeMap<OwnKey, T>, labels: &'m BTreeMap<String, String>) -> impl Iterator<Item = &'m T> {
    let fits = |key: &OwnKey| labels.iter().all(|(name, value)| key.label(name) == Some(value));
    of.iter().filter(move |(key, _)| fits(key)).map(|(_, value)| value)
}

/// The figure of a threshold on a metric of this module; `None` for the others.
pub(super) fn measure(facts: &Facts<'_>, threshold: &Threshold, labels: &BTreeMap<String, String>) -> Option<Figure> {
    let own = &facts.gathered.own;
    let steps = || selected(&own.steps, labels);
    let as_counted = |part: u64, of: u64| super::objectives::part(facts, threshold, part, of);
    match threshold.metric.as_str() {
        "step.duration" => Some(super::objectives::aggregate(&Sample::of(steps()), threshold)),
        "step.failed" => {
            let ended = steps().map(Tally::count).sum();
            Some(as_counted(ended - steps().map(|tally| tally.ok).sum::<u64>(), ended))
        }
        "check.ok" => {
            let sum = selected(&own.checks, labels).fold((0, 0), |sum, c| (sum.0 + c.held, sum.1 + c.made));
            Some(as_counted(sum.0, sum.1))
        }
        other => own_name(other).map(|name| {
            let key = |(key, _): &(&OwnKey, &Observed)| {
                key.name == name && labels.iter().all(|(label, value)| key.label(label) == Some(value))
            };
            let seen: Vec<&Observed> = own.metrics.iter().filter(key).map(|(_, metric)| metric).collect();
            own_metric(facts, name, &seen, threshold)
        }),
    }
}

fn own_metric(facts: &Facts<'_>, name: &str, seen: &[&Observed], threshold: &Threshold) -> Figure {
    let of = unit(threshold.unit);
    let counts = facts.manifest.plan.metrics.get(name).is_some_and(|metric| metric.kind == Instrument::Counter);
    match threshold.aggregate {
        Aggregate::Rate => counter(facts, seen, true, of),
        Aggregate::Count if counts => counter(facts, seen, false, of),
        Aggregate::Total => counter(facts, seen, false, of),
        Aggregate::Last => last(seen, of),
        _ => {
            let figure = super::objectives::aggregate(&Sample::of(seen.iter().map(|m| &m.values)), threshold);
            // Counting nothing is a count; no value of a sample is no figure.
            match figure.reading {
                Reading::Measured if figure.samples == 0 && threshold.aggregate != Aggregate::Count => Figure::none(of),
                _ => figure,
            }
        }
    }
}
