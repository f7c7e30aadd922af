//! Prometheus: pages of exporters read and written, existing exporters and servers as sources of samples, and what a Prometheus and a
//! Grafana need to watch a farm.
//!
//! [`page`] is the text of an exposition, both ways, and pure. [`profile`] says what the page of each known exporter means in the series of
//! `docs/reference/metrics.md`; one mapping serves pages that are scraped and series that a Prometheus has stored ([`source`]).

mod address;
pub mod page;
pub mod profile;
pub mod query;
pub mod setup;
pub mod source;
