//! The run store: one directory per run, one SQLite file in it, append-only, whole after `kill -9`.
//!
//! | to | use |
//! | --- | --- |
//! | begin a run's folder and its manifest | [`RunDir`], [`Manifest`] |
//! | record a run | [`ThreadedStore`] in the real world, [`InlineStore`] in the simulated one; both are a [`crate::port::Sink`] |
//! | know what is kept already | [`StoreStatus`] |
//! | read a run, live or dead | [`Reader`], as a [`RunSource`] |
//! | clean up after a dead run | [`Ledger`] |
//! | list, find and remove runs | [`list_runs`], [`resolve_run`], [`remove_run`] |
//!
//! Reports are computed from what this module reads back, never from a live run's memory.

mod files;
mod inline;
mod ledger;
mod lock;
mod manifest;
mod reader;
mod run_dir;
mod runs;
mod samples;
mod schema;
mod scratch;
mod source;
mod status;
mod threaded;
mod writer;

#[cfg(test)]
mod tests;

pub use inline::InlineStore;
pub use ledger::{Ledger, LedgerError};
pub use manifest::{Environment, FileHash, Manifest, TargetFacts};
pub use reader::Reader;
pub use run_dir::{RunDir, RunDirError};
pub use runs::{RunEntry, RunState, list_runs, remove_run, resolve_run};
pub use samples::{Blocks, Damaged, SampleFault, SampleStore};
pub use schema::Durability;
pub use source::{RunSource, SeriesInfo, SourceError};
pub use status::StoreStatus;
pub use threaded::ThreadedStore;
