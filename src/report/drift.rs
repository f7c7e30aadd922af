//! Drift in words: what HTML and Markdown share.

use super::summary::{Drift, DriftRow};
use super::words;

/// What is said where nothing matters.
pub(super) const NOTHING: &str = "The run went on as it began.";

/// How to read it.
pub(super) fn lead(drift: &Drift) -> String {
    let span = |[from, to]: [f64; 2]| format!("{} to {}", words::lasting(from), words::lasting(to));
    format!(
        "The first {} after the beginning ({}) against the last ({}). A sentence stands only for changes of 5 % or more, and steps of 10 % or more, that are beyond chance.",
        drift.window,
        span(drift.first_s),
        span(drift.last_s)
    )
}

/// Heads of the columns behind the figure's name.
pub(super) fn columns(drift: &Drift) -> [String; 4] {
    let (first, last) = (format!("First {}", drift.window), format!("Last {}", drift.window));
    [first, last, "Change".to_owned(), "95 % interval".to_owned()]
}

/// A row's cells.
pub(super) fn cells(row: &DriftRow) -> [String; 4] {
    let signed =
        |share: f64| format!("{}{}", if share > 0.0 { "+" } else { "" }, words::percent(share).replace('-', "−"));
    let [low, high] = row.change_interval.map(signed);
    [words::value(row.first, row.unit), words::value(row.last, row.unit), signed(row.change), format!("{low} … {high}")]
}
