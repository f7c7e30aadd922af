//! What the record tells of the calls of users of one's own.

use crate::checks::check;
use crate::users::{failures, iterations, scripted};
use crate::world::{Beside, Ended};
use hubmark::engine::StopLevel;
use hubmark::event::{EventKind, Notice, NoticeKind, Outcome};
use hubmark::plan::UserFunction;
use hubmark::sim::Faults;
use std::time::Duration;

/// Notices of each execution of code.
fn noticed(ended: &Ended) -> Vec<&[Notice]> {
    let notices = ended.events.iter().filter_map(|event| match &event.kind {
        EventKind::CallEnded { call, notices, .. } if call == "kernel:execute" => Some(notices.as_slice()),
        _ => None,
    });
    notices.collect()
}

#[test]
fn output_that_the_server_drops_is_told_to_the_code_and_to_the_record() {
    let body = r#"iterate = function(user)
        local result = user:open_kernel {}:execute("flood()")
        user:check("whole", not result.truncated)
      end"#;
    for (output_flood, expected) in [(1.0, Some(NoticeKind::OutputTruncated)), (0.0, None)] {
        let faults = Faults { output_flood, ..Faults::default() };
        let ended = scripted("", body, "", 1, &Beside { faults, ..Beside::default() });
        check(&ended);
        assert_eq!(iterations(&ended), [Outcome::Ok; 6]);
        let whole = |kind: &EventKind| matches!(kind, EventKind::Checked { ok: true, .. });
        let whole = ended.events.iter().filter(|event| whole(&event.kind)).count();
        assert_eq!(whole, if expected.is_some() { 0 } else { 6 });
        let notice = expected.map(|kind| Notice { kind, count: 1 });
        assert_eq!(noticed(&ended), [notice.as_slice(); 6]);
    }
}

#[test]
fn a_stop_that_outlives_its_grace_is_recorded_and_one_that_is_stopped_at_once_is_not() {
    let body = r#"start = function(user) user:start_server {} end,
      iterate = function(user) user:sleep("5s") end,
      stop = function(user) user:sleep("10m") end"#;
    let load = "hm.constant_users { user = \"u\", users = 3, duration = \"1m\", graceful_stop = \"20s\" }";
    let ended = scripted("", body, load, 1, &Beside::default());
    check(&ended);
    let said = failures(&ended);
    assert_eq!(said.len(), 3, "{said:?}");
    for (function, failure) in said {
        assert_eq!((function, failure.outcome), (UserFunction::Stop, Outcome::Interrupted), "{failure}");
        let text =
            "users.u.stop took longer than graceful_stop of 20s and was cut off: raise graceful_stop of load.class";
        assert!(failure.message.starts_with(text), "{failure}");
    }
    // In the grace of `stop`: its window is over after a minute.
    let stops = vec![(Duration::from_secs(75), StopLevel::Hard)];
    let ended = scripted("", body, load, 1, &Beside { stops, ..Beside::default() });
    check(&ended);
    assert!(failures(&ended).is_empty(), "{:?}", failures(&ended));
}
