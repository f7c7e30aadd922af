//! `doctor` on a farm whose hub and exporters are made up by the test: what it says of each thing that is wrong, for people and for programs.
//! `tests/prom/doctor.rs` asks the real ones.

use crate::{err, out, root};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What a node_exporter says at least. It has no clock, so that the answer's date tells the time.
const PAGE: &str = "node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 90\nnode_cpu_seconds_total{cpu=\"0\",mode=\"user\"} 10\n\
    node_memory_MemTotal_bytes 1000\nnode_memory_MemAvailable_bytes 400\nnode_boot_time_seconds 1700000000\n";
/// What dcgm-exporter says of one GPU.
const GPU: &str = "DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"GPU-a\",DCGM_FI_DRIVER_VERSION=\"550.54.15\"} 42\n";

/// Serves, until this process ends, one page with a date behind every path but the hub's, where it answers as a hub does that lets everything.
fn serving(page: String, date: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let _ = answer(client, &page, date);
        }
    });
    port
}

fn answer(client: TcpStream, page: &str, date: &str) -> std::io::Result<()> {
    let mut lines = BufReader::new(client.try_clone()?);
    let (mut request, mut header) = (String::new(), String::new());
    lines.read_line(&mut request)?;
    while lines.read_line(&mut header)? > 2 {
        header.clear();
    }
    let scopes = "\"admin:users\",\"servers\",\"access:servers\"";
    let (status, kind, body) = match request.split(' ').nth(1).unwrap_or_default() {
        "/hub/api/user" => {
            ("200 OK", "application/json", format!("{{\"kind\":\"user\",\"name\":\"ada\",\"scopes\":[{scopes}]}}"))
        }
        "/hub/api/info" => ("200 OK", "application/json", "{\"version\":\"5.2.1\"}".to_owned()),
        path if path.starts_with("/hub/api/users/") => {
            ("404 Not Found", "application/json", "{\"status\":404}".to_owned())
        }
        path if path.starts_with("/hub/api/users") => ("200 OK", "application/json", "[]".to_owned()),
        _ => ("200 OK", "text/plain; version=0.0.4", page.to_owned()),
    };
    let date = if date.is_empty() { String::new() } else { format!("Date: {date}\r\n") };
    let mut client = client;
    write!(
        client,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nX-JupyterHub-Version: 5.2.1\r\n{date}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// A farm of one GPU server and two microservers on ports of this machine.
fn scenario(folder: &Path, hub: u16, server: &str, first: &str, second: &str) {
    std::fs::copy(root().join("tests/lua/n.ipynb"), folder.join("n.ipynb")).unwrap();
    let text = format!(
        "local accounts = hm.accounts {{ pattern = 'doc-%02d', create = true }}
        return hm.scenario {{
          farm = hm.farm {{
            kernels_on = 'gpu_server',
            hubs = {{ hub = hm.hub {{ url = 'http://127.0.0.1:{hub}', accounts = accounts }} }},
            nodes = {{
              hm.node {{ 'gx8', role = 'gpu_server', gpus = 1, metrics = {server} }},
              hm.node {{ 'ms-01', role = 'microserver', hub = 'hub', gpus = {{ hm.gpu('gx8', 0) }}, metrics = {first} }},
              hm.node {{ 'ms-02', role = 'microserver', hub = 'hub', metrics = {second} }},
            }},
          }},
          notebook = 'n.ipynb', users = 2, duration = '5s',
        }}"
    );
    std::fs::write(folder.join("s.lua"), text).unwrap();
}

fn exporter(port: u16) -> String {
    format!("hm.exporter('http://127.0.0.1:{port}/metrics')")
}

fn doctor(folder: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubmark"));
    for name in ["HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "HUBMARK_NVML"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.args(["doctor", "s.lua"]).args(more).current_dir(folder).stdin(Stdio::null());
    command.env("JUPYTERHUB_API_TOKEN", "t0ken").env("NO_COLOR", "1").output().unwrap()
}

/// What it says, for people and as JSON. Both have the same exit code.
fn told(folder: &Path, code: i32) -> (String, Value) {
    let text = doctor(folder, &[]);
    assert_eq!(text.status.code(), Some(code), "{}{}", out(&text), err(&text));
    let json = doctor(folder, &["--format", "json"]);
    let value: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((json.status.code(), &value["ready"]), (Some(code), &Value::Bool(code == 0)), "{value:#}");
    let schema: Value =
        serde_json::from_slice(&std::fs::read(root().join("docs/reference/doctor.schema.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    (out(&text), value)
}

fn holds(text: &str, wanted: &[&str]) {
    for part in wanted {
        assert!(text.contains(part), "{part:?} is missing: {text}");
    }
}

/// The metric of a role in the document.
fn metric<'v>(value: &'v Value, role: &str, name: &str) -> &'v Value {
    let rows = value["metrics"].as_array().unwrap();
    rows.iter().find(|row| row["role"] == role && row["metric"] == name).unwrap()
}

/// No answer has a date, so nothing is said of clocks and nothing depends on how long the answers take.
const TIMELESS: &str = "";

#[test]
fn a_farm_that_is_ready_says_what_each_metric_will_come_from() {
    let folder = tempfile::tempdir().unwrap();
    let (server, micro) = (serving(format!("{PAGE}{GPU}"), TIMELESS), exporter(serving(PAGE.to_owned(), TIMELESS)));
    scenario(folder.path(), server, &exporter(server), &micro, &micro);
    let (text, json) = told(folder.path(), 0);
    holds(
        &text,
        &[
            "  ok   rights ",
            "  node   source         series  GPUs  driver  clock",
            "ready: nothing is missing",
            "  GPU utilization           1/2  node_exporter + dcgm-exporter on gx8",
            "missing: ms-02: no GPU is declared for it",
            "  Task completion rates     1/1  the run's tasks, of 2 nodes together",
        ],
    );
    for line in text.lines().filter(|line| !line.contains("hint:") && !line.contains("missing:")) {
        assert!(line.chars().count() <= 80, "{line:?} is wider than a terminal");
    }
    assert_eq!(json["nodes"][0]["driver"], "550.54.15");
    assert_eq!(json["nodes"][0]["clock"], Value::Null, "without a date nothing is known");
    assert_eq!(json["metrics"].as_array().unwrap().len(), 10);
    let memory = metric(&json, "microserver", "Memory usage");
    assert_eq!((&memory["known"], &memory["from"][0]["source"]), (&2.into(), &"node_exporter".into()));
    let series = serde_json::json!(["node_memory_used_bytes", "node_memory_total_bytes"]);
    assert_eq!(memory["from"][0]["series"], series);
}

#[test]
fn an_exporter_that_is_down_and_a_gpu_that_is_not_there_keep_a_run_from_its_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let hub = serving(PAGE.to_owned(), TIMELESS);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    scenario(folder.path(), hub, &exporter(hub), &exporter(closed), "nil");
    let (text, json) = told(folder.path(), 4);
    holds(
        &text,
        &[
            "  fail gx8: gpu       1 of 1 declared GPUs are not there: GPU 0 of gx8",
            "hint: node_exporter says nothing of GPUs",
            "  fail ms-01: source    it gives no metrics",
            &format!(
                "hint: is the exporter running on 127.0.0.1, and may this machine reach it? `curl http://127.0.0.1:{closed}/metrics`"
            ),
            "  warn ms-02: source    the scenario names no source of its metrics",
            "  CPU usage                 0/2  –",
            "not ready",
        ],
    );
    let gpu = metric(&json, "gpu_server", "GPU utilization");
    assert_eq!((&gpu["known"], &gpu["missing"][0]["nodes"][0]), (&0.into(), &"gx8".into()));
    let cpu = metric(&json, "microserver", "CPU usage");
    assert_eq!(cpu["missing"].as_array().unwrap().len(), 2, "{cpu}");
}

#[test]
fn a_clock_that_is_off_is_told_with_its_uncertainty_and_a_hubs_may_be_off_by_less() {
    let folder = tempfile::tempdir().unwrap();
    let hub = serving(PAGE.to_owned(), TIMELESS);
    let wrong = "Sun, 06 Nov 1994 08:49:37 GMT";
    let (dated, shown) =
        (serving(PAGE.to_owned(), wrong), serving(format!("{PAGE}{GPU}node_time_seconds 784111777.25\n"), wrong));
    scenario(folder.path(), hub, &exporter(shown), &exporter(dated), &exporter(hub));
    let (text, json) = told(folder.path(), 0);
    holds(&text, &["  warn ms-01: clock ", "  warn gx8: clock ", "timedatectl set-ntp true"]);
    assert!(!text.contains("ms-02: clock"), "{text}");
    let clock = |node: usize, field: &str| json["nodes"][node]["clock"][field].as_f64().unwrap();
    // The date has whole seconds; what the page shows is exact to the time that the answer took.
    assert!(clock(1, "within_s") >= 0.5 && clock(0, "ahead_s") < -1e9, "{json:#}");

    let late = serving(format!("{PAGE}{GPU}"), wrong);
    scenario(folder.path(), late, &exporter(late), "nil", "nil");
    let (text, json) = told(folder.path(), 4);
    holds(&text, &["  fail clock     -", "what a run made there can no longer be told"]);
    assert!(json["targets"]["hub"]["clock"]["ahead_s"].as_f64().unwrap() < -1e9);
}

#[test]
fn kernels_are_not_opened_where_something_failed_before() {
    let folder = tempfile::tempdir().unwrap();
    let hub = serving(PAGE.to_owned(), TIMELESS);
    scenario(folder.path(), hub, &exporter(hub), "nil", "nil");
    let output = doctor(folder.path(), &["--ask-kernels"]);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    holds(&out(&output), &["  not asked: first mend what failed above"]);
    assert!(!folder.path().join("runs").exists(), "nothing was begun");
}
