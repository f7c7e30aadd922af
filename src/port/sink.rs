//! Where events, samples and executed notebooks go.

use super::Local;
use crate::event::{Event, SampleBatch};
use crate::notebook::ExecutedCopy;
use std::fmt::Debug;
use std::sync::Arc;

/// The content of a file. It is made where it is written: that may take as long as the writing, and the store of a real run writes on a
/// thread of its own.
pub trait FileContent: Debug + Send + Sync {
    /// The bytes.
    fn bytes(&self) -> Vec<u8>;

    /// How many bytes it takes in memory until then, near enough.
    fn size(&self) -> usize;
}

impl FileContent for ExecutedCopy {
    fn size(&self) -> usize {
        ExecutedCopy::size(self)
    }

    fn bytes(&self) -> Vec<u8> {
        self.text()
    }
}

/// One thing to keep.
#[derive(Debug, Clone)]
pub enum Record {
    /// An event, never lost.
    Event(Arc<Event>),
    /// Samples, dropped with a counter when there is no room.
    Samples(Arc<SampleBatch>),
    /// A file below the run's folder, such as an executed notebook.
    File {
        /// Path below the run's folder.
        path: String,
        /// Its content.
        content: Arc<dyn FileContent>,
    },
}

/// Why records cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SinkError(pub String);

/// Takes records in the dispatcher's order.
pub trait Sink {
    /// Takes a batch. It may wait for room; it keeps the order.
    fn write<'a>(&'a mut self, batch: &'a [Record]) -> Local<'a, Result<(), SinkError>>;

    /// Returns when everything taken so far survives the death of the process and of the machine's power.
    fn sync(&mut self) -> Local<'_, Result<(), SinkError>>;
}
