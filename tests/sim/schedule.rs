//! Executors, barriers, think time, pacing.

use crate::checks::{check, outcomes};
use crate::world::{Beside, plan, seconds, simulate};
use hubmark::event::EventKind;
use hubmark::plan::{Distribution, ExecutorKind, Stage};

fn constant(users: u32, duration: u64, together: bool) -> ExecutorKind {
    ExecutorKind::ConstantUsers { users, duration: seconds(duration), together }
}

#[test]
fn a_seed_gives_the_same_run_again_and_another_seed_does_not() {
    for together in [false, true] {
        let plan = plan(constant(10, 3600, together));
        let [a, b, c] = [7, 7, 8].map(|seed| simulate(&plan, seed, &Beside::default()));
        [&a, &b, &c].into_iter().for_each(check);
        assert_eq!(a.events, b.events);
        assert_eq!(a.files, b.files);
        assert_ne!(a.events, c.events);
    }
}

#[test]
fn users_that_start_together_start_at_one_moment() {
    let ended = simulate(&plan(constant(8, 600, true)), 1, &Beside::default());
    check(&ended);
    let (released, ready) = ended
        .events
        .iter()
        .find_map(|e| match e.kind {
            EventKind::ExecutorStarted { ready, .. } => Some((e.t_ns, ready)),
            _ => None,
        })
        .unwrap();
    assert_eq!(ready, 8);
    let firsts: Vec<u64> = ended
        .events
        .iter()
        .filter(|e| e.ids.iteration == Some(1) && matches!(e.kind, EventKind::IterationStarted { .. }))
        .map(|e| e.t_ns)
        .collect();
    assert_eq!(firsts.len(), 8);
    assert!(firsts.iter().all(|first| *first == released), "{firsts:?} against {released}");
    let last_start =
        ended.events.iter().filter(|e| matches!(e.kind, EventKind::IterationStarted { .. })).map(|e| e.t_ns).max();
    let length = last_start.unwrap() - released;
    assert!((560_000_000_000..600_000_000_000).contains(&length), "the duration counts from the release: {length}");
}

#[test]
fn a_fixed_amount_of_work_is_done_exactly() {
    let kind = ExecutorKind::PerUserIterations { users: 5, iterations: 7, at_most: None };
    let ended = simulate(&plan(kind), 3, &Beside::default());
    check(&ended);
    assert_eq!(outcomes(&ended)["ok"], 35);
    let kernels = ended.events.iter().filter(|e| matches!(e.kind, EventKind::KernelStarted { .. })).count();
    assert_eq!(kernels, 5 * 3, "three notebooks a session");
}

#[test]
fn a_ramp_has_as_many_users_as_its_stages_say() {
    let stage = |users, s| Stage { users, duration: seconds(s) };
    let kind = ExecutorKind::RampingUsers { from: 0, stages: vec![stage(6, 600), stage(6, 600), stage(0, 300)] };
    let ended = simulate(&plan(kind), 3, &Beside::default());
    check(&ended);
    let users_at = |at_s: u64| {
        let (mut users, at_ns) = (0i32, at_s * 1_000_000_000);
        for event in ended.events.iter().take_while(|event| event.t_ns <= at_ns) {
            match event.kind {
                EventKind::UserStarted { .. } => users += 1,
                EventKind::UserEnded => users -= 1,
                _ => {}
            }
        }
        users
    };
    assert_eq!((users_at(50), users_at(310), users_at(900), users_at(1400)), (0, 3, 6, 2));
}

#[test]
fn pacing_drops_what_cannot_start_and_counts_it() {
    let mut plan = plan(constant(1, 600, true));
    let user = plan.users.get_mut("agent").unwrap();
    user.think = Distribution::ZERO;
    user.pacing = Some(Distribution::Constant { value: seconds(6) });
    let ended = simulate(&plan, 1, &Beside::default());
    check(&ended);
    let last_start = ended.events.iter().rposition(|e| matches!(e.kind, EventKind::IterationStarted { .. })).unwrap();
    let dropped: u64 = ended.events[..last_start]
        .iter()
        .map(|e| match e.kind {
            EventKind::IterationDropped { count, .. } => count,
            _ => 0,
        })
        .sum();
    let scheduled: Vec<u64> = ended
        .events
        .iter()
        .filter_map(|e| match e.kind {
            EventKind::IterationStarted { scheduled_ns } => Some(scheduled_ns),
            _ => None,
        })
        .collect();
    let released = scheduled[0];
    assert!(
        scheduled.iter().all(|at| (at - released).is_multiple_of(6_000_000_000)),
        "starts stay on the grid: {scheduled:?}"
    );
    // A task takes 20 s: of every 6 s slot about one in four can start.
    let slots = (scheduled.last().unwrap() - released) / 6_000_000_000;
    assert_eq!(dropped + scheduled.len() as u64 - 1, slots, "every slot was started or dropped");
}

#[test]
fn spawns_are_asked_for_no_faster_than_the_plan_says() {
    let mut plan = plan(constant(6, 600, false));
    plan.spawns.at_most = Some(hubmark::plan::quantity::Rate(0.1));
    let ended = simulate(&plan, 1, &Beside::default());
    check(&ended);
    let mut asked: Vec<u64> = ended
        .events
        .iter()
        .filter_map(|e| match e.kind {
            EventKind::ServerStarted { took_ns, .. } => Some(e.t_ns - took_ns),
            _ => None,
        })
        .collect();
    asked.sort_unstable();
    assert_eq!(asked.len(), 6);
    assert!(asked.windows(2).all(|pair| pair[1] - pair[0] >= 9_900_000_000), "{asked:?}");
}
