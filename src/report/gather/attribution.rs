//! What of the GPUs' time and energy belongs to which task: where tasks have a GPU to themselves, its counters' growth between their ends.

use super::farm::{GpuKey, Table, gpus_of};
use super::gpu::DISAGREEMENT_MAX;
use super::series::deltas;
use super::{Gathered, Tally, seconds};
use crate::event::{EventKind, Outcome, PlacementVerdict};
use crate::plan::{NodesOfUsers, Plan};
use crate::record::{RunSource, SeriesInfo, SourceError};
use std::collections::BTreeMap;

/// Tasks that are kept one by one.
const TASKS_MAX: usize = 500_000;

/// What tasks of one notebook took of their GPUs.
#[derive(Debug, Default)]
pub(in crate::report) struct Spent {
    pub(in crate::report) joules: Tally,
    pub(in crate::report) gpu_s: Tally,
    /// Tasks with no whole interval of sampling within them.
    pub(in crate::report) short: u64,
}

/// What belongs to tasks, and what does not.
#[derive(Debug, Default)]
pub(in crate::report) struct Attribution {
    /// By notebook: tasks with outcome ok.
    pub(in crate::report) notebooks: BTreeMap<String, Spent>,
    /// GPUs whose time and energy belong to nobody, with the reason.
    pub(in crate::report) refused: BTreeMap<String, String>,
    /// Tasks for a part of which the counters are not known.
    pub(in crate::report) unseen: u64,
    /// Joules of all GPUs over the load, and those of them within tasks that had a GPU to themselves.
    pub(in crate::report) all_j: f64,
    pub(in crate::report) of_tasks_j: f64,
    /// Whether some of it is power integrated at the sampling interval.
    pub(in crate::report) integrated: bool,
}

/// One task on the GPUs of its node.
struct Task {
    node: String,
    notebook: String,
    outcome: Outcome,
    from_ns: u64,
    to_ns: u64,
    joules: f64,
    busy_s: f64,
    /// Least time of it that an energy counter, and one of busy seconds, told of on any of its GPUs.
    energy_ns: u64,
    busy_ns: u64,
    whole_spans: u64,
    refused: bool,
}

impl Task {
    fn lasted_ns(&self) -> u64 {
        self.to_ns - self.from_ns
    }

    /// Whether all but a thousandth of it was seen.
    fn saw(&self, seen_ns: u64) -> bool {
        seen_ns + self.lasted_ns() / 1000 >= self.lasted_ns()
    }
}

/// Attributes GPUs of a farm to tasks; `None` for a run without a farm whose users have GPUs.
pub(in crate::report) fn attribution(
    source: &dyn RunSource,
    gathered: &Gathered,
    load: Option<(u64, u64)>,
) -> Result<Option<Attribution>, SourceError> {
    let plan = &source.manifest().plan;
    let Some(load) = load.filter(|_| plan.farm.nodes.iter().any(|node| node.hub.is_some())) else { return Ok(None) };
    let table = Table::of(source.series()?, &plan.farm);
    let mut holders: BTreeMap<GpuKey, Vec<String>> = BTreeMap::new();
    for node in plan.farm.workable() {
        for gpu in gpus_of(&plan.farm, node, &table) {
            holders.entry(gpu).or_default().push(node.name.clone());
        }
    }
    if holders.is_empty() {
        return Ok(None);
    }
    let mut tasks = tasks(source, plan)?;
    let mut found = Attribution::default();
    let mut counters: BTreeMap<String, u32> = BTreeMap::new();
    for (gpu, nodes) in &holders {
        let mine: Vec<usize> = (0..tasks.len()).filter(|index| nodes.contains(&tasks[*index].node)).collect();
        let energy = energy(source, &table, gpu, load)?;
        found.all_j += energy.as_ref().map_or(0.0, |energy| energy.grown_j);
        found.integrated |= energy.as_ref().is_some_and(|energy| energy.integrated);
        let why = contradicted(gathered, nodes).or_else(|| shared(&tasks, &mine));
        if let Some(why) = why.or_else(|| energy.is_none().then(|| "it tells of no energy".to_owned())) {
            mine.iter().for_each(|index| tasks[*index].refused = true);
            found.refused.insert(format!("GPU {} of {}", gpu.gpu, gpu.node), why);
            continue;
        }
        nodes.iter().for_each(|node| *counters.entry(node.clone()).or_default() += 1);
        if let Some(energy) = energy {
            found.of_tasks_j += energy_of(source, energy.id, &mine, &mut tasks, load)?;
        }
        if let Some(busy) = named(&table, "gpu_busy_seconds_total", gpu).next() {
            spread(source, busy.id, &mine, &mut tasks, &mut |task, part| {
                task.busy_s += part.grown;
                task.busy_ns += part.lasted_ns;
            })?;
        }
    }
    for task in &tasks {
        found.add(task, u64::from(counters.get(&task.node).copied().unwrap_or(0)));
    }
    Ok(Some(found))
}

impl Attribution {
    /// Adds a task of a node with a number of GPUs.
    fn add(&mut self, task: &Task, gpus: u64) {
        if task.refused || gpus == 0 || task.outcome != Outcome::Ok {
            return;
        }
        let short = task.whole_spans < gpus;
        if !short && !task.saw(task.energy_ns / gpus) {
            self.unseen += 1;
            return;
        }
        let spent = self.notebooks.entry(task.notebook.clone()).or_default();
        if short {
            spent.short += 1;
            return;
        }
        spent.joules.add(seconds(task.to_ns), task.joules, Outcome::Ok);
        if task.saw(task.busy_ns / gpus) {
            spent.gpu_s.add(seconds(task.to_ns), task.busy_s, Outcome::Ok);
        }
    }
}

/// Tasks of the farm's users, in the order in which they began.
fn tasks(source: &dyn RunSource, plan: &Plan) -> Result<Vec<Task>, SourceError> {
    let users = NodesOfUsers::of(plan);
    let mut tasks: Vec<Task> = Vec::new();
    source.events(&mut |event| {
        let (EventKind::TaskEnded(record), Some(executor), Some(user)) =
            (&event.kind, event.ids.executor.as_deref(), event.ids.user)
        else {
            return;
        };
        let Some(node) = users.node(executor, user).filter(|_| tasks.len() < TASKS_MAX) else { return };
        if record.ended_ns > record.started_ns {
            tasks.push(Task {
                node: node.to_owned(),
                notebook: record.notebook.clone(),
                outcome: record.outcome,
                from_ns: record.started_ns,
                to_ns: record.ended_ns,
                joules: 0.0,
                busy_s: 0.0,
                energy_ns: 0,
                busy_ns: 0,
                whole_spans: 0,
                refused: false,
            });
        }
    })?;
    tasks.sort_by_key(|task| (task.from_ns, task.to_ns));
    Ok(tasks)
}

/// A node whose kernels are somewhere else than the scenario says.
fn contradicted(gathered: &Gathered, nodes: &[String]) -> Option<String> {
    let elsewhere = |node: &&String| {
        let placement = gathered.nodes.by_name.get(*node).and_then(|node| node.placement.as_ref());
        placement.is_some_and(|placement| placement.verdict == PlacementVerdict::Contradicted)
    };
    nodes.iter().find(elsewhere).map(|node| format!("kernels of {node} are not where the scenario says"))
}

/// Two tasks that had it at one time.
fn shared(tasks: &[Task], mine: &[usize]) -> Option<String> {
    let pair = mine.windows(2).find(|pair| tasks[pair[1]].from_ns < tasks[pair[0]].to_ns)?;
    let (one, other) = (&tasks[pair[0]].node, &tasks[pair[1]].node);
    let who = if one == other { format!("two users of {one}") } else { format!("{one} and {other}") };
    Some(format!("tasks of {who} shared it"))
}

fn named<'t>(table: &'t Table, name: &str, gpu: &'t GpuKey) -> impl Iterator<Item = &'t SeriesInfo> {
    let label = |info: &SeriesInfo, name: &str| info.key.labels.get(name).cloned().unwrap_or_default();
    table
        .named(name, &gpu.node)
        .iter()
        .filter(move |info| label(info, "gpu") == gpu.gpu && label(info, "uuid") == gpu.uuid)
}

/// The counter that energy is taken from.
struct Energy {
    id: u32,
    grown_j: f64,
    integrated: bool,
}

/// The device's counter where it moves and agrees with power, else power integrated.
fn energy(
    source: &dyn RunSource,
    table: &Table,
    gpu: &GpuKey,
    load: (u64, u64),
) -> Result<Option<Energy>, SourceError> {
    let read = |name: &str, integrated: bool| -> Result<Option<Energy>, SourceError> {
        let Some(info) = named(table, name, gpu).next() else { return Ok(None) };
        let mut grown_j = 0.0;
        deltas(source, info.id, &mut |from_ns, to_ns, _, grown| grown_j += grown * within(from_ns, to_ns, load))?;
        Ok((grown_j > 0.0).then_some(Energy { id: info.id, grown_j, integrated }))
    };
    let counted = read("gpu_energy_joules_total", false)?;
    let integrated = read("gpu_power_joules_total", true)?;
    Ok(match (counted, integrated) {
        (Some(counted), Some(power)) if (counted.grown_j / power.grown_j - 1.0).abs() > DISAGREEMENT_MAX => Some(power),
        (Some(counted), _) => Some(counted),
        (None, power) => power,
    })
}

/// Share of a time that lies within another.
fn within(from_ns: u64, to_ns: u64, of: (u64, u64)) -> f64 {
    to_ns.min(of.1).saturating_sub(from_ns.max(of.0)) as f64 / (to_ns - from_ns) as f64
}

/// Adds the growth of an energy counter to tasks; the joules of it within the load.
fn energy_of(
    source: &dyn RunSource,
    id: u32,
    mine: &[usize],
    tasks: &mut [Task],
    load: (u64, u64),
) -> Result<f64, SourceError> {
    let mut in_load_j = 0.0;
    spread(source, id, mine, tasks, &mut |task, part| {
        task.joules += part.grown;
        task.energy_ns += part.lasted_ns;
        task.whole_spans += u64::from(part.whole);
        in_load_j += part.grown * within(part.from_ns, part.from_ns + part.lasted_ns, load);
    })?;
    Ok(in_load_j)
}

/// A task's part of a counter's growth between two samples, in which the growth is even.
struct Part {
    grown: f64,
    from_ns: u64,
    lasted_ns: u64,
    /// Whether the time between the samples lies within the task.
    whole: bool,
}

/// Spreads a counter's growth over tasks that come one after the other.
fn spread(
    source: &dyn RunSource,
    id: u32,
    mine: &[usize],
    tasks: &mut [Task],
    add: &mut dyn FnMut(&mut Task, Part),
) -> Result<(), SourceError> {
    let mut first = 0;
    deltas(source, id, &mut |a_ns, b_ns, _, grown| {
        while mine.get(first).is_some_and(|index| tasks[*index].to_ns <= a_ns) {
            first += 1;
        }
        for index in mine.get(first..).unwrap_or_default() {
            let task = &mut tasks[*index];
            if task.from_ns >= b_ns {
                break;
            }
            let (from_ns, to_ns) = (task.from_ns.max(a_ns), task.to_ns.min(b_ns));
            let grown = grown * (to_ns - from_ns) as f64 / (b_ns - a_ns) as f64;
            let whole = task.from_ns <= a_ns && task.to_ns >= b_ns;
            add(task, Part { grown, from_ns, lasted_ns: to_ns - from_ns, whole });
        }
    })
}
