//! A place in a line, which only moves forward.

use super::error::Problem;
use std::borrow::Cow;

/// A line and how much of it was read.
pub(super) struct Cursor<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Self { line, at: 0 }
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a str {
        &self.line[self.at..]
    }

    /// Column of the next character, from 1.
    pub(super) fn column(&self) -> usize {
        self.line[..self.at].chars().count() + 1
    }

    /// Passes over spaces and tabs.
    pub(super) fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    /// Passes over a character if it is next.
    pub(super) fn take(&mut self, character: char) -> bool {
        let there = self.rest().starts_with(character);
        if there {
            self.at += character.len_utf8();
        }
        there
    }

    /// Passes over a text if it is next.
    pub(super) fn take_text(&mut self, text: &str) -> bool {
        let there = self.rest().starts_with(text);
        if there {
            self.at += text.len();
        }
        there
    }

    /// Passes over a character that has to be next.
    pub(super) fn expect(&mut self, character: char, due: &'static str) -> Result<(), Problem> {
        if self.take(character) { Ok(()) } else { Err(Problem::Missing { due, found: self.found() }) }
    }

    /// The bytes up to the first that does not fit, not yet passed over. It may be empty. What does not fit has to be ASCII, or all that is
    /// not ASCII has to fit or not fit alike, so that the cut is at a character's edge.
    pub(super) fn peek(&self, fits: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        &rest[..rest.bytes().position(|byte| !fits(byte)).unwrap_or(rest.len())]
    }

    /// Passes over what was peeked at.
    pub(super) fn pass(&mut self, peeked: &str) {
        self.at += peeked.len();
    }

    /// What is next, for a message.
    pub(super) fn found(&self) -> String {
        self.rest().chars().next().map_or_else(|| "the line's end".to_owned(), |found| format!("{found:?}"))
    }

    /// A text up to its closing quote, whose opening one was read. Only texts with escapes are copied.
    pub(super) fn quoted(&mut self) -> Result<Cow<'a, str>, Problem> {
        let rest = self.rest();
        let plain = rest.find(['"', '\\']).ok_or(Problem::OpenQuote)?;
        if rest.as_bytes()[plain] == b'"' {
            self.at += plain + 1;
            return Ok(Cow::Borrowed(&rest[..plain]));
        }
        let mut text = String::with_capacity(plain + 16);
        loop {
            let rest = self.rest();
            let plain = rest.find(['"', '\\']).ok_or(Problem::OpenQuote)?;
            text.push_str(&rest[..plain]);
            self.at += plain + 1;
            if rest.as_bytes()[plain] == b'"' {
                return Ok(Cow::Owned(text));
            }
            let escaped = self.rest().chars().next().ok_or(Problem::OpenQuote)?;
            text.push(match escaped {
                '\\' | '"' => escaped,
                'n' => '\n',
                other => return Err(Problem::Escape(other)),
            });
            self.at += 1;
        }
    }
}
