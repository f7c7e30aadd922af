//! Notebooks of a scenario: read when it loads, so that what is wrong with one is an error at the author's line.

use super::check::{Checker, Wrong};
use super::fault::Seg;
use super::files::FileError;
use super::limits::FILE_MAX;
use super::session::Session;
use super::suggest;
use super::value::Made;
use crate::notebook::{Document as Parsed, Fault, NotebookError};
use std::sync::Arc;

/// The kernel of a notebook that names none.
const KERNEL_DEFAULT: &str = "python3";

/// What a scenario needs to know of a notebook.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) bytes: Arc<[u8]>,
    pub(super) sha256: String,
    pub(super) code_cells: u32,
    /// The kernel that the author asked for, else the document's.
    pub(super) kernel: String,
    /// Parameters that the notebook does not declare.
    pub(super) undeclared: Vec<String>,
}

/// Reads the document of a `hm.notebook` call.
pub(super) fn attach(session: &Session, checker: &mut Checker, made: &mut Made) {
    if made.constructor.name != "notebook" {
        return;
    }
    let Some(path) = made.text("path") else { return };
    let mut wrong = |fields: &[&str], heading: String, hint: Option<String>| {
        checker.wrong.push(Wrong {
            path: fields.iter().map(|field| Seg::Name((*field).to_owned())).collect(),
            heading,
            hints: hint.into_iter().collect(),
            at_name: false,
            hidden: false,
        });
    };
    let (mut document, parsed) = match read_whole(session, &path) {
        Ok(read) => read,
        Err((heading, hint)) => return wrong(&["path"], heading, hint),
    };
    if let Some(kernel) = made.text("kernel") {
        document.kernel = kernel;
    }
    let values = made.data("params");
    if let Err(error) = parsed.with_parameters(&values, &document.kernel) {
        let fields = match &error {
            NotebookError::Parameter { name, .. } => vec!["params", name],
            _ => vec!["params"],
        };
        wrong(&fields, format!("notebook {path:?}: {error}"), error.hint());
    }
    document.undeclared = parsed.undeclared(&values, &document.kernel).into_iter().map(str::to_owned).collect();
    made.extra = Some(document);
}

/// Reads a notebook of the scenario's folder; what is wrong with it and what to do about it otherwise.
pub(super) fn read(session: &Session, path: &str) -> Result<Document, (String, Option<String>)> {
    read_whole(session, path).map(|(document, _)| document)
}

fn read_whole(session: &Session, path: &str) -> Result<(Document, Parsed), (String, Option<String>)> {
    let file = session.folder.read(path, FILE_MAX).map_err(|error| {
        let hint = match &error {
            FileError::Missing { near, .. } if !near.is_empty() => {
                Some(suggest::hint(path, near.iter().map(String::as_str)))
            }
            _ => None,
        };
        (format!("notebook: {error}"), hint)
    })?;
    let parsed = Parsed::parse(&file.bytes).map_err(|error| {
        let shown = session.folder.shown(&file.path);
        let text = match &error {
            NotebookError::Json(Fault { why, at: Some((line, column)) })
            | NotebookError::Shape(Fault { why, at: Some((line, column)) }) => {
                format!("notebook {path:?} is not valid: {why} ({shown}:{line}:{column})")
            }
            error => format!("notebook {path:?}: {error}"),
        };
        (text, error.hint().map(|hint| hint.replace("FILE", path)))
    })?;
    let code_cells = parsed.code_cells();
    if code_cells == 0 {
        return Err((format!("notebook {path:?} has no code cell"), None));
    }
    let document = Document {
        bytes: file.bytes,
        sha256: file.sha256,
        code_cells: u32::try_from(code_cells).unwrap_or(u32::MAX),
        kernel: parsed.kernel_name().unwrap_or(KERNEL_DEFAULT).to_owned(),
        undeclared: Vec::new(),
    };
    Ok((document, parsed))
}
