//! What parts of hubmark report about themselves, and executors that they pause.

use super::World;
use crate::event::{EventKind, Ids};
use crate::report::*;

fn reported(made: &mut super::Made, at_s: u64, text: &str, paused: bool) {
    let (component, text) = ("script".to_owned(), text.to_owned());
    made.push(at_s * 1_000_000_000, Ids::default(), EventKind::Degraded { component, text, paused });
}

#[test]
fn a_paused_executor_makes_the_run_invalid_and_says_why_in_every_form() {
    let mut made = World { failing: 0.0, ..World::default() }.run();
    let text = "executor agents is paused: its users' code failed 5 times in a row, the last time with users.u.iterate: \
                error: no seat\n --> course.lua:12\n   |\n12 | error(\"no seat\")";
    reported(&mut made, 8, text, true);
    made.number();
    let summary = analyse(&made).unwrap();
    assert_eq!(summary.verdict_code(), VerdictCode::Invalid);
    let [because] = summary.header.invalid_because.as_slice() else { panic!("{:?}", summary.header) };
    assert!(because.starts_with("after 5 s of load executor agents is paused"), "{because}");
    let mark = summary.timeline.marks.iter().find(|mark| mark.kind == MarkKind::Pause).unwrap();
    assert!(mark.at_s == 8.0 && mark.text.ends_with("error: no seat (course.lua:12)"), "{mark:?}");
    for form in [html(&summary), markdown(&summary), text_of(&summary)] {
        assert!(form.contains("executor agents is paused") && form.contains("course.lua:12"), "{form}");
    }
}

#[test]
fn what_was_reported_is_readable_once_with_how_often() {
    let mut made = World::default().run();
    for at_s in 10..20 {
        reported(&mut made, at_s, &format!("cannot read /proc/{at_s}/stat"), false);
    }
    for at_s in 20..90 {
        reported(&mut made, at_s, &"x".repeat(at_s as usize), false);
    }
    made.number();
    let summary = analyse(&made).unwrap();
    let first = &summary.quality.troubles[0];
    assert_eq!((first.text.as_str(), first.count, first.first_s), ("cannot read /proc/10/stat", 10, 10.0));
    assert_eq!((summary.quality.troubles.len(), summary.quality.troubles_left_out), (50, 21));
    assert!(summary.header.valid, "trouble is no reason to distrust the figures: {:?}", summary.header);
    for form in [html(&summary), markdown(&summary), text_of(&summary), json(&summary).unwrap()] {
        assert!(form.contains("cannot read /proc/10/stat"), "{form}");
    }
}

#[test]
fn numbers_of_marks_do_not_overprint_and_the_list_has_them_all() {
    let mut made = World::default().run();
    for n in 0..100_u64 {
        let kind = EventKind::Mark { text: format!("mark {n}"), by: "script".to_owned() };
        made.push(100_000_000_000 + n * 600_000_000, Ids::default(), kind);
    }
    made.number();
    let page = html(&analyse(&made).unwrap());
    let drawn: Vec<f64> = page
        .split("class=\"marknumber\" x=\"")
        .skip(1)
        .map(|rest| rest.split('%').next().unwrap().parse().unwrap())
        .collect();
    assert!(drawn.len() > 2 && drawn.windows(2).all(|pair| pair[1] - pair[0] >= 2.9), "{drawn:?}");
    assert!((0..100).all(|n| page.contains(&format!("mark {n}<"))), "the list is whole");
}

fn text_of(summary: &Summary) -> String {
    text(summary, Style { colour: false, width: 200 })
}

#[test]
fn a_failed_iteration_is_in_the_failures_once_and_an_error_keeps_its_line() {
    use crate::event::{Failure, IterationId, Outcome, UserId};
    use crate::plan::UserFunction;
    let mut made = World { failing: 0.0, ..World::default() }.run();
    let failures = [
        Failure::new(Outcome::NotOurs, "course.lua:9: user:delete: not of this run"),
        Failure::new(Outcome::ScriptError, "users.u.iterate: error: no seat\n --> course.lua:12\n   |\n12 | frame"),
        Failure::new(Outcome::ScriptError, "users.u.iterate: error: no seat\n --> course.lua:30\n   |\n30 | frame"),
    ];
    for (index, failure) in failures.into_iter().enumerate() {
        let id = IterationId { user: UserId { executor: "more".into(), index: index as u32 }, n: 1 };
        let (at, outcome) = (100_000_000_000 + index as u64, failure.outcome);
        made.push(at, &id, EventKind::UserCodeFailed { function: UserFunction::Iterate, failure });
        made.push(at + 1, &id, EventKind::IterationEnded { scheduled_ns: at, started_ns: at, outcome });
    }
    let id = IterationId { user: UserId { executor: "more".into(), index: 7 }, n: 1 };
    let ended = EventKind::IterationEnded { scheduled_ns: 1, started_ns: 1, outcome: Outcome::Timeout };
    made.push(200_000_000_000, &id, ended);
    made.number();
    let summary = analyse(&made).unwrap();
    let outcomes: Vec<(&str, u64)> = summary.errors.iter().map(|g| (g.outcome.as_str(), g.count)).collect();
    assert_eq!(outcomes, [("not_ours", 1), ("script_error", 1), ("script_error", 1), ("timeout", 1)]);
    let places: Vec<Option<&str>> = summary.errors.iter().map(|group| group.place.as_deref()).collect();
    assert_eq!(places, [None, Some("course.lua:12"), Some("course.lua:30"), None]);
    assert!(summary.errors.iter().all(|group| !group.message.contains("frame")));
    assert!(html(&summary).contains("in iteration, at <code>course.lua:12</code>"));
    assert!(markdown(&summary).replace('\\', "").contains("error: no seat (course.lua:12)"));
    let text = text_of(&summary);
    assert!(text.contains("script_error in iteration at course.lua:12: users.u.iterate: error: no seat"), "{text}");
}
