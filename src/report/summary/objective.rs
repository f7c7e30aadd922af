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
