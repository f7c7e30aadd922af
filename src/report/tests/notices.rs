//! What a run met without failing by it.

use super::World;
use crate::event::{EventKind, Failure, IterationId, Notice, NoticeKind, Outcome, UserId};
use crate::plan::UserFunction;
use crate::report::*;

fn user(index: u32) -> UserId {
    UserId { executor: "more".into(), index }
}

#[test]
fn output_that_a_call_of_own_code_lost_is_noticed_in_every_form() {
    let mut made = World { failing: 0.0, ..World::default() }.run();
    for n in 1..=2 {
        let notices = vec![Notice { kind: NoticeKind::OutputTruncated, count: 2 }];
        let (call, target) = ("kernel:execute".to_owned(), "farm".to_owned());
        let kind = EventKind::CallEnded {
            call,
            target,
            place: String::new(),
            outcome: Outcome::Ok,
            took_ns: 1,
            failure: None,
            notices,
        };
        made.push(100_000_000_000, &IterationId { user: user(0), n }, kind);
    }
    made.number();
    let summary = analyse(&made).unwrap();
    let row = summary.notices.iter().find(|row| row.kind == "output_truncated").unwrap();
    assert_eq!((row.tasks, row.calls, row.count), (0, 2, 4));
    assert!(summary.errors.is_empty(), "{:?}", summary.errors);
    let text = text(&summary, Style { colour: false, width: 100 });
    assert!(text.contains("Noticed 4 × output_truncated in 2 calls: the server dropped output"), "{text}");
    for page in [markdown(&summary), html(&summary)] {
        assert!(page.contains("2 calls") && page.contains("the server dropped output"), "{page}");
    }
}

#[test]
fn a_stop_that_was_cut_off_is_among_the_failures() {
    let mut made = World { failing: 0.0, ..World::default() }.run();
    let failure = Failure::new(Outcome::Interrupted, "users.u.stop took longer than graceful_stop of 20s");
    made.push(100_000_000_000, &user(0), EventKind::UserCodeFailed { function: UserFunction::Stop, failure });
    made.number();
    let summary = analyse(&made).unwrap();
    let [group] = summary.errors.as_slice() else { panic!("{:?}", summary.errors) };
    assert_eq!((group.stage.as_str(), group.outcome.as_str(), group.count), ("user stop", "interrupted", 1));
}
