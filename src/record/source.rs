//! Reading a run, wherever it is kept.

use super::Manifest;
use crate::event::{Event, SeriesKey};

/// Why a run cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The store's file is damaged or unreadable.
    #[error("failed to read {what}: {why}")]
    Unreadable {
        /// File or table.
        what: String,
        /// Cause.
        why: String,
    },
    /// A newer hubmark wrote it.
    #[error("the run has format {found}; this hubmark reads up to {known}")]
    TooNew {
        /// Format of the run.
        found: u32,
        /// Newest format that can be read.
        known: u32,
    },
}

/// A series that a run has samples of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesInfo {
    /// Number in this run.
    pub id: u32,
    /// Name and labels.
    pub key: SeriesKey,
}

/// A recorded run. Everything that a report says comes from here.
pub trait RunSource {
    /// What was run.
    fn manifest(&self) -> &Manifest;

    /// Every event in order of `seq`.
    ///
    /// # Errors
    /// The store cannot be read.
    fn events(&self, each: &mut dyn FnMut(Event)) -> Result<(), SourceError>;

    /// The series, sorted by name and labels.
    ///
    /// # Errors
    /// The store cannot be read.
    fn series(&self) -> Result<Vec<SeriesInfo>, SourceError>;

    /// The samples of one series in order of time: (`t_ns`, value).
    ///
    /// # Errors
    /// The store cannot be read.
    fn samples(&self, id: u32, each: &mut dyn FnMut(u64, f64)) -> Result<(), SourceError>;
}
