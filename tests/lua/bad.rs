//! Wrong scenarios, named after their fault, each with its whole error.

use hubmark::script::load;
use std::path::Path;

#[test]
fn every_wrong_scenario_is_refused_with_its_error() {
    let files = crate::files("tests/lua/bad", "lua");
    assert!(files.len() >= 60, "{} wrong scenarios are fewer than 60", files.len());
    let mut wrong = Vec::new();
    for path in &files {
        match load(&crate::request(path)) {
            Ok(_) => wrong.push(format!("{} loads", path.display())),
            Err(error) => wrong.extend(crate::snapshot(&path.with_extension("err"), &format!("{error}\n")).err()),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_snapshot_has_its_scenario() {
    for path in crate::files("tests/lua/bad", "err") {
        assert!(path.with_extension("lua").exists(), "{} has no scenario", path.display());
    }
}

#[test]
fn a_missing_scenario_is_an_error_of_its_file() {
    let error = load(&hubmark::script::LoadRequest::new(Path::new("tests/lua/none.lua"))).err().unwrap();
    assert_eq!(error.kind(), hubmark::script::LoadErrorKind::File);
    assert!(error.to_string().contains("tests/lua/none.lua"), "{error}");
}
