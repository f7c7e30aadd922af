//! What is measured beside the load: the machine that hubmark runs on, and hubmark itself.
//!
//! Counters are raw (`_total`); gauges stand beside them for the live view. Names and units are one table, [`SERIES`]. A series without
//! a value at a tick is absent, never zero.

#[cfg(target_os = "linux")]
mod cgroup;
#[cfg(target_os = "linux")]
mod counters;
mod environment;
pub mod gpu;
#[cfg(target_os = "linux")]
mod host;
mod itself;
mod of_node;
mod portable;
mod series;

pub use environment::environment;
#[cfg(target_os = "linux")]
pub use host::HostSampler;
pub use itself::SelfSampler;
pub use of_node::OfNode;
pub use portable::PortableHost;
/// The sampler of this platform's machine.
#[cfg(not(target_os = "linux"))]
pub use portable::PortableHost as HostSampler;
pub use series::{SERIES, Series, SeriesKind, reference_markdown};
