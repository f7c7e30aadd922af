//! Runs that end in their time.

use crate::driver::{accounts, ended_with, events, only_run, run_short, said};
use crate::lab;
use hubmark::lab::PlainServer;
use serde_json::Value;
use std::process::Command;

#[test]
fn a_run_does_its_work_and_leaves_nothing() {
    let runs = tempfile::tempdir().unwrap();
    let output = run_short(runs.path(), "whole", &["--together"]).output().unwrap();
    let text = said(&output);
    ended_with(&output, 0);
    assert!(text.contains("report.html"), "{text}");
    assert!(accounts("whole").is_empty(), "{text}");
    let run = only_run(runs.path());
    let (seqs, tasks) = events(&run);
    assert!(tasks > 4, "{tasks} tasks: {text}");
    assert!(seqs.iter().copied().eq(1..=seqs.len() as u64));
    let copies: Vec<_> = std::fs::read_dir(run.join("notebooks")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(copies.len() as u64, tasks, "as many executed notebooks as tasks");
    for copy in &copies {
        let notebook: Value = serde_json::from_slice(&std::fs::read(copy).unwrap()).unwrap();
        assert_eq!(notebook["cells"][1]["outputs"][0]["data"]["text/plain"], "499500", "{}", copy.display());
        assert_eq!(notebook["cells"][2]["outputs"][0]["text"], "done\n");
    }
    valid_for_jupyter(&copies);
    let manifest: Value = serde_json::from_slice(&std::fs::read(run.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["targets"]["hub"]["version"], "6.1.1");
    assert!(!manifest.to_string().contains(lab::lab().token()), "the token is nowhere in the manifest");
    let db = std::fs::read(run.join("run.db")).unwrap();
    let token = lab::lab().token().as_bytes();
    assert!(!db.windows(token.len()).any(|window| window == token), "nor in the store");
}

/// Asks Jupyter's own validator.
fn valid_for_jupyter(copies: &[std::path::PathBuf]) {
    let script = "import sys, nbformat\nfor p in sys.argv[1:]: nbformat.validate(nbformat.read(p, as_version=nbformat.NO_CONVERT))";
    let output = Command::new(&lab::lab().toolchain().python).args(["-c", script]).args(copies).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_plain_server_and_a_hub_are_targets_of_one_run() {
    let plain = PlainServer::start(&lab::options()).unwrap();
    let runs = tempfile::tempdir().unwrap();
    let mut command = crate::driver::hubmark(runs.path());
    command.arg("run").arg(crate::driver::scenario("both.lua")).args([
        "--hub",
        lab::lab().url(),
        "--server",
        plain.url(),
    ]);
    let output = command.env("HUBMARK_SERVER_TOKEN", plain.token()).output().unwrap();

    ended_with(&output, 0);
    assert!(accounts("both").is_empty());
    let run = only_run(runs.path());
    let mut targets = std::collections::BTreeSet::new();
    hubmark::record::RunSource::events(&hubmark::record::Reader::open(&run).unwrap(), &mut |event| {
        if let hubmark::event::EventKind::TaskEnded(task) = event.kind {
            assert!(task.outcome.is_ok(), "{task:?}");
            targets.insert(task.target);
        }
    })
    .unwrap();
    assert_eq!(targets.into_iter().collect::<Vec<_>>(), ["hub", "plain"]);
    let (status, body) = crate::http::request("GET", plain_port(&plain), "/api/kernels", plain.token(), "");
    assert_eq!((status, body.contains("\"id\"")), (200, false), "no kernel is left: {body}");
    plain.stop().unwrap();
}

fn plain_port(plain: &PlainServer) -> u16 {
    plain.url().rsplit(':').next().unwrap().trim_end_matches('/').parse().unwrap()
}

#[test]
fn a_token_without_rights_is_refused_before_anything_is_made() {
    let runs = tempfile::tempdir().unwrap();
    let reader = lab::lab().info().reader_token.clone();
    let output = run_short(runs.path(), "rights", &[]).env("JUPYTERHUB_API_TOKEN", reader).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("lacks scopes") && text.contains("admin:users"), "{text}");
    let output = run_short(runs.path(), "rights", &[]).env("JUPYTERHUB_API_TOKEN", "not-a-token").output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("token_refused") && text.contains("hint:"), "{text}");
    assert!(accounts("rights").is_empty());
}
