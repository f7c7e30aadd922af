//! Checks of the machine that hubmark ran on and of hubmark itself.

use super::{Limit, UNKNOWN, check, limits};
use crate::report::analyse::Facts;
use crate::report::gather::Gauge;
use crate::report::summary::{Check, Figure, Finding, Unit};
use crate::report::words::{duration, figure, percent};

/// Least ticks that a machine is judged by.
const TICKS_MIN: u64 = 3;

/// The observed quantile of a gauge; none with too few ticks or in a simulated world, whose machine is not the one that matters.
fn observed(facts: &Facts<'_>, gauge: &Gauge, unit: Unit, of: impl Fn(&[f64]) -> f64) -> Figure {
    let ticks = gauge.tally.ok;
    if facts.manifest.simulated || ticks < TICKS_MIN {
        return Figure { samples: ticks, ..Figure::none(unit) };
    }
    let mut values: Vec<f64> = gauge.tally.values.iter().map(|(_, v)| *v).collect();
    values.sort_by(f64::total_cmp);
    Figure::exact(unit, of(&values), ticks)
}

fn at_share(values: &[f64], p: f64) -> f64 {
    let rank = ((p * values.len() as f64).ceil() as usize).clamp(1, values.len());
    values[rank - 1]
}

fn unknown(facts: &Facts<'_>) -> &'static str {
    if facts.manifest.simulated { "a simulated world is not judged by this machine" } else { UNKNOWN }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn over(figure: &Figure, bound: f64) -> bool {
    figure.value.is_some_and(|value| value > bound)
}

/// The checks, in the order of the reference page.
pub(super) fn checks(facts: &Facts<'_>) -> Vec<Check> {
    vec![lateness(facts), own_cpu(facts), steal(facts), host_cpu(facts), host_memory(facts), missed_ticks(facts)]
}

fn lateness(facts: &Facts<'_>) -> Check {
    let late = observed(facts, &facts.machines.lateness, Unit::Seconds, |values| at_share(values, 0.99));
    let limit = Limit {
        key: "lateness",
        name: "hubmark's lateness",
        limit: format!("p99 at most {}", duration(limits::LATENESS_S)),
        over: Finding::Invalid,
        good: "hubmark kept its schedule",
        unknown: unknown(facts),
        bad: format!("hubmark's own timers were late by {} at p99: its times are not those of the hub", figure(&late)),
    };
    let is_over = over(&late, limits::LATENESS_S);
    check(limit, late, is_over)
}

fn own_cpu(facts: &Facts<'_>) -> Check {
    let own = observed(facts, &facts.machines.self_cpu, Unit::Ratio, |values| at_share(values, 0.9));
    let limit = Limit {
        key: "own_cpu",
        name: "hubmark's processor time",
        limit: format!("p90 at most {} of one", percent(limits::OWN_CPU)),
        over: Finding::Invalid,
        good: "hubmark had processor time to spare",
        unknown: unknown(facts),
        bad: format!(
            "hubmark used {} of one processor for a tenth of the time: it was the bottleneck itself",
            figure(&own)
        ),
    };
    let is_over = over(&own, limits::OWN_CPU);
    check(limit, own, is_over)
}

fn steal(facts: &Facts<'_>) -> Check {
    let steal = observed(facts, &facts.machines.host_steal, Unit::Ratio, mean);
    let limit = Limit {
        key: "steal",
        name: "Stolen processor time",
        limit: format!("mean at most {}", percent(limits::STEAL)),
        over: Finding::Invalid,
        good: "nobody took processor time away",
        unknown: unknown(facts),
        bad: format!("a hypervisor gave {} of this machine's processor time to others", figure(&steal)),
    };
    let is_over = over(&steal, limits::STEAL);
    check(limit, steal, is_over)
}

fn host_cpu(facts: &Facts<'_>) -> Check {
    let busy = observed(facts, &facts.machines.host_cpu, Unit::Ratio, mean);
    let limit = Limit {
        key: "host_cpu",
        name: "Busy processors",
        limit: format!("mean at most {}", percent(limits::HOST_CPU)),
        over: Finding::Warning,
        good: "the machine had processor time to spare",
        unknown: unknown(facts),
        bad: "the machine that hubmark runs on was busy: if the hub runs on it too, its processors limit the load"
            .to_owned(),
    };
    let is_over = over(&busy, limits::HOST_CPU);
    check(limit, busy, is_over)
}

fn host_memory(facts: &Facts<'_>) -> Check {
    let mut memory = observed(facts, &facts.machines.host_memory, Unit::Ratio, |values| at_share(values, 1.0));
    memory.value = memory.value.and_then(|used| facts.machines.host_memory_total.map(|total| used / total));
    let limit = Limit {
        key: "host_memory",
        name: "Memory in use",
        limit: format!("peak at most {}", percent(limits::HOST_MEMORY)),
        over: Finding::Warning,
        good: "the machine had memory to spare",
        unknown: unknown(facts),
        bad: "the machine that hubmark runs on was nearly out of memory".to_owned(),
    };
    let is_over = over(&memory, limits::HOST_MEMORY);
    check(limit, memory, is_over)
}

fn missed_ticks(facts: &Facts<'_>) -> Check {
    let machines = facts.machines;
    let share = machines.missed / (machines.ticks as f64 + machines.missed).max(1.0);
    let missed = match machines.ticks {
        0 => Figure::none(Unit::Ratio),
        _ if facts.manifest.simulated => Figure::none(Unit::Ratio),
        ticks => Figure::exact(Unit::Ratio, share, ticks),
    };
    let (some, many) = limits::MISSED;
    let limit = Limit {
        key: "missed_ticks",
        name: "Missed sampler ticks",
        limit: format!("at most {}; past {} invalid", percent(some), percent(many)),
        over: if over(&missed, many) { Finding::Invalid } else { Finding::Warning },
        good: "the machine was sampled without holes",
        unknown: unknown(facts),
        bad: format!("samplers missed {} of their ticks: the figures of this machine have holes", figure(&missed)),
    };
    let is_over = over(&missed, some);
    check(limit, missed, is_over)
}
