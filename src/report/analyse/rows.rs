//! The two metric sets node by node and interval by interval, for tables.

use super::farm::{above, greatest, mean_of, memory_share};
use super::{Facts, intervals, with_facts};
use crate::plan::{Limits, Role};
use crate::record::{RunSource, SourceError};
use crate::report::diagnose::{FarmFacts, NodeFacts, mean, within};

/// The metrics of the specification of one node, or of all nodes of a role, in one interval. What was not measured is `None`. Shares are of 1.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct MetricRow {
    pub(in crate::report) role: Role,
    /// The node; `None` for the whole role.
    pub(in crate::report) node: Option<String>,
    /// How many nodes it is about.
    pub(in crate::report) nodes: usize,
    /// From, to; seconds from the run's start.
    pub(in crate::report) window_s: (f64, f64),
    pub(in crate::report) gpu: Option<f64>,
    pub(in crate::report) gpu_memory: Level,
    pub(in crate::report) memory: Level,
    pub(in crate::report) cpu: Level,
    pub(in crate::report) tasks: u64,
    /// Seconds since the boot at the interval's end; the least of a role's nodes.
    pub(in crate::report) uptime_s: Option<f64>,
    pub(in crate::report) availability: Option<f64>,
}

/// Something that has a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::report) struct Level {
    /// Mean share in use.
    pub(in crate::report) mean: Option<f64>,
    /// The limit; `None` without one, and for a role whose nodes have several.
    pub(in crate::report) limit: Option<f64>,
    /// Share of the time in which it was above; of a role that of its worst node.
    pub(in crate::report) above: Option<f64>,
}

/// A row for each role, and for each of its nodes, in each interval of the scenario's `sampling.report`; nothing for a run without a farm.
///
/// # Errors
/// The run's record cannot be read.
pub(in crate::report) fn metric_rows(source: &dyn RunSource) -> Result<Vec<MetricRow>, SourceError> {
    with_facts(source, &[], |facts| facts.farm.map(|farm| rows(facts, farm)).unwrap_or_default())
}

fn rows(facts: &Facts<'_>, farm: &FarmFacts) -> Vec<MetricRow> {
    let plan = &facts.manifest.plan.farm;
    let index = |name: &str| plan.nodes.iter().position(|node| node.name == name);
    // Whose tasks ran on each node: its own users', and of all whose kernels are there.
    let mut served: Vec<Vec<usize>> = vec![vec![]; plan.nodes.len()];
    for (at, node) in plan.nodes.iter().enumerate() {
        for home in plan.homes_of(node).iter().filter_map(|home| index(&home.name)).filter(|home| *home != at) {
            served[home].push(at);
        }
    }
    let nodes: Vec<Measured<'_>> = farm
        .nodes
        .iter()
        .zip(&plan.nodes)
        .enumerate()
        .map(|(at, (node, declared))| Measured {
            node,
            role: declared.role,
            limits: &declared.limits,
            memory: memory_share(node),
            tasks: match served[at].is_empty() {
                true => vec![node],
                false => served[at].iter().map(|other| &farm.nodes[*other]).chain([node]).collect(),
            },
        })
        .collect();
    let mut rows = Vec::new();
    for interval in intervals::intervals(facts) {
        let window = (interval.from_s, interval.to_s);
        for role in Role::ALL {
            let of: Vec<MetricRow> =
                nodes.iter().filter(|node| node.role == role).map(|node| node.row(window)).collect();
            rows.extend(together(role, &of));
            rows.extend(of);
        }
    }
    rows
}

/// A node with what its rows are made of.
struct Measured<'f> {
    node: &'f NodeFacts,
    role: Role,
    limits: &'f Limits,
    /// Share of its memory in use.
    memory: Vec<(f64, f64)>,
    /// Nodes whose users' tasks count as its own.
    tasks: Vec<&'f NodeFacts>,
}

impl Measured<'_> {
    fn row(&self, window: (f64, f64)) -> MetricRow {
        let gpus = || self.node.gpus.iter();
        let level = |series: &[(f64, f64)], limit: Option<f64>| Level {
            mean: mean(series, window),
            limit,
            above: limit.and_then(|limit| above(within(series, window), limit)),
        };
        let gpu_memory: Vec<Level> = gpus().map(|gpu| level(&gpu.memory, self.limits.gpu_memory)).collect();
        let inside = |at: f64| (window.0..window.1).contains(&at);
        let availability = self.node.presence.share(window);
        let boot = self.node.boots.iter().rev().find(|(_, seen_s)| *seen_s < window.1);
        MetricRow {
            role: self.role,
            node: Some(self.node.name.clone()),
            nodes: 1,
            window_s: window,
            gpu: mean_of(gpus().filter_map(|gpu| mean(&gpu.busy, window))),
            gpu_memory: Level {
                mean: mean_of(gpu_memory.iter().filter_map(|gpu| gpu.mean)),
                limit: self.limits.gpu_memory,
                above: greatest(gpu_memory.iter().filter_map(|gpu| gpu.above)),
            },
            memory: level(&self.memory, self.limits.memory),
            cpu: level(&self.node.cpu, self.limits.cpu),
            tasks: self.tasks.iter().flat_map(|node| &node.tasks).filter(|task| inside(task.ended_s)).count() as u64,
            // Of a machine that could not be reached it is not known whether it is up.
            uptime_s: boot.filter(|_| availability.is_some_and(|share| share > 0.0)).map(|(boot, _)| window.1 - boot),
            availability,
        }
    }
}

/// A role is the mean of its nodes; of limits the worst node counts, and tasks add up.
fn together(role: Role, of: &[MetricRow]) -> Option<MetricRow> {
    let first = of.first()?;
    let level = |get: fn(&MetricRow) -> Level| Level {
        mean: mean_of(of.iter().filter_map(|row| get(row).mean)),
        limit: get(first).limit.filter(|limit| of.iter().all(|row| get(row).limit == Some(*limit))),
        above: greatest(of.iter().filter_map(|row| get(row).above)),
    };
    Some(MetricRow {
        role,
        node: None,
        nodes: of.len(),
        window_s: first.window_s,
        gpu: mean_of(of.iter().filter_map(|row| row.gpu)),
        gpu_memory: level(|row| row.gpu_memory),
        memory: level(|row| row.memory),
        cpu: level(|row| row.cpu),
        tasks: of.iter().map(|row| row.tasks).sum(),
        uptime_s: of.iter().filter_map(|row| row.uptime_s).min_by(f64::total_cmp),
        availability: mean_of(of.iter().filter_map(|row| row.availability)),
    })
}
