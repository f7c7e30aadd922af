//! Where the metrics of a farm's node come from.

use super::SecretRef;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where a node's metrics come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum MetricsSource {
    /// A page in Prometheus' text format, scraped by hubmark.
    Exporter {
        /// Address of the page.
        url: url::Url,
        /// Which exporter it is, one of [`PROFILES`]; `None` to find out by what the page holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<String>,
        /// Token of its requests, where it wants one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<SecretRef>,
        /// A PEM file with the certificate authority to trust besides the system's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ca: Option<PathBuf>,
    },
    /// An existing Prometheus, asked by PromQL.
    Prometheus {
        /// Address of the Prometheus.
        url: url::Url,
        /// Token of its requests, where it wants one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<SecretRef>,
        /// Labels that the node's series have there, such as `instance`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        selector: BTreeMap<String, String>,
        /// Which exporter the series come from, one of [`PROFILES`]; `None` to find out by their names.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<String>,
        /// A PEM file with the certificate authority to trust besides the system's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ca: Option<PathBuf>,
    },
    /// The machine that hubmark runs on, sampled in place.
    Here,
}

/// Exporters whose series hubmark knows.
pub const PROFILES: &[&str] = &["hubmark", "node_exporter", "dcgm-exporter", "nvidia_gpu_exporter"];
