//! Texts that Prometheus' own tools look at in `tests/prom`; here is what they cannot say.

use super::*;
use std::time::Duration;

#[test]
fn a_target_has_a_name_a_port_and_perhaps_a_path() {
    let target = |text| Target::parse(text).map(|t| (t.node, t.address, t.path));
    let some = |node: &str, address: &str, path: Option<&str>| {
        Ok((node.to_owned(), address.to_owned(), path.map(str::to_owned)))
    };
    assert_eq!(target("ms-01:9477"), some("ms-01", "ms-01:9477", None));
    assert_eq!(target("ms-01=10.0.0.1:9100/metrics"), some("ms-01", "10.0.0.1:9100", Some("/metrics")));
    assert_eq!(target("[::1]:9477"), some("[::1]", "[::1]:9477", None));
    for (wrong, why) in [
        ("ms-01", "a port is missing: HOST:PORT"),
        ("ms-01:http", "the port is no number from 0 to 65535"),
        ("=ms-01:1", "a name is empty"),
        ("http://ms-01:9477", "HOST:PORT is due, without http://"),
    ] {
        assert_eq!(target(wrong).unwrap_err().why, why, "{wrong}");
    }
}

#[test]
fn the_window_is_four_scrapes_and_at_least_a_minute() {
    assert_eq!(Window::of(Duration::from_secs(5)).text(), "60s");
    assert_eq!(Window::of(Duration::from_secs(300)).text(), "1200s");
}

#[test]
fn each_of_the_ten_metrics_is_recorded_alerted_on_and_drawn() {
    let text = rules(Window::of(Duration::from_secs(15)), Limits::default());
    for of in ["GPU utilization", "Memory usage", "CPU usage", "Task completion rate", "System uptime"] {
        let of_it: Vec<&Metric> = METRICS.iter().filter(|metric| metric.of == of).collect();
        for role in ["microserver", "gpu_server"] {
            let combined = "hubmark:task_completions_combined:per_minute";
            let names: Vec<&str> = match (of, role) {
                ("Task completion rate", "gpu_server") => vec![combined],
                _ => of_it.iter().map(|metric| metric.record).collect(),
            };
            let alerted = |name: &&str| text.contains(&format!("expr: \"{name}{{role=\\\"{role}\\\"}}"));
            assert!(names.iter().any(alerted), "no alert on {of} of {role}");
            let drawn = |name: &&str| expressions().iter().any(|e| e.starts_with(&format!("{name}{{role=\"{role}\"")));
            assert!(names.iter().all(drawn), "{of} of {role} is not drawn");
            assert!(names.iter().all(|name| text.contains(&format!("record: {name}\n"))), "{of} is not recorded");
        }
    }
    assert!(!text.contains("[W]"));
}

#[test]
fn panels_do_not_lie_on_each_other() {
    let board = dashboard();
    let mut cells = std::collections::BTreeSet::new();
    for panel in board["panels"].as_array().unwrap() {
        let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        for x in at("x")..at("x") + at("w") {
            assert!(x < 24, "{panel}");
            for y in at("y")..at("y") + at("h") {
                assert!(cells.insert((x, y)), "{} lies on another panel", panel["title"]);
            }
        }
    }
}
