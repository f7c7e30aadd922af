//! From bytes to a notebook's JSON, with the place of what is wrong.
//!
//! The bytes are read twice: for the values, and for the shape, which gives faults their line and column.

use super::error::{Fault, NotebookError};
use super::shape::Shape;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The bytes of a UTF-8 text, without the mark that some editors put before it.
fn utf8(bytes: &[u8]) -> Result<&[u8], NotebookError> {
    // JSON begins with an ASCII character: a zero beside it tells how wide characters are.
    let encoding = match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] | [_, 0, 0, 0, ..] | [0, 0, 0, _, ..] => "UTF-32",
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [_, 0, ..] | [0, _, ..] => "UTF-16",
        _ => return Ok(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)),
    };
    Err(NotebookError::Encoding(encoding))
}

/// Reads the JSON of a notebook of format 4.
pub(super) fn read(bytes: &[u8]) -> Result<Map<String, Value>, NotebookError> {
    let bytes = without_nan(utf8(bytes)?);
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
    fn tags_that_are_no_list_of_texts_are_named_with_their_place() {
        let cell = |tags: &str| {
            let cell = format!("{{\"cell_type\": \"code\", \"source\": \"\", \"metadata\": {{\"tags\": {tags}}}}}");
            read(format!("{{\"nbformat\": 4,\n\"cells\": [{cell}]}}").as_bytes())
        };
        let of_document = r#"{"nbformat": 4, "cells": [], "metadata": {"tags": "of a book"}}"#;
        assert!(read(of_document.as_bytes()).is_ok(), "the format knows tags of cells only");
        for tags in ["null", "[]", "[\"a\", \"b\"]"] {
            assert!(cell(tags).is_ok(), "{tags}");
        }
        for (tags, what, column) in [
            ("\"hide\"", "string \"hide\"", 73),
            ("[\"a\", 1]", "integer `1`", 74),
            ("{}", "map", 69),
            ("1", "integer `1`", 68),
        ] {
            let error = cell(tags).unwrap_err().to_string();
            let text = format!("it is not a notebook: invalid type: {what}, expected tags as a list of texts");
            assert_eq!(error, format!("{text} at line 2, column {column}"));
        }
        let error = cell("{}").unwrap_err();
        assert!(error.hint().unwrap().contains("[\"parameters\"]"), "{error:?}");
    }

    #[test]
    fn utf_8_with_a_mark_is_read_and_wider_characters_are_named() {
        let text = r#"{"nbformat": 4, "cells": []}"#;
        assert!(read(format!("\u{feff}{text}").as_bytes()).is_ok());
        assert_eq!(
            fault("\u{feff}{,}"),
            "it is not JSON: key must be a string at line 1, column 2",
            "the mark is no column"
        );
        let wide = |width: usize, big: bool, mark: bool| {
            let characters = mark.then_some('\u{feff}').into_iter().chain(text.chars());
            let bytes = characters.flat_map(|c| {
                let bytes = (c as u32).to_be_bytes()[4 - width..].to_vec();
                if big { bytes } else { bytes.into_iter().rev().collect() }
            });
            read(&bytes.collect::<Vec<u8>>()).unwrap_err()
        };
        for (big, mark) in [(false, false), (false, true), (true, false), (true, true)] {
            assert_eq!(wide(2, big, mark), NotebookError::Encoding("UTF-16"));
            assert_eq!(wide(4, big, mark), NotebookError::Encoding("UTF-32"));
        }
        assert!(wide(2, false, true).hint().unwrap().contains("iconv -f UTF-16 -t UTF-8"));
        for none in ["", "{", "\u{feff}"] {
            assert!(matches!(read(none.as_bytes()), Err(NotebookError::Json(_))), "{none:?}");
        }
    }

    #[test]
    fn half_a_character_is_named_with_its_place() {
        for half in ["\\ud83d", "\\ud83dx", "\\ude00", "\\ud83d\\ud83d", "\\ud83d\\n"] {
            let text = format!("{{\"nbformat\": 4,\n\"cells\": [{{\"cell_type\": \"raw\", \"source\": \"{half}\"}}]}}");
            let error = read(text.as_bytes()).unwrap_err();
            let said = error.to_string();
            assert!(
                said.starts_with("it is not JSON: half of a character's two \\u escapes at line 2, column "),
                "{said}"
            );
            assert!(error.hint().unwrap().contains("--clear-output"), "{said}");
        }
        let whole = r#"{"nbformat": 4, "cells": [{"cell_type": "raw", "source": "\ud83d\ude00"}]}"#;
        assert_eq!(read(whole.as_bytes()).unwrap()["cells"][0]["source"], "\u{1F600}");
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
