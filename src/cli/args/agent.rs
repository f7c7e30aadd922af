//! Arguments of `agent`.

use crate::agent::{GPU_SERVER, MICROSERVER};
use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Options of `agent`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hubmark agent --role microserver --node ms-01
  hubmark agent --role gpu-server --node gx8 --gpu 0=ms-01 --gpu 1=ms-02
  hubmark agent --role gpu-server --listen 0.0.0.0:9477 --token file:/etc/hubmark/token
  hubmark agent --role microserver --unit > /etc/systemd/system/hubmark-agent.service

Pages: /metrics (all), /metrics/microservers, /metrics/gpu-servers, /healthz. SIGTERM and Ctrl-C end it.")]
pub(crate) struct AgentArgs {
    /// Role of this node in the farm
    #[arg(long, value_enum, value_name = "ROLE")]
    pub(crate) role: RoleArg,
    /// Name of this node, as the scenario names it [default: the host's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) node: Option<String>,
    /// A GPU of this server, by number or UUID, and the microserver that it is lent to
    #[arg(long = "gpu", value_name = "GPU=NODE", value_parser = lent)]
    pub(crate) gpus: Vec<(String, String)>,
    /// Address to listen on. One that others reach needs --token or --tls-cert with --tls-key
    #[arg(long, default_value = "127.0.0.1:9477", value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,
    /// How often to sample, at least 100ms
    #[arg(long, default_value = "1s", value_name = "DURATION")]
    pub(crate) interval: String,
    /// A token that requests must bring, from env:NAME or file:PATH
    #[arg(long, value_name = "PLACE")]
    pub(crate) token: Option<String>,
    /// Certificate chain in PEM form
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key in PEM form
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Print a systemd unit for an agent with these options, and do nothing else
    #[arg(long)]
    pub(crate) unit: bool,
}

/// Role of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleArg {
    /// Works on a GPU, its own or one that is lent to it
    Microserver,
    /// Has the GPUs
    #[value(alias = "gpu_server")]
    GpuServer,
}

impl RoleArg {
    /// The label's value.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Microserver => MICROSERVER,
            Self::GpuServer => GPU_SERVER,
        }
    }
}

fn lent(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((gpu, node)) if !gpu.is_empty() && !node.is_empty() => Ok((gpu.to_owned(), node.to_owned())),
        _ => Err("GPU=NODE is due, such as 0=ms-01 or GPU-34319582-d595-d1c7-d1d2-179bcfa61660=ms-01".to_owned()),
    }
}
