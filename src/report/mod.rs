//! What a run's record means: one analysis, four renderings of it.
//!
//! [`analyse`] reads a [`crate::record::RunSource`] once and gives a [`Summary`]; `html`, `markdown`, `text` and `json` print it. Nothing here
//! looks at a live run, so a report of a killed run says all that its record holds.

mod analyse;
mod gather;
mod summary;
mod words;

pub use analyse::{analyse, judge};
pub use summary::*;

#[cfg(test)]
mod tests;
