//! Hooks: what they see, what they may ask for, how they fail.

use hubmark::event::{Failure, Level, LogLine, Outcome, TaskRecord};
use hubmark::port::{HookAction, HookCall, RunView, Script, ScriptFault, Turn};
use hubmark::script::load;

fn view(elapsed_s: f64) -> RunView {
    RunView { run: "20261124-1200-x".to_owned(), elapsed_s, generation: 1, users: 4, simulated: true }
}

fn record() -> TaskRecord {
    TaskRecord {
        notebook: "train".to_owned(),
        target: "gx8".to_owned(),
        account: "hubmark-0001".to_owned(),
        kernel_id: "k".to_owned(),
        scheduled_ns: 1_000_000_000,
        started_ns: 2_000_000_000,
        ended_ns: 4_500_000_000,
        outcome: Outcome::Ok,
        cells: 5,
        timings: vec![],
        failure: None,
        failed_cell: None,
        notices: Vec::new(),
        kept: None,
    }
}

fn failed() -> TaskRecord {
    TaskRecord {
        outcome: Outcome::CellError,
        failure: Some(Failure::new(Outcome::CellError, "ZeroDivisionError")),
        failed_cell: Some(3),
        ..record()
    }
}

/// The hooks of a scenario with this text under `on`; `head` stands before it.
fn hooks(head: &str, on: &str) -> Box<dyn Script> {
    let scenario = crate::SCENARIO.replace(" }", &format!(", on = {{ {on} }} }}"));
    let folder = crate::Folder::new(&[("s.lua", &format!("{head}\n{scenario}"))]);
    let loaded = load(&folder.request()).unwrap_or_else(|e| panic!("{e}"));
    // The folder goes away here: hooks run the files as they were read.
    drop(folder);
    loaded.hooks(1_795_492_800_000_000_000).unwrap_or_else(|e| panic!("{e}"))
}

/// A line of the log as the author wrote it.
fn said(level: Level, text: &str, place: &str, fields: &[(&str, serde_json::Value)]) -> LogLine {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    LogLine { place: Some(place.to_owned()), fields, ..LogLine::new(level, text) }
}

/// Calls a hook that asks for nothing, and takes what it wants done.
fn call(script: &mut dyn Script, call: HookCall) -> Result<Vec<HookAction>, ScriptFault> {
    match script.begin(&view(12.5), &call) {
        Turn::Done => Ok(script.take_actions()),
        Turn::Failed(fault) => Err(fault),
        Turn::Asks(ask) => panic!("it asks for {ask:?}"),
    }
}

fn marks(actions: &[HookAction]) -> Vec<&str> {
    actions
        .iter()
        .filter_map(|action| match action {
            HookAction::Mark(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

#[test]
fn hooks_see_the_run_and_ask_for_actions() {
    let mut script = hooks(
        "",
        r#"setup = function(run)
             run:mark(run.id .. " " .. run.elapsed_s .. " " .. run.generation .. " " .. run.users .. " " .. tostring(run.simulated))
             run.log:info("one") run.log:warn("two", { took_s = 1.5, who = "a b" }) run.log:error("three")
             print("four", 4)
             run:stop("enough")
           end"#,
    );
    let mut actions = call(&mut *script, HookCall::Setup).unwrap();
    // The scenario's folder of this test is another one each time.
    for action in &mut actions {
        if let HookAction::Log(LogLine { place: Some(place), .. }) = action {
            *place = place.rsplit_once('/').unwrap().1.to_owned();
        }
    }
    assert_eq!(
        actions,
        [
            HookAction::Mark("20261124-1200-x 12.5 1 4 true".to_owned()),
            HookAction::Log(said(Level::Info, "one", "s.lua:4", &[])),
            HookAction::Log(said(Level::Warn, "two", "s.lua:4", &[("took_s", 1.5.into()), ("who", "a b".into())])),
            HookAction::Log(said(Level::Error, "three", "s.lua:4", &[])),
            HookAction::Log(said(Level::Info, "four\t4", "s.lua:5", &[])),
            HookAction::Stop("enough".to_owned()),
        ]
    );
    assert_eq!(call(&mut *script, HookCall::Teardown).unwrap(), [], "a hook that is not there does nothing");
}

#[test]
fn what_stands_beside_a_line_of_the_log_is_plain_data_by_name() {
    for (fields, why) in [
        ("5", "wanted a table of values by name after the text"),
        ("{ 1, 2 }", "wanted a table of values by name after the text"),
        ("{ f = print }", "a function cannot be plain data (at f)"),
        ("{ text = (\"x\"):rep(5000) }", "its fields take more than 4 KiB as JSON"),
    ] {
        let mut script = hooks("", &format!("setup = function(run) run.log:warn(\"x\", {fields}) end"));
        let fault = call(&mut *script, HookCall::Setup).unwrap_err().message;
        let wanted = format!("wrong call of run.log:warn: {why}");
        assert!(fault.contains(&wanted) && fault.contains("s.lua:2") && fault.contains("hint: "), "{fault}");
    }
    let mut script = hooks("", "setup = function(run) run.log:info(\"x\", nil) run.log:info(\"y\", {}) end");
    assert_eq!(call(&mut *script, HookCall::Setup).unwrap().len(), 2);
}

#[test]
fn a_task_is_plain_frozen_data() {
    let mut script = hooks(
        "",
        r#"task_done = function(run, t)
             run:mark(table.concat({ t.id, t.notebook, t.hub, t.account, t.outcome, t.duration_s, t.response_s, t.cells }, " "))
             if t.error then run:mark(t.error.kind .. " " .. t.error.message .. " " .. t.error.cell) end
             run:mark(tostring(pcall(function() t.outcome = "ok" end)))
             run:mark(tostring(pcall(function() return t.outcom end)))
           end"#,
    );
    let actions = call(&mut *script, HookCall::TaskDone("agents/0#1.1", &record(), Some("ms-01"))).unwrap();
    assert_eq!(marks(&actions), ["agents/0#1.1 train gx8 hubmark-0001 ok 2.5 3.5 5", "false", "false"]);
    let actions = call(&mut *script, HookCall::TaskDone("agents/0#2.1", &failed(), Some("ms-01"))).unwrap();
    assert_eq!(marks(&actions)[1], "cell_error ZeroDivisionError 3");
}

#[test]
fn an_unknown_word_in_a_hook_is_an_error_with_its_line() {
    let mut script = hooks("", "task_done = function(run, task)\n  run:makr(task.outcome)\nend");
    let fault = call(&mut *script, HookCall::TaskDone("x", &record(), Some("ms-01"))).unwrap_err().message;
    assert!(fault.contains("on.task_done: error: unknown field \"makr\" of run"), "{fault}");
    assert!(fault.contains("s.lua:3:7"), "{fault}");
    assert!(fault.contains("did you mean \"mark\"?"), "{fault}");
    let mut script = hooks("", "task_done = function(run, task) return task.duration end");
    let fault = call(&mut *script, HookCall::TaskDone("x", &record(), Some("ms-01"))).unwrap_err().message;
    assert!(fault.contains("did you mean \"duration_s\"?"), "{fault}");
}

#[test]
fn hooks_keep_their_locals_from_call_to_call() {
    let mut script = hooks(
        "local count = 0",
        "task_done = function(run) count = count + 1 if count == 3 then run:mark(\"third\") end end",
    );
    for _ in 0..2 {
        assert_eq!(call(&mut *script, HookCall::TaskDone("x", &record(), Some("ms-01"))).unwrap(), []);
    }
    assert_eq!(marks(&call(&mut *script, HookCall::TaskDone("x", &record(), Some("ms-01"))).unwrap()), ["third"]);
}

#[test]
fn hooks_read_the_clock_of_the_run() {
    let mut script = hooks(
        "",
        r#"setup = function(run) run:mark(os.time() .. " " .. os.clock() .. " " .. os.date("!%Y-%m-%d %H:%M:%S") .. " " .. os.date("%Y", 0)) end"#,
    );
    let actions = call(&mut *script, HookCall::Setup).unwrap();
    assert_eq!(marks(&actions), ["1795492812 12.5 2026-11-24 04:00:12 1970"]);
}

#[test]
fn actions_of_one_call_are_bounded_and_the_rest_is_counted() {
    let mut script = hooks("", "setup = function(run) for i = 1, 1000 do run:mark(\"m\" .. i) end end");
    let actions = call(&mut *script, HookCall::Setup).unwrap();
    assert_eq!(marks(&actions).len(), 64);
    let text = "the function asked for 936 things more than the 64 that one call may";
    assert_eq!(
        actions.last(),
        Some(&HookAction::Log(LogLine::new(Level::Warn, text))),
        "hubmark's own line has no place"
    );
    let mut script = hooks("", "setup = function(run) run:mark((\"ü\"):rep(100000)) end");
    let actions = call(&mut *script, HookCall::Setup).unwrap();
    assert!(matches!(&actions[0], HookAction::Mark(text) if text.len() <= 4096 && text.ends_with('…')));
}

#[test]
fn a_hook_that_fails_does_not_end_the_hooks() {
    let mut script = hooks(
        "local n = 0",
        "setup = function(run) n = n + 1 run:mark(\"lost\") run.log:info(\"kept\") if n == 1 then error(\"no\") end end",
    );
    let fault = call(&mut *script, HookCall::Setup).unwrap_err();
    assert!(fault.message.starts_with("on.setup: error: no\n"), "{}", fault.message);
    let asked = script.take_actions();
    assert_eq!(asked.len(), 2, "which of it is done is the engine's to say: {asked:?}");
    assert_eq!(marks(&call(&mut *script, HookCall::Setup).unwrap()), ["lost"]);
}

#[test]
fn a_hook_that_breaks_a_limit_ends_the_hooks_and_says_so() {
    for body in [
        "while true do end",
        "pcall(function() while true do end end)",
        "local t = {} while true do t[#t + 1] = (\"x\"):rep(100000) .. #t end",
        "local function f() return 1 + f() end f()",
    ] {
        let mut script =
            hooks("", &format!("task_done = function(run) {body} end, teardown = function(run) run:mark(\"x\") end"));
        let fault = call(&mut *script, HookCall::TaskDone("x", &record(), Some("ms-01"))).unwrap_err().message;
        assert!(fault.contains("no hook of this run is called any more"), "{body}: {fault}");
        assert_eq!(call(&mut *script, HookCall::Teardown).unwrap(), [], "{body}: a poisoned VM is never used again");
    }
}

#[test]
fn a_hook_may_use_memory_again_that_it_has_left() {
    let mut script = hooks("", "task_done = function(run) local t = {} for i = 1, 20000 do t[i] = { i } end end");
    for _ in 0..50 {
        call(&mut *script, HookCall::TaskDone("x", &record(), Some("ms-01"))).unwrap();
    }
}

#[test]
fn two_runs_have_hooks_of_their_own() {
    let on = "task_done = function(run) count = count + 1 run:mark(tostring(count)) end";
    let (mut one, mut two) = (hooks("local count = 0", on), hooks("local count = 0", on));
    for script in [&mut one, &mut two] {
        assert_eq!(marks(&call(&mut **script, HookCall::TaskDone("x", &record(), Some("ms-01"))).unwrap()), ["1"]);
    }
}
