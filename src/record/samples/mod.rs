//! How samples are kept.
//!
//! Everything else of the store sees [`SampleStore`] only, so the layout can change without it. [`Blocks`] is the layout in use;
//! `docs/adr/0301-samples-as-ticks-then-blocks.md` says why.

mod block;
mod blocks;
mod codec;

pub use blocks::Blocks;
pub use codec::Damaged;

use super::SeriesInfo;
use crate::event::SampleBatch;
use rusqlite::Connection;

/// Why samples cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum SampleFault {
    /// The database refused.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    /// What is stored is not what was written.
    #[error(transparent)]
    Damaged(#[from] Damaged),
}

/// A layout of samples inside `run.db`. A missing sample is absent, never zero. Writing happens inside a transaction of the caller.
pub trait SampleStore {
    /// The tables of the layout, as SQL for an empty database.
    const SCHEMA: &'static str;

    /// Keeps what one sampler measured at one tick. It is as safe as the caller's transaction when this returns.
    ///
    /// # Errors
    /// The database refused; the store must not be used any more.
    fn append(&mut self, db: &Connection, batch: &SampleBatch) -> Result<(), SampleFault>;

    /// Brings everything into its final form. Samples may follow.
    ///
    /// # Errors
    /// As [`SampleStore::append`].
    fn seal(&mut self, db: &Connection) -> Result<(), SampleFault>;

    /// The series, sorted by name and labels.
    ///
    /// # Errors
    /// The database cannot be read.
    fn series(db: &Connection) -> Result<Vec<SeriesInfo>, SampleFault>;

    /// The samples of one series in order of time: (`t_ns`, value).
    ///
    /// # Errors
    /// The database cannot be read, or a block is damaged.
    fn read(db: &Connection, id: u32, each: &mut dyn FnMut(u64, f64)) -> Result<(), SampleFault>;
}
