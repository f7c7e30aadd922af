//! Errors say what, where, why and what to do, and have their exit codes.

use crate::{err, hubmark, quickstart};

#[test]
fn errors_have_their_codes_causes_and_hints() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = quickstart();
    let scenario = scenario.to_str().unwrap();
    let cases: [(&[&str], i32, &[&str]); 8] = [
        (&["chekc"], 2, &["unrecognized subcommand", "check"]),
        (&["check", "nothing.lua"], 3, &["nothing.lua", "hint:"]),
        (&["check", scenario, "--userz", "3"], 2, &["unknown flag \"--userz\"", "did you mean \"--users\"?"]),
        (&["check", scenario, "--users", "many"], 2, &["users"]),
        (&["check", scenario, "--set", "users"], 2, &["has no =", "hint:"]),
        (&["run", scenario], 4, &["JUPYTERHUB_API_TOKEN is not set", "hint:"]),
        (&["report", "2020"], 2, &["no run \"2020\"", "hint:"]),
        (&["new", "a b"], 2, &["cannot be a scenario's name", "hint:"]),
    ];
    for (args, code, parts) in cases {
        let output = hubmark(folder.path(), args);
        let text = err(&output);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {text}");
        for part in parts {
            assert!(text.contains(part), "{args:?}: no {part:?} in {text}");
        }
    }
}

#[test]
fn a_hub_that_is_not_there_is_said_to_be_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hubmark"));
    command.args(["run", quickstart().to_str().unwrap(), "--hub", &url]).current_dir(folder.path());
    let output = command.env("JUPYTERHUB_API_TOKEN", "s3cret-token").env("NO_COLOR", "1").output().unwrap();
    let text = err(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("unreachable") && text.contains("hubmark lab up"), "{text}");
    assert!(!text.contains("s3cret-token"));
    assert!(!folder.path().join("runs").exists(), "no run was begun");
}

/// Read as one column, such a line would make its token part of a name, and names are printed.
#[test]
fn a_token_behind_a_semicolon_or_a_tab_is_refused_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = "return hm.scenario { users = 1, duration = \"1s\", notebook = \"n.ipynb\", \
        hub = hm.hub { url = \"http://127.0.0.1:9\", accounts = hm.accounts { file = \"people.csv\" } } }";
    std::fs::write(folder.path().join("s.lua"), scenario).unwrap();
    for line in ["alice;s3cret", "alice\ts3cret"] {
        std::fs::write(folder.path().join("people.csv"), format!("# people\n{line}\n")).unwrap();
        for command in ["check", "doctor", "run"] {
            let output = hubmark(folder.path(), &[command, "s.lua"]);
            let text = err(&output) + &String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(3), "{text}");
            assert!(text.contains("people.csv") && text.contains("line 2") && text.contains("name,token"), "{text}");
            assert!(!text.contains("s3cret"), "{text}");
        }
    }
}
