//! Where events, samples and executed notebooks go.

use super::Local;
use crate::event::{Event, SampleBatch};
use std::sync::Arc;

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
        bytes: Arc<[u8]>,
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
