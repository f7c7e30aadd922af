//! What people do beside executing notebooks: what is counted, what is left on the hub meanwhile, and that nothing is left in the end.

use crate::checks::{check, outcomes};
use crate::world::{Beside, Ended, plan, simulate};
use hubmark::engine::StopLevel;
use hubmark::event::{Event, EventKind, LeaseKind, Outcome};
use hubmark::plan::{Distribution, ExecutorKind, Habit, Habits, Plan, Stage};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const IDLE: Duration = Duration::from_secs(90);

fn with(load: ExecutorKind, habits: &[(Habit, f64)]) -> Plan {
    let mut plan = plan(load);
    let agent = plan.users.get_mut("agent").unwrap();
    let idle_time = Distribution::Constant { value: IDLE };
    agent.habits = Habits { shares: habits.iter().copied().collect(), idle_time };
    plan
}

fn rounds(users: u32, iterations: u32) -> ExecutorKind {
    ExecutorKind::PerUserIterations { users, iterations, at_most: None }
}

fn played(load: ExecutorKind, habits: &[(Habit, f64)]) -> Ended {
    let ended = simulate(&with(load, habits), 1, &Beside::default());
    check(&ended);
    ended
}

/// Steps of a habit: the event, how it ended, how long it took.
fn steps(ended: &Ended, habit: Habit) -> Vec<(&Event, Outcome, Duration)> {
    let mut found = Vec::new();
    for event in &ended.events {
        if let EventKind::StepEnded { name, outcome, took_ns } = &event.kind
            && name == habit.name()
        {
            found.push((event, *outcome, Duration::from_nanos(*took_ns)));
        }
    }
    found
}

/// In which iterations of whom a habit was followed.
fn followed(ended: &Ended, habit: Habit) -> BTreeSet<(u32, u64)> {
    steps(ended, habit).iter().map(|(event, ..)| (event.ids.user.unwrap(), event.ids.iteration.unwrap())).collect()
}

fn count(ended: &Ended, kind: fn(&EventKind) -> bool) -> usize {
    ended.events.iter().filter(|event| kind(&event.kind)).count()
}

fn kernels_started(ended: &Ended) -> usize {
    count(ended, |kind| matches!(kind, EventKind::KernelStarted { .. }))
}

fn kernels_closed(ended: &Ended) -> usize {
    count(ended, |kind| matches!(kind, EventKind::KernelClosed { .. }))
}

#[test]
fn who_does_everything_leaves_nothing_behind() {
    let all = Habit::ALL.map(|habit| (habit, 0.3));
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 1..=6 {
        let ramp = |users, seconds| Stage { users, duration: Duration::from_secs(seconds) };
        let stages = vec![ramp(4, 60), ramp(4, 600), ramp(0, 60), ramp(4, 60), ramp(4, 600), ramp(1, 60)];
        let ended = simulate(&with(ExecutorKind::RampingUsers { from: 0, stages }, &all), seed, &Beside::default());
        check(&ended);
        for habit in Habit::ALL {
            *seen.entry(habit.name()).or_default() += steps(&ended, habit).len();
        }
        let known: BTreeSet<&str> = outcomes(&ended).into_keys().collect();
        assert!(known.is_subset(&["abandoned", "cancelled", "interrupted", "ok"].into()), "{known:?}");
    }
    assert_eq!(seen.len(), Habit::ALL.len());
    assert!(seen.values().all(|count| *count > 2), "{seen:?}");
}

#[test]
fn a_stop_in_the_middle_of_habits_leaves_nothing_behind() {
    let all = Habit::ALL.map(|habit| (habit, 0.4));
    for at in [1, 20, 45, 100, 170, 300] {
        for level in [StopLevel::Graceful, StopLevel::Hard] {
            let stops = vec![(Duration::from_secs(at), level)];
            check(&simulate(&with(rounds(4, 20), &all), at, &Beside { stops, ..Beside::default() }));
        }
    }
}

#[test]
fn a_habit_more_moves_the_draws_of_no_other() {
    let one = played(rounds(5, 30), &[(Habit::CloseTab, 0.3)]);
    let more = [(Habit::CloseTab, 0.3), (Habit::RunTwice, 0.5), (Habit::Reconnect, 0.5), (Habit::Idle, 0.5)];
    let more = played(rounds(5, 30), &more);
    assert_eq!(followed(&one, Habit::CloseTab), followed(&more, Habit::CloseTab));
    let closed = followed(&one, Habit::CloseTab).len();
    assert!((25..=65).contains(&closed), "{closed} of 150 at 30 %");
    assert_ne!(followed(&more, Habit::RunTwice), followed(&more, Habit::Idle), "each is a draw of its own");
}

#[test]
fn an_abandoned_task_is_no_failure_and_its_kernel_stays_until_its_server_goes() {
    let ended = played(rounds(3, 4), &[(Habit::Abandon, 1.0)]);
    assert_eq!(outcomes(&ended), BTreeMap::from([("abandoned", 12)]));
    assert_eq!((kernels_started(&ended), kernels_closed(&ended)), (12, 0));
    assert_eq!(ended.end.clean.steps.iter().filter(|step| step.lease.what == LeaseKind::Kernel).count(), 0);
    for (_, outcome, after) in steps(&ended, Habit::Abandon) {
        assert!(outcome.is_ok() && after <= Duration::from_secs(1), "{after:?}");
    }
}

#[test]
fn an_interrupted_task_is_cancelled_and_its_kernel_goes_on() {
    let ended = played(rounds(2, 3), &[(Habit::Interrupt, 1.0)]);
    assert_eq!(outcomes(&ended), BTreeMap::from([("cancelled", 6)]));
    // Three notebooks are a session.
    assert_eq!((kernels_started(&ended), kernels_closed(&ended)), (2, 2));
}

#[test]
fn a_notebook_is_run_twice_in_one_iteration_on_one_kernel() {
    let ended = played(rounds(1, 3), &[(Habit::RunTwice, 1.0), (Habit::Reconnect, 1.0), (Habit::RestartKernel, 1.0)]);
    assert_eq!(outcomes(&ended), BTreeMap::from([("ok", 6)]));
    assert_eq!(count(&ended, |kind| matches!(kind, EventKind::IterationEnded { .. })), 3);
    assert_eq!(kernels_started(&ended), 1);
    for habit in [Habit::RunTwice, Habit::Reconnect, Habit::RestartKernel] {
        assert_eq!(followed(&ended, habit), BTreeSet::from([(0, 1), (0, 2), (0, 3)]), "{habit:?}");
    }
}

#[test]
fn who_is_idle_holds_the_kernel_for_that_time() {
    let ended = played(rounds(1, 2), &[(Habit::Idle, 1.0)]);
    let idle = steps(&ended, Habit::Idle);
    assert!(idle.len() == 2 && idle.iter().all(|(_, _, took)| *took == IDLE), "{idle:?}");
    let closed = ended.events.iter().find(|event| matches!(event.kind, EventKind::KernelClosed { .. })).unwrap();
    assert!(closed.t_ns >= idle[1].0.t_ns, "the kernel was there meanwhile");
}

#[test]
fn a_closed_tab_leaves_its_kernel_and_the_next_iteration_opens_another() {
    let ended = played(rounds(1, 4), &[(Habit::CloseTab, 1.0)]);
    assert_eq!((kernels_started(&ended), kernels_closed(&ended)), (4, 0));
    assert_eq!(count(&ended, |kind| matches!(kind, EventKind::ServerStopped { .. })), 1);
}

#[test]
fn who_stays_has_its_server_when_it_comes_again_and_until_the_run_ends() {
    let stage = |users, seconds| Stage { users, duration: Duration::from_secs(seconds) };
    let stages = vec![stage(1, 0), stage(1, 100), stage(0, 0), stage(0, 100), stage(1, 0), stage(1, 100)];
    let ended = played(ExecutorKind::RampingUsers { from: 0, stages }, &[(Habit::Stay, 1.0)]);
    assert_eq!(count(&ended, |kind| matches!(kind, EventKind::UserStarted { .. })), 2);
    assert_eq!(count(&ended, |kind| matches!(kind, EventKind::ServerStarted { .. })), 1);
    assert_eq!(count(&ended, |kind| matches!(kind, EventKind::ServerStopped { .. })), 0);
    assert_eq!(steps(&ended, Habit::Stay).len(), 2);
    let put_out = ended.end.clean.steps.iter().filter(|step| step.lease.what == LeaseKind::Server);
    assert_eq!(put_out.filter(|step| step.result == Ok(true)).count(), 1);
}
