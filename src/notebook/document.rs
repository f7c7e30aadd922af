//! A notebook as it was written.

use super::error::NotebookError;
use super::language::Language;
use super::{declared, parameters, read};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::rc::Rc;

/// First minor version of format 4 whose cells have ids.
const IDS_SINCE: i64 = 5;

/// A code cell that will be executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Index among all cells of the document, from 0.
    pub index: u32,
    /// Its source.
    pub source: String,
    /// Whether an error in it is expected (tag `raises-exception`).
    pub may_raise: bool,
}

/// A notebook of format 4. What an earlier execution left in it (outputs, counts, times) is not kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub(super) root: Map<String, Value>,
    pub(super) parameters: Map<String, Value>,
    cells: Rc<[Cell]>,
}

impl Document {
    /// Reads a notebook.
    ///
    /// # Errors
    /// It is not JSON, not a notebook, or of another major format.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotebookError> {
        let mut root = read::read(bytes)?;
        let has_ids = minor(&root) >= IDS_SINCE;
        if let Some(Value::Object(metadata)) = root.get_mut("metadata") {
            for made in ["hubmark", "papermill", "widgets"] {
                metadata.shift_remove(made);
            }
        }
        if let Some(Value::Array(cells)) = root.get_mut("cells") {
            cells.iter_mut().for_each(forget_execution);
            if has_ids {
                give_ids(cells);
            }
        }
        Ok(Self::from_root(root, Map::new()))
    }

    fn from_root(root: Map<String, Value>, parameters: Map<String, Value>) -> Self {
        let list = root.get("cells").and_then(Value::as_array);
        let cells = list.into_iter().flatten().enumerate().filter_map(|(index, cell)| {
            let source = source_of(cell);
            // Jupyter does not send blank cells, and `skip-execution` is honoured as nbclient does.
            let runs = cell["cell_type"] == "code" && !source.trim().is_empty() && !has_tag(cell, "skip-execution");
            let index = u32::try_from(index).ok()?;
            runs.then(|| Cell { index, source, may_raise: has_tag(cell, "raises-exception") })
        });
        let cells = cells.collect();
        Self { root, parameters, cells }
    }

    /// The code cells that will be executed, in order.
    #[must_use]
    pub fn cells(&self) -> Rc<[Cell]> {
        Rc::clone(&self.cells)
    }

    /// Number of its code cells, those that are not executed included.
    #[must_use]
    pub fn code_cells(&self) -> usize {
        self.list().iter().filter(|cell| cell["cell_type"] == "code").count()
    }

    /// Name of the kernel that the document asks for.
    #[must_use]
    pub fn kernel_name(&self) -> Option<&str> {
        let name = self.root.get("metadata")?.get("kernelspec")?.get("name")?.as_str()?;
        (!name.is_empty()).then_some(name)
    }

    /// Language in which parameters are written for a kernel: as papermill finds it, by the kernel's name where that is a language's,
    /// then by what the document says of itself. A document that says nothing is looked up by its kernel's name; without one it is Python.
    fn language(&self, kernel: &str) -> Result<Language, NotebookError> {
        if let Some(language) = Language::of_kernel(kernel) {
            return Ok(language);
        }
        let metadata = self.root.get("metadata");
        let info = metadata.and_then(|m| m.get("language_info")).and_then(|l| l.get("name"));
        let spec = metadata.and_then(|m| m.get("kernelspec")).and_then(|s| s.get("language"));
        match info.or(spec).and_then(Value::as_str).filter(|name| !name.is_empty()) {
            Some(name) => Language::named(name).ok_or_else(|| NotebookError::Language(name.to_owned())),
            None => Language::guessed(kernel).ok_or_else(|| NotebookError::Language(kernel.to_owned())),
        }
    }

    /// The same document with values for its parameters, in papermill's way: a cell tagged `injected-parameters` behind the cell tagged
    /// `parameters`, in place of an earlier injected one, or at the top. Without values the document stays as it is. The kernel's name
    /// helps to tell the language.
    ///
    /// # Errors
    /// The language is not known, or a name or value cannot be written in it.
    pub fn with_parameters(&self, values: &Map<String, Value>, kernel: &str) -> Result<Self, NotebookError> {
        if values.is_empty() {
            return Ok(self.clone());
        }
        let source = parameters::assignments(self.language(kernel)?, values)?;
        let mut root = self.root.clone();
        let mut cell = json!({
            "cell_type": "code", "execution_count": null,
            "metadata": {"tags": ["injected-parameters"]}, "outputs": [], "source": source,
        });
        let has_ids = minor(&root) >= IDS_SINCE;
        if let Some(Value::Array(cells)) = root.get_mut("cells") {
            if has_ids {
                cell["id"] = json!("hubmark-parameters");
            }
            let injected = cells.iter().position(|cell| has_tag(cell, "injected-parameters"));
            let declared = cells.iter().position(|cell| has_tag(cell, "parameters"));
            match (injected, declared) {
                (Some(at), _) => cells[at] = cell,
                (None, Some(at)) => cells.insert(at + 1, cell),
                (None, None) => cells.insert(0, cell),
            }
            if has_ids {
                give_ids(cells);
            }
        }
        Ok(Self::from_root(root, values.clone()))
    }

    /// Names of values that the cell tagged `parameters` does not assign; all of them where there is no such cell. They are injected all
    /// the same, so this is for a warning.
    #[must_use]
    pub fn undeclared<'a>(&self, values: &'a Map<String, Value>, kernel: &str) -> Vec<&'a str> {
        let Ok(language) = self.language(kernel) else { return Vec::new() };
        let cell = self.list().iter().find(|cell| has_tag(cell, "parameters"));
        let source = cell.map(source_of).unwrap_or_default();
        let declared = declared::names(language, &source);
        values.keys().map(String::as_str).filter(|name| !declared.contains(*name)).collect()
    }

    fn list(&self) -> &[Value] {
        self.root.get("cells").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}

fn minor(root: &Map<String, Value>) -> i64 {
    root.get("nbformat_minor").and_then(Value::as_i64).unwrap_or(0)
}

/// A multi-line string of nbformat: one string, or a list of lines.
fn source_of(cell: &Value) -> String {
    match &cell["source"] {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

/// Takes away what an earlier execution left, so that nobody takes it for this one's.
fn forget_execution(cell: &mut Value) {
    let Value::Object(cell) = cell else { return };
    cell.entry("metadata").or_insert_with(|| json!({}));
    if cell.get("cell_type").is_some_and(|kind| kind != "code") {
        return;
    }
    if let Some(Value::Object(metadata)) = cell.get_mut("metadata") {
        metadata.shift_remove("execution");
        metadata.shift_remove("papermill");
    }
    cell.insert("outputs".to_owned(), json!([]));
    cell.insert("execution_count".to_owned(), Value::Null);
}

/// Gives an id to each cell that has none, or one that is malformed or another cell's. Two executions give the same ids.
fn give_ids(cells: &mut [Value]) {
    let well_formed = |id: &str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let given = |cell: &Value| cell["id"].as_str().filter(|id| well_formed(id)).map(str::to_owned);
    let wanted: BTreeSet<String> = cells.iter().filter_map(given).collect();
    let mut seen = BTreeSet::new();
    for (index, cell) in cells.iter_mut().enumerate() {
        if given(cell).is_some_and(|id| seen.insert(id)) {
            continue;
        }
        let fresh = (0..).map(|n| if n == 0 { format!("cell-{index}") } else { format!("cell-{index}-{n}") });
        if let Some(id) = fresh.into_iter().find(|id| !wanted.contains(id)) {
            cell["id"] = json!(id);
        }
    }
}

pub(super) fn has_tag(cell: &Value, tag: &str) -> bool {
    let tags = cell.get("metadata").and_then(|m| m.get("tags")).and_then(Value::as_array);
    tags.is_some_and(|tags| tags.iter().any(|t| t == tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = r#"{"cells":[
        {"cell_type":"markdown","metadata":{},"source":["a\n","b"]},
        {"cell_type":"code","metadata":{"tags":["parameters"]},"source":["n = 1"],"outputs":[],"execution_count":null},
        {"cell_type":"code","metadata":{"tags":["skip-execution"]},"source":"boom()","outputs":[],"execution_count":null},
        {"cell_type":"code","metadata":{"tags":["raises-exception"]},"source":["1/0"],"outputs":[],"execution_count":null},
        {"cell_type":"code","metadata":{},"source":["  \n"],"outputs":[],"execution_count":null}],
        "metadata":{"kernelspec":{"name":"python3","language":"python"},"custom":{"kept":true}},"nbformat":4,"nbformat_minor":5}"#;

    fn with(text: &str, values: Value) -> Document {
        Document::parse(text.as_bytes()).unwrap().with_parameters(values.as_object().unwrap(), "python3").unwrap()
    }

    #[test]
    fn code_cells_are_found_with_their_tags() {
        let document = Document::parse(PLAIN.as_bytes()).unwrap();
        let cells = document.cells();
        let seen: Vec<_> = cells.iter().map(|c| (c.index, c.source.as_str(), c.may_raise)).collect();
        assert_eq!(seen, [(1, "n = 1", false), (3, "1/0", true)]);
        assert_eq!((document.kernel_name(), document.code_cells()), (Some("python3"), 4));
    }

    #[test]
    fn parameters_are_injected_behind_their_cell() {
        let document = with(PLAIN, json!({"n": 5, "name": "a\"b"}));
        assert_eq!(document.cells()[1].index, 2);
        assert_eq!(document.cells()[1].source, "# Parameters\nn = 5\nname = \"a\\\"b\"\n");
        let again = document.with_parameters(json!({"n": 6}).as_object().unwrap(), "python3").unwrap();
        assert_eq!(again.cells().len(), document.cells().len(), "an injected cell is replaced");
        let untagged = PLAIN.replace("\"parameters\"", "\"other\"");
        assert_eq!(
            with(&untagged, json!({"n": 5})).cells()[0].index,
            0,
            "without a cell for them they stand at the top"
        );
    }

    #[test]
    fn values_that_no_cell_assigns_are_named() {
        let document = Document::parse(PLAIN.as_bytes()).unwrap();
        let values = json!({"n": 5, "m": 1});
        assert_eq!(document.undeclared(values.as_object().unwrap(), "python3"), ["m"]);
        let untagged = Document::parse(PLAIN.replace("\"parameters\"", "\"other\"").as_bytes()).unwrap();
        assert_eq!(untagged.undeclared(values.as_object().unwrap(), "python3"), ["n", "m"]);
    }

    #[test]
    fn the_language_is_the_kernels_then_the_documents() {
        let language = |metadata: Value, kernel: &str| {
            let root = json!({"nbformat": 4, "nbformat_minor": 5, "cells": [], "metadata": metadata});
            Document::parse(root.to_string().as_bytes()).unwrap().language(kernel)
        };
        let python = json!({"kernelspec": {"name": "x", "language": "python"}, "language_info": {"name": "python"}});
        assert_eq!(language(python.clone(), "farm-gpu"), Ok(Language::Python));
        assert_eq!(language(python, "bash"), Ok(Language::Bash));
        assert_eq!(language(json!({"language_info": {"name": "R"}}), "ir-4"), Ok(Language::R));
        assert_eq!(language(json!({"kernelspec": {"language": "julia"}}), "x"), Ok(Language::Julia));
        assert_eq!(language(json!({}), "ir"), Ok(Language::R));
        assert_eq!(language(json!({}), "python3"), Ok(Language::Python));
        let scala = json!({"language_info": {"name": "scala"}});
        assert_eq!(language(scala, "spylon"), Err(NotebookError::Language("scala".to_owned())));
    }

    #[test]
    fn ids_are_given_where_the_format_has_them_and_they_are_missing() {
        let ids = |minor: u32, ids: &[&str]| {
            let cell = |id: &&str| match *id {
                "" => json!({"cell_type": "raw", "source": ""}),
                id => json!({"cell_type": "raw", "source": "", "id": id}),
            };
            let cells: Vec<Value> = ids.iter().map(cell).collect();
            let root = json!({"nbformat": 4, "nbformat_minor": minor, "cells": cells, "metadata": {}});
            let document = Document::parse(root.to_string().as_bytes()).unwrap();
            document.list().iter().map(|cell| cell["id"].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(ids(4, &["", ""]), ["", ""]);
        assert_eq!(ids(5, &["cell-1", "", "a", "a", "b b"]), ["cell-1", "cell-1-1", "a", "cell-3", "cell-4"]);
    }

    #[test]
    fn what_an_earlier_execution_left_is_forgotten() {
        let cell = json!({"cell_type": "code", "source": "1", "outputs": [{"stale": 1}], "execution_count": 9,
            "metadata": {"execution": {"a": 1}, "papermill": {}, "tags": ["hide-input"], "x": 1}});
        let metadata = json!({"widgets": {}, "papermill": {}, "hubmark": {}, "x": 1});
        let root = json!({"nbformat": 4, "nbformat_minor": 2, "cells": [cell], "metadata": metadata});
        let document = Document::parse(root.to_string().as_bytes()).unwrap();
        let left = json!({"cell_type": "code", "source": "1", "outputs": [], "execution_count": null,
            "metadata": {"tags": ["hide-input"], "x": 1}});
        assert_eq!(document.list(), [left]);
        assert_eq!(document.root["metadata"], json!({"x": 1}));
    }
}
