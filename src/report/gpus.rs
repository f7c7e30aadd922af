//! GPUs in words: the cells that HTML and Markdown share, and the line of the text.

use super::summary::{GpuRow, Summary};
use super::words;

/// Heads of the columns.
pub(super) const COLUMNS: [&str; 11] = [
    "GPU",
    "busy",
    "≥ 95 %",
    "< 5 %",
    "SM activity",
    "memory at most",
    "power",
    "energy",
    "hottest",
    "clocks held down",
    "errors",
];

/// Whether some GPU is made up.
pub(super) fn simulated(summary: &Summary) -> bool {
    summary.gpus.iter().any(|row| row.simulated)
}

/// The title of the section.
pub(super) fn title(summary: &Summary) -> &'static str {
    if simulated(summary) { "GPUs (SIMULATED)" } else { "GPUs" }
}

/// What it says of made-up GPUs.
pub(super) const SIMULATED: &str = "SIMULATED: these GPUs are made up, and no figure of them was measured.";

/// Such as `0: NVIDIA H100 80GB HBM3`.
pub(super) fn name(row: &GpuRow) -> String {
    match &row.name {
        Some(name) => format!("{}: {name}", row.gpu),
        None => row.gpu.to_string(),
    }
}

/// One row, in the order of [`COLUMNS`].
pub(super) fn cells(row: &GpuRow) -> [String; 11] {
    let share = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), words::percent);
    [
        name(row),
        share(row.utilization_mean),
        share(row.utilization_above_95),
        share(row.utilization_below_5),
        share(row.sm_activity_mean),
        of(row.memory_peak_bytes.map(words::bytes), row.memory_total_bytes.map(words::bytes)),
        of(row.power_mean_watts.map(watts), row.power_limit_watts.map(watts)),
        energy(row),
        row.temperature_max_celsius.map_or_else(|| "–".to_owned(), |celsius| format!("{celsius:.0} °C")),
        throttled(row),
        errors(row),
    ]
}

/// The GPUs in a few words each.
pub(super) fn brief(row: &GpuRow) -> String {
    let parts = [
        row.utilization_mean.map(|share| format!("busy {}", words::percent(share))),
        row.memory_peak_bytes.map(|bytes| format!("up to {}", words::bytes(bytes))),
        row.power_mean_watts.map(watts),
        row.energy_joules.map(joules),
        (errors(row) != "none").then(|| errors(row)),
    ];
    format!("{} {}", row.gpu, parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn of(value: Option<String>, all: Option<String>) -> String {
    match (value, all) {
        (Some(value), Some(all)) => format!("{value} of {all}"),
        (Some(value), None) => value,
        (None, _) => "–".to_owned(),
    }
}

fn watts(value: f64) -> String {
    format!("{} W", words::number(value.round()))
}

/// Three digits, in J, kJ or MJ.
fn joules(value: f64) -> String {
    let (value, unit) = match value {
        v if v >= 1e6 => (v / 1e6, "MJ"),
        v if v >= 1e3 => (v / 1e3, "kJ"),
        v => (v, "J"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

fn energy(row: &GpuRow) -> String {
    let (Some(value), Some(method)) = (row.energy_joules, row.energy_method) else { return "–".to_owned() };
    let compared = row.energy_disagreement.map(|share| format!("; counter {:+.1} % against power", share * 100.0));
    format!("{} ({}{})", joules(value), method.name(), compared.unwrap_or_default())
}

fn throttled(row: &GpuRow) -> String {
    if row.throttle_seconds.is_empty() {
        return "never seen".to_owned();
    }
    let parts: Vec<String> = row
        .throttle_seconds
        .iter()
        .map(|(reason, seconds)| format!("{} {}", reason.replace('_', " "), words::lasting(*seconds)))
        .collect();
    parts.join(", ")
}

fn errors(row: &GpuRow) -> String {
    let xids = row.xid_errors.iter().map(|(number, count)| format!("XID {number} × {count}"));
    let ecc = row.ecc_errors.iter().filter(|(_, count)| **count > 0);
    let ecc = ecc.map(|(kind, count)| format!("ECC {kind} × {count}"));
    let silent = (row.answered < 1.0).then(|| format!("no answer {} of the time", words::percent(1.0 - row.answered)));
    let all: Vec<String> = xids.chain(ecc).chain(silent).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}
