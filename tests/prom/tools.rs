//! promtool on everything that hubmark prints for a Prometheus.

use crate::debian;
use crate::support::{agent, printed, said, until, write};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

fn promtool(args: &[&str]) -> Command {
    let mut command = Command::new(&debian::prometheus().promtool);
    command.args(args);
    command
}

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

/// A page over a plain socket, independent of hubmark's own client.
fn page(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200") || path == "/healthz", "{head}");
    body.to_owned()
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
        let mut child = promtool(&["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{path}: {}", said(&output));
    }
    assert!(agent.terminate().success(), "SIGTERM is how it ends");
}
