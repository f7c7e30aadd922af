//! A scenario's functions ask a real Prometheus.

use crate::support::{hubmark, prometheus, said, until, write};
use crate::{farm, lab};

#[test]
fn a_hook_asks_prometheus_and_has_its_error_at_its_own_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    // It watches itself: the port is known once it listens, so it is told a second time.
    let config = |target: &str| {
        format!(
            "global: {{scrape_interval: 200ms}}\nscrape_configs: [{{job_name: itself, static_configs: [{{targets: ['{target}']}}]}}]\n"
        )
    };
    let first = prometheus(path, &write(path, "first.yml", &config("127.0.0.1:1")));
    let target = first.address.clone();
    let second = path.join("second");
    std::fs::create_dir(&second).unwrap();
    let watching = prometheus(&second, &write(&second, "prometheus.yml", &config(&target)));
    let server = farm::server(&watching.address);
    until("the target was scraped", || (!farm::by_node(&server, "up == 1").is_empty()).then_some(()));
    let scenario = write(path, "looking.lua", include_str!("scenarios/looking.lua"));
    write(path, "n.ipynb", include_str!("../../scenarios/quickstart/notebooks/text.ipynb"));
    let runs = path.join("runs");
    let output = hubmark(&["run", scenario.to_str().unwrap(), "--hub", lab::lab().url()])
        .args(["--prometheus", &format!("http://{}", watching.address)])
        .env("JUPYTERHUB_API_TOKEN", lab::lab().token())
        .env("HUBMARK_RUNS", &runs)
        .output()
        .unwrap();
    let text = said(&output);
    for part in ["prom:query: Prometheus refuses the query (bad_data)", "looking.lua:22", "unclosed left parenthesis"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let log = hubmark(&["runs", "log"]).env("HUBMARK_RUNS", &runs).output().unwrap();
    let log = said(&log);
    for part in [
        "up job=\"itself\" kind=\"vector\" value=1",
        "sum infinite=true value=42",
        "kind=\"matrix\"",
        "last=2",
        "late=true",
        "over 11000 values of each series",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
}
