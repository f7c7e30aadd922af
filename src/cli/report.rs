//! `hubmark report`, and the reports that end a run.

use super::Terminal;
use super::args::{Format, ReportArgs, ReportForm};
use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::runs::folder_error;
use crate::record::{Reader, find_run, write_file};
use crate::report::{self, Summary, VerdictCode};
use std::path::{Path, PathBuf};

/// An analysed run.
pub(crate) struct Written {
    pub(crate) run: String,
    pub(crate) folder: PathBuf,
    pub(crate) summary: Summary,
}

impl Written {
    /// The exit code that the analysis asks for.
    pub(crate) fn exit(&self) -> Exit {
        match self.summary.verdict_code() {
            VerdictCode::Passed | VerdictCode::Undecided => Exit::Success,
            VerdictCode::ThresholdsFailed => Exit::Thresholds,
            VerdictCode::Invalid => Exit::Invalid,
        }
    }
}

/// Renders a run again.
pub(crate) fn report(args: &ReportArgs, runs_dir: &Path, terminal: Terminal) -> CliResult<Exit> {
    let folder = find_run(runs_dir, &args.run).map_err(folder_error)?;
    match args.form {
        None => print(&write_all(&folder)?, terminal),
        Some(form) => {
            let summary = analyse(&folder)?.summary;
            terminal.result(&match form {
                ReportForm::Html => report::html(&summary),
                ReportForm::Md => report::markdown(&summary),
                ReportForm::Json => json(&summary)?,
                ReportForm::Text => report::text(&summary, style(terminal)),
            });
        }
    }
    Ok(Exit::Success)
}

/// Computes the analysis of a run from its store.
pub(crate) fn analyse(folder: &Path) -> CliResult<Written> {
    let failed = |error: &dyn std::error::Error| {
        CliError::caused(Exit::Internal, format!("failed to read the run in {}", folder.display()), error)
    };
    let reader = Reader::open(folder).map_err(|error| failed(&error))?;
    let summary = report::analyse(&reader).map_err(|error| failed(&error))?;
    let run = crate::record::RunSource::manifest(&reader).run.clone();
    Ok(Written { run, folder: folder.to_owned(), summary })
}

/// Computes the analysis and writes its renderings into the run's folder.
pub(crate) fn write_all(folder: &Path) -> CliResult<Written> {
    let written = analyse(folder)?;
    let files = [
        ("summary.json", json(&written.summary)?),
        ("report.html", report::html(&written.summary)),
        ("report.md", report::markdown(&written.summary)),
    ];
    for (name, text) in files {
        write_file(folder, name, text.as_bytes()).map_err(super::wire::folder_error)?;
    }
    Ok(written)
}

/// Prints the summary, and where the report is.
pub(crate) fn print(written: &Written, terminal: Terminal) {
    if terminal.format == Format::Json {
        terminal.json(&written.summary);
        return;
    }
    terminal.result(&report::text(&written.summary, style(terminal)));
    let html = written.folder.join("report.html");
    if html.is_file() {
        let html = html.canonicalize().unwrap_or(html);
        terminal.result(&format!("\nreport  {}", html.display()));
    }
}

fn json(summary: &Summary) -> CliResult<String> {
    report::json(summary).map_err(|error| CliError::caused(Exit::Internal, "failed to write the summary", &error))
}

fn style(terminal: Terminal) -> report::Style {
    let default = report::Style::default();
    // A line of prose is hard to read when it is longer; what does not fit into a narrower one is cut at its end.
    let width = super::progress::width().map_or(default.width, |columns| columns.clamp(60, 140));
    report::Style { colour: terminal.out.color, width }
}
