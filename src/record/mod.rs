//! The run store: one directory per run, one SQLite file in it, append-only, whole after `kill -9`.
//!
//! | to | use |
//! | --- | --- |
//! | begin a run's folder and its manifest | [`RunFolder`], [`Manifest`] |
//! | record a run | [`ThreadedStore`] in the real world, [`InlineStore`] in the simulated one; both are a [`crate::port::Sink`] |
//! | know what is kept already, and whether all is | [`StoreStatus`] |
//! | read a run, live or dead | [`Reader`], as a [`RunSource`] |
//! | clean up after a dead run | [`Ledger`], [`close_leases`] |
//! | write down the end of a run whose disk is full | [`end_broken`] |
//! | list, find and remove runs | [`list_runs`], [`find_run`], [`remove_run`] |
//!
//! Reports are computed from what this module reads back, never from a live run's memory.

mod files;
mod folder;
mod inline;
mod ledger;
mod lock;
mod manifest;
mod reader;
mod reserve;
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

pub use folder::{FolderError, RunFolder, is_running, write_file};
pub use inline::InlineStore;
pub use ledger::{Ledger, LedgerError, close_leases, end_broken};
pub use manifest::{Environment, FileHash, Gpu, Manifest, TargetFacts};
pub use reader::Reader;
pub use runs::{Listing, RunEntry, RunState, find_run, list_runs, remove_run};
pub use samples::{Blocks, Damaged, SampleFault, SampleStore};
pub use source::{RunSource, SeriesInfo, SourceError};
pub use status::StoreStatus;
pub use threaded::ThreadedStore;
