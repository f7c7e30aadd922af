//! Tables for spreadsheets and data frames: the two metric sets and the tasks of a run.
//!
//! RFC 4180 with line feeds, in UTF-8, one line of columns' names first. What is not known is an empty cell, never a zero. The columns are one list
//! for each table, from which the reference page is made too.

mod metrics;
mod tasks;

use crate::plan::Role;
use crate::record::{RunSource, SourceError};
use std::fmt::Write;

/// A table of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvTable {
    /// The metrics of the microservers, by node and interval.
    Microservers,
    /// The metrics of the GPU server, likewise.
    GpuServers,
    /// Every task.
    Tasks,
}

/// A column: its name, what it holds, and how.
struct Column<R> {
    name: &'static str,
    about: &'static str,
    cell: fn(&R) -> Cell,
}

/// What a cell holds.
enum Cell {
    /// Something that a person or a program named.
    Text(String),
    /// A number with so many digits behind the point at most; empty where it is not known.
    Number(Option<f64>, usize),
    /// A count.
    Count(u64),
}

impl CsvTable {
    /// All of them.
    pub const ALL: [CsvTable; 3] = [CsvTable::Microservers, CsvTable::GpuServers, CsvTable::Tasks];

    /// The name of its file; one of a simulated run says so.
    #[must_use]
    pub fn file_name(self, simulated: bool) -> String {
        let name = match self {
            Self::Microservers => "microservers.csv",
            Self::GpuServers => "gpu-servers.csv",
            Self::Tasks => "tasks.csv",
        };
        if simulated { format!("SIMULATED-{name}") } else { name.to_owned() }
    }
}

/// A table of a run as text; `None` for the metrics of a role that its farm does not have.
///
/// # Errors
/// The run's record cannot be read.
pub fn csv(source: &dyn RunSource, table: CsvTable) -> Result<Option<String>, SourceError> {
    let role = match table {
        CsvTable::Microservers => Role::Microserver,
        CsvTable::GpuServers => Role::GpuServer,
        CsvTable::Tasks => return tasks::table(source).map(Some),
    };
    match source.manifest().plan.farm.of(role).next() {
        Some(_) => metrics::table(source, role).map(Some),
        None => Ok(None),
    }
}

/// The reference page of all tables.
#[must_use]
pub fn csv_reference() -> String {
    let mut page = String::from(
        "# CSV\n\nGenerated from `src/report/csv/`. `hubmark runs export RUN` writes these tables. They are RFC 4180 in UTF-8 with line feeds and one line \
         of names;\na cell is empty where a value is not known, which is not zero. Names and messages that a spreadsheet would take for a formula (they \
         begin with `=`, `+`, `-`,\n`@` or a tab) have a `'` before them. Times of a run are seconds from its start; those in UTC are RFC 3339.\n",
    );
    let mut section = |title: &str, about: &str, columns: Vec<(&str, &str)>| {
        let _ = write!(page, "\n## {title}\n\n{about}\n\n| column | what it holds |\n| --- | --- |\n");
        for (name, about) in columns {
            let _ = writeln!(page, "| `{name}` | {about} |");
        }
    };
    section(
        "`microservers.csv`, `gpu-servers.csv`",
        "The two metric sets of the specification: in each interval of `sampling.report` a row for the whole role, whose `node` is empty, and one for each \
         of its nodes.",
        metrics::COLUMNS.iter().map(|column| (column.name, column.about)).collect(),
    );
    section(
        "`tasks.csv`",
        "Every task that ended, in the order of their ends as they were recorded.",
        tasks::COLUMNS.iter().map(|column| (column.name, column.about)).collect(),
    );
    page
}

/// The line of names.
fn head<R>(columns: &[Column<R>]) -> String {
    columns.iter().map(|column| column.name).collect::<Vec<_>>().join(",") + "\n"
}

/// Adds a row.
fn push<R>(text: &mut String, columns: &[Column<R>], row: &R) {
    for (at, column) in columns.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        (column.cell)(row).write(text);
    }
    text.push('\n');
}

impl Cell {
    fn write(self, text: &mut String) {
        match self {
            Self::Text(name) => text.push_str(&quoted(&name)),
            Self::Count(count) => text.push_str(&count.to_string()),
            Self::Number(None, _) => {}
            Self::Number(Some(value), digits) if value.is_finite() => {
                let number = format!("{value:.digits$}");
                let short =
                    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { &number };
                text.push_str(if short == "-0" { "0" } else { short });
            }
            Self::Number(Some(_), _) => {}
        }
    }
}

/// A text as a cell. Spreadsheets execute what begins like a formula, also between quotes: such a text gets an apostrophe.
fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    let guard = if formula { "'" } else { "" };
    if formula || text.contains([',', '"', '\n', '\r']) {
        return format!("\"{guard}{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(cell: Cell) -> String {
        let mut text = String::new();
        cell.write(&mut text);
        text
    }

    #[test]
    fn numbers_are_short_and_gaps_are_empty() {
        assert_eq!(cell(Cell::Number(Some(50.0), 3)), "50");
        assert_eq!(cell(Cell::Number(Some(0.12345), 3)), "0.123");
        assert_eq!(cell(Cell::Number(Some(-0.0001), 3)), "0");
        assert_eq!(cell(Cell::Number(Some(1200.0), 0)), "1200");
        assert_eq!(cell(Cell::Number(None, 3)), "");
        assert_eq!(cell(Cell::Number(Some(f64::NAN), 3)), "");
    }

    #[test]
    fn a_name_that_is_a_formula_is_text_and_quotes_stay_whole() {
        assert_eq!(quoted("ada"), "ada");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        for begin in ["=1", "+1", "-1", "@a", "\t=1"] {
            assert!(quoted(begin).starts_with("\"'"), "{begin}");
        }
    }
}
