//! What the record tells of the calls of users of one's own.

use crate::checks::check;
use crate::users::{failures, iterations, scripted};
use crate::world::{Beside, Ended};
use hubmark::engine::StopLevel;
use hubmark::event::{EventKind, Notice, NoticeKind, Outcome};
use hubmark::plan::{Calibration, UserFunction};
use hubmark::sim::Faults;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

const MS: u64 = 1_000_000;

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
        let text = "users.u.stop took longer than graceful_stop of 20s and was cut off in user:sleep at ";
        assert!(failure.message.starts_with(text), "{failure}");
    }
    // In the grace of `stop`: its window is over after a minute.
    let stops = vec![(Duration::from_secs(75), StopLevel::Hard)];
    let ended = scripted("", body, load, 1, &Beside { stops, ..Beside::default() });
    check(&ended);
    assert!(failures(&ended).is_empty(), "{:?}", failures(&ended));
}

#[test]
fn code_takes_the_times_that_were_measured_at_its_line() {
    let body = r#"iterate = function(user)
        local kernel = user:open_kernel {}
        kernel:execute("one()")
        kernel:execute("two()")
        user:put("a.txt", "a")
        user:get("a.txt")
        kernel:restart()
      end"#;
    let times = |of: &[(&str, &[u64])]| -> BTreeMap<String, Vec<u64>> {
        of.iter().map(|(key, ms)| ((*key).to_owned(), ms.iter().map(|ms| ms * MS).collect())).collect()
    };
    // The second line has no times of its own, as after an edit: all lines' times are as good as any.
    let calibration = Calibration {
        format: Calibration::FORMAT,
        run: "measured".to_owned(),
        spawn_ns: vec![],
        kernel_start_ns: vec![],
        kernel_stop_ns: vec![],
        server_stop_ns: vec![],
        notebooks: BTreeMap::new(),
        executions: times(&[("s.lua:9", &[250, 350]), ("s.lua:99", &[7000])]),
        calls: times(&[("user:put", &[40]), ("user:get", &[50]), ("kernel:restart", &[30_000])]),
    };
    let ended = scripted("", body, "", 1, &Beside { calibration: Some(Rc::new(calibration)), ..Beside::default() });
    check(&ended);
    let mut taken: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for event in &ended.events {
        if let EventKind::CallEnded { call, place, took_ns, .. } = &event.kind {
            taken.entry(format!("{call} {place}").trim().to_owned()).or_default().insert(took_ns / MS);
        }
    }
    let some_of = |call: &str, of: &[u64]| {
        let taken = &taken[call];
        assert!(!taken.is_empty() && taken.iter().all(|ms| of.contains(ms)), "{call}: {taken:?}");
    };
    some_of("kernel:execute s.lua:9", &[250, 350]);
    some_of("kernel:execute s.lua:10", &[250, 350, 7000]);
    some_of("user:put", &[40]);
    some_of("user:get", &[50]);
    assert!(taken["kernel:restart"].iter().all(|ms| *ms >= 30_000), "{taken:?}");
}
