//! The figures that people ask for first.

use super::Facts;
use super::pace::Pace;
use super::sample::{Sample, share};
use crate::report::gather::{Ended, Tally};
use crate::report::summary::{Figure, KeyFigure, Reading, Unit};
use crate::stats::{CONFIDENCE, effective_count, mean_interval};

/// Least number of batches of time that an interval of a rate is made of.
const BATCHES_MIN: usize = 10;

fn key(key: &str, name: &str, about: &str, figure: Figure) -> KeyFigure {
    KeyFigure { key: key.to_owned(), name: name.to_owned(), about: about.to_owned(), figure, of_successes: None }
}

/// A quantile, and beside it that of the successes where something failed.
fn quantile(name: &str, title: &str, about: &str, sample: &Sample, p: f64) -> KeyFigure {
    let of_successes = (sample.above() > 0).then(|| sample.successes().quantile(p, Unit::Seconds));
    KeyFigure { of_successes, ..key(name, title, about, sample.quantile(p, Unit::Seconds)) }
}

/// The table of key figures, in the order of a report. Those of tasks are left out of a run without notebooks, and those of iterations of a
/// run without users of the author's own: they could say nothing.
pub(super) fn key_figures(facts: &Facts<'_>) -> Vec<KeyFigure> {
    let mut figures = Vec::new();
    if facts.has_tasks() {
        figures.extend(of_tasks(facts));
    }
    if facts.has_own_users() {
        figures.extend(of_iterations(facts));
    }
    let spawns = Sample::of(facts.gathered.spawns.values());
    let kernels = Sample::of(facts.gathered.kernels.values());
    figures.push(quantile(
        "spawn_p95",
        "Server start, p95",
        "95th percentile from the request for a server until it is ready",
        &spawns,
        0.95,
    ));
    figures.push(quantile(
        "kernel_start_p50",
        "Kernel start, median",
        "from the request for a kernel until it can execute",
        &kernels,
        0.5,
    ));
    figures.extend(counts(facts));
    figures
}

fn of_tasks(facts: &Facts<'_>) -> [KeyFigure; 5] {
    let tasks = &facts.gathered.tasks.all;
    let service = Sample::of([&tasks.service]);
    let response = Sample::of([&tasks.response]);
    [
        key(
            "completion_rate",
            "Completion rate",
            "tasks that ended with outcome ok per minute of the load",
            completion_rate(facts, &facts.tasks(), facts.load),
        ),
        quantile(
            "task_p50",
            "Task time, median",
            "service time of a task, from its first cell to its end; failed tasks count as above every bound",
            &service,
            0.5,
        ),
        quantile(
            "task_p95",
            "Task time, p95",
            "95th percentile of the service time; failed tasks count as above every bound",
            &service,
            0.95,
        ),
        quantile(
            "response_p95",
            "Response time, p95",
            "95th percentile from the time a task was scheduled to its end: with the wait for its server and kernel",
            &response,
            0.95,
        ),
        key(
            "error_rate",
            if facts.has_own_users() { "Error rate of tasks" } else { "Error rate" },
            "tasks that ended with any outcome but ok, over all that ended",
            share(service.above(), service.count()),
        ),
    ]
}

/// Iterations of users of the author's own. Those that were cut short are in none of these.
fn of_iterations(facts: &Facts<'_>) -> [KeyFigure; 4] {
    let iterations = facts.iterations();
    let times = Sample::of([iterations.times]);
    [
        key(
            "iteration_rate",
            "Iterations completed",
            "iterations of the scenario's own users that ended with outcome ok, per minute of the load",
            completion_rate(facts, &iterations, facts.load),
        ),
        quantile(
            "iteration_p50",
            "Iteration time, median",
            "from an iteration's start to its end, pauses of its code included; failed iterations count as above every bound",
            &times,
            0.5,
        ),
        quantile(
            "iteration_p95",
            "Iteration time, p95",
            "95th percentile of the time of an iteration; failed iterations count as above every bound",
            &times,
            0.95,
        ),
        key(
            "iteration_error_rate",
            "Error rate of iterations",
            "iterations of the scenario's own users that ended with any outcome but ok, over all that nothing cut short",
            share(times.above(), times.count()),
        ),
    ]
}

/// Plain counts.
fn counts(facts: &Facts<'_>) -> Vec<KeyFigure> {
    let gathered = facts.gathered;
    let count = |value: u64| Figure::exact(Unit::Count, value as f64, value);
    let mut rows = vec![key(
        "users_peak",
        "Users at the peak",
        "users at work at one time, the most",
        count(gathered.users.peak()),
    )];
    if facts.has_tasks() {
        rows.push(key("tasks", "Tasks", "tasks that ended", count(gathered.tasks.all.service.count())));
        rows.push(key("cells", "Cells", "code cells that were executed", count(gathered.tasks.cells_executed)));
    }
    rows.push(key(
        "iterations",
        "Iterations",
        "iterations that were begun: a draw from the mix and its task, or a run of `iterate`",
        count(gathered.iterations.started),
    ));
    if facts.has_own_users() {
        let times = facts.iterations().times;
        let about = "iterations of the scenario's own users that ended with outcome ok";
        rows.push(key("iterations_ok", "Iterations ok", about, count(times.ok)));
        let about = "iterations of the scenario's own users that failed";
        rows.push(key("iterations_failed", "Iterations failed", about, count(times.failed)));
    }
    let dropped = gathered.iterations.sum(|rounds| rounds.dropped);
    rows.push(key("dropped", "Dropped iterations", "iterations that could not start at their time", count(dropped)));
    rows
}

/// What was completed per minute between two times, with an interval from the counts of equal batches of time.
pub(super) fn completion_rate(facts: &Facts<'_>, pace: &Pace<'_>, between: Option<(u64, u64)>) -> Figure {
    let Some((from, to)) = between.filter(|(from, to)| to > from) else {
        return Figure::none(Unit::PerMinute);
    };
    let whole = facts.load == between;
    let counts = batches(pace, from, to);
    let per_minute = 60.0 / pace.over_time.width() as f64 * 1e9;
    let minutes = (to - from) as f64 / 60e9;
    let mean = counts.iter().sum::<f64>() / counts.len().max(1) as f64 * per_minute;
    let value = if whole { pace.ok_in_load as f64 / minutes } else { mean };
    let samples = if whole { pace.ok_in_load } else { counts.iter().sum::<f64>() as u64 };
    let figure = Figure { samples, reading: Reading::Measured, value: Some(value), ..Figure::none(Unit::PerMinute) };
    // Nothing at all is no sample of a rate.
    if counts.len() < BATCHES_MIN || samples == 0 {
        return figure;
    }
    match mean_interval(&counts, effective_count(&counts), CONFIDENCE) {
        Some((mean, Some(interval))) => {
            let reach = (interval.high - mean) * per_minute;
            figure.within((value - reach).max(0.0), value + reach)
        }
        _ => figure,
    }
}

/// Completions in each bucket that lies wholly between two times.
pub(super) fn batches(pace: &Pace<'_>, from: u64, to: u64) -> Vec<f64> {
    let buckets = pace.over_time;
    let width = buckets.width();
    let first = from.div_ceil(width) as usize;
    let end = (to / width) as usize;
    let count = |index: usize| buckets.cells().get(index).map_or(0, |ended: &Ended| ended.ok) as f64;
    (first..end).map(count).collect()
}

/// Median of the successes among values that ended in a bucket of time, for each bucket between two times; empty buckets are left out.
pub(super) fn medians(tally: &Tally, width_s: f64, from_s: f64, to_s: f64) -> Vec<f64> {
    let mut medians = Vec::new();
    let mut bucket: Vec<f64> = Vec::new();
    let mut current = 0u64;
    let mut close = |bucket: &mut Vec<f64>| {
        if !bucket.is_empty() {
            bucket.sort_by(f64::total_cmp);
            medians.push(bucket[bucket.len() / 2]);
            bucket.clear();
        }
    };
    for (t, value) in tally.values.iter().filter(|(t, v)| v.is_finite() && *t >= from_s && *t < to_s) {
        let index = ((t - from_s) / width_s) as u64;
        if index != current {
            close(&mut bucket);
            current = index;
        }
        bucket.push(*value);
    }
    close(&mut bucket);
    medians
}
