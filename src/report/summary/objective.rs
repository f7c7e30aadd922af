//! Objectives and how they came out.

use super::Figure;
use serde::Serialize;

/// How an objective came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// The measured figure meets it.
    Pass,
    /// The measured figure does not meet it.
    Fail,
    /// There is no figure to judge.
    Undecided,
}

impl Ruling {
    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Ruling::Pass => "pass",
            Ruling::Fail => "fail",
            Ruling::Undecided => "undecided",
        }
    }
}

/// One objective, judged.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Judgement {
    /// As the author wrote it.
    pub objective: String,
    /// Name of the metric.
    pub metric: String,
    /// Value of the label that it is split by, `notebook=train`; null if it is not split.
    pub label: Option<String>,
    /// `<`, `<=`, `>` or `>=`.
    pub op: String,
    /// Bound, in the unit of the figure.
    pub bound: f64,
    /// What was measured.
    pub measured: Figure,
    /// How it came out.
    pub ruling: Ruling,
    /// Whether the whole interval lies on the same side of the bound; null where there is no interval.
    pub certain: Option<bool>,
    /// Why, where the figures alone do not say it.
    pub reason: Option<String>,
}

/// A time of the run in which an objective was broken, judged over windows while the run went on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BrokenSpan {
    /// The objective, as the author wrote it.
    pub objective: String,
    /// Value of the label that it is split by that was worst when it broke, `node=ms-03`; null if it is not split.
    pub label: Option<String>,
    /// When the window began that showed it, seconds from the run's start.
    pub from_s: f64,
    /// When the first window ended that no longer did; null if it was broken until the end of the load.
    pub to_s: Option<f64>,
    /// The figure of the first window, in words.
    pub figure: String,
    /// What the run did because of it: `hold` added no users, `abort` ended it; null if nothing.
    pub action: Option<String>,
}
