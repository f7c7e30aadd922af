//! What the scenario said in the run's log: counts, and the first texts of each level.

use super::errors::{cut, normalise, plain};
use super::said::said;
use crate::event::{Level, LogLine};
use std::collections::BTreeMap;

/// Most texts of one level that are told apart.
const TEXTS_MAX: usize = 20;
/// Most characters of a text.
const TEXT_MAX: usize = 400;

/// One text, with how often it was said.
#[derive(Debug, Clone)]
pub(in crate::report) struct LogText {
    pub(in crate::report) text: String,
    /// The author's `file:line`.
    pub(in crate::report) place: Option<String>,
    pub(in crate::report) count: u64,
    pub(in crate::report) first_ns: u64,
}

/// Lines of one level.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct LogLevel {
    pub(in crate::report) lines: u64,
    /// By place and by what is left of the text without numbers and the like.
    pub(in crate::report) texts: BTreeMap<(Option<String>, String), LogText>,
    /// Lines whose text is not among those.
    pub(in crate::report) left_out: u64,
}

/// The log of a run.
#[derive(Debug, Default)]
pub(in crate::report) struct Log {
    pub(in crate::report) levels: BTreeMap<Level, LogLevel>,
}

impl Log {
    pub(super) fn add(&mut self, t_ns: u64, line: &LogLine) {
        let of = self.levels.entry(line.level).or_default();
        of.lines += 1;
        // An error of a hook has its place in its text, above the code.
        let said = said(&line.text);
        let place = line.place.as_deref().or(said.place).map(str::to_owned);
        let words = plain(said.words);
        let key = (place.clone(), normalise(&words, ""));
        if of.texts.len() >= TEXTS_MAX && !of.texts.contains_key(&key) {
            of.left_out += 1;
            return;
        }
        // Values that stand beside the text differ from line to line: the first one's are shown.
        let fields = LogLine { text: cut(&words, TEXT_MAX), ..line.clone() };
        let text = plain(&fields.to_string());
        of.texts.entry(key).or_insert_with(|| LogText { text, place, count: 0, first_ns: t_ns }).count += 1;
    }
}
