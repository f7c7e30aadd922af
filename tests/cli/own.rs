//! Runs of users of one's own, as the command line reports them.

use crate::{err, hubmark, out};
use serde_json::Value;

/// The first iteration of each user catches what the second does not.
const SCENARIO: &str = r#"
local function work(user)
  local _, failure = user:try(function() return user:get("gone.txt") end)
  if user.iteration == 2 then
    user:get("gone.txt")
  end
  user:check("typed", failure.kind == "file_error")
  user:think()
end

return hm.scenario {
  name = "own",
  hub = hm.hub { url = "http://127.0.0.1:1", accounts = hm.accounts { pattern = "sim-%02d", create = true } },
  users = { tester = hm.user { iterate = work, think = "5s" } },
  load = { people = hm.per_user_iterations { user = "tester", users = 3, iterations = 4 } },
  thresholds = { "iteration.failed.count <= 3", "iteration.failed.ratio < 1%" },
}
"#;

#[test]
fn failed_iterations_are_judged_and_caught_failures_are_apart() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("own.lua"), SCENARIO).unwrap();
    let ran = hubmark(folder.path(), &["simulate", "own.lua"]);
    assert_eq!(ran.status.code(), Some(99), "a threshold failed: {}{}", out(&ran), err(&ran));
    let summary: Value = serde_json::from_slice(&hubmark(folder.path(), &["report", "--as", "json"]).stdout).unwrap();
    let row = &summary["iterations"][0];
    assert_eq!((&row["ok"], &row["failed"], &row["interrupted"]), (&9.into(), &3.into(), &0.into()), "{row}");
    let rulings: Vec<&Value> = summary["thresholds"].as_array().unwrap().iter().map(|row| &row["ruling"]).collect();
    assert_eq!(rulings, ["pass", "fail"]);
    let groups = |of: &str| -> Vec<(String, String, u64)> {
        let text = |group: &Value, field: &str| group[field].as_str().unwrap_or_default().to_owned();
        let groups = summary[of].as_array().unwrap().iter();
        groups.map(|g| (text(g, "stage"), text(g, "place"), g["count"].as_u64().unwrap())).collect()
    };
    assert_eq!(groups("errors"), [("file transfer".to_owned(), "own.lua:5".to_owned(), 3)]);
    assert_eq!(groups("caught"), [("file transfer".to_owned(), "own.lua:3".to_owned(), 12)]);
    assert!(out(&ran).contains("25 % of 12 iterations did not succeed"), "{}", out(&ran));
    assert!(out(&ran).contains("12 failures caught by the scenario"), "{}", out(&ran));
    assert!(!out(&ran).contains("tasks"), "there are none: {}", out(&ran));
    let list = hubmark(folder.path(), &["runs", "list"]);
    assert!(out(&list).contains("12 iterations"), "{}", out(&list));
}
