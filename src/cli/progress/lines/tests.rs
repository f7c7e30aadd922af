//! What a run looks like at moments of its life.

use super::*;
use crate::engine::LastFailure;
use crate::script::{self, LoadRequest};

const NOTEBOOK: &str = include_str!("../../../../tests/lua/n.ipynb");
const SECOND: u64 = 1_000_000_000;

fn plan(text: &str) -> Plan {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("n.ipynb"), NOTEBOOK).unwrap();
    let path = folder.path().join("s.lua");
    std::fs::write(&path, text).unwrap();
    script::load(&LoadRequest::new(path)).unwrap_or_else(|error| panic!("{error}")).plan
}

/// Two minutes of users with a mix.
fn mix() -> Plan {
    plan(r#"return hm.scenario { hub = "http://127.0.0.1:1", notebook = "n.ipynb", users = 2, duration = "2m" }"#)
}

fn own(load: &str) -> Plan {
    plan(&format!(
        r#"return hm.scenario {{ hub = "http://127.0.0.1:1", load = {{ l = {load} }},
           users = {{ u = hm.user {{ iterate = function(user) user:sleep("1s") end }} }} }}"#
    ))
}

fn moment<'m>(plan: &'m Plan, view: &'m LiveView, at_s: u64, stop: StopLevel) -> Moment<'m> {
    Moment { plan, view, now_ns: at_s * SECOND, stop }
}

/// A view of a load that began at 10 s.
fn under_load() -> LiveView {
    let mut view = LiveView::default();
    view.phase = Some(Phase::Load);
    view.load_from_ns = Some(10 * SECOND);
    view.users = 2;
    view
}

#[test]
fn how_long_it_takes_is_known_until_the_load_ends_then_until_the_grace_does() {
    let (plan, mut view) = (mix(), under_load());
    let left = |view: &LiveView, at_s, stop| moment(&plan, view, at_s, stop).left();
    let seconds = Duration::from_secs;
    assert_eq!(left(&view, 40, StopLevel::Go), Left::Load(seconds(90)));
    assert_eq!(left(&view, 135, StopLevel::Go), Left::Ending(seconds(25)), "tasks have 30 s after the end");
    assert_eq!(left(&view, 200, StopLevel::Go), Left::Ending(Duration::ZERO));
    view.stop_from_ns = Some(50 * SECOND);
    assert_eq!(left(&view, 60, StopLevel::Graceful), Left::Ending(seconds(20)));
    assert_eq!(left(&view, 60, StopLevel::Hard), Left::Now);
    let line = moment(&plan, &view, 60, StopLevel::Graceful).plain();
    let screen = moment(&plan, &view, 60, StopLevel::Graceful).screen(Style { color: false });
    assert!(screen[0].ends_with("within 20s; Ctrl-C stops at once"), "{screen:?}");
    assert_eq!(line, "1m stopping: 2 users, 0 tasks done, 0 failed, what is under way may end within 20s");
}

#[test]
fn users_of_ones_own_are_shown_by_what_they_do() {
    let plan = own(r#"hm.constant_users { user = "u", users = 2, duration = "1m" }"#);
    let mut view = under_load();
    view.iterations = Count { ok: 7, failed: 1 };
    view.steps = Count { ok: 20, failed: 2 };
    view.checks = Count { ok: 5, failed: 1 };
    let line = moment(&plan, &view, 20, StopLevel::Go).plain();
    let wanted = "20s under load: 2 users, 7 iterations done, 1 failed, 2 steps failed, 5 of 6 checks held, 50s left";
    assert_eq!(line, wanted);
    let screen = moment(&plan, &view, 20, StopLevel::Go).screen(Style { color: false }).join("\n");
    for wanted in ["iterations 7 done, 1 failed", "steps 20 done, 2 failed  5 of 6 checks held", "50s left"] {
        assert!(screen.contains(wanted), "{wanted} in {screen}");
    }
    assert!(!screen.contains("tasks"), "there are none: {screen}");
}

#[test]
fn a_fixed_number_of_iterations_is_counted_and_not_timed() {
    let plan = own(r#"hm.per_user_iterations { user = "u", users = 2, iterations = 10, at_most = "1h" }"#);
    let mut view = under_load();
    view.iterations = Count { ok: 4, failed: 1 };
    let moment = moment(&plan, &view, 20, StopLevel::Go);
    assert_eq!(moment.left(), Left::Unknown, "an hour is no estimate");
    assert!(
        moment.screen(Style { color: false })[0].ends_with("10s 5 of 20 iterations"),
        "{:?}",
        moment.screen(Style { color: false })
    );
    assert_eq!(moment.share(), Some(0.25));
}

#[test]
fn the_last_failure_says_whose_and_how_long_ago_and_is_news_once() {
    let (plan, mut view) = (mix(), under_load());
    let ids = Ids { executor: Some("load".into()), user: Some(1), iteration: None, task: None };
    let text = "spawn_failed: no \x1b[31mroom\nand more".to_owned();
    view.last_failure = Some(LastFailure { seq: 9, t_ns: 15 * SECOND, ids, text });
    let moment = moment(&plan, &view, 27, StopLevel::Go);
    let screen = moment.screen(Style { color: false }).join("\n");
    assert!(screen.ends_with("  last failure 12s ago, load/1:\n    spawn_failed: no room"), "{screen}");
    assert_eq!(moment.new_failure(8).map(|(seq, _)| seq), Some(9));
    assert_eq!(moment.new_failure(9), None);
}

#[test]
fn many_hubs_do_not_fill_the_screen() {
    let (plan, mut view) = (mix(), under_load());
    view.hubs = (0..9).map(|n| (format!("hub{n}"), crate::engine::HubView::default())).collect();
    let lines = moment(&plan, &view, 20, StopLevel::Go).screen(Style { color: false });
    assert_eq!(lines.iter().filter(|line| line.contains(" servers, ")).count(), 5);
    assert!(lines.contains(&"  … and 4 more hubs and servers".to_owned()), "{lines:?}");
}

#[test]
fn times_print_for_people() {
    assert_eq!(millis(850_000_000), "850 ms");
    assert_eq!(millis(1_240_000_000), "1.24 s");
    assert_eq!(millis(200_000_000_000), "3m20s");
    assert_eq!(bar(0.5, 4), "━━╌╌");
}
