//! Scenarios that load, each with its plan.

use hubmark::script::load;
use serde_json::{Value, json};

/// A load's result without what only a change of the notebook would move.
fn printed(path: &std::path::Path) -> Result<String, String> {
    let loaded = load(&crate::request(path)).map_err(|error| error.to_string())?;
    let mut plan = serde_json::to_value(&loaded.plan).unwrap();
    for notebook in plan["notebooks"].as_object_mut().unwrap().values_mut() {
        notebook["sha256"] = Value::Null;
    }
    let files: Vec<&str> = loaded.files.iter().map(|f| f.path.as_str()).collect();
    let shown = json!({ "plan": plan, "files": files, "params": loaded.params, "presets": loaded.presets });
    Ok(serde_json::to_string_pretty(&shown).unwrap() + "\n")
}

#[test]
fn every_good_scenario_gives_its_plan() {
    let files = crate::files("tests/lua/good", "lua");
    assert!(!files.is_empty());
    let mut wrong = Vec::new();
    for path in &files {
        match printed(path) {
            Ok(text) => wrong.extend(crate::snapshot(&path.with_extension("json"), &text).err()),
            Err(error) => wrong.push(error),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_quickstart_loads_and_needs_one_secret() {
    let loaded = load(&hubmark::script::LoadRequest::new("scenarios/quickstart")).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(loaded.plan.name, "quickstart");
    assert_eq!(loaded.missing_secrets.len(), 1);
    assert_eq!(loaded.files.len(), 4, "the scenario and its three notebooks");
    assert_eq!(loaded.notebooks.keys().collect::<Vec<_>>(), ["matrix", "montecarlo", "text"]);
    let names: Vec<&str> = loaded.params.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["hub", "users", "length"], "in the author's order");
}

#[test]
fn the_template_of_new_loads() {
    let text = std::fs::read_to_string("lua/templates/scenario/scenario.lua").unwrap().replace("NAME", "mine");
    let folder = crate::Folder::new(&[("s.lua", &text), ("notebooks/first.ipynb", crate::NOTEBOOK)]);
    let loaded = load(&folder.request()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(loaded.plan.name, "mine");
}

#[test]
fn the_source_hash_follows_every_file() {
    let folder =
        crate::Folder::new(&[("s.lua", &format!("require \"m\"\n{}", crate::SCENARIO)), ("m.lua", "return 1")]);
    let hash = || load(&folder.request()).unwrap_or_else(|e| panic!("{e}")).source_hash;
    let first = hash();
    assert_eq!(hash(), first);
    folder.write("m.lua", "return 2");
    assert_ne!(hash(), first, "a module is part of it");
    folder.write("m.lua", "return 1");
    assert_eq!(hash(), first);
    folder.write("n.ipynb", &crate::NOTEBOOK.replace("\"1\"", "\"2\""));
    assert_ne!(hash(), first, "a notebook is part of it");
}

#[test]
fn a_scenario_without_a_name_has_the_one_of_its_file_or_folder() {
    let folder = crate::Folder::new(&[("my load.lua", crate::SCENARIO), ("sub/scenario.lua", crate::SCENARIO)]);
    folder.write("sub/n.ipynb", crate::NOTEBOOK);
    let name = |path: &str| load(&hubmark::script::LoadRequest::new(folder.path(path))).map(|l| l.plan.name).unwrap();
    assert_eq!(name("my load.lua"), "my-load");
    assert_eq!(name("sub/scenario.lua"), "sub");
    assert_eq!(name("sub"), "sub");
}

#[test]
fn draws_at_load_follow_the_seed_that_the_scenario_names() {
    let text = |seed: &str| {
        format!(
            "local n = hm.random:integer(1, 1000000) + math.random(1000)\nreturn hm.scenario {{ {seed} tags = {{ n = tostring(n) }}, hub = \"http://h\", notebook = \"n.ipynb\", users = 1, duration = \"1m\" }}"
        )
    };
    let folder = crate::Folder::new(&[("s.lua", &text("seed = 9,")), ("t.lua", &text(""))]);
    let tag = |name: &str, seed: Option<u64>| {
        let mut request = hubmark::script::LoadRequest::new(folder.path(name));
        request.seed = seed;
        load(&request).unwrap_or_else(|e| panic!("{e}")).plan.tags["n"].clone()
    };
    assert_eq!(tag("s.lua", None), tag("s.lua", Some(9)), "the named seed counts from the first draw");
    assert_eq!(tag("s.lua", None), tag("t.lua", Some(9)));
    assert_ne!(tag("s.lua", Some(10)), tag("s.lua", None), "an argument goes before it");
}
