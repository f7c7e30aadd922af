//! The store for a simulated world: it writes in place.

use super::schema::Durability;
use super::status::StoreStatus;
use super::writer::Writer;
use crate::port::{Local, Record, Sink, SinkError};
use std::path::Path;

/// Writes a run on the caller's thread. Nothing waits for another thread, so a paused clock stands still meanwhile, and the same records
/// give the same bytes.
#[derive(Debug)]
pub struct InlineStore {
    writer: Writer,
}

impl InlineStore {
    /// Makes the database in a run's folder.
    ///
    /// # Errors
    /// The folder cannot be written or holds a database already.
    pub fn create(folder: &Path) -> Result<Self, SinkError> {
        Ok(Self { writer: Writer::create(folder, Durability::Process)? })
    }

    /// How the store is.
    #[must_use]
    pub fn status(&self) -> StoreStatus {
        self.writer.status().clone()
    }

    /// Commits, seals and closes.
    ///
    /// # Errors
    /// The record is not whole.
    pub fn close(mut self) -> Result<(), SinkError> {
        self.writer.close()
    }
}

impl Sink for InlineStore {
    fn write<'a>(&'a mut self, batch: &'a [Record]) -> Local<'a, Result<(), SinkError>> {
        Box::pin(async move {
            batch.iter().for_each(|record| self.writer.put(record));
            self.writer.status().take_untold()
        })
    }

    fn sync(&mut self) -> Local<'_, Result<(), SinkError>> {
        Box::pin(async move { self.writer.sync() })
    }
}
