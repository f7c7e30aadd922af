//! The reference of `summary.json` cannot drift from the code.

use super::World;
use crate::report::{Summary, analyse};
use std::path::Path;

#[test]
fn the_schema_in_the_reference_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/summary.schema.json");
    let schema = schemars::schema_for!(Summary);
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os("HUBMARK_WRITE_REFERENCE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "{} is old: run the tests once with HUBMARK_WRITE_REFERENCE=1", path.display());
}

#[test]
fn a_real_summary_follows_the_schema() {
    let schema = serde_json::to_value(schemars::schema_for!(Summary)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let worlds = [World::default().run(), World::default().run().killed(2.0), World::default().run().killed(200.0)];
    for made in worlds {
        let summary = serde_json::to_value(analyse(&made).unwrap()).unwrap();
        let errors: Vec<String> = validator.iter_errors(&summary).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}
