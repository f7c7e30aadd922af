//! Stopping at any moment leaves nothing behind.

use crate::checks::{check, outcomes};
use crate::world::{Beside, plan, seconds, simulate};
use hubmark::engine::StopLevel;
use hubmark::event::{EventKind, Outcome};
use hubmark::plan::{ExecutorKind, ServerTarget, Target};
use hubmark::sim::Faults;
use std::time::Duration;

fn load(together: bool) -> ExecutorKind {
    ExecutorKind::ConstantUsers { users: 6, duration: seconds(600), together }
}

#[test]
fn a_run_can_be_stopped_at_any_moment() {
    for together in [false, true] {
        for (seed, millis) in (0..80_000u64).step_by(1_370).enumerate() {
            for level in [StopLevel::Graceful, StopLevel::Hard] {
                let stops = vec![(Duration::from_millis(millis), level)];
                let ended = simulate(&plan(load(together)), seed as u64, &Beside { stops, ..Beside::default() });
                check(&ended);
                assert_eq!(ended.end.interrupted.as_deref(), Some("test"), "at {millis} ms");
            }
        }
    }
}

#[test]
fn a_plain_server_keeps_no_kernel_however_its_run_is_stopped() {
    let server =
        ServerTarget { url: "http://127.0.0.1:1/".parse().unwrap(), token: None, headers: [].into(), ca: None };
    for together in [false, true] {
        let mut plan = plan(load(together));
        plan.targets.insert("hub".to_owned(), Target::Server(server.clone()));
        for (seed, millis) in (0..60_000u64).step_by(270).enumerate() {
            let stops = vec![(Duration::from_millis(millis), StopLevel::Hard)];
            let ended = simulate(&plan, seed as u64, &Beside { stops, plain: true, ..Beside::default() });
            check(&ended);
            assert_eq!(ended.end.clean.left_behind().count(), 0, "at {millis} ms: {:?}", ended.end.clean);
        }
    }
}

#[test]
fn a_graceful_stop_lets_tasks_end_and_a_hard_one_does_not() {
    let at = Duration::from_secs(100);
    let graceful =
        simulate(&plan(load(true)), 1, &Beside { stops: vec![(at, StopLevel::Graceful)], ..Beside::default() });
    let hard = simulate(&plan(load(true)), 1, &Beside { stops: vec![(at, StopLevel::Hard)], ..Beside::default() });
    [&graceful, &hard].into_iter().for_each(check);
    assert!(!outcomes(&graceful).contains_key("interrupted"), "{:?}", outcomes(&graceful));
    assert!(outcomes(&hard)["interrupted"] > 0);
    let end = |ended: &crate::world::Ended| ended.events.last().unwrap().t_ns;
    assert!(end(&hard) < end(&graceful));
}

#[test]
fn a_task_that_outlives_its_window_is_interrupted_after_the_grace() {
    let mut plan = plan(ExecutorKind::ConstantUsers { users: 3, duration: seconds(50), together: true });
    plan.notebooks.get_mut("n").unwrap().expect = Some(seconds(3000));
    plan.notebooks.get_mut("n").unwrap().timeout = seconds(9000);
    let ended = simulate(&plan, 1, &Beside::default());
    check(&ended);
    assert_eq!(outcomes(&ended)["interrupted"], 3);
    let kept: Vec<_> = ended.files.iter().filter(|file| file.contains("interrupted")).collect();
    assert_eq!(kept.len(), 3, "interrupted notebooks are kept: {:?}", ended.files);
}

#[test]
fn a_notebook_over_its_timeout_is_a_cell_timeout() {
    let mut plan = plan(ExecutorKind::PerUserIterations { users: 2, iterations: 2, at_most: None });
    plan.notebooks.get_mut("n").unwrap().timeout = seconds(12);
    let ended = simulate(&plan, 1, &Beside::default());
    check(&ended);
    assert_eq!(outcomes(&ended)["cell_timeout"], 4);
    let failure = ended.events.iter().find_map(|e| match &e.kind {
        EventKind::TaskEnded(task) => task.failure.clone(),
        _ => None,
    });
    let failure = failure.unwrap().message;
    assert!(
        failure.starts_with("the notebook took longer than its timeout of 12s: the cell took longer than "),
        "{failure}"
    );
}

#[test]
fn a_spawn_that_outlives_the_load_is_on_record() {
    let plan = plan(ExecutorKind::ConstantUsers { users: 3, duration: seconds(50), together: false });
    let faults = Faults { spawn_hangs: 1.0, ..Faults::default() };
    let ended = simulate(&plan, 1, &Beside { faults, ..Beside::default() });
    check(&ended);
    let cut = ended.events.iter().filter(
        |event| matches!(&event.kind, EventKind::ServerStarted { outcome: Outcome::Interrupted, took_ns, .. } if *took_ns > 40_000_000_000),
    );
    assert_eq!(cut.count(), 3);
    assert_eq!(ended.end.clean.left_behind().count(), 0);
}
