//! The table of a role's nodes, as HTML and Markdown share it: what each was busy with beside what its users did.

use super::summary::{MetricSet, NodeRow, Resource, RoleReport, Summary, Uptime};
use super::words;

/// What stands where nothing was measured.
const NOTHING: &str = "–";

/// A cell: what it says, what stands smaller beside it, and whether that is bad.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) beside: Option<String>,
    pub(super) bad: bool,
}

impl Cell {
    fn plain(text: String) -> Self {
        Self { text, beside: None, bad: false }
    }

    fn some<T>(value: Option<T>, say: impl Fn(T) -> String) -> Self {
        Self::plain(value.map_or_else(|| NOTHING.to_owned(), say))
    }

    /// A count of something that ought not to be.
    fn of_bad(count: u64) -> Self {
        Self { bad: count > 0, ..Self::plain(words::number(count as f64)) }
    }

    /// A share with how long it was above its limit.
    fn limited(share: Option<f64>, above: Option<f64>) -> Self {
        let above = above.filter(|above| *above > 0.0);
        let beside = above.map(|above| format!("above its limit {} of the time", words::percent(above)));
        Self { bad: above.is_some(), beside, ..Self::some(share, words::percent) }
    }

    /// The whole in one line.
    pub(super) fn whole(&self) -> String {
        match &self.beside {
            Some(beside) => format!("{} ({beside})", self.text),
            None => self.text.clone(),
        }
    }
}

/// A row: the whole role, or one of its nodes.
pub(super) struct Row<'s> {
    pub(super) name: String,
    /// The node; `None` for the whole role.
    pub(super) node: Option<&'s NodeRow>,
    pub(super) cells: Vec<Cell>,
}

/// The table. Columns that would say nothing of any node are left out.
pub(super) struct RoleTable<'s> {
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Row<'s>>,
    /// Whether some node's kernels were not found where the scenario says, or were not asked: the table then says so for each.
    pub(super) placement: bool,
}

const COLUMNS: [&str; 11] = [
    "GPU utilisation",
    "GPU memory, most",
    "Memory, most",
    "CPU",
    "Tasks",
    "Per minute",
    "Failed",
    "Task time, median",
    "Server start, mean",
    "In reach",
    "Up for",
];

/// The table of a role.
pub(super) fn table<'s>(role: &'s RoleReport, summary: &'s Summary) -> RoleTable<'s> {
    let sets = summary.metric_sets.as_ref();
    let of_node = |name: &str| sets.and_then(|sets| sets.nodes.iter().find(|set| set.name == name));
    let of_role = sets.and_then(|sets| sets.roles.iter().find(|set| set.role == role.role));
    let mut rows = Vec::new();
    if role.nodes.len() > 1 {
        rows.push(Row { name: format!("all {}", role.nodes.len()), node: None, cells: all(role, of_role) });
    }
    rows.extend(role.nodes.iter().map(|node| Row {
        name: node.node.clone(),
        node: Some(node),
        cells: cells(node, of_node(&node.node)),
    }));
    let shown: Vec<bool> = (0..COLUMNS.len()).map(|at| rows.iter().any(|row| row.cells[at].text != NOTHING)).collect();
    for row in &mut rows {
        let mut shown = shown.iter();
        row.cells.retain(|_| *shown.next().unwrap_or(&true));
    }
    RoleTable {
        columns: COLUMNS.into_iter().zip(&shown).filter_map(|(name, shown)| shown.then_some(name)).collect(),
        rows,
        placement: role.nodes.iter().any(|node| node.placement.as_deref() != Some("verified")),
    }
}

fn metrics(set: Option<&MetricSet>) -> [Cell; 4] {
    [
        Cell::some(set.and_then(|set| set.gpu_utilization), words::percent),
        Cell::limited(set.and_then(|set| set.gpu_memory_max), set.and_then(|set| set.gpu_memory_above_limit)),
        Cell::limited(set.and_then(|set| set.memory_max), set.and_then(|set| set.memory_above_limit)),
        Cell::limited(set.and_then(|set| set.cpu), set.and_then(|set| set.cpu_above_limit)),
    ]
}

/// Tasks that failed, and beside them those that the end of the run cut short.
fn lost(failed: u64, interrupted: u64) -> Cell {
    let beside = (interrupted > 0).then(|| format!("{} cut short", words::number(interrupted as f64)));
    Cell { beside, ..Cell::of_bad(failed) }
}

fn reach(set: Option<&MetricSet>) -> [Cell; 2] {
    let share = set.and_then(|set| set.availability);
    let bad = share.is_some_and(|share| share < 1.0);
    [Cell { bad, ..Cell::some(share, words::reached) }, Cell::some(set.and_then(|set| set.uptime_s), words::lasting)]
}

fn cells(node: &NodeRow, set: Option<&MetricSet>) -> Vec<Cell> {
    let mut cells = Vec::from(metrics(set));
    if node.users == 0 && node.kernels_of == 0 {
        cells.extend(std::iter::repeat_n(Cell::plain(NOTHING.to_owned()), 5));
    } else {
        let spawns_failed = |count: u64| format!("{} failed", words::number(count as f64));
        cells.extend([
            Cell::plain(words::number(node.completed as f64)),
            Cell::plain(words::figure(&node.per_minute)),
            lost(node.failed, node.interrupted),
            Cell { beside: words::interval(&node.task_p50), ..Cell::plain(words::figure(&node.task_p50)) },
            Cell {
                beside: Some(node.spawns_failed).filter(|count| *count > 0).map(spawns_failed),
                bad: node.spawns_failed > 0,
                ..Cell::plain(words::figure(&node.spawn_mean))
            },
        ]);
    }
    cells.extend(reach(set));
    cells
}

fn all(role: &RoleReport, set: Option<&MetricSet>) -> Vec<Cell> {
    let sum = |get: fn(&NodeRow) -> u64| role.nodes.iter().map(get).sum::<u64>();
    let per_minute = role.nodes.iter().filter_map(|node| node.per_minute.value).sum::<f64>();
    let nothing = || Cell::plain(NOTHING.to_owned());
    let mut cells = Vec::from(metrics(set));
    cells.extend([
        Cell::plain(words::number(sum(|node| node.completed) as f64)),
        Cell::plain(format!("{}/min", words::number(per_minute))),
        lost(sum(|node| node.failed), sum(|node| node.interrupted)),
        nothing(),
        nothing(),
    ]);
    cells.extend(reach(set));
    cells
}

/// Heads of the table of what limits throughput.
pub(super) const RESOURCES: [&str; 6] = [
    "Resource",
    "Units",
    "Busy",
    "Time with somebody waiting",
    "Time of a unit for each task",
    "Tasks it carries at most",
];

/// What a resource does for each task, and how many it could carry.
pub(super) fn resource(of: &Resource) -> [String; 5] {
    let or = |value: Option<f64>, say: fn(f64) -> String| value.map_or_else(|| NOTHING.to_owned(), say);
    [
        or(of.units, words::number),
        words::percent(of.utilization),
        or(of.waits, words::percent),
        or(of.demand_s, words::duration),
        format!("{}/min", words::number(of.at_most_per_minute)),
    ]
}

/// Heads of the table of outages.
pub(super) const REACH: [&str; 5] = ["In reach", "Outages", "Reboots", "Time between outages", "Back after"];

/// How often a machine, or those of a role, went out of reach.
pub(super) fn outages(set: &MetricSet) -> [Cell; 5] {
    let Uptime { interval, outages, between_outages, to_repair, .. } = &set.uptime;
    let bounds = interval.map(|[low, high]| format!("{} … {}", words::reached(low), words::reached(high)));
    let bad = set.availability.is_some_and(|share| share < 1.0);
    let timed = |figure: &crate::report::summary::Figure| match figure.value {
        Some(value) => Cell { beside: words::interval(figure), ..Cell::plain(words::duration(value)) },
        None => Cell::some(figure.low, |low| format!("over {}", words::duration(low))),
    };
    [
        Cell { bad, beside: bounds, ..Cell::some(set.availability, words::reached) },
        outages.map_or_else(|| Cell::plain(NOTHING.to_owned()), Cell::of_bad),
        set.reboots.map_or_else(|| Cell::plain(NOTHING.to_owned()), Cell::of_bad),
        timed(between_outages),
        timed(to_repair),
    ]
}

/// Sets worth a row of their own in a table of outages: a role of several machines, and each machine that was away or that nobody asked for a while.
/// Beside them, how many machines were in reach all the time.
pub(super) fn away(summary: &Summary) -> (Vec<&MetricSet>, usize) {
    let Some(sets) =
        summary.metric_sets.as_ref().filter(|sets| sets.nodes.iter().any(|node| node.uptime.outages.is_some()))
    else {
        return (Vec::new(), 0);
    };
    let load_s = summary.header.load_s.unwrap_or(0.0);
    let notable = |node: &&MetricSet| {
        node.uptime.outages != Some(0) || node.reboots.unwrap_or(0) > 0 || node.uptime.unknown_s > UNKNOWN * load_s
    };
    let mut rows: Vec<&MetricSet> = sets.roles.iter().filter(|set| set.nodes > 1).collect();
    rows.extend(sets.nodes.iter().filter(notable));
    (rows, sets.nodes.iter().filter(|node| !notable(node)).count())
}

/// Part of the load in which nobody asked a machine that is worth a row.
const UNKNOWN: f64 = 0.02;

/// How tasks were spread over the nodes that users work on, in a sentence; `None` under two such nodes.
pub(super) fn spread(summary: &Summary) -> Option<String> {
    let sets = summary.metric_sets.as_ref()?;
    let (index, over) = (sets.evenness?, sets.most_over_mean?);
    let done = worked(summary);
    let least = done.iter().min_by_key(|node| node.completed)?;
    let most = done.iter().max_by_key(|node| node.completed)?;
    let nodes = words::counted(done.len() as u64, "node");
    let (fewest, most_tasks) = (words::counted(least.completed, "task"), words::number(most.completed as f64));
    Some(format!(
        "Each of {nodes} completed from {fewest} ({}) to {most_tasks} ({}), which is {} times the mean. Jain’s index is {index:.3}; 1 is perfectly even.",
        least.node,
        most.node,
        words::number(over),
    ))
}

/// Nodes that users work on, in the author's order.
pub(super) fn worked(summary: &Summary) -> Vec<&NodeRow> {
    let roles = summary.nodes.iter().flat_map(|nodes| &nodes.roles);
    roles.flat_map(|role| &role.nodes).filter(|node| node.users > 0).collect()
}
