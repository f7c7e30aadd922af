//! What a Prometheus and a Grafana need to watch a farm: a scrape configuration with one job per role, recording and alerting rules for the
//! ten metrics of the specification, and a dashboard of them.
//!
//! Rules read the series of `hubmark agent`, of node_exporter with dcgm-exporter or nvidia_gpu_exporter, or of both at different nodes; labels
//! `role` and `node` come from the scrape configuration where an exporter does not set them itself.

mod alerts;
mod config;
mod dashboard;
mod metrics;
mod rules;

pub use config::{Access, Scrape, Target, TargetError};
pub use dashboard::{dashboard, expressions};
pub use metrics::{METRICS, Metric, Source};
pub use rules::{Limits, Window, rules};

/// Text in YAML's double quotes, which are JSON's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
