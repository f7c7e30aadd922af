//! Arguments of `prom`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Options of `prom`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hubmark prom config farm.lua > prometheus.yml
  hubmark prom config --microserver ms-01=10.0.0.1:9477 --gpu-server gx8=10.0.0.9:9477 --lent-gpus > prometheus.yml
  hubmark prom rules > hubmark-rules.yml
  hubmark prom dashboard > hubmark-dashboard.json")]
pub(crate) struct PromArgs {
    #[command(subcommand)]
    pub(crate) command: PromCommand,
}

/// What is wanted.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum PromCommand {
    /// Print a scrape configuration with one job per role
    Config(PromTargets),
    /// Print recording and alerting rules for the ten metrics of both roles
    Rules {
        /// How often Prometheus scrapes; rates are taken over four scrapes, at least a minute
        #[arg(long, default_value = "15s", value_name = "DURATION")]
        interval: String,
        /// Memory in use above which an alert is raised
        #[arg(long, default_value = "90%", value_name = "SHARE")]
        memory: String,
        /// GPU memory in use above which an alert is raised
        #[arg(long, default_value = "95%", value_name = "SHARE")]
        gpu_memory: String,
        /// Processors in use above which an alert is raised
        #[arg(long, default_value = "95%", value_name = "SHARE")]
        cpu: String,
    },
    /// Print a Grafana dashboard that draws what the rules record
    Dashboard,
}

/// What is scraped.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
A target is [NODE=]HOST:PORT[/PATH]. Without a path it is a `hubmark agent`, which has a page for each role; other exporters have
theirs at /metrics: --microserver ms-01=10.0.0.1:9100/metrics. A node may have several exporters.")]
pub(crate) struct PromTargets {
    /// A scenario whose nodes name their exporters; targets of the options come besides
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: Option<PathBuf>,
    /// Set a parameter of the scenario
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "scenario")]
    pub(crate) set: Vec<String>,
    /// Use a preset that the scenario declares
    #[arg(long, value_name = "NAME", requires = "scenario")]
    pub(crate) preset: Option<String>,
    /// An exporter of a microserver
    #[arg(long = "microserver", value_name = "TARGET")]
    pub(crate) microservers: Vec<String>,
    /// An exporter of a GPU server
    #[arg(long = "gpu-server", value_name = "TARGET")]
    pub(crate) gpu_servers: Vec<String>,
    /// GPU servers' agents show GPUs that are lent to microservers (`agent --gpu`)
    #[arg(long)]
    pub(crate) lent_gpus: bool,
    /// Where `hubmark run --metrics` shows a run's own metrics
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) run: Option<String>,
    /// How often to scrape, at least 1s
    #[arg(long, default_value = "15s", value_name = "DURATION")]
    pub(crate) interval: String,
    /// File of the rules, as Prometheus will find it
    #[arg(long, default_value = "hubmark-rules.yml", value_name = "FILE")]
    pub(crate) rules: PathBuf,
    /// File with the token that agents want, as Prometheus will find it
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// File with the certificate authority of the agents' certificates; they are asked by TLS then
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
}
