//! runs, report, clean on simulated runs.

use crate::{err, hubmark, out, quickstart};
use serde_json::Value;

#[test]
fn a_run_is_listed_shown_rendered_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = quickstart();
    hubmark(folder.path(), &["simulate", scenario.to_str().unwrap()]);
    let list = hubmark(folder.path(), &["runs", "list"]);
    assert!(out(&list).contains("SIMULATED") && out(&list).contains("finished"), "{}", out(&list));
    let list: Value = serde_json::from_slice(&hubmark(folder.path(), &["runs", "--format", "json"]).stdout).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 1);
    let shown = hubmark(folder.path(), &["runs", "show", "simulated-quick"]);
    assert!(out(&shown).contains("tasks a minute"), "{}", out(&shown));
    let md = hubmark(folder.path(), &["report", "last", "--as", "md"]);
    assert!(out(&md).starts_with('#') || out(&md).contains("\n# "), "{}", out(&md));
    let json: Value = serde_json::from_slice(&hubmark(folder.path(), &["report", "--as", "json"]).stdout).unwrap();
    assert_eq!(json["format"], 1);
    assert!(out(&hubmark(folder.path(), &["clean", "--all"])).contains("nothing to clean"));
    let removed = hubmark(folder.path(), &["runs", "rm", "last"]);
    assert_eq!(removed.status.code(), Some(0), "{}", err(&removed));
    assert!(err(&hubmark(folder.path(), &["runs", "list"])).contains("no runs"));
}
