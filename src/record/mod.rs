//! The run store: one directory per run, one SQLite file in it, append-only, whole after `kill -9`.
//!
//! Reports are computed from what this module reads back, never from a live run's memory.

mod manifest;
mod source;

pub use manifest::{Environment, FileHash, Manifest, TargetFacts};
pub use source::{RunSource, SeriesInfo, SourceError};
