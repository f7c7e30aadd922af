//! Identities that hold if the bookkeeping is right.

use super::limits;
use crate::report::analyse::Facts;
use crate::report::summary::Identity;

pub(super) fn identities(facts: &Facts<'_>) -> Vec<Identity> {
    let gathered = facts.gathered;
    let (tasks, it) = (&gathered.tasks, &gathered.iterations);
    let (ok, failed) = (it.sum(|rounds| rounds.times.ok), it.sum(|rounds| rounds.times.failed));
    let (interrupted, dropped) = (it.sum(|rounds| rounds.interrupted), it.sum(|rounds| rounds.dropped));
    let finished = gathered.end.is_some() && !gathered.was_resumed();
    let given_up = tasks.all.service.given_up;
    let ended = tasks.all.service.count() + given_up;
    let given_up_too = if given_up > 0 { format!(" + {given_up} given up by their users") } else { String::new() };
    let it_ended = ok + failed + interrupted;
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
                "{} completed + {} failed + {} interrupted{given_up_too} + {} under way at the end",
                tasks.all.service.ok, tasks.all.service.failed, tasks.all.service.interrupted, tasks.censored
            ),
            right: (ended + tasks.censored) as f64,
            holds: tasks.begun == ended + tasks.censored && tasks.unmatched == 0 && (!finished || tasks.censored == 0),
        },
        Identity {
            left_is: "iterations scheduled".to_owned(),
            left: (it.started + dropped) as f64,
            right_is: format!(
                "{ok} completed + {failed} failed + {interrupted} interrupted + {dropped} dropped + {under_way} under way at the end"
            ),
            right: (it_ended + dropped + under_way) as f64,
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
