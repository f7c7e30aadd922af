//! What parts of hubmark reported about themselves, and executors that were paused by it.

use super::errors::{cut, normalise, plain};
use super::said::said;
use std::collections::BTreeMap;

/// Most components whose trouble is told apart.
const COMPONENTS_MAX: usize = 50;
/// Most texts that are told apart.
const TEXTS_MAX: usize = 50;
/// Most characters of a text.
const TEXT_MAX: usize = 400;

/// One text, with how often it was said.
#[derive(Debug, Clone)]
pub(in crate::report) struct Text {
    pub(in crate::report) text: String,
    pub(in crate::report) count: u64,
    pub(in crate::report) first_ns: u64,
}

/// All trouble of a run.
#[derive(Debug, Default)]
pub(in crate::report) struct Troubles {
    pub(in crate::report) components: BTreeMap<String, u64>,
    /// By component and by what is left of the text without numbers and the like.
    pub(in crate::report) texts: BTreeMap<(String, String), Text>,
    pub(in crate::report) texts_left_out: u64,
    /// When an executor was paused, and why.
    pub(in crate::report) paused: Vec<(u64, String)>,
}

impl Troubles {
    /// Takes in one report; gives what it says in one line.
    pub(super) fn add(&mut self, t_ns: u64, component: &str, text: &str, paused: bool) -> String {
        let full = self.components.len() >= COMPONENTS_MAX && !self.components.contains_key(component);
        let component = if full { "other" } else { component };
        *self.components.entry(component.to_owned()).or_default() += 1;
        let line = one_line(text);
        if paused {
            self.paused.push((t_ns, line.clone()));
        }
        let key = (component.to_owned(), normalise(&line, ""));
        if self.texts.len() >= TEXTS_MAX && !self.texts.contains_key(&key) {
            self.texts_left_out += 1;
        } else {
            self.texts.entry(key).or_insert_with(|| Text { text: line.clone(), count: 0, first_ns: t_ns }).count += 1;
        }
        line
    }
}

/// A text without its code frame, with the author's file and line.
fn one_line(text: &str) -> String {
    let said = said(text);
    let words = plain(said.words);
    match said.place {
        Some(place) => format!("{} ({place})", cut(&words, TEXT_MAX)),
        None => cut(&words, TEXT_MAX),
    }
}
