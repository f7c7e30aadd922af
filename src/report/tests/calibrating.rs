//! What simulated times are drawn from, of users' own code.

use super::World;
use crate::event::{EventKind, IterationId, Outcome, UserId};
use crate::report::calibrate;

#[test]
fn calls_of_own_code_are_measured_by_line_and_by_name() {
    let mut made = World { failing: 0.0, ..World::default() }.run();
    let id = IterationId { user: UserId { executor: "more".into(), index: 0 }, n: 1 };
    for (call, place, outcome, took_ns) in [
        ("kernel:execute", "s.lua:7", Outcome::Ok, 30),
        ("kernel:execute", "s.lua:7", Outcome::Ok, 10),
        ("kernel:execute", "lib/b.lua:2", Outcome::CellError, 5),
        ("kernel:execute", "s.lua:7", Outcome::KernelDied, 1),
        ("user:put", "", Outcome::Ok, 8),
        ("user:get", "", Outcome::FileError, 1),
    ] {
        let (call, place, target) = (call.to_owned(), place.to_owned(), "farm".to_owned());
        let (failure, notices) = (None, Vec::new());
        let kind = EventKind::CallEnded { call, target, place, outcome, took_ns, failure, notices };
        made.push(100_000_000_000, &id, kind);
    }
    made.number();
    let measured = calibrate(&made).unwrap();
    let of = |key: &str| measured.executions.get(key).cloned().unwrap_or_default();
    assert_eq!((of("s.lua:7"), of("lib/b.lua:2"), measured.executions.len()), (vec![10, 30], vec![5], 2));
    assert_eq!(measured.calls.into_iter().collect::<Vec<_>>(), [("user:put".to_owned(), vec![8])]);
}
