//! The two metric sets.

use super::{Cell, Column, head, push};
use crate::clock::rfc3339;
use crate::plan::Role;
use crate::record::{RunSource, SourceError};
use crate::report::analyse::rows::{Level, MetricRow, metric_rows};

/// A row with what is the same in all of them.
pub(super) struct Row {
    simulated: &'static str,
    run: String,
    started_wall_ns: i64,
    of: MetricRow,
}

const fn column(name: &'static str, about: &'static str, cell: fn(&Row) -> Cell) -> Column<Row> {
    Column { name, about, cell }
}

/// Columns in their order.
pub(super) const COLUMNS: &[Column<Row>] = &[
    column(
        "simulated",
        "`SIMULATED` where nothing was measured on real machines, `SIMULATED GPUs` where GPUs were made up, else empty",
        |row| Cell::Text(row.simulated.to_owned()),
    ),
    column("run", "the run's id", |row| Cell::Text(row.run.clone())),
    column("role", "`microserver` or `gpu_server`", |row| Cell::Text(row.of.role.name().to_owned())),
    column("node", "name of the node; empty in the row of the whole role", |row| {
        Cell::Text(row.of.node.clone().unwrap_or_default())
    }),
    column("nodes", "how many nodes the row is about", |row| Cell::Count(row.of.nodes as u64)),
    column("from_utc", "begin of the interval", |row| {
        Cell::Text(rfc3339(row.started_wall_ns.saturating_add((row.of.window_s.0 * 1e9) as i64)))
    }),
    column("from_s", "begin of the interval, seconds from the run's start", |row| {
        Cell::Number(Some(row.of.window_s.0), 3)
    }),
    column("to_s", "its end", |row| Cell::Number(Some(row.of.window_s.1), 3)),
    column(
        "gpu_utilization_percent",
        "share of the interval in which GPUs worked: of a microserver those assigned to it, of a GPU server all that it holds; the mean of several",
        |row| percent(row.of.gpu),
    ),
    column("gpu_memory_percent", "GPU memory in use, mean", |row| percent(row.of.gpu_memory.mean)),
    column("gpu_memory_limit_percent", "the scenario's limit; empty without one, and for a role with several", |row| {
        percent(row.of.gpu_memory.limit)
    }),
    column(
        "gpu_memory_above_limit_percent",
        "share of the interval above the limit; of a role that of its worst node",
        |row| above(row.of.gpu_memory),
    ),
    column("memory_percent", "memory in use, mean", |row| percent(row.of.memory.mean)),
    column("memory_limit_percent", "its limit, likewise", |row| percent(row.of.memory.limit)),
    column("memory_above_limit_percent", "share of the interval above it, likewise", |row| above(row.of.memory)),
    column("cpu_percent", "share of the processors that was busy, mean", |row| percent(row.of.cpu.mean)),
    column("cpu_limit_percent", "its limit, likewise", |row| percent(row.of.cpu.limit)),
    column("cpu_above_limit_percent", "share of the interval above it, likewise", |row| above(row.of.cpu)),
    column("tasks_completed", "tasks with outcome `ok`; on a GPU server those of all whose kernels are there", |row| {
        Cell::Count(row.of.tasks)
    }),
    column("tasks_per_minute", "the same per minute of the interval", |row| {
        Cell::Number(Some(row.of.tasks as f64 * 60.0 / (row.of.window_s.1 - row.of.window_s.0)), 4)
    }),
    column("uptime_seconds", "time since the boot at the interval's end; of a role the least", |row| {
        Cell::Number(row.of.uptime_s, 0)
    }),
    column("availability_percent", "share of the interval in which it could be reached", |row| {
        percent(row.of.availability)
    }),
];

fn percent(share: Option<f64>) -> Cell {
    Cell::Number(share.map(|share| share * 100.0), 3)
}

fn above(level: Level) -> Cell {
    percent(level.above)
}

/// The metric set of a role.
pub(super) fn table(source: &dyn RunSource, role: Role) -> Result<String, SourceError> {
    let manifest = source.manifest();
    let made_up = source.series()?.iter().any(|info| info.key.labels.contains_key("simulated"));
    let simulated =
        match (manifest.simulated, made_up || manifest.environment_start.gpus.iter().any(|gpu| gpu.simulated)) {
            (true, _) => "SIMULATED",
            (false, true) => "SIMULATED GPUs",
            (false, false) => "",
        };
    let mut text = head(COLUMNS);
    for of in metric_rows(source)?.into_iter().filter(|row| row.role == role) {
        let row = Row { simulated, run: manifest.run.clone(), started_wall_ns: manifest.started_wall_ns, of };
        push(&mut text, COLUMNS, &row);
    }
    Ok(text)
}
