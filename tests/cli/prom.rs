//! `hubmark prom` and what `hubmark agent` refuses before it starts. promtool looks at the texts in `tests/prom`.

use crate::{err, hubmark, out};

const FARM: &str = r#"
local agents = hm.exporter("http://10.0.0.9:9477/metrics", { profile = "hubmark" })
return hm.scenario {
  name = "farm", api = 1,
  farm = hm.farm {
    hubs = { lab = hm.hub { url = "http://127.0.0.1:8000", token = "env:T", accounts = hm.accounts { pattern = "u-%d", create = true } } },
    nodes = {
      hm.node { "gx8", role = "gpu_server", metrics = agents },
      hm.node { "ms-01", role = "microserver", hub = "lab", gpus = { hm.gpu("gx8", 0) }, metrics = hm.exporter("https://ms-01/node/metrics") },
      hm.node { "ms-02", role = "microserver", hub = "lab", metrics = "here" },
    },
  },
  notebooks = { n = hm.notebook { "n.ipynb" } },
  users = { agent = hm.user { mix = { n = 1 } } },
  load = { agents = hm.constant_users { user = "agent", users = 1, duration = "1m", on = "ms-01" } },
}
"#;

/// The server's agent is named as one, so it is asked for its role's page; the GPU that it lends has a job of its own.
const TARGETS: &str = r#"  - job_name: hubmark-microservers
    metrics_path: /metrics/microservers
    honor_labels: true
    static_configs:
      - targets: ["ms-01:443"]
        labels:
          role: microserver
          node: "ms-01"
          __metrics_path__: "/node/metrics"
          __scheme__: https
  - job_name: hubmark-gpu-servers
    metrics_path: /metrics/gpu-servers
    honor_labels: true
    static_configs:
      - targets: ["10.0.0.9:9477"]
        labels:
          role: gpu_server
          node: "gx8"
      - targets: ["10.0.0.10:9477"]
        labels:
          role: gpu_server
          node: "gx9"
  - job_name: hubmark-lent-gpus
    metrics_path: /metrics/microservers
    honor_labels: true
    static_configs:
      - targets: ["10.0.0.9:9477"]
        labels:
          role: gpu_server
          node: "gx8"
      - targets: ["10.0.0.10:9477"]
        labels:
          role: gpu_server
          node: "gx9"
"#;

#[test]
fn a_scenarios_exporters_become_targets() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("farm.lua"), FARM).unwrap();
    let notebook = crate::quickstart().with_file_name("notebooks").join("text.ipynb");
    std::fs::copy(notebook, folder.path().join("n.ipynb")).unwrap();
    let output = hubmark(folder.path(), &["prom", "config", "farm.lua", "--gpu-server", "gx9=10.0.0.10:9477"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let config = out(&output);
    assert_eq!(config.split_once("scrape_configs:\n").unwrap().1, TARGETS);
    assert!(err(&output).contains("node ms-02: its metrics come from no exporter"), "{}", err(&output));
}

#[test]
fn what_makes_no_sense_is_refused_with_what_does() {
    let folder = tempfile::tempdir().unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["prom", "config"], "there is nothing to scrape"),
        (&["prom", "config", "--microserver", "ms-01"], "a port is missing: HOST:PORT"),
        (&["prom", "config", "--run", "a:1", "--interval", "5m"], "it is more than 4m"),
        (&["prom", "config", "--microserver", "a:1", "--lent-gpus"], "without a GPU server"),
        (&["prom", "rules", "--memory", "120%"], "from 0% to 100%"),
        (&["agent", "--role", "microserver", "--listen", "0.0.0.0:0"], "open to others"),
        (&["agent", "--role", "microserver", "--gpu", "0=ms-01"], "--gpu is for the server"),
        (&["agent", "--role", "gpu-server", "--gpu", "0=a", "--gpu", "0=b"], "--gpu 0 stands twice"),
        (&["agent", "--role", "gpu-server", "--interval", "10ms"], "less than 100ms"),
        (&["agent", "--role", "gpu-server", "--token", "s3cret"], "names where the token is"),
        (&["agent", "--role", "gpu-server", "--unit", "--token", "env:T"], "no environment of its own"),
    ];
    for (args, why) in cases {
        let output = hubmark(folder.path(), args);
        let said = err(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(why), "{args:?}: {said}");
        assert!(!said.contains("s3cret"), "a token is not repeated");
    }
}

#[test]
fn a_unit_starts_what_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let args =
        ["agent", "--role", "gpu-server", "--node", "gx8", "--gpu", "0=ms-01", "--unit", "--listen", "10.0.0.9:9477"];
    let more = [
        "--tls-cert",
        "/etc/hubmark/cert.pem",
        "--tls-key",
        "/etc/hubmark/key.pem",
        "--token",
        "file:/etc/hubmark/token",
    ];
    let output = hubmark(folder.path(), &[&args[..], &more].concat());
    let text = out(&output);
    let start = text.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
    let ending = " agent --role gpu-server --node gx8 --gpu 0=ms-01 --listen 10.0.0.9:9477 --interval 1s --token file:%d/token \
                  --tls-cert %d/tls-cert --tls-key %d/tls-key";
    assert!(start.ends_with(ending), "{start}");
    assert_eq!(text.matches("LoadCredential=").count(), 3, "{text}");
}
