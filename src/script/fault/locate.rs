//! Finds the place of a field in the author's file: the constructor's call by its line, then the field along its path.
//!
//! The file is read as tokens with `full_moon`, and calls and tables are found with a stack of brackets and blocks, so that a deeply
//! nested file cannot exhaust the machine's stack. What a computed key or a variable hides falls back to the line of the call.

use super::Fault;
use crate::script::files::Folder;
use crate::script::session::Site;
use full_moon::LuaVersion;
use full_moon::tokenizer::{Lexer, LexerResult, TokenType};

/// One step of a path within the author's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::script) enum Seg {
    /// `name = …`
    Name(String),
    /// The item with this number, from 1.
    Index(usize),
}

/// A place in a file, with the path of the outer tables that lead to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::script) struct Place {
    pub(in crate::script) line: usize,
    pub(in crate::script) column: usize,
    pub(in crate::script) length: usize,
    /// Path from the outermost table of the file to the call.
    pub(in crate::script) outer: Vec<Seg>,
}

/// A word of the file.
#[derive(Debug, Clone)]
struct Word {
    text: String,
    name: bool,
    line: usize,
    column: usize,
}

/// An entry of a table.
#[derive(Debug)]
struct Entry {
    key: Seg,
    /// Index of the word of the key, or of the value where it has none.
    key_word: usize,
    value_word: usize,
}

/// A call `hm.name` or a plain table.
#[derive(Debug)]
struct Node {
    /// `hm.name`; empty for a plain table.
    call: String,
    /// Word at which it begins.
    word: usize,
    /// Line of the call's name.
    line: usize,
    /// The table that it stands in, and under which key.
    parent: Option<(usize, Seg)>,
    entries: Vec<Entry>,
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
    words: Vec<Word>,
    nodes: Vec<Node>,
}

impl Scan {
    /// Reads a file's text; one that is not Lua gives nothing.
    pub(in crate::script) fn of(source: &str) -> Self {
        let words = words(source);
        let nodes = nodes(&words);
        Self { words, nodes }
    }
}

/// Finds places in the files of a scenario.
pub(in crate::script) struct Locator<'f> {
    folder: &'f Folder,
}

impl<'f> Locator<'f> {
    pub(in crate::script) fn new(folder: &'f Folder) -> Self {
        Self { folder }
    }

    /// The place of a field below a constructor's call on a line. `at_name` asks for the field's name, else for its value.
    pub(in crate::script) fn call(&self, site: &Site, call: &str, path: &[Seg], at_name: bool) -> Option<Place> {
        let scan = self.folder.scan(&site.chunk)?;
        let (words, nodes) = (&scan.words, &scan.nodes);
        let calls = nodes.iter().enumerate().filter(|(_, n)| n.call == call && n.line == site.line);
        // With several such calls on the line, the one that reaches furthest along the path is meant.
        let (depth, id, word) = calls
            .map(|(id, _)| {
                let (depth, word) = follow(nodes, id, path, at_name);
                (depth, id, word)
            })
            .rev_max()?;
        let whole = depth == path.len();
        let word_at = &words[if whole { word } else { nodes[id].word }];
        let length = if whole || path.is_empty() { length_of(words, nodes, id, word, path) } else { call.len() };
        Some(Place { line: word_at.line, column: word_at.column, length, outer: outer(nodes, id) })
    }

    /// Puts a place and the author's line into a fault; `path` is the field's path below the call.
    pub(in crate::script) fn put(&self, fault: &mut Fault, site: Option<&Site>, place: Option<Place>, path: &[Seg]) {
        let Some(site) = site else {
            fault.field = (!path.is_empty()).then(|| text_of(path));
            return;
        };
        fault.file = Some(self.folder.shown(&site.chunk));
        fault.line = Some(place.as_ref().map_or(site.line, |p| p.line));
        let mut full = Vec::new();
        if let Some(place) = place {
            fault.column = Some(place.column);
            fault.length = place.length;
            full = place.outer;
        }
        full.extend(path.iter().cloned());
        fault.field = (!full.is_empty()).then(|| text_of(&full));
        self.quote(fault, &site.chunk);
    }

    /// Adds the author's line to a fault that knows its number.
    pub(in crate::script) fn quote(&self, fault: &mut Fault, chunk: &str) {
        let Some(line) = fault.line else { return };
        let Some(file) = self.folder.file(chunk) else { return };
        let text = String::from_utf8_lossy(&file.bytes);
        let Some(text) = text.lines().nth(line - 1) else { return };
        let long = text.chars().count() > 200;
        fault.source_line = Some(if long { text.chars().take(200).collect() } else { text.to_owned() });
        if fault.column.is_some_and(|column| column > 200) {
            fault.column = None;
        }
    }
}

/// The greatest item, the first of equal ones.
trait RevMax: Iterator<Item = (usize, usize, usize)> + Sized {
    fn rev_max(self) -> Option<Self::Item> {
        self.fold(None, |best: Option<Self::Item>, item| match best {
            Some(best) if best.0 >= item.0 => Some(best),
            _ => Some(item),
        })
    }
}
impl<I: Iterator<Item = (usize, usize, usize)>> RevMax for I {}

/// A path as it is printed: `load.agents.stages[2].users`.
pub(in crate::script) fn text_of(path: &[Seg]) -> String {
    let mut text = String::new();
    for seg in path {
        match seg {
            Seg::Name(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
            }
            Seg::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    crate::script::limits::clip(&text)
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

/// Length in characters of what a fault points at: the name, or a value of one word.
fn length_of(words: &[Word], nodes: &[Node], id: usize, word: usize, path: &[Seg]) -> usize {
    if path.is_empty() || word == nodes[id].word {
        return nodes[id].call.len();
    }
    match words.get(word) {
        Some(first) if first.text == "hm" => nodes
            .iter()
            .find(|n| n.word == word && !n.call.is_empty())
            .map_or(first.text.chars().count(), |n| n.call.len()),
        Some(first) => first.text.chars().count(),
        None => 1,
    }
}

/// How far a path leads from a node, and the word where it ends.
fn follow(nodes: &[Node], id: usize, path: &[Seg], at_name: bool) -> (usize, usize) {
    let mut at = id;
    let mut word = nodes[id].word;
    for (depth, seg) in path.iter().enumerate() {
        let found = nodes[at].entries.iter().find(|e| e.key == *seg).or_else(|| {
            // The first item without a name stands for a constructor's main field.
            let first = depth == 0 && matches!(seg, Seg::Name(name) if matches!(name.as_str(), "path" | "url"));
            nodes[at].entries.iter().find(|e| first && e.key == Seg::Index(1))
        });
        let Some(entry) = found else { return (depth, word) };
        let last = depth + 1 == path.len();
        word = if last && at_name { entry.key_word } else { entry.value_word };
        if !last {
            match nodes.iter().position(|n| n.parent.as_ref().is_some_and(|(p, key)| *p == at && *key == entry.key)) {
                Some(next) => at = next,
                None => return (depth, word),
            }
        }
    }
    (path.len(), word)
}

fn outer(nodes: &[Node], id: usize) -> Vec<Seg> {
    let mut path = Vec::new();
    let mut at = id;
    while let Some((parent, key)) = &nodes[at].parent {
        path.push(key.clone());
        at = *parent;
    }
    path.reverse();
    path
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
