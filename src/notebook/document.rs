//! A notebook as it was written.

use super::parameters;
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// Why a file cannot be executed as a notebook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotebookError {
    /// It is not JSON.
    #[error("it is not JSON: {why} at line {line}, column {column}")]
    Json {
        /// What the parser said.
        why: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// It is JSON but no notebook.
    #[error("it is not a notebook: {0}")]
    Shape(String),
    /// It is a notebook of another major format.
    #[error(
        "it has nbformat {0}; hubmark reads nbformat 4 (upgrade it with `jupyter nbconvert --to notebook --nbformat 4`)"
    )]
    Format(i64),
    /// Parameters are given and its language is not one that hubmark can write them in.
    #[error("parameters cannot be written in its language {0:?} (known: python, r, julia, bash)")]
    Language(String),
    /// A parameter's name or value cannot be written in its language.
    #[error("parameter {name:?} cannot be written in {language}: {why}")]
    Parameter {
        /// The parameter.
        name: String,
        /// The language.
        language: String,
        /// Why not.
        why: String,
    },
}

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

/// A notebook of format 4.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub(super) root: Map<String, Value>,
    cells: Rc<[Cell]>,
}

impl Document {
    /// Reads a notebook.
    ///
    /// # Errors
    /// It is not JSON, not a notebook, or of another major format.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotebookError> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| NotebookError::Json {
            why: error.to_string().split(" at line ").next().unwrap_or_default().to_owned(),
            line: error.line(),
            column: error.column(),
        })?;
        let Value::Object(root) = value else {
            return Err(NotebookError::Shape("its top is not an object".to_owned()));
        };
        match root.get("nbformat").and_then(Value::as_i64) {
            Some(4) => {}
            Some(other) => return Err(NotebookError::Format(other)),
            None => return Err(NotebookError::Shape("it has no \"nbformat\"".to_owned())),
        }
        Self::from_root(root)
    }

    fn from_root(root: Map<String, Value>) -> Result<Self, NotebookError> {
        let Some(list) = root.get("cells").and_then(Value::as_array) else {
            return Err(NotebookError::Shape("it has no list \"cells\"".to_owned()));
        };
        let mut cells = Vec::new();
        for (index, cell) in list.iter().enumerate() {
            let shape = |what: &str| NotebookError::Shape(format!("cell {} {what}", index + 1));
            let kind = cell.get("cell_type").and_then(Value::as_str).ok_or_else(|| shape("has no \"cell_type\""))?;
            if kind != "code" {
                continue;
            }
            let source = cell.get("source").and_then(joined).ok_or_else(|| shape("has no \"source\""))?;
            // Jupyter does not send blank cells, and `skip-execution` is honoured as nbclient does.
            if source.trim().is_empty() || has_tag(cell, "skip-execution") {
                continue;
            }
            let index = u32::try_from(index).map_err(|_| shape("is one too many"))?;
            cells.push(Cell { index, source, may_raise: has_tag(cell, "raises-exception") });
        }
        Ok(Self { root, cells: cells.into() })
    }

    /// The code cells that will be executed, in order.
    #[must_use]
    pub fn cells(&self) -> Rc<[Cell]> {
        Rc::clone(&self.cells)
    }

    /// Name of the kernel that the document asks for.
    #[must_use]
    pub fn kernel_name(&self) -> Option<&str> {
        self.root.get("metadata")?.get("kernelspec")?.get("name")?.as_str()
    }

    /// Language of its code, lowercase; `python` where it does not say.
    #[must_use]
    pub fn language(&self) -> String {
        let metadata = self.root.get("metadata");
        let info = metadata.and_then(|m| m.get("language_info")).and_then(|l| l.get("name"));
        let spec = metadata.and_then(|m| m.get("kernelspec")).and_then(|s| s.get("language"));
        info.or(spec).and_then(Value::as_str).unwrap_or("python").to_lowercase()
    }

    /// The same document with values for its parameters, in papermill's way: a cell tagged `injected-parameters` behind the cell tagged
    /// `parameters`, in place of an earlier injected one, or at the top. Without values the document stays as it is.
    ///
    /// # Errors
    /// The language is not known, or a name or value cannot be written in it.
    pub fn with_parameters(&self, values: &Map<String, Value>) -> Result<Self, NotebookError> {
        if values.is_empty() {
            return Ok(self.clone());
        }
        let source = parameters::assignments(&self.language(), values)?;
        let mut root = self.root.clone();
        let minor = root.get("nbformat_minor").and_then(Value::as_i64).unwrap_or(0);
        let mut cell = json!({
            "cell_type": "code", "execution_count": null,
            "metadata": {"tags": ["injected-parameters"]}, "outputs": [], "source": source,
        });
        if minor >= 5 {
            cell["id"] = json!("hubmark-parameters");
        }
        if let Some(Value::Array(cells)) = root.get_mut("cells") {
            let injected = cells.iter().position(|cell| has_tag(cell, "injected-parameters"));
            let declared = cells.iter().position(|cell| has_tag(cell, "parameters"));
            match (injected, declared) {
                (Some(at), _) => cells[at] = cell,
                (None, Some(at)) => cells.insert(at + 1, cell),
                (None, None) => cells.insert(0, cell),
            }
        }
        Self::from_root(root)
    }
}

/// A multi-line string of nbformat: one string, or a list of lines.
fn joined(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => lines.iter().map(Value::as_str).collect(),
        _ => None,
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

    #[test]
    fn code_cells_are_found_with_their_tags() {
        let document = Document::parse(PLAIN.as_bytes()).unwrap();
        let cells = document.cells();
        let seen: Vec<_> = cells.iter().map(|c| (c.index, c.source.as_str(), c.may_raise)).collect();
        assert_eq!(seen, [(1, "n = 1", false), (3, "1/0", true)]);
        assert_eq!(document.kernel_name(), Some("python3"));
        assert_eq!(document.language(), "python");
    }

    #[test]
    fn parameters_are_injected_behind_their_cell() {
        let document = Document::parse(PLAIN.as_bytes()).unwrap();
        let values = json!({"n": 5, "name": "a\"b"});
        let with = document.with_parameters(values.as_object().unwrap()).unwrap();
        let cells = with.cells();
        assert_eq!(cells[1].index, 2);
        assert_eq!(cells[1].source, "# Parameters\nn = 5\nname = \"a\\\"b\"\n");
        let again = with.with_parameters(json!({"n": 6}).as_object().unwrap()).unwrap();
        assert_eq!(again.cells().len(), cells.len(), "an injected cell is replaced");
    }

    #[test]
    fn a_broken_notebook_says_where_it_is_broken() {
        let error = Document::parse(b"{\n  \"cells\": [,]\n}").unwrap_err();
        assert_eq!(error.to_string(), "it is not JSON: expected value at line 2, column 13");
        assert!(Document::parse(b"[]").unwrap_err().to_string().contains("top is not an object"));
        let old = Document::parse(br#"{"nbformat":3,"worksheets":[]}"#).unwrap_err().to_string();
        assert!(old.contains("nbformat 3") && old.contains("--nbformat 4"), "{old}");
    }
}
