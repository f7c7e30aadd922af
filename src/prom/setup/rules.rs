//! Recording and alerting rules.

use super::alerts::alerts;
use super::config::span;
use super::metrics::{COMBINED, METRICS};
use std::fmt::Write;
use std::time::Duration;

/// What is acceptable; shares of 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Memory in use.
    pub memory: f64,
    /// GPU memory in use.
    pub gpu_memory: f64,
    /// Processors in use.
    pub cpu: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 0.9, gpu_memory: 0.95, cpu: 0.95 }
    }
}

/// The window that rates are taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window(Duration);

impl Window {
    /// The window for an interval of scrapes: four of them, so that a missed scrape or two leave a rate, and at least a minute.
    #[must_use]
    pub fn of(interval: Duration) -> Self {
        Self((interval * 4).max(Duration::from_secs(60)))
    }

    /// As PromQL writes it.
    #[must_use]
    pub fn text(self) -> String {
        span(self.0.as_secs_f64())
    }
}

/// The file of rules.
#[must_use]
pub fn rules(window: Window, limits: Limits) -> String {
    let text = window.text();
    let mut out = format!(
        "# Written by `hubmark prom rules`. Rates are taken over {text}: four scrapes, so that a missed one leaves a rate.\ngroups:\n  - name: hubmark-nodes\n    rules:\n"
    );
    for metric in METRICS {
        record(&mut out, metric.record, &metric.expression(&text), None);
    }
    out.push_str("  - name: hubmark-roles\n    rules:\n");
    for metric in METRICS {
        let name = metric.record.replacen("hubmark:", "hubmark_role:", 1);
        record(&mut out, &name, &format!("{} by (role) ({})", over_nodes(metric.record), metric.record), None);
    }
    let combined = COMBINED.1.replace("[W]", &format!("[{text}]"));
    record(&mut out, COMBINED.0, &combined, Some("gpu_server"));
    out.push_str("  - name: hubmark-alerts\n    rules:\n");
    out.push_str(&alerts(limits));
    out
}

/// How nodes of a role become one figure: a sum of completions, the worst of reboots and availability, the mean of shares.
fn over_nodes(record: &str) -> &'static str {
    match record {
        _ if record.contains("per_minute") => "sum",
        _ if record.contains("rebooted") || record.contains("gpu_memory") => "max",
        _ if record.contains("availability") || record.contains("uptime") => "min",
        _ => "avg",
    }
}

fn record(out: &mut String, name: &str, expression: &str, role: Option<&str>) {
    put(out, format_args!("      - record: {name}\n        expr: |\n"));
    for line in expression.lines() {
        put(out, format_args!("          {line}\n"));
    }
    if let Some(role) = role {
        put(out, format_args!("        labels:\n          role: {role}\n"));
    }
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = out.write_fmt(text);
}
