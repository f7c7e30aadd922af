//! promtool on everything that hubmark prints for a Prometheus.

use crate::support::{agent, page, printed, promtool, promtool_accepts, said, until, write};
use std::path::Path;
use std::process::Command;

fn passes(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
}

#[test]
fn promtool_accepts_configurations_and_rules() {
    let folder = tempfile::tempdir().unwrap();
    let rules = write(folder.path(), "rules.yml", &printed(&["prom", "rules", "--interval", "5s", "--memory", "85%"]));
    passes(promtool(&["check", "rules"]).arg(&rules));
    let rules = rules.to_str().unwrap();
    // promtool looks whether the files are there; whose certificate it is is no matter here.
    let certificate = rcgen::generate_simple_self_signed(["ca.test".to_owned()]).unwrap().cert.pem();
    let (token, ca) = (write(folder.path(), "token", "x"), write(folder.path(), "ca.pem", &certificate));
    let (token, ca) = (token.to_str().unwrap(), ca.to_str().unwrap());
    let nodes = ["--microserver", "ms-01=127.0.0.1:9477", "--gpu-server", "gx8=[::1]:9477"];
    let other =
        ["--microserver", "quo\"te=127.0.0.1:9100/metrics?collect[]=cpu", "--run", "127.0.0.1:9478", "--lent-gpus"];
    let secured = ["--token-file", token, "--ca-file", ca, "--interval", "1500ms"];
    for (name, more) in [("plain.yml", vec![]), ("secured.yml", [&other[..], &secured[..]].concat())] {
        let args = [&["prom", "config", "--rules", rules][..], &nodes[..], &more[..]].concat();
        let config = write(folder.path(), name, &printed(&args));
        passes(promtool(&["check", "config"]).arg(&config));
    }
}

#[test]
fn the_rules_say_of_known_series_what_is_true_of_them() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "rules.yml", &printed(&["prom", "rules"]));
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/prometheus/rules-test.yml");
    let cases = write(folder.path(), "cases.yml", &std::fs::read_to_string(cases).unwrap());
    passes(promtool(&["test", "rules"]).arg(&cases));
    // A test that cannot fail proves nothing: with a limit that the series keep, the expected alert is missing.
    write(folder.path(), "rules.yml", &printed(&["prom", "rules", "--memory", "99%"]));
    let output = promtool(&["test", "rules"]).arg(&cases).output().unwrap();
    assert!(!output.status.success() && said(&output).contains("HubmarkMicroserverMemoryHigh"), "{}", said(&output));
}

#[test]
fn promtool_finds_nothing_to_say_about_an_agents_pages() {
    let folder = tempfile::tempdir().unwrap();
    let agent = agent(folder.path(), "ms-01", &["--role", "microserver", "--interval", "100ms"]);
    until("the agent has looked twice", || {
        let text = page(&agent.address, "/metrics");
        text.contains("hubmark_node_cpu_utilization_ratio{").then_some(())
    });
    assert_eq!(page(&agent.address, "/healthz"), "ok\n");
    for path in ["/metrics", "/metrics/microservers", "/metrics/gpu-servers"] {
        let text = page(&agent.address, path);
        assert_eq!(text.is_empty(), path.ends_with("gpu-servers"), "a microserver's agent has one role");
        promtool_accepts(&text);
    }
    assert!(agent.terminate().success(), "SIGTERM is how it ends");
}
