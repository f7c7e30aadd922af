//! Iterations of users of the author's own, and the failures that their code met.

use super::{Made, World};
use crate::event::{EventKind, Failure, IterationId, Outcome, UserId};
use crate::plan::{Behaviour, UserFunction};
use crate::report::*;
use std::collections::BTreeSet;

/// The run of a world whose users are the author's own. Without `tasks` they execute no notebook.
pub(super) fn by_own_users(world: &World, tasks: bool) -> Made {
    let mut made = World { own: true, ..world.clone() }.run();
    let behaviour = Behaviour { functions: BTreeSet::from([UserFunction::Iterate]), errors_in_a_row: 10 };
    for user in made.manifest.plan.users.values_mut() {
        user.mix.clear();
        user.behaviour = Some(behaviour.clone());
    }
    if !tasks {
        made.manifest.plan.notebooks.clear();
        made.events.retain(|e| !matches!(e.kind, EventKind::TaskStarted { .. } | EventKind::TaskEnded(_)));
        made.number();
    }
    made
}

fn id(index: u32) -> IterationId {
    IterationId { user: UserId { executor: "agents".into(), index }, n: 1 }
}

const AT: u64 = 100_000_000_000;

fn spawn(made: &mut Made, at: u64, id: &IterationId, failure: &Failure) {
    let (outcome, failure) = (failure.outcome, Some(failure.clone()));
    let event = EventKind::ServerStarted { target: "farm".to_owned(), outcome, took_ns: 1, waited_ns: 0, failure };
    made.push(at, &id.user, event);
}

fn raised(made: &mut Made, at: u64, id: &IterationId, place: &str, failure: &Failure) {
    let call = "user:start_server".to_owned();
    made.push(at, id, EventKind::CallRaised { call, place: place.to_owned(), failure: failure.clone() });
}

fn ended(made: &mut Made, at: u64, id: &IterationId, outcome: Outcome) {
    made.push(at, id, EventKind::IterationEnded { scheduled_ns: AT, started_ns: AT, outcome });
}

fn code_failed(made: &mut Made, at: u64, id: &IterationId, place: &str, failure: &Failure) {
    let message = format!("{place}: user:start_server: {}", failure.message);
    let failure = Failure::new(failure.outcome, message);
    made.push(at, id, EventKind::UserCodeFailed { function: UserFunction::Iterate, failure });
}

/// Stage, outcome, place and count of groups.
fn groups(of: &[ErrorGroup]) -> Vec<(&str, &str, Option<&str>, u64)> {
    let mut rows: Vec<_> =
        of.iter().map(|g| (g.stage.as_str(), g.outcome.as_str(), g.place.as_deref(), g.count)).collect();
    rows.sort_unstable();
    rows
}

fn quiet() -> Made {
    let mut made = by_own_users(&World { failing: 0.0, ..World::default() }, false);
    made.events.retain(|e| !matches!(e.kind, EventKind::CallEnded { .. }));
    made
}

#[test]
fn what_code_catches_is_no_failure_of_the_run_and_what_it_does_not_is_one_with_its_line() {
    let full = Failure::new(Outcome::HubFull, "agent-000: 10 servers are the most");
    let failed = Failure::new(Outcome::SpawnFailed, "no node");
    let mut made = quiet();
    // Caught twice, then the iteration ends well.
    for (n, line) in [(1, 7), (2, 9)] {
        spawn(&mut made, AT + n * 10, &id(0), &full);
        raised(&mut made, AT + n * 10 + 1, &id(0), &format!("s.lua:{line}"), &full);
    }
    ended(&mut made, AT + 50, &id(0), Outcome::Ok);
    // The first of two is caught, the other ends the iteration.
    for n in [1, 2] {
        spawn(&mut made, AT + n * 10, &id(1), &failed);
        raised(&mut made, AT + n * 10 + 1, &id(1), "s.lua:12", &failed);
    }
    code_failed(&mut made, AT + 30, &id(1), "s.lua:12", &failed);
    ended(&mut made, AT + 50, &id(1), Outcome::SpawnFailed);
    // Nobody's code got this one.
    spawn(&mut made, AT + 10, &id(2), &failed);
    ended(&mut made, AT + 50, &id(2), Outcome::Ok);
    // A call that no other event tells of.
    let not_ours = Failure::new(Outcome::NotOurs, "not of this run");
    raised(&mut made, AT + 10, &id(3), "s.lua:20", &not_ours);
    code_failed(&mut made, AT + 11, &id(3), "s.lua:20", &not_ours);
    ended(&mut made, AT + 50, &id(3), Outcome::NotOurs);
    made.number();
    let summary = analyse(&made).unwrap();
    assert_eq!(
        groups(&summary.errors),
        [
            ("spawn", "spawn_failed", None, 1),
            ("spawn", "spawn_failed", Some("s.lua:12"), 1),
            ("user call", "not_ours", Some("s.lua:20"), 1),
        ]
    );
    assert_eq!(
        groups(&summary.caught),
        [
            ("spawn", "hub_full", Some("s.lua:7"), 1),
            ("spawn", "hub_full", Some("s.lua:9"), 1),
            ("spawn", "spawn_failed", Some("s.lua:12"), 1),
        ]
    );
    assert!(summary.verdict.sentences[2].starts_with("The scenario's own code caught 3 failures"));
    for form in [html(&summary), markdown(&summary).replace('\\', ""), text(&summary, Style::default())] {
        assert!(form.contains("s.lua:12") && form.to_lowercase().contains("caught by the scenario"), "{form}");
    }
}

#[test]
fn a_run_whose_failures_were_all_caught_has_none() {
    let full = Failure::new(Outcome::HubFull, "10 servers are the most");
    let mut made = quiet();
    for n in 0..40 {
        spawn(&mut made, AT + n * 10, &id(0), &full);
        raised(&mut made, AT + n * 10 + 1, &id(0), "s.lua:7", &full);
    }
    made.number();
    let summary = analyse(&made).unwrap();
    assert_eq!(groups(&summary.errors), []);
    assert_eq!(groups(&summary.caught), [("spawn", "hub_full", Some("s.lua:7"), 40)], "more than one function holds");
    assert!(summary.verdict.sentences[0].ends_with("and no iteration failed."), "{:?}", summary.verdict.sentences);
    assert!(!summary.verdict.sentences[1].contains("failure"), "{:?}", summary.verdict.sentences);
    assert!(html(&summary).contains("Nothing failed that the scenario did not catch."));
}

#[test]
fn failed_iterations_are_figures_and_can_be_judged() {
    let thresholds = vec![
        "iteration.failed.ratio < 1%",
        "iteration.failed.count > 2",
        "iteration.failed.rate < 1/h",
        "iteration.failed.ratio each executor <= 60%",
        "iteration.failed{executor=nobody}.count <= 0",
        "iteration.duration.p50 < 1h",
        "metric.reward.last < 1",
        "metric.epochs.total > 2",
    ];
    let made = by_own_users(&World { failing: 0.2, thresholds, ..World::default() }, false);
    let summary = analyse(&made).unwrap();
    let outcomes = made.events.iter().filter_map(|event| match &event.kind {
        EventKind::IterationEnded { outcome, .. } => Some(*outcome),
        _ => None,
    });
    let (ok, failed): (Vec<Outcome>, Vec<Outcome>) = outcomes.partition(|outcome| outcome.is_ok());
    let [row] = summary.iterations.as_slice() else { panic!("{:?}", summary.iterations) };
    assert_eq!((row.executor.as_str(), row.user.as_str()), ("agents", "agent"));
    assert_eq!((row.ok, row.failed, row.interrupted), (ok.len() as u64, failed.len() as u64, 0));
    let figure = |key: &str| summary.key_figure(key).and_then(|figure| figure.value);
    assert_eq!(figure("iteration_error_rate"), Some(failed.len() as f64 / (ok.len() + failed.len()) as f64));
    assert_eq!((figure("iterations_ok"), figure("iterations_failed")), (Some(row.ok as f64), Some(row.failed as f64)));
    let rulings: Vec<Ruling> = summary.thresholds.iter().map(|row| row.ruling).collect();
    let (pass, fail) = (Ruling::Pass, Ruling::Fail);
    assert_eq!(rulings, [fail, pass, fail, pass, pass, pass, pass, pass], "{:?}", summary.thresholds);
    assert_eq!(summary.thresholds[3].label.as_deref(), Some("executor=agents"));
}

#[test]
fn iterations_that_the_end_cut_short_are_no_failures() {
    let mut made = quiet();
    let mut cut = 0;
    for event in made.events.iter_mut().rev() {
        if let EventKind::IterationEnded { outcome, .. } = &mut event.kind
            && cut < 8
        {
            (*outcome, cut) = (Outcome::Interrupted, cut + 1);
        }
    }
    let summary = analyse(&made).unwrap();
    assert_eq!((summary.iterations[0].interrupted, summary.iterations[0].failed), (8, 0));
    assert_eq!(summary.key_figure("iteration_error_rate").unwrap().value, Some(0.0));
    assert!(summary.quality.identities.iter().all(|identity| identity.holds), "{:?}", summary.quality.identities);
}

#[test]
fn a_run_without_notebooks_is_about_its_iterations_in_every_form() {
    let summary = analyse(&by_own_users(&World { failing: 0.2, ..World::default() }, false)).unwrap();
    assert!(summary.key_figure("tasks").is_none() && summary.key_figure("error_rate").is_none());
    let sentence = &summary.verdict.sentences[0];
    assert!(sentence.contains("iterations a minute") && !sentence.contains("task"), "{sentence}");
    let completed: u64 = summary.timeline.iterations.iter().flat_map(|work| &work.buckets).map(|b| b.completed).sum();
    let by_interval: u64 = summary.intervals.iter().map(|row| row.work(true).completed).sum();
    assert_eq!((completed, by_interval), (summary.iterations[0].ok, summary.iterations[0].ok));
    assert!(summary.quality.steady.from_s.is_some(), "{:?}", summary.quality.steady);
    let page = html(&summary);
    for words in ["Iterations per minute", "Iteration time", "Steps and metrics over time", "Error rate of iterations"]
    {
        assert!(page.contains(words), "no {words:?} in the page");
    }
    for form in [page, markdown(&summary), text(&summary, Style::default())] {
        for words in ["Task time", "Tasks per minute", "Completion rate", "nothing of its kind happened"] {
            assert!(!form.contains(words), "{words:?} in\n{form}");
        }
    }
    let both = html(&analyse(&by_own_users(&World::default(), true)).unwrap());
    assert!(both.contains("Tasks per minute") && both.contains("Iterations per minute"));
}

#[test]
fn what_never_happened_is_said_instead_of_drawn() {
    let mut made = quiet();
    made.events.retain(|e| !matches!(e.kind, EventKind::IterationStarted { .. } | EventKind::IterationEnded { .. }));
    made.number();
    let page = html(&analyse(&made).unwrap());
    assert!(page.contains("No iteration ended, so there is nothing to draw of them."), "{page}");
    assert!(!page.contains("Iterations per minute over time"));
    let none = html(&analyse(&World::default().run().killed(0.0)).unwrap());
    assert!(none.contains("No notebook was executed to its end") && !none.contains("Nothing failed"));
}
