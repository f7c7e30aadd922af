//! A small farm of this machine's own: two agents, a node_exporter, and the Prometheus that watches them.

use crate::support::{Running, agent, node_exporter, printed, prometheus, until, write};
use hubmark::event::Sample;
use hubmark::http::{HttpClient, Settings};
use hubmark::port::{SampleError, Sampler};
use hubmark::prom::query::{Answer, Prometheus};
use hubmark::prom::setup::expressions;
use hubmark::prom::source::{ExporterSampler, NodeLabels, PrometheusSampler};
use hubmark::sampler::HostSampler;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

const WITHIN: Duration = Duration::from_secs(30);

/// Runs a future of this test.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn client(address: &str) -> HttpClient {
    HttpClient::new(&Url::parse(&format!("http://{address}/")).unwrap(), Settings::default()).unwrap()
}

pub(crate) fn server(address: &str) -> Prometheus {
    Prometheus::new(client(address), WITHIN)
}

fn node(name: &str) -> NodeLabels {
    NodeLabels { node: name.to_owned(), role: "microserver".to_owned() }
}

fn scraper(name: &str, address: &str) -> ExporterSampler {
    let url = Url::parse(&format!("http://{address}/metrics")).unwrap();
    ExporterSampler::new(node(name), url, None, client(address), WITHIN)
}

fn value(samples: &[Sample], name: &str, label: &str) -> f64 {
    let has = |sample: &&Sample| {
        sample.series.name == name && (label.is_empty() || sample.series.labels.values().any(|value| value == label))
    };
    samples.iter().find(has).unwrap_or_else(|| panic!("no {name} {label}")).value
}

/// The values of an expression, by node.
pub(crate) fn by_node(server: &Prometheus, expression: &str) -> BTreeMap<String, f64> {
    let answer = run(server.query(expression, None)).unwrap_or_else(|error| panic!("{expression}: {error}"));
    let series = answer.series().iter();
    series.map(|row| (row.labels.get("node").cloned().unwrap_or_default(), row.points[0].1)).collect()
}

/// A farm and the Prometheus that scrapes it every second.
struct Farm {
    _folder: tempfile::TempDir,
    exporter: Running,
    _agents: [Running; 2],
    prometheus: Running,
}

fn farm() -> Farm {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let exporter = node_exporter(path);
    let fast = ["--interval", "200ms"];
    let ms1 = agent(path, "ms-01", &[&["--role", "microserver"][..], &fast].concat());
    let gx8 = agent(path, "gx8", &[&["--role", "gpu-server"][..], &fast].concat());
    let rules = write(path, "rules.yml", &printed(&["prom", "rules", "--interval", "1s"]));
    let config = printed(&[
        "prom",
        "config",
        "--interval",
        "1s",
        "--rules",
        rules.to_str().unwrap(),
        "--microserver",
        &format!("ms-01={}", ms1.address),
        "--microserver",
        &format!("ms-02={}/metrics", exporter.address),
        "--gpu-server",
        &format!("gx8={}", gx8.address),
        "--lent-gpus",
    ]);
    let config = write(path, "prometheus.yml", &config);
    let prometheus = prometheus(path, &config);
    Farm { exporter, _agents: [ms1, gx8], prometheus, _folder: folder }
}

#[test]
fn every_source_says_the_same_of_one_machine_and_a_lost_one_is_a_gap() {
    let Farm { _folder, exporter, _agents, prometheus } = farm();
    let server = server(&prometheus.address);
    let expected = [("gx8".to_owned(), 1.0), ("ms-01".to_owned(), 1.0), ("ms-02".to_owned(), 1.0)];
    until("every target was scraped", || {
        (by_node(&server, "min by (node) (up)") == expected.clone().into()).then_some(())
    });
    the_rules_record_each_node(&server);
    the_dashboard_asks_nothing_wrong(&server);
    sources_agree(&prometheus.address, &exporter.address);
    queries_of_a_span_are_answered(&server);

    let mut asked = of_ms2(&prometheus.address);
    let mut scraped = scraper("ms-02", &exporter.address);
    assert!(run(asked.sample()).is_ok() && run(scraped.sample()).is_ok());
    drop(exporter);
    assert!(matches!(run(scraped.sample()), Err(SampleError::Failed(why)) if why.contains("scraping http://")));
    let why = until("Prometheus has seen that ms-02 is gone", || run(asked.sample()).err());
    assert!(why.to_string().contains("it could not scrape"), "{why}");
    assert_eq!(by_node(&server, "min by (node) (up)")["ms-02"], 0.0);
}

/// Rules are worked out every second; each has a value for each node that its exporter can speak for.
fn the_rules_record_each_node(server: &Prometheus) {
    for record in [
        "hubmark:memory_utilization:ratio",
        "hubmark:cpu_utilization:ratio",
        "hubmark:uptime:seconds",
        "hubmark:rebooted_1h:bool",
        "hubmark:availability_1h:ratio",
    ] {
        let nodes = until(&format!("{record} of three nodes"), || {
            Some(by_node(server, record)).filter(|nodes| nodes.len() == 3)
        });
        let (least, most) = nodes.values().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
        // Three views of one machine: memory may be a container's in one and the host's in another, so it is compared elsewhere.
        match record {
            "hubmark:uptime:seconds" => assert!(least > 0.0 && most - least < 30.0, "{record}: {nodes:?}"),
            _ => assert!(least >= 0.0 && most <= 1.0, "{record}: {nodes:?}"),
        }
    }
    let roles = run(server.query("hubmark_role:uptime:seconds", None)).unwrap();
    assert_eq!(roles.series().len(), 2, "two roles, two figures: {roles:?}");
}

/// Each expression is posted; those on this machine's own series have values.
fn the_dashboard_asks_nothing_wrong(server: &Prometheus) {
    let mut drawn = 0;
    for expression in expressions() {
        let expression = expression.replace("$__rate_interval", "1m");
        let answer = run(server.query(&expression, None)).unwrap_or_else(|error| panic!("{expression}: {error}"));
        assert!(matches!(answer, Answer::Vector(_)), "{expression}");
        // No GPU and no run are here.
        let absent =
            ["hubmark:gpu_", "hubmark_gpu_", "DCGM", "task_completions"].iter().any(|of| expression.contains(of));
        let empty = answer.series().is_empty();
        assert!(!empty || absent, "{expression} draws nothing");
        drawn += usize::from(!empty);
    }
    assert!(drawn >= 12, "{drawn} expressions drew something");
}

/// The counters of one machine by node_exporter scraped, by node_exporter through Prometheus, and by hubmark itself.
fn sources_agree(prometheus: &str, exporter: &str) {
    let (mut asked, mut scraped, mut here) = (of_ms2(prometheus), scraper("ms-02", exporter), HostSampler::new());
    // In this order: what was scraped by Prometheus is the oldest, what is read here the newest.
    let through = until("a first value through Prometheus", || run(asked.sample()).ok().filter(|s| !s.is_empty()));
    let (direct, own) = (run(scraped.sample()).unwrap(), run(here.sample()).unwrap());
    for (name, label) in [
        ("node_cpu_seconds_total", "user"),
        ("node_cpu_seconds_total", "idle"),
        ("node_network_receive_bytes_total", ""),
        ("node_disk_written_bytes_total", ""),
    ] {
        let [a, b, c] = [&through, &direct, &own].map(|samples| value(samples, name, label));
        assert!(
            a <= b && b <= c + 0.02 && a > 0.9 * c,
            "{name} {label}: {a}, {b}, {c} do not grow from source to source"
        );
    }
    let boot = [&through, &direct, &own].map(|samples| value(samples, "node_boot_time_seconds", ""));
    assert!((boot[0] - boot[1]).abs() <= 2.0 && (boot[1] - boot[2]).abs() <= 2.0, "{boot:?}");
    let names = |samples: &[Sample]| {
        let keys = samples.iter().map(|s| (s.series.name.clone(), s.series.labels.clone()));
        keys.filter(|(name, _)| !name.ends_with("_ratio")).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(names(&through), names(&direct), "the same series, however they came");
}

fn of_ms2(prometheus: &str) -> PrometheusSampler {
    let selector = BTreeMap::from([("node".to_owned(), "ms-02".to_owned())]);
    PrometheusSampler::new(node("ms-02"), server(prometheus), selector, None)
}

fn queries_of_a_span_are_answered(server: &Prometheus) {
    let Ok(Answer::Scalar(now)) = run(server.query("time()", None)) else { panic!("time() is a number") };
    let rows = run(server.query_range("up{node=\"ms-01\"}", now - 1.5, now, 0.5)).unwrap();
    assert!(rows.iter().all(|row| row.points.iter().all(|(at, value)| *at >= now - 1.6 && *value == 1.0)), "{rows:?}");
    let error = run(server.query("sum(up", None)).unwrap_err().to_string();
    assert!(error.starts_with("Prometheus refuses the query (bad_data): ") && error.contains("1:7"), "{error}");
}
