//! Objectives that are judged while a run goes on: they end it, or let nobody in.

use crate::checks::check;
use crate::farm::{constant, farm, on_farm};
use crate::world::{Beside, Ended, executor, plan, seconds, simulate};
use hubmark::event::{EventKind, KernelHome, Outcome, ThresholdRecord, ThresholdState};
use hubmark::plan::threshold::{Action, Threshold, parse};
use hubmark::plan::{ExecutorKind, Plan, validate};
use hubmark::sim::Faults;

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

#[test]
fn the_node_that_is_worst_is_named() {
    let plan = with(on_farm(farm(6), constant(6, false)), "spawn.failed.ratio each node < 1% over 10s", None);
    let mut nodes = 0;
    for seed in 0..10 {
        let faults = Faults { spawn_failed: 0.2, ..Faults::default() };
        let ended = simulate(&plan, seed, &Beside { faults, ..Beside::default() });
        let broken: Vec<ThresholdRecord> = judged(&ended).into_iter().map(|(_, record)| record).collect();
        for record in broken.iter().filter(|record| record.state == ThresholdState::Broken) {
            let label = record.label.as_deref().unwrap();
            let index: u32 = label.strip_prefix("node=ms-").unwrap().parse().unwrap();
            let fails = |event: &&hubmark::event::Event| {
                event.ids.user == Some(index - 1)
                    && matches!(event.kind, EventKind::ServerStarted { outcome: Outcome::SpawnFailed, .. })
            };
            assert!(ended.events.iter().any(|event| fails(&event)), "seed {seed}: {label}");
            nodes += 1;
        }
    }
    assert!(nodes > 3, "{nodes}");
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
