//! GPU time and energy of tasks in words that HTML and Markdown share.

use super::summary::{Attribution, SpentRow};
use super::words;

/// Heads of the columns.
pub(super) const COLUMNS: [&str; 5] =
    ["notebook", "tasks", "energy of a task", "95 % interval", "GPU-seconds of a task"];

/// One row, in the order of [`COLUMNS`].
pub(super) fn cells(row: &SpentRow) -> [String; 5] {
    [
        row.notebook.clone(),
        words::number(row.joules.samples as f64),
        words::figure(&row.joules),
        words::interval(&row.joules).unwrap_or_default(),
        words::figure(&row.gpu_seconds),
    ]
}

/// What is in no row, and how much of the energy that is.
pub(super) fn notes(of: &Attribution) -> Vec<String> {
    let mut notes =
        vec![format!("From the {}, between the ends of each task that had its GPU to itself.", of.method.name())];
    notes.extend(of.unattributed.map(|share| {
        format!("{} of the GPUs' energy over the load was outside of such tasks.", words::percent(share))
    }));
    let left_out = [
        (of.too_short(), "too short for the interval of sampling; a notebook with more than 5 % of them has no figure"),
        (of.unseen, "not seen from end to end"),
    ];
    let left_out = left_out.iter().filter(|(count, _)| *count > 0);
    notes.extend(left_out.map(|(count, why)| format!("{}: {why}.", words::counted(*count, "task"))));
    notes.extend(of.refused.iter().map(|gpu| format!("{}: {}.", gpu.gpu, gpu.why)));
    notes
}
