//! `scenarios/looking`: machines, the hub and what users share, looked at from hooks and users of a simulated farm.

use crate::{err, hubmark, out, root};

fn simulate(folder: &std::path::Path, scenario: &str, more: &[&str]) -> String {
    let ran = hubmark(folder, &[&["simulate", scenario], more].concat());
    assert!(ran.status.code().is_some_and(|code| code != 2), "{}{}", out(&ran), err(&ran));
    let log = hubmark(folder, &["runs", "log"]);
    assert!(log.status.success(), "{}", err(&log));
    out(&log)
}

#[test]
fn the_example_of_the_guide_looks_at_simulated_machines() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = root().join("scenarios/looking");
    let log = simulate(folder.path(), scenario.to_str().unwrap(), &["--agents", "2", "--hot", "20"]);
    let lines: Vec<&str> = log.lines().collect();
    assert!(!log.contains(" error "), "nothing failed: {log}");
    assert!(lines.iter().all(|line| line.starts_with("SIMULATED")), "{log}");
    for part in
        ["the GPU server memory_used_bytes=", "tasks count=", "version=\"simulated\"", "tasks of the first agent"]
    {
        assert!(lines.iter().any(|line| line.contains(part)), "{part}: {log}");
    }
    let guide = std::fs::read_to_string(root().join("docs/guide/looking.md")).unwrap();
    let text = std::fs::read_to_string(scenario.join("scenario.lua")).unwrap();
    for function in ["work", "say_how_it_began", "mark_hot_gpus", "say_how_it_ended"] {
        let from = text.find(&format!("local function {function}(")).unwrap();
        let body = text[from..].split("\nend\n").next().unwrap();
        assert!(guide.contains(body), "the guide does not show {function} as the scenario has it");
    }
}

/// A scenario with a farm; `on` are its hooks, `iterate` what its two users do.
fn scenario(on: &str, iterate: &str) -> String {
    format!(
        r#"return hm.scenario {{
  name = "looks",
  prometheus = {{ farm = hm.prometheus {{ "http://127.0.0.1:1" }} }},
  farm = hm.farm {{
    placement = "any",
    hubs = {{ lab = hm.hub {{ url = "http://127.0.0.1:1", accounts = hm.accounts {{ pattern = "l-%d", create = true }} }} }},
    nodes = {{ hm.nodes("ms-%02d", 2, function() return {{ role = "microserver", hub = "lab", gpus = 1 }} end) }},
  }},
  metrics = {{ loss = {{ kind = "gauge" }} }},
  users = {{ u = hm.user {{ iterate = function(user) {iterate} end, think = "5s" }} }},
  load = {{ l = hm.per_user_iterations {{ user = "u", on = "microserver", users = 2, iterations = 2 }} }},
  on = {{ {on} }},
}}
"#
    )
}

fn log_of(on: &str, iterate: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.lua"), scenario(on, iterate)).unwrap();
    simulate(folder.path(), "s.lua", &[])
}

#[test]
fn what_cannot_be_looked_at_is_said_at_the_authors_line() {
    let log = log_of(
        "",
        r#"
    local run = user.run
    local function why(f) local ok, problem = pcall(f) assert(not ok) run.log:info(tostring(problem)) end
    if user.iteration == 1 and user.id == "l/0" then
      why(function() run:gpu("ms-01", 3) end)
      why(function() run:host("here") end)
      why(function() run:prom("farm"):query("up") end)
      why(function() run.shared:wait("alone", 2, { timeout = "7s" }) end)
      why(function() run.shared:set("big", ("x"):rep(70000)) end)
    end
    user:think()"#,
    );
    for part in [
        "run:gpu: node \"ms-01\" has one GPU, number 0",
        "run:host: the run is simulated, and hubmark's own machine is not sampled in it",
        "prom:query: the run is simulated, and no Prometheus has series of a simulated world",
        "run.shared:wait: only 1 of 2 came within 7s",
        "run.shared:set: the value has 68 KiB as JSON, and at most 64 KiB can be shared",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
}

#[test]
fn users_and_hooks_share_and_see_the_same() {
    let log = log_of(
        r#"teardown = function(run)
    local loss = run:stats("metric.loss")
    run.log:info("end", { tries = run.shared:count("tries"), loss = loss.mean, count = loss.count, best = run.shared:get("best").of })
    local page = run:hub("lab"):metrics()
    run.log:info("page", { kind = page.kind, first = page.series[1].value, name = page.series[1].labels.__name__ })
  end"#,
        r#"
    local run = user.run
    run.shared:wait("round", 2)
    run.shared:add("tries", 2)
    run.shared:set("best", { of = user.node })
    user:metric("loss", 0.25)
    local gpu, host = run:gpu(user.node, 0), run:host(user.node)
    assert(gpu.simulated and host.simulated and gpu.node == user.node, "it says what it is")
    assert(gpu:sample().at_s >= gpu.at_s and host:sample().age_s < 1, "a fresh one")
    user:think()"#,
    );
    assert!(!log.contains(" error "), "no iteration failed: {log}");
    for part in
        ["tries=8", "loss=0.25", "count=4", "best=\"ms-0", "kind=\"vector\"", "first=0", "jupyterhub_running_servers"]
    {
        assert!(log.contains(part), "{part}: {log}");
    }
}

#[test]
fn a_hook_that_asks_without_end_or_waits_too_long_is_left_and_the_run_goes_on() {
    let log = log_of(
        r#"teardown = function(run) pcall(function() while true do run:stats("task.duration") end end) end"#,
        "user:think()",
    );
    assert!(log.contains("hook teardown failed: on.teardown: it asked for more than 1000 things"), "{log}");
    assert!(log.contains("in run:stats"), "{log}");
    let log =
        log_of(r#"teardown = function(run) run.shared:wait("nobody", 2, { timeout = "1h" }) end"#, "user:think()");
    assert!(log.contains("on.teardown: it took longer than 60 s") && log.contains("in run.shared:wait"), "{log}");
}
