//! The scenario language: good and wrong scenarios, helpers tested in Lua, hooks, limits.

use hubmark::script::{LoadRequest, load};
use std::path::Path;

#[test]
fn the_quickstart_loads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/quickstart/scenario.lua");
    let loaded = load(&LoadRequest::new(root)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(loaded.plan.name, "quickstart");
    println!("{:#?}", loaded.plan);
}
