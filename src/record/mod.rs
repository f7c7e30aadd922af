//! The run store: one directory per run, one SQLite file in it, append-only, whole after `kill -9`.
//!
//! Reports are computed from what this module reads back, never from a live run's memory.

mod folder;
mod ledger;
mod manifest;
mod reader;
mod samples;
mod schema;
mod sinks;
mod source;
mod store;

pub use folder::{FolderError, RunEntry, RunFolder, RunState, find_run, is_running, list_runs, remove_run};
pub use ledger::close_leases;
pub use manifest::{Environment, FileHash, Manifest, TargetFacts};
pub use reader::Reader;
pub use sinks::{InlineStore, ThreadedStore};
pub use source::{RunSource, SeriesInfo, SourceError};
