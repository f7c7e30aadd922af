//! The scrape configuration.

use super::quoted;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

/// An exporter to be scraped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The node that it is of, as label `node`.
    pub node: String,
    /// Host and port.
    pub address: String,
    /// Path of its page, where it is not an agent's page of the node's role.
    pub path: Option<String>,
    /// Whether it is asked by TLS although other targets are not.
    pub tls: bool,
}

/// Why a target is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no target: {why}")]
pub struct TargetError {
    /// What was written.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Target {
    /// Reads `[NODE=]HOST:PORT[/PATH]`; without a name the host is the node's name.
    ///
    /// # Errors
    /// There is no port, or a part is empty.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let wrong = |why| TargetError { text: text.to_owned(), why };
        if text.contains("://") {
            return Err(wrong("HOST:PORT is due, without http://"));
        }
        let (node, rest) = text.split_once('=').map_or((None, text), |(node, rest)| (Some(node), rest));
        let (address, path) = rest.split_once('/').map_or((rest, None), |(address, path)| (address, Some(path)));
        let (host, port) = address.rsplit_once(':').ok_or_else(|| wrong("a port is missing: HOST:PORT"))?;
        if host.is_empty() || node.is_some_and(str::is_empty) {
            return Err(wrong("a name is empty"));
        }
        if port.parse::<u16>().is_err() {
            return Err(wrong("the port is no number from 0 to 65535"));
        }
        Ok(Self {
            node: node.unwrap_or(host).to_owned(),
            address: address.to_owned(),
            path: path.map(|path| format!("/{path}")),
            tls: false,
        })
    }
}

/// What agents want to see before they answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// File with the token, as Prometheus sees it.
    pub token_file: Option<PathBuf>,
    /// File with the certificate authority of their certificates; with it they are asked by TLS.
    pub ca_file: Option<PathBuf>,
}

/// A scrape configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scrape {
    /// Exporters of microservers.
    pub microservers: Vec<Target>,
    /// Exporters of GPU servers.
    pub gpu_servers: Vec<Target>,
    /// Whether GPU servers' agents show GPUs that are lent to microservers.
    pub lent_gpus: bool,
    /// Where a run shows its own metrics.
    pub run: Option<Target>,
    /// How often, at least a second.
    pub interval: Duration,
    /// What agents want.
    pub access: Access,
    /// The file of the rules, as Prometheus sees it.
    pub rules: Option<PathBuf>,
}

impl Scrape {
    /// The configuration's text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::from(
            "# Written by `hubmark prom config`. One job per role; `role` and `node` stand on every series, and an agent's own labels go first\n\
             # (`honor_labels`), so that a GPU that a server lends keeps the microserver's name.\n",
        );
        let seconds = self.interval.as_secs_f64();
        put(&mut out, format_args!("global:\n  scrape_interval: {0}\n  evaluation_interval: {0}\n", span(seconds)));
        // A target that is slow for longer than this would delay its own next scrape.
        put(&mut out, format_args!("  scrape_timeout: {}\n", span((seconds * 0.8).min(10.0))));
        if let Some(rules) = &self.rules {
            put(&mut out, format_args!("rule_files:\n  - {}\n", quoted(&rules.display().to_string())));
        }
        out.push_str("scrape_configs:\n");
        let lent: Vec<Target> = self.gpu_servers.iter().filter(|target| target.path.is_none()).cloned().collect();
        let lent = if self.lent_gpus { lent } else { vec![] };
        self.job(&mut out, "hubmark-microservers", "/metrics/microservers", Some("microserver"), &self.microservers);
        self.job(&mut out, "hubmark-gpu-servers", "/metrics/gpu-servers", Some("gpu_server"), &self.gpu_servers);
        self.job(&mut out, "hubmark-lent-gpus", "/metrics/microservers", Some("gpu_server"), &lent);
        let run: Vec<Target> = self.run.iter().cloned().collect();
        self.job(&mut out, "hubmark-run", "/metrics", None, &run);
        out
    }

    fn job(&self, out: &mut String, name: &str, path: &str, role: Option<&str>, targets: &[Target]) {
        if targets.is_empty() {
            return;
        }
        put(out, format_args!("  - job_name: {name}\n    metrics_path: {path}\n    honor_labels: true\n"));
        if let Some(file) = &self.access.token_file {
            let file = quoted(&file.display().to_string());
            put(out, format_args!("    authorization:\n      type: Bearer\n      credentials_file: {file}\n"));
        }
        if let Some(file) = &self.access.ca_file {
            let file = quoted(&file.display().to_string());
            put(out, format_args!("    scheme: https\n    tls_config:\n      ca_file: {file}\n"));
        }
        out.push_str("    static_configs:\n");
        for target in targets {
            put(out, format_args!("      - targets: [{}]\n", quoted(&target.address)));
            let Some(role) = role else { continue };
            put(
                out,
                format_args!("        labels:\n          role: {role}\n          node: {}\n", quoted(&target.node)),
            );
            if let Some(path) = &target.path {
                put(out, format_args!("          __metrics_path__: {}\n", quoted(path)));
            }
            if target.tls && self.access.ca_file.is_none() {
                out.push_str("          __scheme__: https\n");
            }
        }
    }
}

/// A span as Prometheus writes it; its units are whole, down to milliseconds.
pub(super) fn span(seconds: f64) -> String {
    let ms = (seconds * 1000.0).round();
    if ms % 1000.0 == 0.0 { format!("{}s", ms / 1000.0) } else { format!("{ms}ms") }
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = out.write_fmt(text);
}
