//! Whose accounts users work under: the token's own user, accounts with their own tokens, accounts that hubmark makes. Each with the least rights that
//! `hubmark check` names, and everything that was there before is there after.

use crate::driver::{ended_with, has, only_run, said, start, until};
use crate::{http, lab};
use hubmark::event::{Event, EventKind, LeaseKind, LeaseState};
use hubmark::lab::{HubSettings, Lab, LabOptions};
use hubmark::record::{Reader, RunSource};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// Notes what spawners are asked for, and has services with nothing but the rights that are printed.
const CONFIG: &str = r#"
async def note_options(spawner):
    with open(os.path.join(here, "options.jsonl"), "a", encoding="utf-8") as file:
        file.write(json.dumps([spawner.user.name, spawner.name, spawner.user_options]) + "\n")

c.Spawner.pre_spawn_hook = note_options
for name, scopes in (
    ("maker", ["admin:users", "servers", "access:servers"]),
    ("driver", ["read:users", "servers", "access:servers"]),
    ("filtered", ["read:users!user=file-ada", "servers!user=file-ada", "access:servers!user=file-ada"]),
):
    c.JupyterHub.services.append({"name": name, "api_token": name + "-token-of-a-test"})
    c.JupyterHub.load_roles.append({"name": name, "services": [name], "scopes": scopes})
"#;

fn hub() -> &'static Lab {
    static LAB: OnceLock<Lab> = OnceLock::new();
    LAB.get_or_init(|| {
        let hub = HubSettings { config: CONFIG.to_owned(), ..HubSettings::default() };
        lab::start(&LabOptions { hub, ..lab::options() })
    })
}

/// Asks the hub, as its administrator.
fn ask(method: &str, path: &str, body: &str) -> (u16, Value) {
    let lab = hub();
    let (status, text) = http::request(method, lab.info().public_port, &format!("/hub/api{path}"), lab.token(), body);
    let json = text.find(['{', '[']).and_then(|at| text.rfind(['}', ']']).map(|end| &text[at..=end]));
    (status, json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default())
}

/// Makes an account; a token of it with these scopes, or with all that it may do.
fn person(name: &str, scopes: Option<&[&str]>) -> String {
    let made = ask("POST", &format!("/users/{name}"), "{}").0;
    assert!(made == 201 || made == 409, "{made}");
    let body = scopes.map_or("{}".to_owned(), |scopes| serde_json::json!({"scopes": scopes}).to_string());
    let (status, token) = ask("POST", &format!("/users/{name}/tokens"), &body);
    assert_eq!(status, 201, "{token}");
    token["token"].as_str().unwrap().to_owned()
}

/// Names of an account's servers, stopped ones too, sorted. The hub keeps a default one for everybody once it was looked at.
fn servers(name: &str) -> Vec<String> {
    let (status, user) = ask("GET", &format!("/users/{name}?include_stopped_servers=1"), "");
    assert_eq!(status, 200, "{user}");
    let mut names: Vec<String> = user["servers"].as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

/// A folder with the scenario, its notebook, and a file of accounts.
fn folder(accounts: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = crate::driver::scenario("");
    std::fs::create_dir(folder.path().join("notebooks")).unwrap();
    for name in ["accounts.lua", "notebooks/tiny.ipynb"] {
        std::fs::copy(from.join(name), folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("people.csv"), accounts).unwrap();
    folder
}

/// `hubmark VERB accounts.lua` with accounts and a token, where there is one.
fn hubmark(verb: &str, folder: &Path, accounts: &str, token: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubmark"));
    command.env_remove("JUPYTERHUB_API_TOKEN").env("NO_COLOR", "1").env("HUBMARK_RUNS", folder.join("runs"));
    command.stdin(std::process::Stdio::null()).arg(verb).arg(folder.join("accounts.lua"));
    command.args(["--hub", hub().url(), "--accounts", accounts]);
    token.map(|token| command.env("JUPYTERHUB_API_TOKEN", token));
    command
}

/// Neither the store nor the manifest nor the reports hold a token.
fn holds_nowhere(run: &Path, token: &str) {
    for entry in std::fs::read_dir(run).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let bytes = std::fs::read(&entry).unwrap();
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()), "{}", entry.display());
    }
}

#[test]
fn a_person_without_rights_drives_named_servers_of_their_own() {
    let token = person("own-ada", None);
    for server in ["/users/own-ada/server", "/users/own-ada/servers/mine"] {
        assert!(matches!(ask("POST", server, "{}").0, 201 | 202));
    }
    let folder = folder("");
    let output = hubmark("run", folder.path(), "self", Some(&token)).output().unwrap();
    ended_with(&output, 0);
    assert_eq!(servers("own-ada"), ["", "mine"], "what was there is there, and nothing else: {}", said(&output));
    let run = only_run(&folder.path().join("runs"));
    let mut names = Vec::new();
    let look = &mut |event: Event| {
        if let EventKind::Lease(lease) = event.kind
            && (lease.what, lease.state) == (LeaseKind::Server, LeaseState::Created)
        {
            assert_eq!(lease.account, "own-ada");
            assert!(lease.name.starts_with("hubmark-"), "{lease:?}");
            names.push(lease.name);
        }
    };
    Reader::open(&run).unwrap().events(look).unwrap();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 3, "a server for each user: {names:?}");
    holds_nowhere(&run, &token);
    let asked = std::fs::read_to_string(hub().info().directory.join("options.jsonl")).unwrap();
    for name in &names {
        let wanted = format!(r#"["own-ada", "{name}", {{"cores": 2, "profile": "gpu-small"}}]"#);
        assert!(asked.lines().any(|line| line == wanted), "{wanted} in {asked}");
    }
}

#[test]
fn named_servers_of_a_killed_run_are_cleaned_and_the_others_left() {
    let token = person("own-killed", None);
    assert!(matches!(ask("POST", "/users/own-killed/servers/mine", "{}").0, 201 | 202));
    let folder = folder("");
    let runs = folder.path().join("runs");
    let mut command = hubmark("run", folder.path(), "self", Some(&token));
    let mut child = start(command.args(["--iterations", "1000"]));
    until("a task ended", || has(&runs, |kind| matches!(kind, EventKind::TaskEnded(_))));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(servers("own-killed").len() > 1, "the run left its servers");
    let mut clean = Command::new(env!("CARGO_BIN_EXE_hubmark"));
    clean.args(["clean", "last"]).env("HUBMARK_RUNS", &runs).env("JUPYTERHUB_API_TOKEN", &token).env("NO_COLOR", "1");
    let output = clean.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(servers("own-killed"), ["", "mine"], "{}", said(&output));
}

#[test]
fn accounts_with_their_own_tokens_need_no_other() {
    let (ada, grace) = (person("file-ada", None), person("file-grace", None));
    let folder = folder(&format!("name,token\nfile-ada,{ada}\nfile-grace,{grace}\n"));
    let mut command = hubmark("run", folder.path(), "people.csv", None);
    let output = command.args(["--users", "2"]).output().unwrap();
    ended_with(&output, 0);
    let run = only_run(&folder.path().join("runs"));
    for (name, token) in [("file-ada", &ada), ("file-grace", &grace)] {
        assert_eq!(servers(name), [""], "the account stays and its server is stopped: {}", said(&output));
        assert_eq!(ask("GET", &format!("/users/{name}"), "").1["servers"], serde_json::json!({}));
        holds_nowhere(&run, token);
    }
    let manifest = std::fs::read_to_string(run.join("manifest.json")).unwrap();
    assert!(manifest.contains("people.csv"), "where the tokens come from: {manifest}");
}

#[test]
fn a_token_of_somebody_else_and_one_without_rights_are_named_before_the_load() {
    let ada = person("swap-ada", None);
    let blind = person("swap-grace", Some(&["read:users!user", "servers!user"]));
    let folder = folder(&format!("swap-ada,{ada}\nswap-grace,{blind}\n"));
    let mut command = hubmark("run", folder.path(), "people.csv", None);
    let output = command.args(["--users", "2"]).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("user swap-grace lacks scopes: access:servers!user") && text.contains("hint:"), "{text}");
    std::fs::write(folder.path().join("people.csv"), format!("swap-grace,{ada}\nswap-ada,{ada}\n")).unwrap();
    let mut command = hubmark("run", folder.path(), "people.csv", None);
    let output = command.args(["--users", "2"]).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains(r#"the token given for account "swap-grace" is of user swap-ada"#), "{text}");
    let output = hubmark("run", folder.path(), "self", Some(hub().token())).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("needs a user's token, and this one is of service loadgen"), "{text}");
    assert!(!folder.path().join("runs").exists(), "nothing began");
}

#[test]
fn the_rights_that_check_prints_are_enough_and_less_is_not() {
    let folder = folder("file-ada\n");
    person("file-ada", None);
    for (accounts, token, rights) in [
        ("pattern", "maker", "access:servers admin:users servers"),
        ("people.csv", "driver", "access:servers read:users servers"),
    ] {
        let output = hubmark("check", folder.path(), accounts, None).args(["--users", "1"]).output().unwrap();
        assert!(said(&output).contains(&format!("rights   {rights}\n")), "{}", said(&output));
        let token = format!("{token}-token-of-a-test");
        let output = hubmark("run", folder.path(), accounts, Some(&token)).args(["--users", "1"]).output().unwrap();
        ended_with(&output, 0);
    }
    let driver = Some("driver-token-of-a-test");
    let output = hubmark("run", folder.path(), "pattern", driver).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(
        text.contains("service driver lacks scopes: admin:users") && text.contains(r#""services": ["driver"]"#),
        "{text}"
    );
}

#[test]
fn a_token_that_is_limited_to_some_accounts_is_good_for_these() {
    person("file-ada", None);
    person("file-edsger", None);
    let token = Some("filtered-token-of-a-test");
    let folder = folder("file-edsger\n");
    let output = hubmark("run", folder.path(), "people.csv", token).args(["--users", "1"]).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("service filtered lacks scopes: access:servers, read:users, servers"), "{text}");
}

#[test]
fn doctor_says_what_a_run_would_meet_and_touches_nothing() {
    let ada = person("doc-ada", None);
    assert!(matches!(ask("POST", "/users/doc-ada/server", "{}").0, 201 | 202));
    let folder = folder("doc-ada\ndoc-nobody\n");
    let doctor = |accounts: &str, token: Option<&str>, more: &[&str]| {
        let output = hubmark("doctor", folder.path(), accounts, token).args(more).output().unwrap();
        (output.status.code(), said(&output))
    };
    let (code, text) = doctor("self", Some(&ada), &[]);
    assert_eq!(code, Some(0), "{text}");
    for line in [
        "tested with JupyterHub 4.1.0 to 6.1.1",
        &format!("  ok   answer    JupyterHub {}", crate::HUB_VERSION),
        "  ok   token     of user doc-ada, from env:JUPYTERHUB_API_TOKEN",
        "  ok   rights    access:servers!user read:users!user servers!user",
    ] {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line:?} in {text}");
    }
    let (code, text) = doctor("pattern", Some(&ada), &[]);
    assert_eq!(code, Some(4), "{text}");
    assert!(
        text.contains("fail rights    the token of user doc-ada lacks scopes: access:servers, admin:users, servers"),
        "{text}"
    );
    let (code, text) = doctor("people.csv", Some(hub().token()), &["--users", "2", "--format", "json"]);
    assert_eq!(code, Some(4), "{text}");
    let json: Value = serde_json::from_str(&text).unwrap();
    let findings = json["targets"]["hub"]["findings"].as_array().unwrap();
    let last = findings.last().unwrap();
    assert_eq!((&last["level"], &last["text"]), (&"fail".into(), &"1 are not there: doc-nobody".into()), "{text}");
    let (code, text) = doctor("self", None, &[]);
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("fail token") && text.contains("JUPYTERHUB_API_TOKEN is not set"), "{text}");
    assert_eq!(servers("doc-ada"), [""], "nothing was touched");
}
