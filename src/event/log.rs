//! The run's log: what the scenario says about itself, and what of the other events belongs beside that.

use super::{EventKind, Outcome, ThresholdState};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// For who wants to know.
    Info,
    /// Something is not as it should be.
    Warn,
    /// Something failed.
    Error,
}

impl Level {
    /// All of them, the least first.
    pub const ALL: [Level; 3] = [Level::Info, Level::Warn, Level::Error];

    /// Its name, as `run.log` has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A line of the run's log. Its text may have several lines where it is an error with the author's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub text: String,
    /// The author's `file:line` that said it. `None` where hubmark itself did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What the author gave besides, by name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
}

impl LogLine {
    /// A line of hubmark's own.
    #[must_use]
    pub fn new(level: Level, text: impl Into<String>) -> Self {
        Self { level, text: text.into(), place: None, fields: Map::new() }
    }

    /// What an event says in the log; `None` where the log does not speak of such events.
    ///
    /// Failures of hubs and notebooks are no lines: they have figures of their own, and a farm that is down would drown everything else.
    /// An error of the author's code is one, because only the author can mend it.
    #[must_use]
    pub fn of(kind: &EventKind) -> Option<Cow<'_, LogLine>> {
        let line = match kind {
            EventKind::Log(line) => return Some(Cow::Borrowed(line)),
            EventKind::Mark { text, .. } => Self::new(Level::Info, format!("mark: {text}")),
            EventKind::ThresholdJudged(record) => {
                let level = if record.state == ThresholdState::Broken { Level::Warn } else { Level::Info };
                Self::new(level, record.to_string())
            }
            EventKind::Degraded { component, text, .. } => {
                Self::new(Level::Warn, format!("trouble in {component}: {text}"))
            }
            EventKind::UserCodeFailed { failure, .. } if failure.outcome == Outcome::ScriptError => {
                Self::new(Level::Error, failure.message.clone())
            }
            EventKind::StopRequested { reason, hard } => {
                let how = if *hard { "stopping at once" } else { "stopping" };
                Self::new(Level::Info, format!("{how}: {reason}"))
            }
            EventKind::RunEnded { error: Some(error), .. } => {
                Self::new(Level::Error, format!("the run ended: {error}"))
            }
            _ => return None,
        };
        Some(Cow::Owned(line))
    }
}

/// The text and the fields behind it: `slow spawn account="lab-0007" took=31.5`. The place is left to who shows it.
impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        for (name, value) in &self.fields {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Failure;
    use crate::plan::UserFunction;

    #[test]
    fn a_line_shows_its_fields_and_keeps_its_form_in_the_record() {
        let mut line = LogLine::new(Level::Warn, "slow spawn");
        assert_eq!(
            serde_json::to_string(&EventKind::Log(line.clone())).unwrap(),
            r#"{"kind":"log","data":{"level":"warn","text":"slow spawn"}}"#,
            "as runs had it before lines had places and fields"
        );
        line.place = Some("s.lua:3".to_owned());
        line.fields = Map::from_iter([("took".to_owned(), 31.5.into()), ("account".to_owned(), "a b".into())]);
        assert_eq!(line.to_string(), "slow spawn took=31.5 account=\"a b\"");
        let text = serde_json::to_string(&EventKind::Log(line.clone())).unwrap();
        assert_eq!(serde_json::from_str::<EventKind>(&text).unwrap(), EventKind::Log(line));
    }

    #[test]
    fn the_log_tells_of_errors_of_code_and_not_of_failures_of_hubs() {
        let failed = |outcome| EventKind::UserCodeFailed {
            function: UserFunction::Iterate,
            failure: Failure::new(outcome, "no room"),
        };
        let code = failed(Outcome::ScriptError);
        assert_eq!(LogLine::of(&code).unwrap().level, Level::Error);
        assert_eq!(LogLine::of(&failed(Outcome::SpawnFailed)), None);
        assert_eq!(LogLine::of(&EventKind::UserEnded), None);
    }
}
