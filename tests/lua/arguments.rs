//! What the command line says to a scenario, and what a scenario says about its parameters.

use hubmark::plan::SecretRef;
use hubmark::script::{LoadErrorKind, ParamKind, describe_params, load};
use std::rc::Rc;

const PARAMS: &str = r#"
local p = hm.params {
  hub     = { kind = "url", about = "JupyterHub to drive" },
  agents  = { 16, min = 1, max = 500, about = "one agent each" },
  profile = { "cpu", choices = { "cpu", "gpu" } },
  presets = { small = { agents = 2 }, big = { agents = 400, profile = "gpu" } },
}
return hm.scenario { hub = p.hub, notebook = "n.ipynb", users = p.agents, duration = "1m" }
"#;

#[test]
fn parameters_are_described_even_when_values_are_missing_or_wrong() {
    let folder = crate::Folder::new(&[("s.lua", PARAMS)]);
    let mut request = folder.request();
    request.flags = vec!["--agents".to_owned(), "many".to_owned(), "--nonsense".to_owned()];
    let described = describe_params(&request);
    assert!(described.error.is_some());
    assert_eq!(described.presets, ["big", "small"]);
    let names: Vec<&str> = described.params.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["hub", "agents", "profile"]);
    let agents = &described.params[1];
    assert_eq!((agents.kind, agents.default.as_deref()), (ParamKind::Integer, Some("16")));
    assert_eq!((agents.min.as_deref(), agents.max.as_deref()), (Some("1"), Some("500")));
    assert_eq!(agents.presets["big"], "400");
    assert_eq!(agents.value, None, "the value was wrong");
    assert_eq!(described.params[0].default, None);
    assert_eq!(described.params[2].choices, ["cpu", "gpu"]);
    assert_eq!(described.params[0].flag(), "--hub");
}

#[test]
fn parameters_are_described_when_the_rest_of_the_scenario_is_wrong() {
    let folder =
        crate::Folder::new(&[("s.lua", "hm.params { hold_time = { \"5m\", kind = \"duration\" } }\nnonsense()")]);
    let described = describe_params(&folder.request());
    assert_eq!(described.params.len(), 1);
    assert_eq!(described.params[0].flag(), "--hold-time");
    assert_eq!(described.error.unwrap().kind(), LoadErrorKind::Runtime);
}

#[test]
fn the_last_value_counts_and_the_plan_keeps_what_was_used() {
    let folder = crate::Folder::new(&[("s.lua", PARAMS)]);
    let mut request = folder.request();
    request.set = vec![("agents".to_owned(), "5".to_owned()), ("hub".to_owned(), "http://h:1".to_owned())];
    request.flags = ["--agents", "6", "--agents=7"].map(str::to_owned).to_vec();
    request.preset = Some("big".to_owned());
    let plan = load(&request).unwrap_or_else(|e| panic!("{e}")).plan;
    assert_eq!(plan.params["agents"], "7");
    assert_eq!(plan.params["profile"], "gpu", "from the preset");
    assert_eq!(plan.params["hub"], "http://h:1");
}

#[test]
fn secrets_are_looked_up_but_never_kept() {
    let text = r#"
local p = hm.params { token = { "env:HUBMARK_TEST_TOKEN", kind = "secret" } }
return hm.scenario {
  farm = hm.farm { hubs = {
    a = hm.hub { url = "http://a", token = p.token },
    b = hm.hub { url = "http://b", token = "file:token.txt" },
  } },
  notebooks = { n = "n.ipynb" },
  users = { u = hm.user { mix = { n = 1 } } },
  load = { l = hm.constant_users { user = "u", users = 2, duration = "1m" } },
}"#;
    let folder = crate::Folder::new(&[("s.lua", text)]);
    let mut request = folder.request();
    let missing = load(&request).unwrap_or_else(|e| panic!("{e}")).missing_secrets;
    assert_eq!(missing, [SecretRef::Env("HUBMARK_TEST_TOKEN".to_owned()), SecretRef::File("token.txt".into())]);
    folder.write("token.txt", "hush\n");
    request.env = Rc::new(|name| (name == "HUBMARK_TEST_TOKEN").then(|| "hush".to_owned()));
    let loaded = load(&request).unwrap_or_else(|e| panic!("{e}"));
    assert!(loaded.missing_secrets.is_empty());
    let plan = serde_json::to_string(&loaded.plan).unwrap();
    assert!(!plan.contains("hush"), "{plan}");
    assert_eq!(loaded.plan.params["token"], "env:HUBMARK_TEST_TOKEN");
}

#[test]
fn what_a_scenario_prints_at_load_is_kept_and_bounded() {
    let text = format!("for i = 1, 1000 do print(\"line\", i, nil, true) end\n{}", crate::SCENARIO);
    let folder = crate::Folder::new(&[("s.lua", &text)]);
    let printed = load(&folder.request()).unwrap_or_else(|e| panic!("{e}")).printed;
    assert_eq!(printed.len(), 100);
    assert_eq!(printed[0], "line\t1\tnil\ttrue");
}
