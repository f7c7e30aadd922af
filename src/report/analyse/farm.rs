//! The two metric sets of a farm.

use super::Facts;
use super::resources::resources;
use super::uptime::uptime;
use crate::plan::{Limits, Role};
use crate::report::diagnose::{FarmFacts, NodeFacts, Series, diagnose, mean, within};
use crate::report::summary::{Figure, IntervalRow, MetricSet, MetricSets, RoleInterval, Unit};
use crate::stats::jain_index;

/// Columns of a heat map at most.
const CELLS: usize = 72;

/// Everything about the farm; `None` for a run without one. Its intervals are those of `intervals`.
pub(super) fn farm(facts: &Facts<'_>, intervals: &[IntervalRow]) -> Option<MetricSets> {
    let farm = facts.farm?;
    let plan = &facts.manifest.plan.farm;
    let limits: Vec<&Limits> = plan.nodes.iter().map(|node| &node.limits).collect();
    let load_s = farm.load_s.1 - farm.load_s.0;
    let cell_s = (load_s / CELLS as f64).max(1.0);
    let view = View { farm, cell_s };
    let nodes: Vec<MetricSet> = farm
        .nodes
        .iter()
        .zip(&plan.nodes)
        .zip(&limits)
        .map(|((node, declared), limits)| view.node(node, declared.role, limits))
        .collect();
    let roles = Role::ALL.iter().filter_map(|role| view.role(*role, &nodes)).collect();
    let worked: Vec<f64> = plan
        .workable()
        .filter_map(|declared| nodes.iter().find(|node| node.name == declared.name))
        .map(|node| node.tasks as f64)
        .collect();
    let mean = worked.iter().sum::<f64>() / worked.len().max(1) as f64;
    let several = worked.len() > 1 && mean > 0.0;
    Some(MetricSets {
        diagnosis: diagnose(farm),
        resources: resources(facts),
        evenness: several.then(|| jain_index(&worked)).flatten(),
        most_over_mean: several.then(|| worked.iter().copied().fold(0.0, f64::max) / mean),
        cell_s,
        intervals: Role::ALL
            .iter()
            .filter(|role| plan.of(**role).next().is_some())
            .flat_map(|role| {
                intervals.iter().map(|row| view.interval(*role, (row.from_s, row.to_s))).collect::<Vec<_>>()
            })
            .collect(),
        roles,
        nodes,
    })
}

/// A share with as many digits as a picture shows.
fn round(share: f64) -> f64 {
    (share * 1000.0).round() / 1000.0
}

struct View<'f> {
    farm: &'f FarmFacts,
    cell_s: f64,
}

/// Their mean; `None` without any.
pub(super) fn mean_of(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.into_iter().fold((0.0, 0u64), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// The greatest; `None` without any.
pub(super) fn greatest(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.max_by(f64::total_cmp)
}

/// Share of the values that are above a limit.
pub(super) fn above(values: &[(f64, f64)], limit: f64) -> Option<f64> {
    mean_of(values.iter().map(|(_, value)| f64::from(u8::from(*value > limit))))
}

/// Share of a node's memory in use.
pub(super) fn memory_share(node: &NodeFacts) -> Series {
    let total = node.memory_total.unwrap_or(f64::NAN);
    node.memory.iter().map(|(t, bytes)| (*t, bytes / total)).filter(|(_, share)| share.is_finite()).collect()
}

impl View<'_> {
    fn node(&self, node: &NodeFacts, role: Role, limits: &Limits) -> MetricSet {
        let load = self.farm.load_s;
        let memory = memory_share(node);
        let memory = within(&memory, load);
        let of_memory = |bytes: f64| node.memory_total.map(|total| bytes / total).filter(|share| share.is_finite());
        let cpu = within(&node.cpu, load);
        let gpus = || node.gpus.iter();
        let tasks = if node.tasks.is_empty() { node.tasks_served } else { node.tasks.len() as u64 };
        let ends: Vec<f64> = match node.tasks.is_empty() {
            false => node.tasks.iter().map(|task| task.ended_s).collect(),
            true => Vec::new(),
        };
        let uptime = uptime(&[node], load);
        let cells = (((load.1 - load.0) / self.cell_s).ceil() as usize).clamp(1, CELLS);
        let cell = |index: usize| {
            let from = load.0 + index as f64 * self.cell_s;
            (from, from + self.cell_s)
        };
        MetricSet {
            name: node.name.clone(),
            role: role.name().to_owned(),
            nodes: 1,
            gpu_utilization: mean_of(gpus().filter_map(|gpu| gpu.busy_over_load.mean)),
            gpu_memory_max: greatest(gpus().filter_map(|gpu| gpu.memory_over_load.max)),
            gpu_memory_above_limit: limits
                .gpu_memory
                .and_then(|limit| greatest(gpus().filter_map(|gpu| above(within(&gpu.memory, load), limit)))),
            memory: node.memory_over_load.mean.and_then(of_memory),
            memory_max: node.memory_over_load.max.and_then(of_memory),
            memory_above_limit: limits.memory.and_then(|limit| above(memory, limit)),
            cpu: node.cpu_over_load.mean,
            cpu_above_limit: limits.cpu.and_then(|limit| above(cpu, limit)),
            tasks,
            tasks_per_minute: self.rate(tasks),
            availability: node.presence.share(load),
            reboots: (!node.boots.is_empty()).then_some(uptime.reboots_s.len() as u64),
            uptime,
            uptime_s: node.boots.last().map(|(boot, _)| self.farm.load_s.1 - boot),
            gpu_over_time: (0..cells)
                .map(|k| mean_of(gpus().filter_map(|gpu| mean(&gpu.busy, cell(k)))).map(round))
                .collect(),
            cpu_over_time: (0..cells).map(|k| mean(&node.cpu, cell(k)).map(round)).collect(),
            tasks_over_time: (0..cells)
                .map(|k| ends.iter().filter(|t| (cell(k).0..cell(k).1).contains(*t)).count() as u64)
                .collect(),
        }
    }

    fn rate(&self, tasks: u64) -> Figure {
        Figure::exact(Unit::PerMinute, tasks as f64 * 60.0 / (self.farm.load_s.1 - self.farm.load_s.0), tasks)
    }

    /// A role is the mean of its nodes; greatest values are the greatest of any, and tasks add up.
    fn role(&self, role: Role, nodes: &[MetricSet]) -> Option<MetricSet> {
        let of: Vec<&MetricSet> = nodes.iter().filter(|node| node.role == role.name()).collect();
        if of.is_empty() {
            return None;
        }
        let mean = |get: fn(&MetricSet) -> Option<f64>| mean_of(of.iter().filter_map(|node| get(node)));
        let most = |get: fn(&MetricSet) -> Option<f64>| greatest(of.iter().filter_map(|node| get(node)));
        let tasks = of.iter().map(|node| node.tasks).sum();
        let reboots: Vec<u64> = of.iter().filter_map(|node| node.reboots).collect();
        let facts: Vec<&NodeFacts> = self.farm.nodes.iter().filter(|node| node.role == role.words()).collect();
        Some(MetricSet {
            name: role.name().to_owned(),
            role: role.name().to_owned(),
            nodes: of.len() as u64,
            gpu_utilization: mean(|node| node.gpu_utilization),
            gpu_memory_max: most(|node| node.gpu_memory_max),
            gpu_memory_above_limit: most(|node| node.gpu_memory_above_limit),
            memory: mean(|node| node.memory),
            memory_max: most(|node| node.memory_max),
            memory_above_limit: most(|node| node.memory_above_limit),
            cpu: mean(|node| node.cpu),
            cpu_above_limit: most(|node| node.cpu_above_limit),
            tasks,
            tasks_per_minute: self.rate(tasks),
            availability: mean(|node| node.availability),
            reboots: (!reboots.is_empty()).then(|| reboots.iter().sum()),
            uptime: uptime(&facts, self.farm.load_s),
            uptime_s: of.iter().filter_map(|node| node.uptime_s).min_by(f64::total_cmp),
            gpu_over_time: Vec::new(),
            cpu_over_time: Vec::new(),
            tasks_over_time: Vec::new(),
        })
    }

    fn interval(&self, role: Role, window: (f64, f64)) -> RoleInterval {
        let of: Vec<&NodeFacts> = self.farm.nodes.iter().filter(|node| node.role == role.words()).collect();
        let gpus = || of.iter().flat_map(|node| &node.gpus);
        // What ran on a GPU server are the tasks of all whose kernels are there.
        let workers = self.farm.nodes.iter().filter(|node| role == Role::GpuServer || node.role == role.words());
        let tasks =
            workers.flat_map(|node| &node.tasks).filter(|task| (window.0..window.1).contains(&task.ended_s)).count()
                as u64;
        RoleInterval {
            role: role.name().to_owned(),
            from_s: window.0,
            to_s: window.1,
            gpu_utilization: mean_of(gpus().filter_map(|gpu| mean(&gpu.busy, window))),
            gpu_memory: mean_of(gpus().filter_map(|gpu| mean(&gpu.memory, window))),
            memory: mean_of(of.iter().filter_map(|node| mean(&memory_share(node), window))),
            cpu: mean_of(of.iter().filter_map(|node| mean(&node.cpu, window))),
            tasks,
            tasks_per_minute: tasks as f64 * 60.0 / (window.1 - window.0),
            availability: mean_of(of.iter().filter_map(|node| node.presence.share(window))),
        }
    }
}
