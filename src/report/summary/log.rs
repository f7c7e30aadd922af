//! What the scenario said in the run's log.

use crate::event::Level;
use serde::Serialize;

/// The run's log: all of it is printed by `hubmark runs log`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Log {
    /// Lines of level `error`, which hooks that failed are among.
    pub errors: u64,
    /// Lines of level `warn`.
    pub warnings: u64,
    /// Lines of level `info`.
    pub infos: u64,
    /// The first texts of each level, at most 20 of each, errors first. Those that differ in numbers and names only are one.
    pub texts: Vec<LogText>,
    /// Lines whose text is not among those.
    pub left_out: u64,
}

/// A text of the log.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogText {
    /// How much it matters.
    pub level: Level,
    /// What it said the first time.
    pub text: String,
    /// The author's `file:line` that said it; `null` where hubmark itself did.
    pub place: Option<String>,
    /// How often it was said.
    pub count: u64,
    /// When it was said first, seconds from the run's start.
    pub first_s: f64,
}

impl Log {
    /// Lines of all levels.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.errors + self.warnings + self.infos
    }
}
