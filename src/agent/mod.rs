//! The exporter of one node: host and GPUs with the node's name and role on every series, for Prometheus or for hubmark itself.
//!
//! Each sampler has a task of its own with absolute ticks and a deadline below the interval. Pages hold the values of the last tick; what a
//! sampler did not give then is absent. Two sets of metrics are kept apart: `/metrics/microservers` and `/metrics/gpu-servers` hold the series of
//! one role, `/metrics` both. A GPU server whose GPUs are lent to microservers shows each lent GPU under the microserver's name too.

mod exposition;
mod unit;
mod watch;

pub use exposition::Set;
pub use unit::{Credential, Unit};
pub use watch::Agent;

use std::collections::BTreeMap;

/// Role of a node that works on a GPU, which may be lent to it.
pub const MICROSERVER: &str = "microserver";
/// Role of a node that has GPUs for others.
pub const GPU_SERVER: &str = "gpu_server";

/// Which node an agent is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its name.
    pub node: String,
    /// [`MICROSERVER`] or [`GPU_SERVER`].
    pub role: &'static str,
    /// Version of the GPUs' driver; `None` without one.
    pub driver: Option<String>,
    /// GPUs that are lent, by number or UUID, and the microserver that each is lent to.
    pub lent: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests;
