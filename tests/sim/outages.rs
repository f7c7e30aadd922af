//! Users of one's own hold on through an outage: they keep what they have, and nobody gives up.

use crate::checks::check;
use crate::users::{degraded, failures, iterations, scripted};
use crate::world::Beside;
use hubmark::event::{EventKind, Outcome};
use hubmark::sim::Faults;
use std::time::Duration;

#[test]
fn an_outage_takes_no_server_and_no_kernel_from_a_user_of_ones_own() {
    let faults = Faults { outage: Some((Duration::from_secs(300), Duration::from_secs(900))), ..Faults::default() };
    let load = "hm.constant_users { user = \"u\", users = 4, duration = \"30m\" }";
    for (head, body) in [
        // What `start` opened is used again after the outage.
        (
            "",
            "start = function(user) user:start_server {} state.kernel = user:open_kernel {} end,
              iterate = function(user) state.kernel:execute(\"1\") user:put(\"a\", \"b\") user:think() end",
        ),
        // An iteration that starts a server of its own finds it again.
        (
            "",
            "start = function(user) end,
              iterate = function(user)
                user:start_server {} user:open_kernel {}:execute(\"1\") user:think() user:stop_server()
              end",
        ),
    ] {
        let head = format!("{head} local state = {{}}");
        let ended = scripted(&head, body, load, 1, &Beside { faults, ..Beside::default() });
        check(&ended);
        let said = failures(&ended);
        assert!(said.iter().all(|(_, failure)| failure.outcome == Outcome::ProxyDown), "{said:?}");
        assert!((4..100).contains(&said.len()), "{} failures", said.len());
        assert_eq!(degraded(&ended), Vec::<&str>::new(), "nobody gave up");
        let late =
            ended.events.iter().rposition(|e| matches!(e.kind, EventKind::IterationEnded { outcome: Outcome::Ok, .. }));
        assert!(ended.events[late.unwrap()].t_ns > 1_500_000_000_000, "they work again after the outage");
        let stops = |event: &&hubmark::event::Event| match &event.kind {
            EventKind::ServerStopped { outcome, .. } => !outcome.is_ok(),
            _ => false,
        };
        let stopped: Vec<_> = ended.events.iter().filter(stops).collect();
        assert!(stopped.len() <= 4, "only who wished to stop its server then: {stopped:?}");
        let starts = ended.events.iter().filter(|e| matches!(e.kind, EventKind::ServerStarted { .. })).count();
        assert!(!body.contains("state.kernel") || starts == 4, "{starts} starts of servers of 4 users");
    }
}

#[test]
fn users_who_come_in_an_outage_wait_for_its_end() {
    let faults = Faults { outage: Some((Duration::from_secs(1), Duration::from_secs(1200))), ..Faults::default() };
    let body = "start = function(user) user:start_server {} state.kernel = user:open_kernel {} end,
        iterate = function(user) state.kernel:execute(\"1\") user:think() end";
    let load = "hm.constant_users { user = \"u\", users = 3, duration = \"30m\" }";
    let ended = scripted("local state = {}", body, load, 1, &Beside { faults, ..Beside::default() });
    check(&ended);
    assert_eq!(degraded(&ended), Vec::<&str>::new(), "nobody gave up");
    assert!(failures(&ended).iter().all(|(_, failure)| failure.outcome == Outcome::ProxyDown));
    assert!(iterations(&ended).iter().filter(|outcome| outcome.is_ok()).count() > 30);
    let stopped = |outcome: &Outcome| !outcome.is_ok();
    let failed =
        ended.events.iter().filter(|e| matches!(&e.kind, EventKind::ServerStopped { outcome, .. } if stopped(outcome)));
    assert_eq!(failed.count(), 0, "nobody asked for a stop");
}
