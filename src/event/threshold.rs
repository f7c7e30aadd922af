//! How an objective stands while a run goes on.

use crate::plan::threshold::{Action, Unit};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How an objective stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdState {
    /// Its figure meets the bound.
    Holds,
    /// Its figure does not.
    Broken,
    /// There was nothing to judge.
    Undecided,
}

/// An objective came to stand otherwise, or makes the run end. The event follows the end of the window that showed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThresholdRecord {
    /// The objective, as the author wrote it.
    pub threshold: String,
    /// How it stands.
    pub state: ThresholdState,
    /// Of an objective with `each` the value whose figure this is, `node=ms-03`: the worst where it is broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The figure, in `unit`; `None` where there is none, and above every bound because of what failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Unit of the figure.
    pub unit: Unit,
    /// What the figure is made of.
    pub samples: u64,
    /// Length of the window.
    pub window_ns: u64,
    /// Windows in a row in which it was broken.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub broken_windows: u32,
    /// What the run does from here on because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl ThresholdState {
    /// The word of reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ThresholdState::Holds => "holds",
            ThresholdState::Broken => "broken",
            ThresholdState::Undecided => "undecided",
        }
    }
}

impl ThresholdRecord {
    /// Whether both are of the same objective.
    #[must_use]
    pub fn is_of(&self, other: &ThresholdRecord) -> bool {
        self.threshold == other.threshold
    }

    /// The figure and whose it is, in words: `24.0% (node=ms-03)`.
    #[must_use]
    pub fn figure(&self) -> String {
        match &self.label {
            Some(label) => format!("{} ({label})", self.words()),
            None => self.words(),
        }
    }

    /// The figure alone, in words: `24.0%`.
    #[must_use]
    pub fn words(&self) -> String {
        match self.value {
            Some(value) => self.unit.words(value),
            None if self.samples > 0 => "above every bound".to_owned(),
            None => "nothing measured".to_owned(),
        }
    }
}

/// `threshold “task.failed.ratio < 10%” is broken: 24.0% (node=ms-03); no users are added`.
impl fmt::Display for ThresholdRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "threshold “{}” ", self.threshold)?;
        match self.state {
            ThresholdState::Holds => write!(f, "holds: {}", self.figure())?,
            ThresholdState::Broken => write!(f, "is broken: {}", self.figure())?,
            ThresholdState::Undecided => f.write_str("is undecided: nothing of its kind happened")?,
        }
        match self.action {
            Some(Action::Hold) => f.write_str("; no users are added while it is broken"),
            Some(Action::Abort) => write!(f, " in {} windows in a row; the run ends", self.broken_windows),
            None => Ok(()),
        }
    }
}
