//! What a run does with an objective while it goes on.

use super::{Aggregate, Op, Threshold, Unit, is_of_nodes};
use crate::plan::quantity::format_duration;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a run does while an objective is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It ends, once the objective was broken in [`Threshold::ABORT_WINDOWS`] windows in a row.
    Abort,
    /// It adds no users.
    Hold,
}

/// How an objective is judged while a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// Each window by what happened in it.
    Windows,
    /// At the end of each window by everything that happened so far.
    SoFar,
    /// Not at all: only the end of the run can tell.
    AtTheEnd,
}

impl Threshold {
    /// The label of a farm's nodes that it selects or splits by, if it does.
    #[must_use]
    pub fn label_of_nodes(&self) -> Option<&str> {
        self.labels.keys().chain(self.each.as_ref()).map(String::as_str).find(|label| is_of_nodes(label))
    }

    /// Length of a window where the author names none.
    pub const WINDOW: Duration = Duration::from_secs(60);
    /// An objective has to be broken in so many windows in a row before it ends a run.
    pub const ABORT_WINDOWS: u32 = 3;
    /// The windows that end a run have to hold so many samples together, where the figure is made of samples.
    pub const ABORT_SAMPLES: u64 = 30;

    /// Length of a window of the live judgement.
    #[must_use]
    pub fn window(&self) -> Duration {
        self.over.unwrap_or(Self::WINDOW)
    }

    /// How it is judged while a run goes on. How often something happened is one number for a run, unless the author names a window: it may
    /// exceed an upper bound early, and whether it reaches a lower one shows at the end alone.
    #[must_use]
    pub fn watch(&self) -> Watch {
        match (self.aggregate, self.op, self.over) {
            (Aggregate::Count | Aggregate::Total, Op::Less | Op::LessOrEqual, None) => Watch::SoFar,
            (Aggregate::Count | Aggregate::Total, _, None) => Watch::AtTheEnd,
            _ => Watch::Windows,
        }
    }

    /// Whether its figure says something about a time in which nothing happened: a number of things is then zero.
    #[must_use]
    pub fn counts(&self) -> bool {
        matches!(self.aggregate, Aggregate::Count | Aggregate::Total | Aggregate::Rate)
    }
}

impl Action {
    /// The word that authors write.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Action::Abort => "abort",
            Action::Hold => "hold",
        }
    }
}

impl Unit {
    /// A figure in words: `24.0%`, `1m12s`, `3/min`.
    #[must_use]
    pub fn words(self, value: f64) -> String {
        match self {
            // A negative duration is one of a gauge of the author's own.
            Unit::Seconds if (0.0..1e9).contains(&value) => {
                let milliseconds = if value < 10.0 { (value * 1e3).round() } else { value.round() * 1e3 };
                format_duration(Duration::from_millis(milliseconds as u64))
            }
            Unit::Seconds => format!("{value} s"),
            Unit::Ratio => format!("{:.1}%", value * 100.0),
            Unit::Bytes => format!("{:.1} MiB", value / f64::from(1 << 20)),
            Unit::Number => format!("{}", (value * 1e3).round() / 1e3),
            Unit::PerSecond => format!("{}/min", (value * 6e4).round() / 1e3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn what_only_the_end_can_tell_is_not_judged_before() {
        let watch = |text: &str| parse(text).unwrap().watch();
        assert_eq!(watch("task.failed.count <= 5"), Watch::SoFar);
        assert_eq!(watch("task.completed.count >= 100"), Watch::AtTheEnd);
        assert_eq!(watch("task.completed.count >= 100 over 5m"), Watch::Windows);
        assert_eq!(watch("task.completed.rate >= 10/min"), Watch::Windows);
    }

    #[test]
    fn figures_read_as_their_bounds_are_written() {
        for (unit, value, words) in [
            (Unit::Seconds, 72.4, "1m12s"),
            (Unit::Seconds, 0.25, "250ms"),
            (Unit::Ratio, 0.24, "24.0%"),
            (Unit::Bytes, 2_097_152.0, "2.0 MiB"),
            (Unit::Number, 3.0, "3"),
            (Unit::PerSecond, 0.05, "3/min"),
        ] {
            assert_eq!(unit.words(value), words);
        }
    }
}
