//! Arguments of the command line that belong to the scenario: `--set key=value` and flags of its own.

use super::{ParamInfo, ParamKind};
use crate::script::fault::{Fault, LoadErrorKind};
use crate::script::suggest;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// What the command line gave.
#[derive(Debug, Default, Clone)]
pub(in crate::script) struct Arguments {
    set: Vec<(String, String)>,
    flags: Vec<String>,
    /// Indices into `flags` that a parameter has taken.
    taken: RefCell<BTreeSet<usize>>,
}

impl Arguments {
    pub(in crate::script) fn new(set: Vec<(String, String)>, flags: Vec<String>) -> Self {
        Self { set, flags, taken: RefCell::default() }
    }

    /// The value given for a parameter; the last one counts. `Err` says what is wrong with the flag.
    pub(super) fn value(&self, name: &str, kind: ParamKind) -> Result<Option<String>, String> {
        let mut found = self.set.iter().rev().find(|(key, _)| plain(key) == name).map(|(_, value)| value.clone());
        let mut at = 0;
        while at < self.flags.len() {
            let flag = &self.flags[at];
            let Some(word) = flag.strip_prefix("--") else {
                at += 1;
                continue;
            };
            let (word, inline) = match word.split_once('=') {
                Some((word, value)) => (word, Some(value.to_owned())),
                None => (word, None),
            };
            let next = self.flags.get(at + 1).filter(|next| !next.starts_with("--"));
            if plain(word) == name {
                self.taken.borrow_mut().insert(at);
                let value = match (inline, next, kind) {
                    (Some(value), _, _) => value,
                    (None, Some(next), ParamKind::Boolean) if !matches!(next.as_str(), "true" | "false") => {
                        "true".to_owned()
                    }
                    (None, Some(next), _) => {
                        self.taken.borrow_mut().insert(at + 1);
                        next.clone()
                    }
                    (None, None, ParamKind::Boolean) => "true".to_owned(),
                    (None, None, _) => return Err("it has no value behind it".to_owned()),
                };
                found = Some(value);
            } else if kind == ParamKind::Boolean && word.strip_prefix("no-").map(plain).as_deref() == Some(name) {
                self.taken.borrow_mut().insert(at);
                found = Some("false".to_owned());
            }
            at += 1;
        }
        Ok(found)
    }

    /// Arguments that no declared parameter has taken.
    pub(super) fn leftovers(&self, declared: &[ParamInfo]) -> Vec<Fault> {
        let names: Vec<&str> = declared.iter().map(|p| p.name.as_str()).collect();
        let flags: Vec<String> = declared.iter().map(ParamInfo::flag).collect();
        let none = "the scenario declares no parameters";
        let mut faults = Vec::new();
        for (key, _) in &self.set {
            if !names.contains(&plain(key).as_str()) {
                faults.push(unknown("parameter", key, names.iter().copied(), none));
            }
        }
        let taken = self.taken.borrow();
        let mut after_unknown = false;
        for (at, flag) in self.flags.iter().enumerate() {
            if taken.contains(&at) {
                after_unknown = false;
                continue;
            }
            if flag.starts_with("--") {
                let word = flag.split('=').next().unwrap_or(flag);
                faults.push(unknown("flag", word, flags.iter().map(String::as_str), none));
                after_unknown = true;
            } else {
                // What follows an unknown flag is most likely its value.
                if !after_unknown {
                    faults.push(Fault::new(LoadErrorKind::Argument, format!("unexpected argument {flag:?}")));
                }
                after_unknown = false;
            }
        }
        faults
    }
}

/// A flag's word as the scenario writes it: `hold-time` is `hold_time`.
fn plain(word: &str) -> String {
    word.replace('-', "_")
}

/// A fault about a word that does not exist.
pub(super) fn unknown<'k>(what: &str, word: &str, known: impl Iterator<Item = &'k str>, none: &str) -> Fault {
    let fault = Fault::new(LoadErrorKind::Argument, format!("unknown {what} {word:?}"));
    let known: Vec<&str> = known.collect();
    match known.is_empty() {
        true => fault.hint(none),
        false => fault.hint(suggest::hint(word, known)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(flags: &[&str], name: &str, kind: ParamKind) -> Option<String> {
        let flags = flags.iter().map(|f| (*f).to_owned()).collect();
        Arguments::new(vec![("agents".into(), "3".into())], flags).value(name, kind).unwrap()
    }

    #[test]
    fn flags_come_in_every_form() {
        assert_eq!(given(&["--hold-time", "5m"], "hold_time", ParamKind::Duration).as_deref(), Some("5m"));
        assert_eq!(given(&["--hold-time=5m"], "hold_time", ParamKind::Duration).as_deref(), Some("5m"));
        assert_eq!(given(&["--agents", "45"], "agents", ParamKind::Integer).as_deref(), Some("45"));
        assert_eq!(given(&[], "agents", ParamKind::Integer).as_deref(), Some("3"));
        assert_eq!(given(&["--fast", "--x"], "fast", ParamKind::Boolean).as_deref(), Some("true"));
        assert_eq!(given(&["--fast", "false"], "fast", ParamKind::Boolean).as_deref(), Some("false"));
        assert_eq!(given(&["--no-fast"], "fast", ParamKind::Boolean).as_deref(), Some("false"));
        assert_eq!(given(&["--shift", "-5"], "shift", ParamKind::Number).as_deref(), Some("-5"));
    }
}
