//! Why a file cannot be executed as a notebook.

use super::shape::NO_TAGS;

/// Why a file cannot be executed as a notebook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotebookError {
    /// It is not JSON.
    #[error("it is not JSON: {}", .0.why_and_where())]
    Json(Fault),
    /// It is JSON but no notebook.
    #[error("it is not a notebook: {}", .0.why_and_where())]
    Shape(Fault),
    /// Its characters are wider than those of UTF-8.
    #[error("it is written in {0}, wanted UTF-8")]
    Encoding(&'static str),
    /// It is a notebook of another major format.
    #[error("it has nbformat {0}, wanted nbformat 4")]
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

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What the parser said.
    pub why: String,
    /// Line and column, from 1; `None` where the fault is what the file lacks.
    pub at: Option<(usize, usize)>,
}

impl Fault {
    fn why_and_where(&self) -> String {
        match self.at {
            Some((line, column)) => format!("{} at line {line}, column {column}", self.why),
            None => self.why.clone(),
        }
    }
}

/// Beyond 16 bits JSON writes a character as two escapes; here one is alone.
const HALF: &str = "half of a character's two \\u escapes";

impl NotebookError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Format(format) if *format < 4 => Some(
                "upgrade it: `jupyter nbconvert --to notebook --nbformat 4 --inplace FILE`, or `nbformat.convert` in Python"
                    .to_owned(),
            ),
            Self::Format(_) => {
                Some("save it as nbformat 4: `jupyter nbconvert --to notebook --nbformat 4 --inplace FILE`".to_owned())
            }
            Self::Encoding(encoding) => {
                Some(format!("write it anew: `iconv -f {encoding} -t UTF-8 FILE > NEW`, then put NEW in its place"))
            }
            Self::Shape(Fault { why, .. }) if why.ends_with(NO_TAGS) => {
                Some("tags are a list of texts: `\"tags\": [\"parameters\"]`".to_owned())
            }
            Self::Json(Fault { why, .. }) if why == HALF => Some(
                "where it is in an output, take outputs out: `jupyter nbconvert --clear-output --inplace FILE`; else write both escapes"
                    .to_owned(),
            ),
            Self::Language(_) => {
                Some("let its code read the values from a file or an environment variable, or give no `params`".to_owned())
            }
            _ => None,
        }
    }
}

impl From<serde_json::Error> for NotebookError {
    fn from(error: serde_json::Error) -> Self {
        let why = error.to_string();
        // The position stands in fields of its own.
        let mut why = why.split(" at line ").next().unwrap_or_default().to_owned();
        // What the parser says of `\ud83d` alone. Python reads such a text, and fails when it writes it.
        if ["lone leading surrogate in hex escape", "unexpected end of hex escape"].contains(&why.as_str()) {
            HALF.clone_into(&mut why);
        }
        let fault = Fault { why, at: Some((error.line(), error.column())) };
        if error.is_data() { Self::Shape(fault) } else { Self::Json(fault) }
    }
}
