//! What is measured beside the load: the machine that hubmark runs on, and hubmark itself.
//!
//! Counters are raw (`_total`); gauges stand beside them for the live view. Names and units are one table, [`SERIES`]. A series without
//! a value at a tick is absent, never zero.

mod environment;
mod host;
mod itself;
mod series;

pub use environment::environment;
pub use host::HostSampler;
pub use itself::SelfSampler;
pub use series::{SERIES, Series, SeriesKind, reference_markdown};
