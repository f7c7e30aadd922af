//! Finds the place of a field in the author's file: the constructor's call by its line, then the field along its path.
//!
//! What a computed key or a variable hides falls back to the line of the call.

use super::Fault;
use super::scan::{Node, Word};
use crate::script::files::Folder;
use crate::script::session::Site;

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
            let first =
                depth == 0 && matches!(seg, Seg::Name(name) if matches!(name.as_str(), "path" | "url" | "name"));
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
