//! nbformat 4 documents: reading, parameters, and the executed copy.
//!
//! Documents are kept as JSON values with their key order, so that what hubmark does not know survives in the executed copy
//! (`docs/adr/0003-notebooks-as-json.md`).

mod document;
mod execution;
mod outputs;
mod parameters;

pub use document::{Cell, Document, NotebookError};
pub use execution::Execution;
pub use outputs::Message;
