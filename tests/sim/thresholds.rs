//! Objectives that are judged while a run goes on: they end it, or let nobody in.

use crate::checks::check;
use crate::farm::{constant, farm, on_farm};
use crate::world::{Beside, Ended, executor, plan, seconds, simulate};
use hubmark::event::{EventKind, Outcome, ThresholdRecord, ThresholdState};
use hubmark::plan::threshold::{Action, Threshold, parse};
use hubmark::plan::{ExecutorKind, Plan, validate};
use hubmark::sim::Faults;
use std::collections::BTreeMap;

/// A plan with one objective more.
fn with(mut plan: Plan, text: &str, action: Option<Action>) -> Plan {
    plan.thresholds.push(Threshold { action, ..parse(text).unwrap() });
    assert_eq!(validate(&plan), []);
    plan
}

/// How objectives came to stand, and when.
fn judged(ended: &Ended) -> Vec<(u64, ThresholdRecord)> {
    let records = ended.events.iter().filter_map(|event| match &event.kind {
        EventKind::ThresholdJudged(record) => Some((event.t_ns, (**record).clone())),
        _ => None,
    });
    records.collect()
}

fn failing(cell_error: f64) -> Beside {
    Beside { faults: Faults { cell_error, ..Faults::default() }, ..Beside::default() }
}

#[test]
fn a_broken_objective_ends_the_run_in_order_at_the_same_time_every_time() {
    let plan = with(plan(constant(30, false)), "task.failed.ratio < 10%", Some(Action::Abort));
    let ended = simulate(&plan, 7, &failing(0.5));
    check(&ended);
    assert_eq!(ended.end.aborted.as_deref(), Some("task.failed.ratio < 10%"));
    assert_eq!(ended.end.interrupted, None);
    let judged_once = judged(&ended);
    let (at_ns, last) = judged_once.last().unwrap();
    assert_eq!((last.state, last.action, last.broken_windows), (ThresholdState::Broken, Some(Action::Abort), 3));
    let load_ns = ended.events.iter().find(
        |event| matches!(&event.kind, EventKind::PhaseEntered { phase } if *phase == hubmark::event::Phase::Load),
    );
    assert_eq!(at_ns - load_ns.unwrap().t_ns, 180_000_000_000, "at the end of the third window");
    let began_later = ended.events.iter().filter(|event| event.t_ns > *at_ns);
    let began_later = began_later.filter(|event| matches!(event.kind, EventKind::IterationStarted { .. }));
    assert_eq!(began_later.count(), 0);
    let stopped = ended.events.iter().find_map(|event| match &event.kind {
        EventKind::StopRequested { reason, hard: false } => Some(reason.clone()),
        _ => None,
    });
    assert!(stopped.unwrap().contains("in 3 windows in a row; the run ends"));
    assert!(matches!(
        &ended.events.last().unwrap().kind,
        EventKind::RunEnded { aborted: Some(_), interrupted: false, .. }
    ));
    for _ in 0..3 {
        assert_eq!(simulate(&plan, 7, &failing(0.5)).events, ended.events);
    }
}

#[test]
fn a_run_that_meets_its_objectives_is_not_ended_whatever_the_seed() {
    let plan = with(plan(constant(10, false)), "task.failed.ratio < 30%", Some(Action::Abort));
    for seed in 0..20 {
        let ended = simulate(&plan, seed, &failing(0.01));
        check(&ended);
        assert_eq!(ended.end.aborted, None, "seed {seed}");
    }
}

#[test]
fn before_its_time_an_objective_ends_nothing() {
    let mut plan = with(plan(constant(30, false)), "task.failed.ratio < 10%", Some(Action::Abort));
    plan.thresholds[0].after = seconds(240);
    let judged = judged(&simulate(&plan, 7, &failing(0.5)));
    assert_eq!(judged.first().map(|(t_ns, _)| t_ns / 60_000_000_000), Some(5), "a window after four minutes of load");
}

/// Failed tasks and all, by user, of a minute.
fn tasks_of(ended: &Ended, from_ns: u64, to_ns: u64) -> BTreeMap<u32, (u32, u32)> {
    let mut tasks: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
    for event in ended.events.iter().filter(|event| (from_ns..to_ns).contains(&event.t_ns)) {
        if let EventKind::TaskEnded(task) = &event.kind {
            let (failed, all) = tasks.entry(event.ids.user.unwrap()).or_default();
            *failed += u32::from(task.outcome != Outcome::Ok);
            *all += 1;
        }
    }
    tasks
}

#[test]
fn the_node_that_is_worst_is_named() {
    let plan = with(on_farm(farm(6), constant(6, false)), "task.failed.ratio each node < 40%", None);
    let mut named = 0;
    for seed in 0..10 {
        let ended = simulate(&plan, seed, &failing(0.1));
        for (t_ns, record) in judged(&ended).iter().filter(|(_, record)| record.state == ThresholdState::Broken) {
            let tasks = tasks_of(&ended, t_ns - 60_000_000_000, *t_ns);
            let share = |(failed, all): &(u32, u32)| f64::from(*failed) / f64::from(*all);
            let worst = tasks.values().map(share).fold(0.0, f64::max);
            let label = record.label.as_deref().unwrap();
            let user: u32 = label.strip_prefix("node=ms-").unwrap().parse().unwrap();
            assert_eq!((share(&tasks[&(user - 1)]), record.value), (worst, Some(worst)), "seed {seed}: {label}");
            named += 1;
        }
    }
    assert!(named > 10, "{named}");
}

#[test]
fn while_an_objective_that_holds_is_broken_no_user_comes() {
    let stages = ExecutorKind::RampingUsers {
        from: 4,
        stages: vec![hubmark::plan::Stage { duration: seconds(1800), users: 30 }],
    };
    let plan = with(plan(stages), "task.failed.ratio < 30%", Some(Action::Hold));
    let (mut held, mut let_in_again) = (0, 0);
    for seed in 0..10 {
        let ended = simulate(&plan, seed, &failing(0.16));
        check(&ended);
        let mut broken = false;
        for event in &ended.events {
            match &event.kind {
                EventKind::ThresholdJudged(record) => {
                    broken = record.state == ThresholdState::Broken;
                    assert_eq!(record.action, broken.then_some(Action::Hold));
                    held += u32::from(broken);
                    let_in_again += u32::from(!broken);
                }
                EventKind::UserStarted { .. } => assert!(!broken, "seed {seed}: {event:?}"),
                EventKind::PhaseEntered { .. } => broken = false,
                _ => {}
            }
        }
    }
    assert!(held > 10 && let_in_again > 10, "{held}, {let_in_again}");
}

#[test]
fn a_user_that_is_held_until_its_time_is_over_does_not_come_and_does_not_hold_up_the_end() {
    let mut plan = plan(constant(2, false));
    let late = ExecutorKind::ConstantUsers { users: 2, duration: seconds(120), together: false };
    let mut late = executor(late);
    late.start = seconds(240);
    plan.load.insert("late".to_owned(), late);
    let plan = with(plan, "task.duration.p50 < 1s", Some(Action::Hold));
    let ended = simulate(&plan, 3, &Beside::default());
    check(&ended);
    let came = |key: &str| {
        let of = |event: &&hubmark::event::Event| event.ids.executor.as_deref() == Some(key);
        ended.events.iter().filter(of).filter(|event| matches!(event.kind, EventKind::UserStarted { .. })).count()
    };
    assert_eq!((came("agents"), came("late")), (2, 0));
    let last_ns = ended.events.last().unwrap().t_ns;
    assert!(last_ns < 700_000_000_000, "{last_ns}");
}
