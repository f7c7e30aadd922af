//! Prometheus: pages of exporters read and written, existing exporters and servers as sources of samples, and what a Prometheus and a
//! Grafana need to watch a farm.
//!
//! [`page`] is the text of an exposition, both ways, and pure. [`Profile`] says what the page of each known exporter means in the series of
//! `docs/reference/metrics.md`; one mapping serves pages that are scraped and series that a Prometheus has stored.

pub mod page;

pub use page::{Format, Page, PageError};
