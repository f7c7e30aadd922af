//! GPUs in words: the cells that HTML and Markdown share, and the line of the text.

use super::summary::{EnergyMethod, GpuRow, Summary};
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

/// A cell: what it says, and what stands smaller beside it.
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) beside: Option<String>,
}

impl Cell {
    fn of(text: Option<String>, beside: Option<String>) -> Self {
        match text {
            Some(text) => Self { text, beside },
            None => Self { text: "–".to_owned(), beside: None },
        }
    }

    /// Both in one text.
    pub(super) fn whole(self) -> String {
        match self.beside {
            Some(beside) => format!("{} ({beside})", self.text),
            None => self.text,
        }
    }
}

/// One row, in the order of [`COLUMNS`].
pub(super) fn cells(row: &GpuRow) -> [Cell; 11] {
    let plain = |text: Option<String>| Cell::of(text, None);
    let share = |value: Option<f64>| plain(value.map(words::percent));
    [
        Cell::of(Some(row.gpu.to_string()), row.name.clone()),
        share(row.utilization_mean),
        share(row.utilization_above_95),
        share(row.utilization_below_5),
        share(row.sm_activity_mean),
        Cell::of(
            row.memory_peak_bytes.map(words::bytes),
            row.memory_total_bytes.map(|all| format!("of {}", words::bytes(all))),
        ),
        Cell::of(row.power_mean_watts.map(watts), row.power_limit_watts.map(|limit| format!("limit {}", watts(limit)))),
        Cell::of(row.energy_joules.map(joules), method(row)),
        plain(row.temperature_max_celsius.map(|celsius| format!("{celsius:.0} °C"))),
        plain(Some(throttled(row))),
        plain(Some(errors(row))),
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

fn watts(value: f64) -> String {
    format!("{} W", words::number(value.round()))
}

/// Three digits, in J, kJ or MJ.
pub(super) fn joules(value: f64) -> String {
    let (value, unit) = match value {
        v if v >= 1e6 => (v / 1e6, "MJ"),
        v if v >= 1e3 => (v / 1e3, "kJ"),
        v => (v, "J"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

/// Where the energy is from, and how far the counter is from power.
fn method(row: &GpuRow) -> Option<String> {
    let method = row.energy_method?;
    let compared = row.energy_disagreement.map(|share| {
        // Tenths of a percent, and no zero with a sign.
        let tenths = (share * 1000.0).round() as i64;
        let sign = if tenths < 0 { "−" } else { "+" };
        format!("counter {sign}{}.{} % against power", tenths.abs() / 10, tenths.abs() % 10)
    });
    match (method, compared) {
        (EnergyMethod::Counter, Some(compared)) => Some(compared),
        (other, Some(compared)) => Some(format!("{}; {compared}", other.name())),
        (other, None) => Some(other.name().to_owned()),
    }
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
