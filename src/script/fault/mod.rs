//! What is wrong with a scenario, and where its author wrote it.

mod locate;
mod runtime;
mod scan;

pub(super) use locate::{Locator, Seg, text_of};
pub(super) use runtime::{author_text, breach_fault, from_lua};
pub(super) use scan::Scan;

use super::files::FileRead;
use super::params::ParamInfo;
use std::fmt;

/// Why a scenario cannot be loaded, in kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadErrorKind {
    /// A file cannot be read.
    File,
    /// A file is not Lua.
    Syntax,
    /// The author's code raised an error.
    Runtime,
    /// The plan is wrong.
    Plan,
    /// An argument does not fit the scenario's parameters.
    Argument,
    /// A limit was broken.
    Limit,
}

impl LoadErrorKind {
    /// The kind as a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            LoadErrorKind::File => "file",
            LoadErrorKind::Syntax => "syntax",
            LoadErrorKind::Runtime => "runtime",
            LoadErrorKind::Plan => "plan",
            LoadErrorKind::Argument => "argument",
            LoadErrorKind::Limit => "limit",
        }
    }
}

/// One thing that is wrong, with its place. Texts are at most 4 KiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind it is.
    pub kind: LoadErrorKind,
    /// What is wrong.
    pub heading: String,
    /// The author's file, as it would be given on the command line.
    pub file: Option<String>,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// Length of what is wrong, in characters; 0 if only the line is known.
    pub length: usize,
    /// Path of the field in the plan: `load.agents.duration`.
    pub field: Option<String>,
    /// The line as the author wrote it.
    pub source_line: Option<String>,
    /// What to do about it.
    pub hints: Vec<String>,
    /// The author's frames below the place, innermost first: `file:line in function name`.
    pub frames: Vec<String>,
}

impl Fault {
    /// A fault without a place.
    pub(super) fn new(kind: LoadErrorKind, heading: impl AsRef<str>) -> Self {
        Self {
            kind,
            heading: super::limits::clip(heading.as_ref()),
            file: None,
            line: None,
            column: None,
            length: 0,
            field: None,
            source_line: None,
            hints: vec![],
            frames: vec![],
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.heading)?;
        let digits = self.line.filter(|_| self.source_line.is_some()).map_or(1, |l| l.to_string().len());
        let gutter = " ".repeat(digits);
        if self.file.is_some() || self.field.is_some() {
            write!(f, "\n{gutter}-->")?;
            if let Some(file) = &self.file {
                write!(f, " {file}")?;
            }
            for number in [self.line, self.column].into_iter().flatten() {
                write!(f, ":{number}")?;
            }
            if let Some(field) = &self.field {
                write!(f, " {field}")?;
            }
        }
        if let (Some(line), Some(text)) = (self.line, &self.source_line) {
            write!(f, "\n{gutter} |\n{line} | {text}")?;
            if let Some(column) = self.column {
                let indent: String =
                    text.chars().take(column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
                write!(f, "\n{gutter} | {indent}{}", "^".repeat(self.length.max(1)))?;
            }
        }
        for frame in &self.frames {
            write!(f, "\n{gutter} called from {frame}")?;
        }
        for hint in &self.hints {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

/// Why a scenario cannot be loaded: everything that was found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// What is wrong, at least one, in the order of the author's lines where they are known.
    pub faults: Vec<Fault>,
    /// Faults that were found but left out.
    pub cut: usize,
    /// Files that were read before it failed, so that they can be watched.
    pub files: Vec<FileRead>,
    /// Parameters that were declared before it failed.
    pub params: Vec<ParamInfo>,
    /// Presets that were declared before it failed.
    pub presets: Vec<String>,
}

impl LoadError {
    /// The kind of its first fault.
    #[must_use]
    pub fn kind(&self) -> LoadErrorKind {
        self.faults.first().map_or(LoadErrorKind::Plan, |fault| fault.kind)
    }

    pub(super) fn of(fault: Fault) -> Self {
        Self { faults: vec![fault], cut: 0, files: vec![], params: vec![], presets: vec![] }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.faults.iter().enumerate() {
            if at > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{fault}")?;
        }
        if self.cut > 0 {
            write!(f, "\n\n{} more faults are not shown", self.cut)?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}
