//! Sources of a node's series: an exporter that is scraped, or an existing Prometheus that is asked.
//!
//! Each is a [`Sampler`](crate::port::Sampler) of one node with a deadline of its own. Labels `node` and `role` stand on every series. A scrape
//! that fails is a gap, and `sampler_up` of that node is 0; it is never a zero.

mod exporter;
mod integral;
mod look;
mod node;
mod server;

pub use exporter::ExporterSampler;
pub use look::Look;
pub use server::PrometheusSampler;

/// Which node a source is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeLabels {
    /// Its name.
    pub node: String,
    /// Its role: `microserver` or `gpu_server`.
    pub role: String,
}

#[cfg(test)]
mod tests;
