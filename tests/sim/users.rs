//! Users of one's own: what they do, how they fail, and that nothing of theirs is left.

use crate::checks::{check, outcomes};
use crate::world::{Beside, Ended, simulate};
use hubmark::engine::StopLevel;
use hubmark::event::{Event, EventKind, Failure, LogLine, Outcome};
use hubmark::plan::UserFunction;
use hubmark::script::{Counting, LoadRequest, load};
use hubmark::sim::Faults;
use std::time::Duration;

const NOTEBOOK: &str = r#"{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
    {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": null, "outputs": [], "source": "1"}]}"#;

/// A student with a lecture, as the reference shows it.
const STUDENT: &str = r#"
    start = function(user) user:start_server { timeout = "2m" } end,
    iterate = function(user)
      local kernel = user:open_kernel {}
      user:step("load data", function() kernel:execute("x = 1", { timeout = "1m" }) end)
      local task = user:run("n", { params = { epochs = user.random:integer(1, 4) } })
      user:check("learned", task.outcome == "ok")
      user:metric("epochs", 3)
      user:think()
    end,
    stop = function(user) user:stop_server() end"#;

/// Simulates users with this behaviour: 3 users, 2 iterations each, unless `load` says otherwise.
pub(crate) fn scripted(head: &str, behaviour: &str, load_field: &str, seed: u64, beside: &Beside) -> Ended {
    let load_field = if load_field.is_empty() {
        "hm.per_user_iterations { user = \"u\", users = 3, iterations = 2 }"
    } else {
        load_field
    };
    let text = format!(
        "{head}
        return hm.scenario {{
          name = \"users\", seed = {seed},
          hub = hm.hub {{ url = \"http://127.0.0.1:1\", accounts = hm.accounts {{ pattern = \"sim-%03d\", create = true }} }},
          notebooks = {{ n = hm.notebook {{ \"n.ipynb\", expect = \"20s\", timeout = \"2m\" }} }},
          metrics = {{ epochs = {{ kind = \"counter\" }}, loss = {{ kind = \"gauge\" }} }},
          users = {{ u = hm.user {{ think = \"5s\", {behaviour} }} }},
          load = {{ class = {load_field} }},
        }}"
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.lua"), text).unwrap();
    std::fs::write(folder.path().join("n.ipynb"), NOTEBOOK).unwrap();
    let mut request = LoadRequest::new(folder.path().join("s.lua"));
    request.limits.counting = Counting::Ticks;
    let loaded = load(&request).unwrap_or_else(|error| panic!("{error}"));
    let users = loaded.users(1_700_000_000_000_000_000).unwrap_or_else(|error| panic!("{error}"));
    simulate(&loaded.plan, seed, &Beside { users: Some(users), ..beside.clone() })
}

fn iterate(body: &str) -> Ended {
    let ended = scripted("", &format!("iterate = function(user) {body} end"), "", 1, &Beside::default());
    check(&ended);
    ended
}

pub(crate) fn iterations(ended: &Ended) -> Vec<Outcome> {
    let outcome = |kind: &EventKind| match kind {
        EventKind::IterationEnded { outcome, .. } => Some(*outcome),
        _ => None,
    };
    ended.events.iter().filter_map(|event| outcome(&event.kind)).collect()
}

pub(crate) fn failures(ended: &Ended) -> Vec<(UserFunction, Failure)> {
    let failure = |kind: &EventKind| match kind {
        EventKind::UserCodeFailed { function, failure } => Some((*function, failure.clone())),
        _ => None,
    };
    ended.events.iter().filter_map(|event| failure(&event.kind)).collect()
}

fn logs(ended: &Ended) -> Vec<&str> {
    fn text(kind: &EventKind) -> Option<&str> {
        if let EventKind::Log(line) = kind { Some(&line.text) } else { None }
    }
    ended.events.iter().filter_map(|event| text(&event.kind)).collect()
}

pub(crate) fn degraded(ended: &Ended) -> Vec<&str> {
    fn text(kind: &EventKind) -> Option<&str> {
        if let EventKind::Degraded { text, .. } = kind { Some(text) } else { None }
    }
    ended.events.iter().filter_map(|event| text(&event.kind)).collect()
}

#[test]
fn a_student_does_everything_that_its_functions_say() {
    let ended = scripted("", STUDENT, "", 1, &Beside::default());
    check(&ended);
    assert!(failures(&ended).is_empty(), "{:?}", failures(&ended));
    assert_eq!(iterations(&ended), [Outcome::Ok; 6]);
    assert_eq!(outcomes(&ended)["ok"], 6);
    let count = |wanted: fn(&EventKind) -> bool| ended.events.iter().filter(|event| wanted(&event.kind)).count();
    assert_eq!(count(|kind| matches!(kind, EventKind::ServerStarted { outcome: Outcome::Ok, .. })), 3);
    assert_eq!(count(|kind| matches!(kind, EventKind::ServerStopped { outcome: Outcome::Ok, .. })), 3);
    assert_eq!(
        count(|kind| matches!(kind, EventKind::KernelStarted { .. })),
        12,
        "one of its own, one of the notebook"
    );
    assert_eq!(count(|kind| matches!(kind, EventKind::KernelClosed { .. })), 12);
    assert_eq!(count(|kind| matches!(kind, EventKind::CallEnded { call, .. } if call == "kernel:execute")), 6);
    assert_eq!(
        count(|kind| matches!(kind, EventKind::StepEnded { name, took_ns, .. } if name == "load data" && *took_ns > 0)),
        6
    );
    assert_eq!(count(|kind| matches!(kind, EventKind::Checked { ok: true, .. })), 6);
    assert_eq!(count(|kind| matches!(kind, EventKind::MetricObserved { value: 3.0, .. })), 6);
}

#[test]
fn a_seed_gives_the_same_run_again() {
    let body = r#"iterate = function(user)
        user:sleep(hm.duration("1s") * user.random:integer(1, 30))
        user.run.log:info(user.id .. " " .. user.iteration .. " " .. math.random(1000000))
        user:run("n")
      end"#;
    let [mut a, mut b, mut c] = [7, 7, 8].map(|seed| scripted("", body, "", seed, &Beside::default()));
    [&a, &b, &c].into_iter().for_each(check);
    // Each of them had a folder of its own.
    for event in [&mut a, &mut b, &mut c].into_iter().flat_map(|ended| &mut ended.events) {
        if let EventKind::Log(LogLine { place: Some(place), .. }) = &mut event.kind {
            *place = place.rsplit_once('/').unwrap().1.to_owned();
        }
    }
    assert_eq!(a.events, b.events);
    assert_ne!(a.events, c.events);
    let draws: std::collections::BTreeSet<&str> =
        logs(&a).into_iter().filter_map(|line| line.split(' ').next_back()).collect();
    assert_eq!(draws.len(), 6, "each user and iteration draws of its own: {draws:?}");
}

#[test]
fn a_users_code_can_be_stopped_wherever_it_waits() {
    let load = "hm.constant_users { user = \"u\", users = 3, duration = \"10m\" }";
    for (seed, millis) in (0..60_000u64).step_by(1_730).enumerate() {
        for level in [StopLevel::Graceful, StopLevel::Hard] {
            let stops = vec![(Duration::from_millis(millis), level)];
            let ended = scripted("", STUDENT, load, seed as u64, &Beside { stops, ..Beside::default() });
            check(&ended);
            assert_eq!(ended.end.clean.left_behind().count(), 0, "at {millis} ms: {:?}", ended.end.clean);
            assert!(failures(&ended).is_empty(), "at {millis} ms: {:?}", failures(&ended));
        }
    }
}

#[test]
fn code_that_outlives_its_window_is_dropped_and_its_steps_are_interrupted() {
    let body = r#"iterate = function(user)
        user:open_kernel {}
        user:step("outer", function() user:step("inner", function() user:sleep("10h") end) end)
      end,
      stop = function(user) user.run:mark("never") end"#;
    let ended =
        scripted("", body, "hm.constant_users { user = \"u\", users = 2, duration = \"1m\" }", 1, &Beside::default());
    check(&ended);
    assert_eq!(iterations(&ended), [Outcome::Interrupted; 2]);
    let steps: Vec<(&str, Outcome)> = ended
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::StepEnded { name, outcome, .. } => Some((name.as_str(), *outcome)),
            _ => None,
        })
        .collect();
    let interrupted = Outcome::Interrupted;
    assert_eq!(steps[..2], [("outer/inner", interrupted), ("outer", interrupted)]);
    assert!(!ended.events.iter().any(|event| matches!(event.kind, EventKind::Mark { .. })), "stop is not called");
}

#[test]
fn faults_of_the_hub_end_iterations_with_their_own_outcome() {
    let load = "hm.constant_users { user = \"u\", users = 8, duration = \"30m\" }";
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..4 {
        let faults = Faults {
            spawn_failed: 0.2,
            spawn_throttled: 0.1,
            cell_error: 0.05,
            kernel_died: 0.05,
            kernel_restarted: 0.01,
            connection_lost: 0.01,
            server_culled: 0.03,
            removal_unanswered: 0.05,
            ..Faults::default()
        };
        let ended = scripted("", STUDENT, load, seed, &Beside { faults, ..Beside::default() });
        check(&ended);
        seen.extend(iterations(&ended));
        for (function, failure) in failures(&ended) {
            // A removal that stays unanswered outlives the grace of `stop`.
            if failure.outcome == Outcome::Interrupted {
                assert_eq!(function, UserFunction::Stop, "{failure}");
                continue;
            }
            assert_ne!(failure.outcome, Outcome::ScriptError, "{failure}");
            assert!(failure.message.contains("s.lua:"), "{failure}");
        }
    }
    for outcome in [Outcome::Ok, Outcome::KernelDied, Outcome::ServerCulled] {
        assert!(seen.contains(&outcome), "no {outcome} in {seen:?}");
    }
}

#[test]
fn a_failure_can_be_caught_and_says_what_it_is() {
    let body = r#"start = function(user)
        repeat
          local server, failure = user:try(function() return user:start_server {} end)
          if failure then
            user.run.log:info(failure.kind .. " " .. tostring(failure.status) .. " " .. tostring(failure.retryable) .. " " .. failure.call)
            user:sleep("5s")
          end
        until server
      end,
      iterate = function(user) user:run("n") end"#;
    let faults = Faults { spawn_throttled: 0.8, ..Faults::default() };
    let ended = scripted("", body, "", 3, &Beside { faults, ..Beside::default() });
    check(&ended);
    assert!(failures(&ended).is_empty(), "{:?}", failures(&ended));
    assert!(logs(&ended).contains(&"spawn_throttled 429 true user:start_server"), "{:?}", logs(&ended));
    assert_eq!(iterations(&ended), [Outcome::Ok; 6]);
}

#[test]
fn an_error_of_the_code_ends_its_iteration_and_carries_its_line() {
    let ended = iterate("\n user:sleep(\"1s\")\n local t = nil\n return t.x");
    assert_eq!(iterations(&ended), [Outcome::ScriptError; 6]);
    let (function, failure) = failures(&ended).remove(0);
    assert_eq!(function, UserFunction::Iterate);
    assert!(failure.message.starts_with("users.u.iterate: error: attempt to index nil"), "{failure}");
    assert!(failure.message.contains("s.lua:10"), "{failure}");
}

#[test]
fn errors_in_a_row_pause_the_executor() {
    let body = "errors_in_a_row = 4, iterate = function(user) error(\"no\") end";
    let load = "hm.constant_users { user = \"u\", users = 3, duration = \"1h\" }";
    let ended = scripted("", body, load, 1, &Beside::default());
    check(&ended);
    assert!((4..=6).contains(&iterations(&ended).len()), "{:?}", iterations(&ended));
    let said = degraded(&ended);
    assert!(said[0].starts_with("executor class is paused: its users' code failed 4 times in a row"), "{said:?}");
    assert_eq!(said.len(), 1);
    let pauses = |event: &&Event| matches!(event.kind, EventKind::Degraded { paused: true, .. });
    assert_eq!(ended.events.iter().find(pauses).and_then(|event| event.ids.executor.as_deref()), Some("class"));
    assert!(ended.end.error.is_none());
}

#[test]
fn a_limit_ends_that_iteration_and_the_user_begins_anew_with_its_data() {
    for (what, says) in [
        ("while true do end", "ran for longer than 100ms"),
        ("pcall(function() while true do end end)", "ran for longer than 100ms"),
        ("local t = {} while true do t[#t + 1] = (\"x\"):rep(100000) .. #t end", "more than 16 MiB of memory"),
        ("local function f() return 1 + f() end f()", "nested too deeply"),
    ] {
        let body = format!(
            "start = function(user) user:start_server {{}} user.data.starts = (user.data.starts or 0) + 1 end,
             iterate = function(user)
               lost = lost + 1
               user.run.log:info(\"starts \" .. user.data.starts .. \" lost \" .. lost)
               user:sleep(\"1s\")
               if user.iteration == 1 then {what} end
             end"
        )
        .replace("lost", "state.lost");
        let ended = scripted("local state = { lost = 0 }", &body, "", 1, &Beside::default());
        check(&ended);
        let count = |outcome| iterations(&ended).iter().filter(|o| **o == outcome).count();
        assert_eq!((count(Outcome::ScriptError), count(Outcome::Ok)), (3, 3), "{what}: {:?}", failures(&ended));
        assert!(failures(&ended)[0].1.message.contains(says), "{what}: {:?}", failures(&ended)[0]);
        let lines = logs(&ended);
        assert_eq!(lines.iter().filter(|line| **line == "starts 1 state.lost 1").count(), 3, "{what}: {lines:?}");
        assert_eq!(lines.iter().filter(|line| **line == "starts 2 state.lost 1").count(), 3, "{what}: {lines:?}");
    }
}

#[test]
fn data_that_cannot_be_kept_is_an_error_with_its_path_and_is_put_back() {
    let ended = iterate(
        "user:sleep(\"1s\")
         user.run.log:info(tostring(user.data.good))
         if user.iteration == 1 then user.data.good = 1 user.data.deep = { { f = print } } end",
    );
    assert_eq!(iterations(&ended).iter().filter(|o| **o == Outcome::Ok).count(), 3);
    let failure = &failures(&ended)[0].1;
    assert!(failure.message.contains("(at deep.1.f)"), "{failure}");
    assert_eq!(logs(&ended), ["nil"; 6], "what a refused function left is gone");
    let ended = iterate("user:sleep(\"1s\") user.data.big = (\"x\"):rep(300000)");
    assert!(failures(&ended)[0].1.message.contains("at most 256 KiB can be"), "{:?}", failures(&ended)[0]);
}

#[test]
fn calls_that_wait_are_refused_where_nobody_can_wait() {
    for (body, says) in [
        ("local co = coroutine.wrap(function() user:sleep(\"1s\") end) co()", "inside a coroutine of your own"),
        ("table.sort({ 3, 1, 2 }, function(a, b) user:sleep(\"1s\") return a < b end)", "a comparison of sort"),
        ("(\"abc\"):gsub(\"%a\", function(c) user:sleep(\"1s\") return c end)", "a replacement of gsub"),
        ("local t = setmetatable({}, { __index = function() user:sleep(\"1s\") end }) local x = t.y", "a metamethod"),
        ("coroutine.yield(1)", "nobody to yield to"),
    ] {
        let ended = iterate(body);
        let (_, failure) = failures(&ended).remove(0);
        assert_eq!(failure.outcome, Outcome::ScriptError, "{body}");
        assert!(failure.message.contains(says), "{body}: {failure}");
    }
    let ended = iterate("local ok = pcall(function() user:sleep(\"1s\") end) assert(ok)");
    assert_eq!(iterations(&ended), [Outcome::Ok; 6], "pcall may wait: {:?}", failures(&ended));
}

#[test]
fn code_that_waits_for_nothing_does_not_spin() {
    let body = "iterate = function(user) user:check(\"x\", true) end";
    let load = "hm.constant_users { user = \"u\", users = 2, duration = \"1m\" }";
    let ended = scripted("", body, load, 1, &Beside::default());
    check(&ended);
    assert!((100..=130).contains(&iterations(&ended).len()), "{}", iterations(&ended).len());
    assert!(degraded(&ended)[0].contains("iterate should wait for something"), "{:?}", degraded(&ended));
    let ended = iterate("while true do user:check(\"x\", true) end");
    assert!(failures(&ended)[0].1.message.contains("over 10000 calls that take no time"), "{:?}", failures(&ended)[0]);
    let ended =
        iterate("local k = user:open_kernel {} k:close() while true do pcall(function() k:execute(\"1\") end) end");
    assert!(failures(&ended)[0].1.message.contains("over 10000 calls that take no time"), "{:?}", failures(&ended)[0]);
    assert_eq!(iterations(&ended), [Outcome::ScriptError; 6], "no pcall keeps it going");
    let ended = iterate("for i = 1, 300 do user:check(\"c\" .. i, true) end user:sleep(\"1s\")");
    let names: std::collections::BTreeSet<&str> = ended
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Checked { name, .. } => Some(name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(names.len(), 201, "two hundred and the others");
    assert!(names.contains("other"));
}

#[test]
fn files_accounts_and_kernels_are_the_users_to_handle() {
    let ended = iterate(
        r#"user:put("work.csv", "a,b\0c")
           assert(user:get("work.csv") == "a,b\0c")
           local _, failure = user:try(function() return user:get("none.csv") end)
           assert(failure.kind == "file_error" and failure.status == 404 and not failure.retryable)
           local kernel = user:open_kernel { spec = "python3" }
           assert(kernel.spec == "python3" and kernel:execute("1").status == "ok")
           kernel:interrupt() kernel:restart()
           assert(kernel:execute("1").count == 1)
           kernel:close()
           local ok, why = pcall(function() kernel:execute("1") end)
           assert(not ok and tostring(why):find("this kernel is closed", 1, true), tostring(why))
           user:delete()
           assert(user:start_server {}.spawn_s > 0)
           user:pace("5m")
           assert(user:run("n", { keep = false }).outcome == "ok")"#,
    );
    assert!(failures(&ended).is_empty(), "{}", failures(&ended)[0].1);
    assert_eq!(iterations(&ended), [Outcome::Ok; 6]);
    assert!(ended.files.is_empty(), "{:?}", ended.files);
    assert!(ended.hub.leftovers().accounts.is_empty());
}

#[test]
fn kernels_of_start_last_and_are_opened_again_when_they_are_lost() {
    let body = r#"start = function(user)
        user:start_server {}
        state.kernel = user:open_kernel {}
      end,
      iterate = function(user) state.kernel:execute("1") user:open_kernel {} user:think() end"#;
    let load = "hm.constant_users { user = \"u\", users = 4, duration = \"20m\" }";
    let faults = Faults { kernel_died: 0.03, ..Faults::default() };
    let ended = scripted("local state = {}", body, load, 2, &Beside { faults, ..Beside::default() });
    check(&ended);
    let died = iterations(&ended).iter().filter(|o| **o == Outcome::KernelDied).count();
    let starts = ended.events.iter().filter(|e| matches!(e.kind, EventKind::ServerStarted { .. })).count();
    assert!(died > 3, "{died}");
    assert!((died..=died + 4).contains(&starts), "{died} lost kernels and {starts} starts of servers");
    assert!(failures(&ended).iter().all(|(_, failure)| failure.outcome == Outcome::KernelDied));
}

#[test]
fn users_of_ones_own_wait_at_the_barrier_too() {
    let load = "hm.constant_users { user = \"u\", users = 5, duration = \"5m\", together = true }";
    let ended = scripted("", STUDENT, load, 1, &Beside::default());
    check(&ended);
    let ready = ended.events.iter().find_map(|event| match event.kind {
        EventKind::ExecutorStarted { ready, .. } => Some(ready),
        _ => None,
    });
    assert_eq!(ready, Some(5));
}
