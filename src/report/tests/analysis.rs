//! What the analysis says of runs whose truth is known.

use super::World;
use crate::event::{EventKind, Failure, Ids, Outcome};
use crate::report::*;

fn of(world: &World) -> Summary {
    analyse(&world.run()).unwrap()
}

#[test]
fn a_healthy_run_is_valid_and_its_figures_are_those_that_were_put_in() {
    let made = World::default().run();
    let summary = analyse(&made).unwrap();
    assert!(summary.header.valid, "{:?}", summary.header.invalid_because);
    assert_eq!(summary.header.state, RunState::Finished);
    let ended = made.events.iter().filter(|e| matches!(e.kind, EventKind::TaskEnded(_))).count() as f64;
    assert_eq!(summary.key_figure("tasks").unwrap().value, Some(ended));
    assert_eq!(summary.key_figure("users_peak").unwrap().value, Some(8.0));
    let rate = summary.key_figure("completion_rate").unwrap();
    assert!(rate.low < rate.value && rate.value < rate.high, "{rate:?}");
    let shares: f64 = summary.notebooks.iter().map(|row| row.realised_share).sum();
    assert!((shares - 1.0).abs() < 1e-9);
    let explore = summary.notebooks.iter().find(|row| row.key == "explore").unwrap();
    assert!((explore.wanted_share.unwrap() - 0.5).abs() < 1e-9);
    assert!((explore.p50.value.unwrap() - 0.9).abs() < 0.1, "{:?}", explore.p50);
    assert_eq!(explore.distribution.iter().sum::<u64>(), explore.ok);
    let stages: Vec<&str> = summary.stages.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(stages, ["spawn_wait", "spawn", "kernel_start", "execute", "kernel_close", "server_stop"]);
    assert!(summary.quality.identities.iter().all(|identity| identity.holds), "{:?}", summary.quality.identities);
}

#[test]
fn failures_with_one_cause_are_one_group() {
    let summary = of(&World { failing: 0.1, ..World::default() });
    let group = summary.errors.iter().find(|group| group.outcome == "cell_error").unwrap();
    assert_eq!(
        group.message,
        "OutOfMemoryError: CUDA out of memory. Tried to allocate <n> GiB on <path> for <account>"
    );
    assert!(group.count > 20 && group.first_s < group.last_s);
    assert!(group.kept.as_deref().is_some_and(|path| path.ends_with(".ipynb")));
    assert!(summary.errors.len() <= 2, "{:#?}", summary.errors);
    assert!(
        summary.verdict.sentences[1].contains("were “cell error” in tasks: OutOfMemoryError"),
        "{:?}",
        summary.verdict
    );
}

#[test]
fn a_task_without_a_kernel_is_counted_once_as_a_kernel_that_did_not_start() {
    let mut run = World { failing: 0.0, ..World::default() }.run();
    let failure = Failure::new(Outcome::ProxyDown, "10.0.0.7:8000 cannot be reached");
    let (mut at, mut ids) = (0, Ids::default());
    for event in run.events.iter_mut().filter(|event| matches!(event.kind, EventKind::TaskEnded(_))).take(1) {
        (at, ids) = (event.t_ns - 1, event.ids.clone());
        let EventKind::TaskEnded(task) = &mut event.kind else { continue };
        (task.outcome, task.failure, task.kernel_id) = (failure.outcome, Some(failure.clone()), String::new());
    }
    let (target, spec, failure) = ("farm".to_owned(), "python3".to_owned(), Some(failure));
    let kernel_id = String::new();
    let kind = EventKind::KernelStarted { target, kernel_id, spec, outcome: Outcome::ProxyDown, took_ns: 1, failure };
    run.push(at, ids, kind);
    run.number();
    let summary = analyse(&run).unwrap();
    let [group] = summary.errors.as_slice() else { panic!("{:#?}", summary.errors) };
    assert_eq!((group.stage.as_str(), group.count), ("kernel start", 1));
    assert_eq!(group.message, "<address> cannot be reached");
    assert_eq!(summary.notebooks.iter().map(|row| row.failed).sum::<u64>(), 1, "the task failed all the same");
    let failed = |key: &str| summary.stages.iter().find(|stage| stage.key == key).unwrap().failed;
    assert_eq!((failed("kernel_start"), failed("execute")), (1, 0), "nothing was executed that could fail");
}

#[test]
fn what_tasks_met_without_failing_is_counted_and_no_failure() {
    let summary = of(&World { failing: 0.0, ..World::default() });
    let [row] = summary.notices.as_slice() else { panic!("{:?}", summary.notices) };
    assert_eq!((row.kind.as_str(), row.count), ("reconnected", 3 * row.tasks));
    assert!(row.tasks > 0);
    for page in [text(&summary, Style { colour: false, width: 100 }), markdown(&summary), html(&summary)] {
        assert!(page.contains("econnected") && page.contains("lost and found again"), "{page}");
    }
}

#[test]
fn thresholds_are_judged_and_split_by_label() {
    let summary = of(&World::default());
    let row = |objective: &str, label: Option<&str>| {
        let mut rows = summary.thresholds.iter();
        rows.find(|row| row.objective.starts_with(objective) && row.label.as_deref() == label).unwrap()
    };
    assert_eq!(row("task.duration.p95 each", Some("notebook=explore")).ruling, Ruling::Pass);
    assert_eq!(row("task.duration.p95 each", Some("notebook=train")).ruling, Ruling::Fail);
    let spawn = row("spawn.duration.p95", None);
    assert_eq!(spawn.ruling, Ruling::Undecided, "eight spawns carry no p95");
    assert_eq!(spawn.reason.as_deref(), Some("needs 72 samples, has 8"));
    assert_eq!(row("iteration.dropped", None).ruling, Ruling::Pass);
    assert_eq!(summary.verdict_code(), VerdictCode::ThresholdsFailed);
    let asked = [crate::plan::threshold::parse("task.completed.rate > 1/s").unwrap()];
    assert_eq!(judge(&World::default().run(), &asked).unwrap()[0].ruling, Ruling::Pass);
}

#[test]
fn timeouts_count_as_above_every_bound() {
    let summary = of(&World { failing: 0.08, ..World::default() });
    assert_eq!(summary.key_figure("task_p95").unwrap().reading, Reading::AboveEveryBound);
    assert!(summary.notebooks.iter().all(|row| row.p95_of_successes.value.is_some()));
    let row = &summary.thresholds[0];
    assert_eq!((row.ruling, row.measured.value), (Ruling::Fail, None));
    assert!(row.reason.as_deref().unwrap().ends_with("failed and count as above every bound"));
}

#[test]
fn a_killed_run_is_analysed_as_far_as_its_record_goes() {
    let summary = analyse(&World::default().run().killed(200.0)).unwrap();
    assert_eq!(summary.header.state, RunState::Open);
    assert!(summary.header.valid, "{:?}", summary.header.invalid_because);
    assert!(summary.quality.censored_tasks > 0);
    assert!(summary.verdict.sentences[0].starts_with("As far as the record goes, 8 users"), "{:?}", summary.verdict);
    let at_once = analyse(&World::default().run().killed(0.0)).unwrap();
    assert!(!at_once.header.valid);
    assert_eq!(at_once.key_figure("completion_rate").unwrap().reading, Reading::NoData);
}

#[test]
fn a_late_hubmark_makes_the_run_invalid() {
    let summary = of(&World { lateness_s: 0.2, ..World::default() });
    assert!(!summary.header.valid);
    assert_eq!(summary.verdict_code(), VerdictCode::Invalid);
    assert!(summary.verdict.sentences[1].starts_with("The figures cannot be trusted: hubmark's own timers were late"));
    let simulated = of(&World { lateness_s: 0.2, simulated: true, ..World::default() });
    assert!(simulated.header.valid, "a simulated world has no late timers");
}

#[test]
fn a_lost_event_makes_the_run_invalid() {
    let mut made = World::default().run();
    let lost = made.events.iter().position(|e| matches!(e.kind, EventKind::TaskEnded(_))).unwrap();
    made.events.remove(lost);
    let summary = analyse(&made).unwrap();
    let because = summary.header.invalid_because.join("\n");
    assert!(because.contains("the record lacks 1 event"), "{because}");
    assert!(because.contains("the bookkeeping does not add up: tasks begun"), "{because}");
}

#[test]
fn a_suspended_machine_is_seen() {
    let mut made = World::default().run();
    made.push(100_000_000_000, Ids::default(), EventKind::Gap { lasted_ns: 60_000_000_000 });
    made.number();
    let summary = analyse(&made).unwrap();
    assert!(summary.header.invalid_because[0].starts_with("the machine was suspended for 60 s"));
    assert!(summary.timeline.marks.iter().any(|mark| mark.kind == MarkKind::Gap));
}

#[test]
fn lines_stay_short_however_long_the_run() {
    let summary = of(&World { load_s: 20_000.0, ..World::default() });
    assert!(summary.timeline.users.points.len() <= 400);
    assert!(summary.timeline.tasks.len() <= 120);
    assert!(summary.timeline.dots.is_empty());
    assert!(summary.machines.iter().all(|line| line.points.len() <= 400));
    assert!(summary.intervals.len() <= 400);
    let completed: u64 = summary.timeline.tasks.iter().map(|bucket| bucket.completed).sum();
    let by_interval: u64 = summary.intervals.iter().map(|row| row.tasks.completed).sum();
    let ok: u64 = summary.notebooks.iter().map(|row| row.ok).sum();
    assert_eq!((completed, by_interval), (ok, ok));
}

#[test]
fn a_ramp_is_not_taken_for_the_steady_part() {
    let summary = of(&World { ramp_s: 120.0, ..World::default() });
    let from = summary.quality.steady.from_s.unwrap_or_else(|| panic!("{:?}", summary.quality.steady));
    assert!((60.0..240.0).contains(&from), "{from}");
    assert!(summary.quality.steady.completion_rate.value > summary.key_figure("completion_rate").unwrap().value);
}

#[test]
fn tasks_that_their_users_gave_up_are_in_no_figure_and_in_the_books() {
    let mut run = World { failing: 0.0, ..World::default() }.run();
    let tasks = |run: &super::Made| run.events.iter().filter(|e| matches!(e.kind, EventKind::TaskEnded(_))).count();
    let all = tasks(&run);
    // Every tenth task of its user: the iteration's number says which.
    let given_up = |ids: &Ids| ids.iteration.is_some_and(|n| n.is_multiple_of(10));
    let outcome = |ids: &Ids| if ids.user == Some(0) { Outcome::Cancelled } else { Outcome::Abandoned };
    for event in run.events.iter_mut().filter(|event| given_up(&event.ids)) {
        let outcome_of_it = outcome(&event.ids);
        match &mut event.kind {
            EventKind::TaskEnded(task) => {
                (task.outcome, task.failure) = (outcome_of_it, Some(Failure::new(outcome_of_it, "so it was")));
            }
            EventKind::IterationEnded { outcome, .. } => *outcome = outcome_of_it,
            _ => {}
        }
    }
    let summary = analyse(&run).unwrap();
    let gone: u64 = summary.notebooks.iter().map(|row| row.given_up).sum();
    assert!(gone as usize > all / 20, "{gone} of {all}");
    assert_eq!(summary.notebooks.iter().map(|row| row.ended).sum::<u64>() + gone, all as u64);
    assert_eq!(summary.key_figure("tasks").unwrap().value, Some((all as u64 - gone) as f64));
    assert_eq!(summary.key_figure("error_rate").unwrap().value, Some(0.0));
    assert!(summary.key_figure("task_p95").unwrap().value.is_some(), "it is bounded although more than 5 % gave up");
    assert_eq!(summary.errors, []);
    assert!(summary.quality.identities.iter().all(|identity| identity.holds), "{:?}", summary.quality.identities);
    assert!(summary.quality.identities[0].right_is.contains(&format!("{gone} given up by their users")));
    assert!(html(&summary).contains(" given up<"));
}
