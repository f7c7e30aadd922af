//! Everything fails sometimes, and the books still balance.

use crate::checks::{check, outcomes};
use crate::world::{Beside, plan, seconds, simulate};
use hubmark::engine::EngineError;
use hubmark::event::{EventKind, LeaseKind, LeaseState, Outcome};
use hubmark::plan::ExecutorKind;
use hubmark::sim::Faults;
use std::collections::BTreeMap;

fn load() -> ExecutorKind {
    ExecutorKind::ConstantUsers { users: 12, duration: seconds(3600), together: false }
}

#[test]
fn every_fault_is_recorded_and_nothing_is_left() {
    for seed in 0..10 {
        let faults = Faults {
            spawn_failed: 0.1,
            spawn_throttled: 0.1,
            hub_full: 0.1,
            spawn_hangs: 0.02,
            kernel_start_failed: 0.05,
            kernel_start_lost: 0.05,
            cell_error: 0.05,
            oom: 0.03,
            output_flood: 0.03,
            kernel_died: 0.03,
            kernel_restarted: 0.03,
            server_culled: 0.02,
            server_died: 0.02,
            connection_lost: 0.03,
            removal_unanswered: 0.05,
            outage: None,
        };
        let ended = simulate(&plan(load()), seed, &Beside { faults, ..Beside::default() });
        check(&ended);
        let seen = outcomes(&ended);
        for outcome in [
            "ok",
            "cell_error",
            "oom",
            "kernel_died",
            "kernel_restarted",
            "server_culled",
            "server_died",
            "connection_lost",
        ] {
            assert!(seen.contains_key(outcome), "seed {seed}: no {outcome} in {seen:?}");
        }
    }
}

#[test]
fn a_kernel_that_started_and_could_not_be_reached_goes_before_the_next_one_comes() {
    let faults = Faults { kernel_start_lost: 0.3, ..Faults::default() };
    let ended = simulate(&plan(load()), 3, &Beside { faults, ..Beside::default() });
    check(&ended);
    let mut open = BTreeMap::new();
    let (mut lost, mut usable, mut created) = (0, 0, 0);
    for event in &ended.events {
        match &event.kind {
            EventKind::KernelStarted { outcome: Outcome::ConnectionLost, .. } => lost += 1,
            EventKind::KernelStarted { outcome: Outcome::Ok, .. } => usable += 1,
            EventKind::Lease(lease) if lease.what == LeaseKind::Kernel && lease.state == LeaseState::Created => {
                created += 1;
                let others = open.insert(lease.account.clone(), lease.lease);
                assert_eq!(others, None, "two kernels of {} at a time", lease.account);
            }
            EventKind::Lease(lease) if lease.what == LeaseKind::Kernel && lease.state == LeaseState::Closed => {
                open.remove(&lease.account);
            }
            _ => {}
        }
    }
    assert!(lost > 50, "{lost}");
    assert_eq!(created, usable + lost, "each is known by its id");
}

#[test]
fn a_hub_that_never_spawns_ends_the_run_in_order() {
    let faults = Faults { spawn_failed: 1.0, ..Faults::default() };
    let kind = ExecutorKind::PerUserIterations { users: 3, iterations: 2, at_most: None };
    let ended = simulate(&plan(kind), 1, &Beside { faults, ..Beside::default() });
    check(&ended);
    assert!(outcomes(&ended).is_empty());
    assert!(ended.end.error.is_none() && ended.end.interrupted.is_none());
}

#[test]
fn a_barrier_does_not_wait_for_users_that_cannot_come() {
    let faults = Faults { spawn_failed: 0.5, ..Faults::default() };
    let kind = ExecutorKind::ConstantUsers { users: 8, duration: seconds(600), together: true };
    let ended = simulate(&plan(kind), 4, &Beside { faults, ..Beside::default() });
    check(&ended);
    assert!(outcomes(&ended)["ok"] > 50);
}

#[test]
fn what_cannot_be_removed_is_said_to_be_left() {
    let faults = Faults { removal_unanswered: 1.0, ..Faults::default() };
    let kind = ExecutorKind::PerUserIterations { users: 2, iterations: 1, at_most: None };
    let ended = simulate(&plan(kind), 1, &Beside { faults, ..Beside::default() });
    check(&ended);
    assert_eq!(ended.end.clean.left_behind().count(), ended.end.clean.steps.len());
    assert!(ended.hub.leftovers().accounts.len() == 2);
}

#[test]
fn an_account_of_somebody_else_is_refused_before_anything_is_made() {
    let others = vec![("sim-003".to_owned(), true), ("zoe".to_owned(), true)];
    let ended = simulate(&plan(load()), 1, &Beside { others, ..Beside::default() });
    let Some(EngineError::Setup(error)) = &ended.end.error else { panic!("{:?}", ended.end) };
    assert!(error.to_string().contains("\"sim-003\""), "{error}");
    let left = ended.hub.leftovers();
    assert_eq!(left.accounts, ["sim-003", "zoe"], "both are still there, and no other");
    assert_eq!(left.servers, ["sim-003", "zoe"]);
    assert!(ended.end.clean.steps.is_empty());
}
