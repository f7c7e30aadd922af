//! Users of one's own on a real hub.

use crate::driver::{accounts, ended_with, hubmark, only_run, said, scenario};
use crate::lab;
use hubmark::event::{EventKind, Outcome};
use hubmark::plan::Calibration;
use hubmark::record::{Reader, RunSource};
use serde_json::Value;

#[test]
fn users_of_ones_own_do_everything_that_their_calls_can_do() {
    let runs = tempfile::tempdir().unwrap();
    let mut command = hubmark(runs.path());
    command.arg("run").arg(scenario("own.lua")).args(["--hub", lab::lab().url(), "--prefix", "own"]);
    let output = command.output().unwrap();
    let text = said(&output);
    ended_with(&output, 0);
    assert!(accounts("own-").is_empty(), "{text}");
    let run = only_run(runs.path());
    let (mut outcomes, mut wrong, mut faults, mut marks) = (Vec::new(), Vec::new(), Vec::new(), 0);
    Reader::open(&run)
        .unwrap()
        .events(&mut |event| match event.kind {
            EventKind::IterationEnded { outcome, .. } => outcomes.push((event.ids.iteration.unwrap(), outcome)),
            EventKind::Checked { name, ok: false } => wrong.push(name),
            EventKind::UserCodeFailed { failure, .. } => faults.push(failure),
            EventKind::Mark { text, .. } => marks += u32::from(text.starts_with("deleted own-")),
            _ => {}
        })
        .unwrap();
    assert!(wrong.is_empty(), "{wrong:?}");
    outcomes.sort_by_key(|(n, _)| *n);
    let outcomes: Vec<Outcome> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
    let (ok, error) = (Outcome::Ok, Outcome::ScriptError);
    assert_eq!(outcomes, [ok, ok, ok, ok, error, error], "{faults:?}");
    let text_of = std::fs::read_to_string(scenario("own.lua")).unwrap();
    let line = text_of.lines().position(|line| line.contains("user.nothing")).unwrap() + 1;
    for fault in &faults {
        assert!(fault.message.contains(&format!("own.lua:{line}")), "{fault}");
        assert!(fault.message.contains("unknown field \"nothing\" of user"), "{fault}");
    }
    assert_eq!(marks, 2, "both users left in order");
    let summary: Value = serde_json::from_slice(&std::fs::read(run.join("summary.json")).unwrap()).unwrap();
    let names: Vec<&str> =
        summary["steps"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["code", "files"]);
    assert_eq!(summary["metrics"][0]["figures"][0]["figure"]["value"], 6.0, "{}", summary["metrics"]);
    let flood = &summary["notices"][0];
    assert_eq!((flood["kind"].as_str(), flood["calls"].as_u64()), (Some("output_truncated"), Some(6)), "{summary}");
    let measured = hubmark(runs.path()).args(["runs", "calibrate", "last"]).output().unwrap();
    let measured = Calibration::parse(&measured.stdout).unwrap();
    let restarts = measured.calls["kernel:restart"].len();
    let of_line = |code: &str| {
        let line = text_of.lines().position(|line| line.contains(code)).unwrap() + 1;
        measured.executions.get(&format!("own.lua:{line}")).map_or(0, Vec::len)
    };
    assert_eq!((restarts, of_line("loss=0.25"), of_line("1 / 0"), of_line("time.sleep")), (6, 6, 6, 0), "{measured:?}");
    let copies = std::fs::read_dir(run.join("notebooks")).unwrap().map(|entry| entry.unwrap().path());
    let copies: Vec<String> = copies.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let has_both = |copy: &String| copy.contains("base = 5") && copy.contains("n = 1");
    assert!(copies.iter().any(has_both), "a task's parameters come over the notebook's: {copies:?}");
    // What the code caught is no failure of the run: only its own error is.
    let groups = |of: &str| -> Vec<(String, String, u64)> {
        let text = |group: &Value, field: &str| group[field].as_str().unwrap_or_default().to_owned();
        let groups = summary[of].as_array().unwrap().iter();
        let mut groups: Vec<_> = groups
            .map(|g| (text(g, "outcome"), text(g, "place"), g["count"].as_u64().unwrap()))
            // Errors of the code have a column too.
            .map(|(outcome, place, count)| {
                let name = place.rsplit('/').next().unwrap();
                (outcome, name.split(':').take(2).collect::<Vec<_>>().join(":"), count)
            })
            .collect();
        groups.sort();
        groups
    };
    let at = |words: &str| {
        let text = std::fs::read_to_string(scenario("own.lua")).unwrap();
        format!("own.lua:{}", text.lines().position(|line| line.contains(words)).unwrap() + 1)
    };
    assert_eq!(groups("errors"), [("script_error".to_owned(), at("user.nothing"), 2)]);
    let caught = [("cell_timeout".to_owned(), at("time.sleep(60)"), 6), ("file_error".to_owned(), at("none.csv"), 6)];
    assert_eq!(groups("caught"), caught);
}
