//! nbformat 4 documents: reading, parameters, and the executed copy.
//!
//! Documents are kept as JSON values with their key order, so that what hubmark does not know survives in the executed copy
//! (`docs/adr/0003-notebooks-as-json.md`).

mod answer;
mod copy;
mod declared;
mod document;
mod error;
mod execution;
mod language;
mod names;
mod outputs;
mod parameters;
mod read;
mod shape;
mod widgets;

pub use answer::Answer;
pub use copy::ExecutedCopy;
pub use document::{Cell, Document};
pub use error::{Fault, NotebookError};
pub use execution::{Execution, KernelTimes};
pub use outputs::{Buffer, Dropped, Message};
pub use parameters::non_finite;
