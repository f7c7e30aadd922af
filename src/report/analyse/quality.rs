//! Whether the measurement can be trusted. `docs/reference/validity.md` lists these checks with their reasons.

use super::Facts;
use super::figures::{batches, completion_rate, medians};
use crate::plan::ExecutorKind;
use crate::report::gather::{Gauge, seconds};
use crate::report::summary::{Check, Figure, Finding, Identity, Quality, SteadyState, Unit};
use crate::report::words;
use crate::stats::{Steady, jain_index, mser5};

/// Least ticks that a machine is judged by.
const TICKS_MIN: u64 = 3;

/// Limits of the checks. The reference page quotes them.
pub(in crate::report) mod limits {
    /// Greatest 99th percentile of hubmark's own lateness, seconds.
    pub(in crate::report) const LATENESS_S: f64 = 0.1;
    /// Greatest 90th percentile of hubmark's own share of one processor.
    pub(in crate::report) const OWN_CPU: f64 = 0.8;
    /// Greatest mean share of processor time that a hypervisor gave to others.
    pub(in crate::report) const STEAL: f64 = 0.05;
    /// Mean share of busy processors past which the machine is named as a limit.
    pub(in crate::report) const HOST_CPU: f64 = 0.9;
    /// Share of memory in use past which the machine is named as a limit.
    pub(in crate::report) const HOST_MEMORY: f64 = 0.95;
    /// Shares of missed sampler ticks: worth knowing, and too many.
    pub(in crate::report) const MISSED: (f64, f64) = (0.05, 0.2);
    /// Greatest share of the load for which the machine was suspended.
    pub(in crate::report) const GAPS: f64 = 0.01;
    /// Greatest relative difference of the two sides of Little's law.
    pub(in crate::report) const LITTLE: f64 = 0.01;
    /// Seconds for each task that its events may be stamped after what they tell of.
    pub(in crate::report) const STAMP_S: f64 = 0.005;
}

/// The section, and why the run is invalid.
pub(super) fn quality(facts: &Facts<'_>) -> (Quality, Vec<String>) {
    let gathered = facts.gathered;
    let identities = identities(facts);
    let mut checks = machine_checks(facts);
    checks.extend(record_checks(facts, &identities));
    let invalid = checks.iter().filter(|c| c.finding == Finding::Invalid).map(|c| c.says.clone()).collect();
    let quality = Quality {
        checks,
        identities,
        steady: steady(facts),
        evenness: evenness(facts),
        censored_tasks: gathered.tasks.censored,
        degraded: gathered.degraded.iter().map(|(name, count)| (name.clone(), *count)).collect(),
        left_behind: gathered.end.as_ref().map_or(0, |end| end.left_behind),
    };
    (quality, invalid)
}

/// One check of a value against a limit, by hand of what it says when it is over.
struct Limit<'l> {
    key: &'l str,
    name: &'l str,
    limit: String,
    over: Finding,
    good: &'l str,
    bad: String,
}

fn check(limit: Limit<'_>, measured: Figure, is_over: bool) -> Check {
    let (finding, says) = match measured.value {
        None => (Finding::Unknown, "nothing was recorded to tell".to_owned()),
        Some(_) if is_over => (limit.over, limit.bad),
        Some(_) => (Finding::Good, limit.good.to_owned()),
    };
    Check { key: limit.key.to_owned(), name: limit.name.to_owned(), measured, limit: limit.limit, finding, says }
}

/// The observed quantile of a gauge; none with too few ticks or in a simulated world, whose machine is not the one that matters.
fn observed(facts: &Facts<'_>, gauge: &Gauge, unit: Unit, of: impl Fn(&mut Vec<f64>) -> f64) -> Figure {
    let ticks = gauge.tally.ok;
    if facts.manifest.simulated || ticks < TICKS_MIN {
        return Figure { samples: ticks, ..Figure::none(unit) };
    }
    let mut values: Vec<f64> = gauge.tally.values.iter().map(|(_, v)| *v).collect();
    values.sort_by(f64::total_cmp);
    Figure::exact(unit, of(&mut values), ticks)
}

fn at_share(values: &[f64], p: f64) -> f64 {
    let rank = ((p * values.len() as f64).ceil() as usize).clamp(1, values.len());
    values[rank - 1]
}

fn over(figure: &Figure, bound: f64) -> bool {
    figure.value.is_some_and(|value| value > bound)
}

fn machine_checks(facts: &Facts<'_>) -> Vec<Check> {
    let machines = facts.machines;
    let mean = |values: &mut Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let late = observed(facts, &machines.lateness, Unit::Seconds, |values| at_share(values, 0.99));
    let own = observed(facts, &machines.self_cpu, Unit::Ratio, |values| at_share(values, 0.9));
    let steal = observed(facts, &machines.host_steal, Unit::Ratio, mean);
    let busy = observed(facts, &machines.host_cpu, Unit::Ratio, mean);
    let mut memory = observed(facts, &machines.host_memory, Unit::Ratio, |values| at_share(values, 1.0));
    memory.value = memory.value.and_then(|used| machines.host_memory_total.map(|total| used / total));
    let ticks = machines.ticks as f64;
    let share = machines.missed / (ticks + machines.missed).max(1.0);
    let missed = match machines.ticks {
        0 => Figure::none(Unit::Ratio),
        _ if facts.manifest.simulated => Figure::none(Unit::Ratio),
        ticks => Figure::exact(Unit::Ratio, share, ticks),
    };
    let is = |figure: &Figure| words::figure(figure);
    let say = |key, name, limit: String, over, good, bad: String| Limit { key, name, limit, over, good, bad };
    let p = words::percent;
    vec![
        {
            let bad =
                format!("hubmark's own timers were late by {} at p99: its times are not those of the hub", is(&late));
            let limit = format!("p99 at most {}", words::duration(limits::LATENESS_S));
            let good = "hubmark kept its schedule";
            check(
                say("lateness", "hubmark's lateness", limit, Finding::Invalid, good, bad),
                late.clone(),
                over(&late, limits::LATENESS_S),
            )
        },
        {
            let bad = format!(
                "hubmark used {} of one processor for a tenth of the time: it was the bottleneck itself",
                is(&own)
            );
            let limit = format!("p90 at most {} of one", p(limits::OWN_CPU));
            let good = "hubmark had processor time to spare";
            check(
                say("own_cpu", "hubmark's processor time", limit, Finding::Invalid, good, bad),
                own.clone(),
                over(&own, limits::OWN_CPU),
            )
        },
        {
            let bad = format!("a hypervisor gave {} of this machine's processor time to others", is(&steal));
            let limit = format!("mean at most {}", p(limits::STEAL));
            let good = "nobody took processor time away";
            check(
                say("steal", "Stolen processor time", limit, Finding::Invalid, good, bad),
                steal.clone(),
                over(&steal, limits::STEAL),
            )
        },
        {
            let bad =
                "the machine that hubmark runs on was busy: if the hub runs on it too, its processors limit the load"
                    .to_owned();
            let limit = format!("mean at most {}", p(limits::HOST_CPU));
            let good = "the machine had processor time to spare";
            check(
                say("host_cpu", "Busy processors", limit, Finding::Warning, good, bad),
                busy.clone(),
                over(&busy, limits::HOST_CPU),
            )
        },
        {
            let bad = "the machine that hubmark runs on was nearly out of memory".to_owned();
            let limit = format!("peak at most {}", p(limits::HOST_MEMORY));
            let good = "the machine had memory to spare";
            check(
                say("host_memory", "Memory in use", limit, Finding::Warning, good, bad),
                memory.clone(),
                over(&memory, limits::HOST_MEMORY),
            )
        },
        {
            let worst = if over(&missed, limits::MISSED.1) { Finding::Invalid } else { Finding::Warning };
            let bad = format!("samplers missed {} of their ticks: the figures of this machine have holes", is(&missed));
            let limit = format!("at most {}; past {} invalid", p(limits::MISSED.0), p(limits::MISSED.1));
            let good = "the machine was sampled without holes";
            check(
                say("missed_ticks", "Missed sampler ticks", limit, worst, good, bad),
                missed.clone(),
                over(&missed, limits::MISSED.0),
            )
        },
    ]
}

fn record_checks(facts: &Facts<'_>, identities: &[Identity]) -> Vec<Check> {
    let gathered = facts.gathered;
    let count = |value: u64| Figure::exact(Unit::Count, value as f64, value);
    let load_s = facts.load_s();
    let gap_share = seconds(gathered.gaps_ns) / load_s.unwrap_or(f64::INFINITY);
    let gaps = Figure::exact(Unit::Seconds, seconds(gathered.gaps_ns), 0);
    let gap_finding = if gap_share > limits::GAPS { Finding::Invalid } else { Finding::Warning };
    let dropped = gathered.iterations.dropped;
    let broken: Vec<&str> = identities.iter().filter(|i| !i.holds).map(|i| i.left_is.as_str()).collect();
    let left = gathered.end.as_ref().map_or(0, |end| end.left_behind);
    let say =
        |key, name, limit: &str, over, good, bad: String| Limit { key, name, limit: limit.to_owned(), over, good, bad };
    let lasted = words::duration(seconds(gathered.gaps_ns));
    let gap_limit = format!("none; past {} of the load invalid", words::percent(limits::GAPS));
    vec![
        check(
            say(
                "load",
                "Length of the load",
                "above 0",
                Finding::Invalid,
                "users worked",
                "the run never got to its load".to_owned(),
            ),
            Figure::exact(Unit::Seconds, load_s.unwrap_or(0.0), 1),
            load_s.is_none(),
        ),
        check(
            say(
                "gaps",
                "Suspended",
                &gap_limit,
                gap_finding,
                "the machine was awake all the time",
                format!("the machine was suspended for {lasted}: tasks of that time have wrong times"),
            ),
            gaps,
            gathered.gaps_ns > 0,
        ),
        check(
            say(
                "dropped",
                "Dropped iterations",
                "none",
                Finding::Warning,
                "every iteration started at its time",
                format!(
                    "{} could not start at their time: the load was lighter than the plan",
                    words::counted(dropped, "iteration")
                ),
            ),
            count(dropped),
            dropped > 0,
        ),
        check(
            say(
                "missing_events",
                "Missing events",
                "none",
                Finding::Invalid,
                "the record has every event",
                format!("{} are missing in the record", words::counted(gathered.missing, "event")),
            ),
            count(gathered.missing),
            gathered.missing > 0,
        ),
        check(
            say(
                "accounting",
                "Bookkeeping",
                "every identity holds",
                Finding::Invalid,
                "what began is what ended, and times add up",
                format!("the bookkeeping does not add up: {}", broken.join("; ")),
            ),
            count(broken.len() as u64),
            !broken.is_empty(),
        ),
        check(
            say(
                "left_behind",
                "Left on hubs",
                "nothing",
                Finding::Warning,
                "everything that hubmark made was taken away",
                format!(
                    "{} could not be taken away: `hubmark clean` finishes that",
                    words::counted(u64::from(left), "thing")
                ),
            ),
            count(u64::from(left)),
            left > 0,
        ),
    ]
}

fn identities(facts: &Facts<'_>) -> Vec<Identity> {
    let gathered = facts.gathered;
    let (tasks, it) = (&gathered.tasks, gathered.iterations);
    let finished = gathered.end.is_some() && !gathered.was_resumed();
    let ended = tasks.all.service.count();
    let it_ended = it.ok + it.failed + it.interrupted;
    let under_way = it.started.saturating_sub(it_ended);
    let (by_events, by_tasks) = tasks.little();
    let load_ns = facts.load.map_or(0.0, |(from, to)| (to - from) as f64);
    let (left, right) = (by_events / load_ns.max(1.0), by_tasks / load_ns.max(1.0));
    let slack = limits::LITTLE * left.max(right) + limits::STAMP_S * 1e9 * tasks.begun as f64 / load_ns.max(1.0);
    vec![
        Identity {
            left_is: "tasks begun".to_owned(),
            left: tasks.begun as f64,
            right_is: format!(
                "{} completed + {} failed + {} interrupted + {} under way at the end",
                tasks.all.service.ok, tasks.all.service.failed, tasks.all.service.interrupted, tasks.censored
            ),
            right: (ended + tasks.censored) as f64,
            holds: tasks.begun == ended + tasks.censored && tasks.unmatched == 0 && (!finished || tasks.censored == 0),
        },
        Identity {
            left_is: "iterations scheduled".to_owned(),
            left: (it.started + it.dropped) as f64,
            right_is: format!(
                "{} completed + {} failed + {} interrupted + {} dropped + {under_way} under way at the end",
                it.ok, it.failed, it.interrupted, it.dropped
            ),
            right: (it_ended + it.dropped + under_way) as f64,
            holds: it.started >= it_ended && (!finished || under_way == 0),
        },
        Identity {
            left_is: "tasks under way in the mean, by begins and ends".to_owned(),
            left,
            right_is: "throughput × mean time of a task, partial times included (Little's law)".to_owned(),
            right,
            holds: (left - right).abs() <= slack,
        },
    ]
}

/// Where throughput and task time had settled: the later of two MSER-5 cuts.
fn steady(facts: &Facts<'_>) -> SteadyState {
    let none = |says: &str| SteadyState {
        from_s: None,
        says: says.to_owned(),
        completion_rate: Figure::none(Unit::PerMinute),
    };
    let Some((from, to)) = facts.load else {
        return none("there was no load");
    };
    let counts = batches(facts, from, to);
    // Bins of at least a few tasks: single tasks in short bins are noise that hides a ramp.
    let bins = (facts.gathered.tasks.all.ok_in_load as usize / 4).clamp(1, 200);
    let chunk = counts.len().div_ceil(bins).max(1);
    let joined: Vec<f64> = counts.chunks_exact(chunk).map(|some| some.iter().sum()).collect();
    let bin_s = seconds(facts.gathered.tasks.over_time.width()) * chunk as f64;
    let (from_s, to_s) = (seconds(from), seconds(to));
    let middles = medians(&facts.gathered.tasks.all.service, bin_s, from_s, to_s);
    let cut = match (mser5(&joined), mser5(&middles)) {
        (Steady::From(a), Steady::From(b)) => a.max(b) as f64 * bin_s,
        (Steady::TooFew, _) | (_, Steady::TooFew) => return none("too few tasks to say"),
        _ => return none("not steady: throughput or task time kept changing"),
    };
    let start = from_s + cut;
    let says = if cut < bin_s {
        "steady from the start of the load".to_owned()
    } else {
        format!("steady from {} into the load on", words::lasting(cut))
    };
    let rate = completion_rate(facts, Some(((start * 1e9) as u64, to)));
    SteadyState { from_s: Some(start), says, completion_rate: rate }
}

/// Jain's index over the users of each executor with a constant number of them; the least.
fn evenness(facts: &Facts<'_>) -> Figure {
    let mut least: Option<(f64, u64)> = None;
    for (key, executor) in &facts.manifest.plan.load {
        if !matches!(executor.kind, ExecutorKind::ConstantUsers { .. }) {
            continue;
        }
        let mut counts: Vec<f64> = vec![0.0; executor.users_max() as usize];
        for ((who, index), completed) in &facts.gathered.tasks.per_user {
            if **who == **key
                && let Some(slot) = counts.get_mut(*index as usize)
            {
                *slot = *completed as f64;
            }
        }
        if let Some(index) = jain_index(&counts).filter(|_| counts.len() > 1)
            && least.is_none_or(|(known, _)| index < known)
        {
            least = Some((index, counts.len() as u64));
        }
    }
    least.map_or_else(|| Figure::none(Unit::Count), |(index, users)| Figure::exact(Unit::Count, index, users))
}
