//! Failures with the same cause, together.

use super::said::{Said, said};
use crate::event::{Failure, Outcome};
use std::collections::BTreeMap;

/// Most groups. What comes after them is counted without one.
const GROUPS_MAX: usize = 200;
/// Most characters of a message that tell groups apart.
const MESSAGE_MAX: usize = 240;
/// Most times of one group that are kept, and how far apart they are: enough to see whether it was one outage or many.
const TIMES_MAX: usize = 200;
const TIMES_APART_NS: u64 = 1_000_000_000;
/// Most characters of an example.
const EXAMPLE_MAX: usize = 1200;

/// What makes failures the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) struct Cause {
    /// Where it happened.
    pub(in crate::report) stage: &'static str,
    /// How it ended.
    pub(in crate::report) outcome: Outcome,
    /// The message, normalised.
    pub(in crate::report) message: String,
    /// The author's file and line, where the author's code erred or met the failure: it is what the author looks for.
    pub(in crate::report) place: Option<String>,
}

/// One group.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct Group {
    pub(in crate::report) count: u64,
    pub(in crate::report) first_ns: u64,
    pub(in crate::report) last_ns: u64,
    pub(in crate::report) times_ns: Vec<u64>,
    pub(in crate::report) example: String,
    pub(in crate::report) who: String,
    pub(in crate::report) notebook: Option<String>,
    pub(in crate::report) cell: Option<u32>,
    pub(in crate::report) kept: Option<String>,
}

impl Group {
    /// Notes when one happened. What waited for the end of a function comes late, so times are not in order.
    fn seen(&mut self, t_ns: u64) {
        (self.first_ns, self.last_ns) = (self.first_ns.min(t_ns), self.last_ns.max(t_ns));
        let at = self.times_ns.partition_point(|known| *known <= t_ns);
        let mut beside = self.times_ns[..at].last().into_iter().chain(self.times_ns.get(at));
        if self.times_ns.len() < TIMES_MAX && beside.all(|known| known.abs_diff(t_ns) >= TIMES_APART_NS) {
            self.times_ns.insert(at, t_ns);
        }
    }
}

/// To whom and where one failure happened.
#[derive(Debug, Default)]
pub(in crate::report) struct Scene<'s> {
    pub(in crate::report) account: &'s str,
    pub(in crate::report) who: String,
    pub(in crate::report) notebook: Option<&'s str>,
    pub(in crate::report) cell: Option<u32>,
    pub(in crate::report) kept: Option<&'s str>,
    /// The author's file and line that met it, where it went to the author's code.
    pub(in crate::report) place: Option<&'s str>,
}

/// All failures of a run.
#[derive(Debug, Default)]
pub(in crate::report) struct Errors {
    pub(in crate::report) groups: BTreeMap<Cause, Group>,
    pub(in crate::report) ungrouped: u64,
}

impl Errors {
    /// Takes in one failure.
    pub(in crate::report) fn add(
        &mut self,
        t_ns: u64,
        stage: &'static str,
        outcome: Outcome,
        failure: Option<&Failure>,
        scene: &Scene<'_>,
    ) {
        let text = failure.map(|f| plain(&f.message)).unwrap_or_default();
        // A traceback of a notebook has arrows too, and they name no line of the author's scenario.
        let of_script = failure.filter(|f| f.outcome == Outcome::ScriptError).map(|f| said(&f.message));
        let place = of_script.as_ref().and_then(|Said { place, .. }| *place).or(scene.place).map(str::to_owned);
        let mut message = match &of_script {
            Some(said) => normalise(&plain(said.words), scene.account),
            None => normalise(&text, scene.account),
        };
        if let Some(status) = failure.and_then(|f| f.status) {
            message.push_str(&format!(" (HTTP {status})"));
        }
        let cause = Cause { stage, outcome, message: message.trim().to_owned(), place };
        let known = self.groups.len();
        if !self.groups.contains_key(&cause) && known >= GROUPS_MAX {
            self.ungrouped += 1;
            return;
        }
        let group = self.groups.entry(cause).or_default();
        if group.count == 0 {
            (group.first_ns, group.last_ns) = (t_ns, t_ns);
            group.example = cut(&text, EXAMPLE_MAX);
            group.who = scene.who.clone();
            group.notebook = scene.notebook.map(str::to_owned);
            group.cell = scene.cell;
        }
        group.count += 1;
        group.seen(t_ns);
        if group.kept.is_none() {
            group.kept = scene.kept.map(str::to_owned);
        }
    }
}

pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Text without terminal colours and control characters, white space joined.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' && chars.peek() == Some(&'[') {
            // A control sequence ends with a byte from @ to ~ behind its bracket.
            chars.next();
            while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {}
        } else if c.is_whitespace() || c.is_control() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The message with what differs between two failures of one cause replaced: the account, paths, addresses, ids, numbers.
pub(in crate::report) fn normalise(text: &str, account: &str) -> String {
    let text = if account.len() >= 3 { text.replace(account, "<account>") } else { text.to_owned() };
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let word = before.is_alphanumeric() || before == '_';
        let (length, replaced) = match token(rest, word) {
            Some((length, name)) => (length, Some(name)),
            None => (c.len_utf8(), None),
        };
        match replaced {
            Some(name) => out.push_str(name),
            None => out.push(c),
        }
        before = rest[..length].chars().next_back().unwrap_or(' ');
        rest = &rest[length..];
    }
    cut(&out, MESSAGE_MAX)
}

/// What begins here and is replaced: its length in bytes and the word for it. `word` says that a letter or digit stands before it.
fn token(rest: &str, word: bool) -> Option<(usize, &'static str)> {
    let until = |end: fn(char) -> bool| rest.find(end).unwrap_or(rest.len());
    if !word {
        for scheme in ["http://", "https://", "ws://", "wss://"] {
            if rest.starts_with(scheme) {
                return Some((until(|c| c.is_whitespace() || "\"'<>)],".contains(c)), "<url>"));
            }
        }
    }
    if !word && rest.starts_with('/') && rest[1..].starts_with(|c: char| c.is_alphanumeric() || "._-~".contains(c)) {
        return Some((until(|c| c.is_whitespace() || "\"'<>()[],:;".contains(c)), "<path>"));
    }
    if word {
        return None;
    }
    if let Some(hex) = rest.strip_prefix("0x").map(|r| r.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(r.len())) {
        return (hex > 0).then_some((hex + 2, "<id>"));
    }
    let id = until(|c| !(c.is_ascii_hexdigit() || c == '-'));
    let ends = !rest[id..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let digits = rest[..id].chars().filter(char::is_ascii_digit).count();
    let letters = rest[..id].chars().filter(char::is_ascii_alphabetic).count();
    if id >= 8 && ends && digits >= 2 && letters >= 1 {
        return Some((rest[..id].trim_end_matches('-').len(), "<id>"));
    }
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number = until(|c| !(c.is_ascii_digit() || c == '.'));
    let number = rest[..number].trim_end_matches('.').len();
    if rest[..number].parse::<std::net::Ipv4Addr>().is_ok() {
        let port = rest[number..].strip_prefix(':').unwrap_or_default();
        let digits = port.len() - port.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        return Some((number + if digits > 0 { 1 + digits } else { 0 }, "<address>"));
    }
    Some((number, "<n>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_between_failures_of_one_cause_is_replaced() {
        for (text, account, expected) in [
            ("spawn of hubmark-0007 took 300.5 s", "hubmark-0007", "spawn of <account> took <n> s"),
            ("no file /srv/data/x-12.csv: gone", "", "no file <path>: gone"),
            ("kernel 3f2a91c0-77aa-4e1b-9f00-aabbccddeeff died", "", "kernel <id> died"),
            ("object at 0x7f33aa10 in float32", "", "object at <id> in float32"),
            ("http://127.0.0.1:8000/hub/api said 503", "", "<url> said <n>"),
            ("127.0.0.1:8000 is gone, 10.0.0.7: too", "", "<address> is gone, <address>: too"),
            ("version 1.2.3.", "", "version <n>."),
            ("dead beef, facade", "", "dead beef, facade"),
            ("OutOfMemoryError: tried 2.50 GiB.", "", "OutOfMemoryError: tried <n> GiB."),
            ("n=3, ratio 1/2", "ab", "n=<n>, ratio <n>/<n>"),
            ("größe 12 µs", "", "größe <n> µs"),
        ] {
            assert_eq!(normalise(text, account), expected);
        }
    }

    #[test]
    fn colours_and_line_ends_do_not_make_two_groups() {
        assert_eq!(plain("\u{1b}[0;31mValueError\u{1b}[0m:\n\t bad\r\n"), "ValueError: bad");
    }

    #[test]
    fn groups_are_limited_and_what_is_over_is_counted() {
        let mut errors = Errors::default();
        for i in 0..(GROUPS_MAX + 7) {
            let letters: String = i.to_string().chars().map(|c| char::from(b'g' + (c as u8 - b'0'))).collect();
            let failure = Failure::new(Outcome::Unknown, letters);
            errors.add(1, "task", Outcome::Unknown, Some(&failure), &Scene::default());
        }
        assert_eq!((errors.groups.len(), errors.ungrouped), (GROUPS_MAX, 7));
    }
}
