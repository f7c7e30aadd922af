//! The one place that renders errors: heading, `caused by:` chain, `hint:` lines.

use super::exit::Exit;
use super::style::Style;

/// Why a command ends without its result.
#[derive(Debug)]
pub(crate) struct CliError {
    /// Exit code.
    pub(crate) exit: Exit,
    /// First line, a fragment that starts lowercase.
    pub(crate) heading: String,
    /// Whole text that stands in place of a heading: the scenario's own errors come with place and hints.
    pub(crate) rendered: Option<String>,
    /// Causes, outermost first.
    pub(crate) causes: Vec<String>,
    /// What to do.
    pub(crate) hints: Vec<String>,
}

/// What commands return.
pub(crate) type CliResult<T> = Result<T, CliError>;

impl CliError {
    /// An error of this kind.
    pub(crate) fn new(exit: Exit, heading: impl Into<String>) -> Self {
        Self { exit, heading: heading.into(), rendered: None, causes: vec![], hints: vec![] }
    }

    /// An error with its chain of causes.
    pub(crate) fn caused(exit: Exit, heading: impl Into<String>, cause: &dyn std::error::Error) -> Self {
        let mut causes = vec![cause.to_string()];
        let mut next = cause.source();
        while let Some(error) = next {
            causes.push(error.to_string());
            next = error.source();
        }
        causes.dedup();
        Self { causes, ..Self::new(exit, heading) }
    }

    /// The same with one more hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The text for standard error.
    pub(crate) fn render(&self, style: Style) -> String {
        let mut out = match &self.rendered {
            Some(text) => text.trim_end().to_owned(),
            None => format!("{} {}", style.red("error:"), self.heading),
        };
        for cause in &self.causes {
            out.push_str(&format!("\n  {} {cause}", style.bold("caused by:")));
        }
        for hint in &self.hints {
            out.push_str(&format!("\n{} {hint}", style.cyan("hint:")));
        }
        out.push('\n');
        out
    }
}
