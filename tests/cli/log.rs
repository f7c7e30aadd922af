//! `hubmark runs log`: what a scenario and its code said.

use crate::{err, hubmark, out, root};
use hubmark::event::{Event, EventKind, Ids, Level, LogLine};
use hubmark::port::{Record, Sink};
use hubmark::record::{InlineStore, Manifest, RunFolder};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// A scenario whose users and hooks talk, and whose hook fails at one task.
const TALKATIVE: &str = r#"print("loaded")
local n = 0
return hm.scenario {
  hub = "http://127.0.0.1:8000",
  notebooks = { notebook = hm.notebook { path = "n.ipynb" } },
  users = { u = hm.user {
    iterate = function(user)
      print("hello", user.iteration)
      user.run.log:warn("slow", { took_s = 1.5 })
      user:run("notebook")
    end,
  } },
  load = { agents = hm.per_user_iterations { user = "u", users = 1, iterations = 2, at_most = "1h" } },
  on = {
    task_done = function(run, task)
      n = n + 1
      if n == 2 then error("no room for " .. task.notebook) end
    end,
    teardown = function(run) run.log:info("good\27[31m night") end,
  },
}
"#;

fn talkative(folder: &Path) {
    std::fs::copy(root().join("tests/lua/n.ipynb"), folder.join("n.ipynb")).unwrap();
    std::fs::write(folder.join("s.lua"), TALKATIVE).unwrap();
    let run = hubmark(folder, &["simulate", "s.lua"]);
    assert_eq!(run.status.code(), Some(0), "{}{}", out(&run), err(&run));
    assert!(err(&run).contains("loaded"), "what is printed while it loads is shown then: {}", err(&run));
}

#[test]
fn the_log_of_a_run_has_level_who_and_place_of_each_line() {
    let folder = tempfile::tempdir().unwrap();
    talkative(folder.path());
    let all = out(&hubmark(folder.path(), &["runs", "log"]));
    let lines: Vec<&str> = all.lines().filter(|line| !line.starts_with(' ')).collect();
    assert!(lines.iter().all(|line| line.starts_with("SIMULATED ")), "{all}");
    for (at, wanted) in [
        "s info  agents/0#1 hello\t1 (s.lua:8)",
        "s warn  agents/0#1 slow took_s=1.5 (s.lua:9)",
        "s info  agents/0#2 hello\t2 (s.lua:8)",
        "s warn  agents/0#2 slow took_s=1.5 (s.lua:9)",
        "s error agents/0#2.1 hook task_done failed: on.task_done: error: no room for notebook",
        "s info  good night (s.lua:19)",
    ]
    .iter()
    .enumerate()
    {
        assert!(lines[at].ends_with(wanted), "{wanted:?} in {all}");
    }
    assert!(all.contains("--> s.lua:17"), "an error of a hook shows the author's code: {all}");

    let errors = out(&hubmark(folder.path(), &["runs", "log", "last", "--level", "error"]));
    assert_eq!(errors.matches("SIMULATED").count(), 1, "{errors}");
    let json = out(&hubmark(folder.path(), &["runs", "log", "--level", "warn", "--follow", "--format", "json"]));
    let json: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json.len(), 3);
    assert_eq!((&json[0]["place"], &json[0]["fields"]["took_s"]), (&"s.lua:9".into(), &1.5.into()));
    assert_eq!((&json[0]["simulated"], &json[0]["ids"]["executor"]), (&true.into(), &"agents".into()));
}

#[test]
fn a_log_without_lines_says_so() {
    let folder = tempfile::tempdir().unwrap();
    hubmark(folder.path(), &["simulate", crate::quickstart().to_str().unwrap()]);
    let log = hubmark(folder.path(), &["runs", "log", "--level", "error"]);
    assert_eq!((log.status.code(), out(&log)), (Some(0), String::new()));
    assert!(err(&log).contains("the log of last has nothing of level error or above"), "{}", err(&log));
}

/// A run that this test writes itself, so that it decides when the run goes on and when it ends.
struct Writing {
    folder: RunFolder,
    store: InlineStore,
    seq: u64,
}

impl Writing {
    fn says(&mut self, kind: EventKind) {
        self.seq += 1;
        let (seq, ids) = (self.seq, Ids::default());
        let event = Event { seq, t_ns: seq * 1_000_000_000, incarnation: 1, generation: 1, segment: 1, ids, kind };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(self.store.write(&[Record::Event(Arc::new(event))])).unwrap();
        runtime.block_on(self.store.sync()).unwrap();
    }
}

#[test]
fn a_running_run_is_followed_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    talkative(folder.path());
    let runs = folder.path().join("runs");
    let simulated = std::fs::read_dir(&runs).unwrap().next().unwrap().unwrap().path();
    let manifest: Manifest = serde_json::from_slice(&std::fs::read(simulated.join("manifest.json")).unwrap()).unwrap();
    let live = RunFolder::create(&runs, "live").unwrap();
    live.write_manifest(&Manifest { run: live.id().to_owned(), simulated: false, ..manifest }).unwrap();
    let store = InlineStore::create(live.path()).unwrap();
    let mut run = Writing { folder: live, store, seq: 0 };
    // Noon of 24 November 2026 is when the run's clock showed a second.
    run.says(EventKind::ClockAnchor { wall_ns: 1_795_521_600_000_000_000 });
    run.says(EventKind::Log(LogLine::new(Level::Info, "first")));

    let mut command = Command::new(env!("CARGO_BIN_EXE_hubmark"));
    command.args(["runs", "log", "live", "--follow"]).current_dir(folder.path()).env("NO_COLOR", "1");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || lines.next().map(Result::unwrap);
    assert_eq!(next().unwrap(), "2026-11-24T12:00:01.000Z info  first");
    run.says(EventKind::Log(LogLine::new(Level::Error, "second")));
    assert_eq!(next().unwrap(), "2026-11-24T12:00:02.000Z error second");
    run.says(EventKind::RunEnded {
        interrupted: false,
        error: Some("it broke".to_owned()),
        left_behind: 0,
        aborted: None,
    });
    drop((run.store, run.folder));
    assert_eq!(next().unwrap(), "2026-11-24T12:00:03.000Z error the run ended: it broke");
    assert_eq!(next(), None, "it ends with the run");
    assert!(child.wait().unwrap().success());
}
