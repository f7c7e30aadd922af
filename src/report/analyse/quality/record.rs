//! Checks of the record itself.

use super::{Limit, UNKNOWN, check, limits};
use crate::report::analyse::Facts;
use crate::report::gather::seconds;
use crate::report::summary::{Check, Figure, Finding, Identity, Unit};
use crate::report::words::{counted, duration, percent};

/// The checks, in the order of the reference page.
pub(super) fn checks(facts: &Facts<'_>, identities: &[Identity]) -> Vec<Check> {
    vec![
        load(facts),
        gaps(facts),
        dropped(facts),
        paused(facts),
        missing_events(facts),
        accounting(identities),
        left_behind(facts),
    ]
}

fn count(value: u64) -> Figure {
    Figure::exact(Unit::Count, value as f64, value)
}

fn load(facts: &Facts<'_>) -> Check {
    let limit = Limit {
        key: "load",
        name: "Length of the load",
        limit: "above 0".to_owned(),
        over: Finding::Invalid,
        good: "users worked",
        unknown: UNKNOWN,
        bad: "the run never got to its load".to_owned(),
    };
    let load_s = facts.load_s();
    check(limit, Figure::exact(Unit::Seconds, load_s.unwrap_or(0.0), 1), load_s.is_none())
}

fn gaps(facts: &Facts<'_>) -> Check {
    let lasted_s = seconds(facts.gathered.gaps_ns);
    let share = lasted_s / facts.load_s().unwrap_or(f64::INFINITY);
    let limit = Limit {
        key: "gaps",
        name: "Suspended",
        limit: format!("none; past {} of the load invalid", percent(limits::GAPS)),
        over: if share > limits::GAPS { Finding::Invalid } else { Finding::Warning },
        good: "the machine was awake all the time",
        unknown: UNKNOWN,
        bad: format!("the machine was suspended for {}: tasks of that time have wrong times", duration(lasted_s)),
    };
    check(limit, Figure::exact(Unit::Seconds, lasted_s, 0), lasted_s > 0.0)
}

fn dropped(facts: &Facts<'_>) -> Check {
    let dropped = facts.gathered.iterations.sum(|rounds| rounds.dropped);
    let limit = Limit {
        key: "dropped",
        name: "Dropped iterations",
        limit: "none".to_owned(),
        over: Finding::Warning,
        good: "every iteration started at its time",
        unknown: UNKNOWN,
        bad: format!(
            "{} could not start at their time: the load was lighter than the plan",
            counted(dropped, "iteration")
        ),
    };
    check(limit, count(dropped), dropped > 0)
}

/// Users that begin no more iterations leave a hub idle, and an idle hub looks healthy.
fn paused(facts: &Facts<'_>) -> Check {
    let paused = &facts.gathered.troubles.paused;
    let first = paused.first().map(|(t_ns, text)| {
        let load_ns = facts.load.map_or(0, |(from, _)| from);
        format!("after {} of load {text}", duration(seconds(t_ns.saturating_sub(load_ns))))
    });
    let more = match paused.len() {
        0 | 1 => String::new(),
        all => format!("; {} more followed", all - 1),
    };
    let limit = Limit {
        key: "paused",
        name: "Paused executors",
        limit: "none".to_owned(),
        over: Finding::Invalid,
        good: "no executor gave up",
        unknown: UNKNOWN,
        bad: format!("{}{more}", first.unwrap_or_default()),
    };
    check(limit, count(paused.len() as u64), !paused.is_empty())
}

fn missing_events(facts: &Facts<'_>) -> Check {
    let missing = facts.gathered.missing;
    let limit = Limit {
        key: "missing_events",
        name: "Missing events",
        limit: "none".to_owned(),
        over: Finding::Invalid,
        good: "the record has every event",
        unknown: UNKNOWN,
        bad: format!("the record lacks {}", counted(missing, "event")),
    };
    check(limit, count(missing), missing > 0)
}

fn accounting(identities: &[Identity]) -> Check {
    let broken: Vec<&str> = identities.iter().filter(|i| !i.holds).map(|i| i.left_is.as_str()).collect();
    let limit = Limit {
        key: "accounting",
        name: "Bookkeeping",
        limit: "every identity holds".to_owned(),
        over: Finding::Invalid,
        good: "what began is what ended, and times add up",
        unknown: UNKNOWN,
        bad: format!("the bookkeeping does not add up: {}", broken.join("; ")),
    };
    check(limit, count(broken.len() as u64), !broken.is_empty())
}

fn left_behind(facts: &Facts<'_>) -> Check {
    let left = facts.gathered.end.as_ref().map_or(0, |end| u64::from(end.left_behind));
    let limit = Limit {
        key: "left_behind",
        name: "Left on hubs",
        limit: "nothing".to_owned(),
        over: Finding::Warning,
        good: "everything that hubmark made was taken away",
        unknown: UNKNOWN,
        bad: format!("{} could not be taken away: `hubmark clean` finishes that", counted(left, "thing")),
    };
    check(limit, count(left), left > 0)
}
