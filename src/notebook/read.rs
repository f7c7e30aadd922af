//! From bytes to a notebook's JSON, with the place of what is wrong.
//!
//! The bytes are read twice: for the values, and for the shape, which gives faults their line and column.

use super::error::{Fault, NotebookError};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What hubmark needs of a document. A document that has it is read, whatever else it holds.
#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "metadata")]
    _metadata: Option<Map<String, Value>>,
    cells: Option<Vec<Cell>>,
}

#[derive(Deserialize)]
struct Cell {
    #[serde(rename = "cell_type")]
    _cell_type: String,
    #[serde(rename = "metadata")]
    _metadata: Option<Map<String, Value>>,
    #[serde(rename = "source")]
    _source: Text,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a source is neither a text nor a list of texts")]
enum Text {
    One(#[expect(dead_code, reason = "only its type is looked at")] String),
    Lines(#[expect(dead_code, reason = "only its type is looked at")] Vec<String>),
}

/// Reads the JSON of a notebook of format 4.
pub(super) fn read(bytes: &[u8]) -> Result<Map<String, Value>, NotebookError> {
    let bytes = without_nan(bytes);
    let lacks = |what: &str| NotebookError::Shape(Fault { why: what.to_owned(), at: None });
    let Value::Object(root) = serde_json::from_slice(&bytes)? else { return Err(lacks("its top is not an object")) };
    match root.get("nbformat").map(Value::as_i64) {
        Some(Some(4)) => {}
        Some(Some(other)) => return Err(NotebookError::Format(other)),
        Some(None) => return Err(lacks("its \"nbformat\" is not a number")),
        None => return Err(lacks("it has no \"nbformat\"")),
    }
    match serde_json::from_slice::<Shape>(&bytes)?.cells {
        Some(_) => Ok(root),
        None => Err(lacks("it has no \"cells\"")),
    }
}

/// Python writes `NaN` and `Infinity` into JSON, which has no such words, and reads them again. Here they are read as `null`.
fn without_nan(bytes: &[u8]) -> Cow<'_, [u8]> {
    let is_syntax = |error: serde_json::Error| error.is_syntax();
    if !serde_json::from_slice::<IgnoredAny>(bytes).is_err_and(is_syntax) {
        return Cow::Borrowed(bytes);
    }
    let (mut out, mut at, mut in_text) = (Vec::with_capacity(bytes.len()), 0, false);
    while let Some(&byte) = bytes.get(at) {
        let word = [&b"NaN"[..], b"-Infinity", b"Infinity"].into_iter().find(|word| bytes[at..].starts_with(word));
        match (in_text, byte, word) {
            (false, _, Some(word)) => {
                out.extend_from_slice(b"null");
                at += word.len();
                continue;
            }
            (_, b'"', _) => in_text = !in_text,
            (true, b'\\', _) => {
                out.push(byte);
                at += 1;
            }
            _ => {}
        }
        out.extend(bytes.get(at));
        at += 1;
    }
    // What is broken in another way keeps its places.
    if serde_json::from_slice::<IgnoredAny>(&out).is_ok() { Cow::Owned(out) } else { Cow::Borrowed(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_broken_is_named_with_its_place() {
        assert_eq!(fault("{\n  \"cells\": [,]\n}"), "it is not JSON: expected value at line 2, column 13");
        assert_eq!(
            fault("{\"nbformat\": 4, \"cells\": ["),
            "it is not JSON: EOF while parsing a list at line 1, column 26"
        );
        let cell = |cell: &str| fault(&format!("{{\"nbformat\": 4,\n\"cells\": [{cell}]}}"));
        assert_eq!(cell("{\"source\": \"\"}"), "it is not a notebook: missing field `cell_type` at line 2, column 24");
        assert_eq!(
            cell("{\"cell_type\": \"code\", \"source\": 7}"),
            "it is not a notebook: a source is neither a text nor a list of texts at line 2, column 44"
        );
        assert_eq!(
            cell("{\"cell_type\": \"code\", \"source\": \"\", \"metadata\": []}"),
            "it is not a notebook: invalid type: sequence, expected a map at line 2, column 58"
        );
    }

    #[test]
    fn what_is_no_notebook_of_format_4_says_what_it_lacks() {
        assert_eq!(fault("[]"), "it is not a notebook: its top is not an object");
        assert_eq!(fault("{}"), "it is not a notebook: it has no \"nbformat\"");
        assert_eq!(fault(r#"{"nbformat": 4}"#), "it is not a notebook: it has no \"cells\"");
        for (text, format) in [(r#"{"nbformat": 3, "worksheets": []}"#, 3), (r#"{"nbformat": 5, "cells": 1}"#, 5)] {
            let error = read(text.as_bytes()).unwrap_err();
            assert_eq!(error, NotebookError::Format(format));
            assert!(error.hint().unwrap().contains("jupyter nbconvert --to notebook --nbformat 4"));
        }
    }

    #[test]
    fn a_document_that_ends_too_early_says_where() {
        let text =
            r#"{"nbformat": 4, "metadata": {"a": "\u00e4\\"}, "cells": [{"cell_type": "raw", "source": ["ü", "\n"]}]}"#;
        assert!(read(text.as_bytes()).is_ok());
        for end in 0..text.len() {
            let error = read(&text.as_bytes()[..end]).unwrap_err();
            assert!(matches!(&error, NotebookError::Json(fault) if fault.at.is_some()), "{end}: {error}");
        }
    }

    #[test]
    fn numbers_that_only_python_writes_are_null_and_texts_stay() {
        let text =
            r#"{"nbformat": 4, "cells": [], "metadata": {"a": [NaN, -Infinity, Infinity], "b": "NaN \" Infinity"}}"#;
        let root = read(text.as_bytes()).unwrap();
        assert_eq!(root["metadata"], serde_json::json!({"a": [null, null, null], "b": "NaN \" Infinity"}));
        assert_eq!(fault("{\"a\": NaN,\n ?}"), "it is not JSON: expected value at line 1, column 7");
    }
}
