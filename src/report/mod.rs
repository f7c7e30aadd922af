//! What a run's record means: one analysis, four renderings of it.
//!
//! [`analyse`] reads a [`crate::record::RunSource`] once and gives a [`Summary`]; `html`, `markdown`, `text` and `json` print it. Nothing here
//! looks at a live run, so a report of a killed run says all that its record holds.

mod analyse;
mod attribution;
mod calibrate;
mod csv;
mod diagnose;
mod drift;
mod gather;
mod gpus;
mod html;
mod json;
mod markdown;
mod roles;
mod summary;
mod text;
mod words;

pub use analyse::{analyse, judge};
pub use calibrate::{CalibrateError, calibrate};
pub use csv::{CsvTable, csv, csv_reference};
pub use html::html;
pub use json::json;
pub use markdown::markdown;
pub use summary::*;
pub use text::{Style, text};

#[cfg(test)]
mod tests;
