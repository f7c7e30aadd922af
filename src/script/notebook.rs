//! Notebooks of a scenario: read when it loads, just far enough to know their kernel and how many cells they have.

use super::check::{Checker, Wrong};
use super::fault::Seg;
use super::files::FileError;
use super::limits::FILE_MAX;
use super::session::Session;
use super::suggest;
use super::value::Made;
use serde::Deserialize;
use std::sync::Arc;

/// What a scenario needs to know of a notebook.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) bytes: Arc<[u8]>,
    pub(super) sha256: String,
    pub(super) code_cells: u32,
    pub(super) kernel: Option<String>,
}

#[derive(Deserialize)]
struct Nb {
    nbformat: Option<serde_json::Value>,
    cells: Option<Vec<Cell>>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Cell {
    cell_type: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    kernelspec: Option<Kernelspec>,
}

#[derive(Deserialize)]
struct Kernelspec {
    name: Option<String>,
}

/// Reads the document of a `hm.notebook` call.
pub(super) fn attach(session: &Session, checker: &mut Checker, made: &mut Made) {
    if made.constructor.name != "notebook" {
        return;
    }
    let Some(path) = made.text("path") else { return };
    match read(session, &path) {
        Ok(document) => made.extra = Some(document),
        Err((heading, hint)) => checker.wrong.push(Wrong {
            path: vec![Seg::Name("path".to_owned())],
            heading,
            hints: hint.into_iter().collect(),
            at_name: false,
            hidden: false,
        }),
    }
}

/// Reads a notebook of the scenario's folder; what is wrong with it and what to do about it otherwise.
pub(super) fn read(session: &Session, path: &str) -> Result<Document, (String, Option<String>)> {
    let file = session.folder.read(path, FILE_MAX).map_err(|error| {
        let hint = match &error {
            FileError::Missing { near, .. } if !near.is_empty() => {
                Some(suggest::hint(path, near.iter().map(String::as_str)))
            }
            _ => None,
        };
        (format!("notebook: {error}"), hint)
    })?;
    let document: Nb = serde_json::from_slice(&file.bytes).map_err(|error| {
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or_default().to_owned();
        let place = format!("{}:{}:{}", session.folder.shown(&file.path), error.line(), error.column());
        (format!("notebook {path:?} is not valid: {why} ({place})"), None)
    })?;
    let format = document.nbformat.as_ref().and_then(serde_json::Value::as_i64);
    if format != Some(4) {
        let found = document.nbformat.map_or("no nbformat".to_owned(), |v| format!("nbformat {v}"));
        let hint = format!("upgrade it: jupyter nbconvert --to notebook --nbformat 4 --inplace {path}");
        return Err((format!("notebook {path:?} has {found}, wanted nbformat 4"), Some(hint)));
    }
    let Some(cells) = document.cells else {
        return Err((format!("notebook {path:?} has no cells"), None));
    };
    let code_cells = cells.iter().filter(|c| c.cell_type.as_deref() == Some("code")).count();
    if code_cells == 0 {
        return Err((format!("notebook {path:?} has no code cell"), None));
    }
    Ok(Document {
        bytes: file.bytes,
        sha256: file.sha256,
        code_cells: u32::try_from(code_cells).unwrap_or(u32::MAX),
        kernel: document.metadata.and_then(|m| m.kernelspec).and_then(|k| k.name).filter(|name| !name.is_empty()),
    })
}
