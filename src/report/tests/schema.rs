//! The reference of `summary.json` cannot drift from the code.

use super::World;
use crate::report::{Summary, analyse};
use std::path::Path;

#[test]
fn the_schema_in_the_reference_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/summary.schema.json");
    let schema = schemars::schema_for!(Summary);
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    if written != text {
        let fresh = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/summary.schema.json");
        std::fs::write(&fresh, &text).unwrap();
        panic!("{} is old: copy {} over it", path.display(), fresh.display());
    }
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
