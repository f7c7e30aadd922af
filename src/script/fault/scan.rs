//! Words, calls and tables of an author's file, read as tokens with `full_moon` and a stack of brackets and blocks: no recursion, so that
//! a deeply nested file cannot exhaust the machine's stack.

use super::Seg;
use full_moon::LuaVersion;
use full_moon::tokenizer::{Lexer, LexerResult, TokenType};

/// A word of the file.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: String,
    name: bool,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// An entry of a table.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Seg,
    /// Index of the word of the key, or of the value where it has none.
    pub(super) key_word: usize,
    pub(super) value_word: usize,
}

/// A call `hm.name` or a plain table.
#[derive(Debug)]
pub(super) struct Node {
    /// `hm.name`; empty for a plain table.
    pub(super) call: String,
    /// Word at which it begins.
    pub(super) word: usize,
    /// Line of the call's name.
    pub(super) line: usize,
    /// The table that it stands in, and under which key.
    pub(super) parent: Option<(usize, Seg)>,
    pub(super) entries: Vec<Entry>,
}

/// What is open while the words are read.
#[derive(Debug, PartialEq, Eq)]
enum Open {
    Table(usize),
    Bracket,
    Block,
}

/// Words, calls and tables of one file.
#[derive(Debug)]
pub(in crate::script) struct Scan {
    pub(super) words: Vec<Word>,
    pub(super) nodes: Vec<Node>,
}

impl Scan {
    /// Reads a file's text; one that is not Lua gives nothing.
    pub(in crate::script) fn of(source: &str) -> Self {
        let words = words(source);
        let nodes = nodes(&words);
        Self { words, nodes }
    }
}

fn words(source: &str) -> Vec<Word> {
    let tokens = match Lexer::new(source, LuaVersion::luau()).collect() {
        LexerResult::Ok(tokens) | LexerResult::Recovered(tokens, _) => tokens,
        LexerResult::Fatal(_) => return vec![],
    };
    tokens
        .into_iter()
        .filter(|token| !token.token_type().is_trivia() && !matches!(token.token_type(), TokenType::Eof))
        .map(|token| {
            let at = token.start_position();
            let text = match token.token_type() {
                TokenType::StringLiteral { literal, .. } => format!("\"{literal}\""),
                _ => token.to_string(),
            };
            let name = matches!(token.token_type(), TokenType::Identifier { .. });
            Word { text, name, line: at.line(), column: at.character() }
        })
        .collect()
}

/// State of the reading.
struct Reader<'w> {
    words: &'w [Word],
    nodes: Vec<Node>,
    open: Vec<Open>,
    /// For each open table: the number of its next item without a name.
    items: Vec<usize>,
}

fn nodes(words: &[Word]) -> Vec<Node> {
    let mut reader = Reader { words, nodes: vec![], open: vec![], items: vec![] };
    let mut at = 0;
    while at < words.len() {
        at = reader.step(at);
    }
    reader.nodes
}

impl Reader<'_> {
    fn text(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |w| w.text.as_str())
    }

    /// Reads the word at `at`; gives the next one to read.
    fn step(&mut self, at: usize) -> usize {
        let begins = matches!(self.open.last(), Some(Open::Table(_)))
            && at > 0
            && matches!(self.text(at - 1), "{" | "," | ";")
            && self.text(at) != "}";
        if begins && let Some(next) = self.entry(at) {
            return next;
        }
        match self.text(at) {
            "hm" if self.text(at + 1) == "." && at.checked_sub(1).is_none_or(|b| self.text(b) != ".") => self.call(at),
            "{" => {
                self.table(at);
                at + 1
            }
            "(" | "[" => {
                self.open.push(Open::Bracket);
                at + 1
            }
            "}" => {
                while let Some(open) = self.open.pop() {
                    if matches!(open, Open::Table(_)) {
                        self.items.pop();
                        break;
                    }
                }
                at + 1
            }
            ")" | "]" => {
                if matches!(self.open.last(), Some(Open::Bracket)) {
                    self.open.pop();
                }
                at + 1
            }
            "function" | "do" | "repeat" => {
                self.open.push(Open::Block);
                at + 1
            }
            "if" if !self.is_expression(at) => {
                self.open.push(Open::Block);
                at + 1
            }
            "end" | "until" => {
                if matches!(self.open.last(), Some(Open::Block)) {
                    self.open.pop();
                }
                at + 1
            }
            _ => at + 1,
        }
    }

    /// Whether an `if` begins an expression of Luau, which has no `end`.
    fn is_expression(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map_or("", |b| self.text(b));
        matches!(before, "=" | "(" | "," | "{" | "[" | "return" | "and" | "or" | "not" | ".." | "+" | "-" | "*" | "/")
    }

    /// Notes the entry of a table that begins here; the next word to read if its key was more than a value.
    fn entry(&mut self, at: usize) -> Option<usize> {
        let Some(Open::Table(table)) = self.open.last() else { return None };
        let table = *table;
        let word = &self.words[at];
        if word.name && self.text(at + 1) == "=" {
            let key = Seg::Name(word.text.clone());
            self.nodes[table].entries.push(Entry { key, key_word: at, value_word: at + 2 });
            return Some(at + 2);
        }
        let quoted = self.text(at + 1).strip_prefix('"').and_then(|t| t.strip_suffix('"'));
        if self.text(at) == "["
            && let Some(key) = quoted
            && self.text(at + 2) == "]"
            && self.text(at + 3) == "="
        {
            let key = Seg::Name(key.to_owned());
            self.nodes[table].entries.push(Entry { key, key_word: at + 1, value_word: at + 4 });
            return Some(at + 4);
        }
        if self.text(at) == "[" {
            // A computed key: its value cannot be found by name.
            return None;
        }
        let number = self.items.last_mut().map_or(1, |next| {
            *next += 1;
            *next - 1
        });
        self.nodes[table].entries.push(Entry { key: Seg::Index(number), key_word: at, value_word: at });
        None
    }

    /// The table and key that a value at the current place belongs to.
    fn parent(&self, word: usize) -> Option<(usize, Seg)> {
        for open in self.open.iter().rev() {
            match open {
                Open::Table(table) => {
                    let entry = self.nodes[*table].entries.last()?;
                    // Only what is the value itself, or the argument of the call that is the value.
                    return (entry.value_word <= word).then(|| (*table, entry.key.clone()));
                }
                Open::Bracket => {}
                Open::Block => return None,
            }
        }
        None
    }

    /// Reads `hm.name` with the bracket or table behind it.
    fn call(&mut self, at: usize) -> usize {
        let mut end = at + 2;
        let mut name = format!("hm.{}", self.text(end));
        while self.text(end + 1) == "." {
            end += 2;
            name = format!("{name}.{}", self.text(end));
        }
        let line = self.words.get(end).map_or(0, |w| w.line);
        let (opens, skip) = match (self.text(end + 1), self.text(end + 2)) {
            ("{", _) => (true, 2),
            ("(", "{") => (true, 3),
            _ => (false, 1),
        };
        let parent = self.parent(at);
        let id = self.nodes.len();
        self.nodes.push(Node { call: name, word: at, line, parent, entries: vec![] });
        if opens {
            if skip == 3 {
                self.open.push(Open::Bracket);
            }
            self.open.push(Open::Table(id));
            self.items.push(1);
        }
        end + skip
    }

    fn table(&mut self, at: usize) {
        let parent = self.parent(at);
        let id = self.nodes.len();
        let line = self.words.get(at).map_or(0, |w| w.line);
        self.nodes.push(Node { call: String::new(), word: at, line, parent, entries: vec![] });
        self.open.push(Open::Table(id));
        self.items.push(1);
    }
}
