//! What was recorded of a farm's nodes: their series, and the tasks of their users.

use super::seconds;
use super::series::deltas;
use crate::event::{EventKind, Outcome};
use crate::plan::{Farm, GpuName, GpuRef, MetricsSource, Node, NodesOfUsers};
use crate::record::{Manifest, RunSource, SeriesInfo, SourceError};
use crate::report::diagnose::{FarmFacts, GpuFacts, NodeFacts, OverLoad, Presence, Series, TaskFact};
use crate::stats::{Buckets, Extremes, Merge};
use std::collections::BTreeMap;

/// Values that a series is thinned to.
const MOST: usize = 2048;
/// Tasks of a farm that are kept one by one.
const TASKS_MAX: usize = 500_000;

/// A sum that a mean is made of.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    sum: f64,
    of: f64,
}

impl Merge for Sum {
    fn merge(&mut self, later: &Self) {
        self.sum += later.sum;
        self.of += later.of;
    }
}

fn thinned(buckets: &Buckets<Sum>) -> Series {
    let width_s = seconds(buckets.width());
    let cells = buckets.cells().iter().enumerate().filter(|(_, cell)| cell.of > 0.0);
    cells.map(|(index, cell)| ((index as f64 + 0.5) * width_s, cell.sum / cell.of)).collect()
}

/// Reads what a diagnosis needs of a farm; `None` for a run without one.
pub(in crate::report) fn farm(
    source: &dyn RunSource,
    load_ns: Option<(u64, u64)>,
) -> Result<Option<FarmFacts>, SourceError> {
    let manifest = source.manifest();
    let (farm, Some(load)) = (&manifest.plan.farm, load_ns) else { return Ok(None) };
    if farm.is_empty() {
        return Ok(None);
    }
    let mut facts = FarmFacts { load_s: (seconds(load.0), seconds(load.1)), ..FarmFacts::default() };
    facts.nodes = farm.nodes.iter().map(bare).collect();
    let series = Table::of(source.series()?, farm);
    let width = manifest.plan.sampling.host.as_nanos().try_into().unwrap_or(u64::MAX).max(1_000_000);
    let read = Read { source, series: &series, width, load };
    for (node, facts) in farm.nodes.iter().zip(&mut facts.nodes) {
        read.host(&node.name, facts)?;
        facts.gpus = gpus_of(farm, node, &series).iter().map(|gpu| read.gpu(gpu)).collect::<Result<_, _>>()?;
    }
    tasks(source, manifest, &mut facts)?;
    Ok(Some(facts))
}

fn bare(node: &Node) -> NodeFacts {
    NodeFacts { name: node.name.clone(), role: node.role.words(), ..NodeFacts::default() }
}

/// A GPU's series: the node that holds it, its number and UUID as labels have them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GpuKey {
    pub(super) node: String,
    pub(super) gpu: String,
    pub(super) uuid: String,
}

/// Series by name and node. The GPUs of the machine that hubmark runs on are sampled once and have no node: they are of the node that is this machine.
pub(super) struct Table(BTreeMap<String, BTreeMap<String, Vec<SeriesInfo>>>);

impl Table {
    pub(super) fn of(all: Vec<SeriesInfo>, farm: &Farm) -> Self {
        let here = farm.nodes.iter().find(|node| node.metrics == Some(MetricsSource::Here));
        let of_here =
            |info: &SeriesInfo| here.filter(|_| info.key.name.starts_with("gpu_")).map(|node| node.name.clone());
        let mut table: BTreeMap<String, BTreeMap<String, Vec<SeriesInfo>>> = BTreeMap::new();
        for info in all {
            if let Some(node) = info.key.labels.get("node").cloned().or_else(|| of_here(&info)) {
                table.entry(info.key.name.clone()).or_default().entry(node).or_default().push(info);
            }
        }
        Self(table)
    }

    pub(super) fn named(&self, name: &str, node: &str) -> &[SeriesInfo] {
        self.0.get(name).and_then(|nodes| nodes.get(node)).map_or(&[], Vec::as_slice)
    }

    /// GPUs that a node's series tell of.
    fn gpus(&self, node: &str) -> Vec<GpuKey> {
        let mut gpus: Vec<GpuKey> = ["gpu_busy_seconds_total", "gpu_utilization_ratio"]
            .iter()
            .flat_map(|name| self.named(name, node))
            .map(|info| {
                let label = |name: &str| info.key.labels.get(name).cloned().unwrap_or_default();
                GpuKey { node: node.to_owned(), gpu: label("gpu"), uuid: label("uuid") }
            })
            .collect();
        gpus.sort();
        gpus.dedup();
        gpus
    }
}

/// GPUs that a node's users have; a machine that no user works on has those that its series tell of.
pub(super) fn gpus_of(farm: &Farm, node: &Node, series: &Table) -> Vec<GpuKey> {
    if node.gpus.is_empty() {
        let works = node.hub.is_some() && farm.kernels_on.is_some_and(|role| role != node.role);
        return if works { Vec::new() } else { series.gpus(&node.name) };
    }
    let found = |wanted: &GpuRef| {
        series.gpus(&wanted.node).into_iter().find(|gpu| match &wanted.gpu {
            GpuName::Index(index) => gpu.gpu == index.to_string(),
            GpuName::Uuid(uuid) => gpu.uuid == *uuid,
        })
    };
    node.gpus.iter().filter_map(found).collect()
}

/// Reading of one run's samples.
struct Read<'r> {
    source: &'r dyn RunSource,
    series: &'r Table,
    width: u64,
    load: (u64, u64),
}

/// Counters together: their growth a second over time, and how much they grew in how many seconds of the load.
struct Growth {
    rate: Series,
    grown: f64,
    seconds: f64,
}

impl Growth {
    fn over_load(&self) -> OverLoad {
        OverLoad { mean: (self.seconds > 0.0).then(|| self.grown / self.seconds), max: None }
    }
}

impl Read<'_> {
    fn buckets(&self) -> Buckets<Sum> {
        Buckets::new(self.width, MOST)
    }

    /// Values as they are.
    fn gauge(&self, infos: &[&SeriesInfo]) -> Result<(Series, OverLoad), SourceError> {
        let mut buckets = self.buckets();
        let mut load = Extremes::default();
        for info in infos {
            self.source.samples(info.id, &mut |t_ns, value| {
                let cell = buckets.at(t_ns);
                cell.sum += value;
                cell.of += 1.0;
                if (self.load.0..=self.load.1).contains(&t_ns) {
                    load.add(value);
                }
            })?;
        }
        Ok((thinned(&buckets), OverLoad { mean: load.mean(), max: (load.count > 0).then_some(load.max) }))
    }

    /// Growth a second of counters together; one that falls began anew.
    fn growth(&self, infos: &[&SeriesInfo]) -> Result<Growth, SourceError> {
        let mut all = self.buckets();
        let (mut load_grown, mut load_s) = (0.0, 0.0);
        for (index, info) in infos.iter().enumerate() {
            deltas(self.source, info.id, &mut |from_ns, to_ns, lasted_s, grown| {
                // Time counts once, however many counters there are.
                let once = if index == 0 { 1.0 } else { 0.0 };
                let cell = all.at(from_ns);
                cell.sum += grown;
                cell.of += once * lasted_s;
                // Of two samples around an edge of the load, the part within it.
                let inside_s = seconds(to_ns.min(self.load.1).saturating_sub(from_ns.max(self.load.0)));
                load_grown += grown * inside_s / lasted_s;
                load_s += once * inside_s;
            })?;
        }
        Ok(Growth { rate: thinned(&all), grown: load_grown, seconds: load_s })
    }

    fn rate(&self, infos: &[&SeriesInfo]) -> Result<Series, SourceError> {
        Ok(self.growth(infos)?.rate)
    }

    fn host(&self, node: &str, facts: &mut NodeFacts) -> Result<(), SourceError> {
        let all = |name: &str| -> Vec<&SeriesInfo> { self.series.named(name, node).iter().collect() };
        let modes = all("node_cpu_seconds_total");
        let (idle, busy): (Vec<&SeriesInfo>, Vec<&SeriesInfo>) = modes
            .into_iter()
            .filter(|info| !mode(info).starts_with("guest"))
            .partition(|info| ["idle", "iowait"].contains(&mode(info)));
        let (idle, busy) = (self.growth(&idle)?, self.growth(&busy)?);
        facts.cpu = shares(&busy.rate, &idle.rate);
        let all_of_it = busy.grown + idle.grown;
        facts.cpu_over_load.mean = (all_of_it > 0.0).then(|| busy.grown / all_of_it);
        let cores: Vec<f64> = busy.rate.iter().zip(&idle.rate).map(|(busy, idle)| busy.1 + idle.1).collect();
        facts.cores = (!cores.is_empty()).then(|| (cores.iter().sum::<f64>() / cores.len() as f64).round());
        if facts.cpu.is_empty() {
            (facts.cpu, facts.cpu_over_load) = self.gauge(&all("node_cpu_utilization_ratio"))?;
        }
        let label = |info: &&SeriesInfo, name: &str, value: &str| info.key.labels.get(name).is_some_and(|v| v == value);
        let waits: Vec<&SeriesInfo> = all("node_pressure_seconds_total")
            .into_iter()
            .filter(|info| {
                label(info, "resource", "cpu") && (label(info, "kind", "some") || label(info, "kind", "waiting"))
            })
            .collect();
        facts.cpu_waits = self.rate(&waits)?;
        (facts.memory, facts.memory_over_load) = self.gauge(&all("node_memory_used_bytes"))?;
        facts.memory_total = self.gauge(&all("node_memory_total_bytes"))?.0.last().map(|(_, bytes)| *bytes);
        let mut sources = Vec::new();
        for info in all("node_up").into_iter().chain(all("sampler_up")) {
            let mut answers = Vec::new();
            self.source.samples(info.id, &mut |t_ns, up| answers.push((seconds(t_ns), up >= 0.5)))?;
            sources.push(Presence::of(&answers));
        }
        facts.presence = Presence::any(&sources);
        let wall_s = self.source.manifest().started_wall_ns as f64 / 1e9;
        for info in all("node_boot_time_seconds") {
            self.source.samples(info.id, &mut |t_ns, boot| {
                let boot = boot - wall_s;
                if facts.boots.last().is_none_or(|(last, _)| (boot - last).abs() > 1.0) {
                    facts.boots.push((boot, seconds(t_ns)));
                }
            })?;
        }
        Ok(())
    }

    fn gpu(&self, gpu: &GpuKey) -> Result<GpuFacts, SourceError> {
        let all = |name: &str| -> Vec<&SeriesInfo> {
            let infos = self.series.named(name, &gpu.node).iter();
            infos.filter(|info| info.key.labels.get("gpu").is_some_and(|label| *label == gpu.gpu)).collect()
        };
        let busy = self.growth(&all("gpu_busy_seconds_total"))?;
        let (busy, busy_over_load) = match busy.over_load() {
            load if !busy.rate.is_empty() => (busy.rate, load),
            _ => self.gauge(&all("gpu_utilization_ratio"))?,
        };
        let throttled = self.rate(&all("gpu_throttle_seconds_total"))?;
        let throttled = throttled.into_iter().map(|(t, share)| (t, share.min(1.0))).collect();
        let (used, load) = self.gauge(&all("gpu_memory_used_bytes"))?;
        let size = self.gauge(&all("gpu_memory_total_bytes"))?.0.last().map_or(f64::NAN, |(_, bytes)| *bytes);
        let share = |bytes: f64| Some(bytes / size).filter(|share| share.is_finite());
        Ok(GpuFacts {
            name: format!("GPU {} of {}", gpu.gpu, gpu.node),
            busy,
            busy_over_load,
            throttled,
            memory: used.into_iter().filter_map(|(t, bytes)| Some((t, share(bytes)?))).collect(),
            memory_over_load: OverLoad { mean: load.mean.and_then(share), max: load.max.and_then(share) },
        })
    }
}

fn mode(info: &SeriesInfo) -> &str {
    info.key.labels.get("mode").map_or("", String::as_str)
}

/// Share of the first in both together, at the times that both have.
fn shares(busy: &[(f64, f64)], idle: &[(f64, f64)]) -> Series {
    let idle: BTreeMap<u64, f64> = idle.iter().map(|(t, v)| (t.to_bits(), *v)).collect();
    let share = |(t, busy): &(f64, f64)| {
        let all = busy + idle.get(&t.to_bits())?;
        (all > 0.0).then(|| (*t, busy / all))
    };
    busy.iter().filter_map(share).collect()
}

/// Tasks by node, and the first start of each user's server.
fn tasks(source: &dyn RunSource, manifest: &Manifest, facts: &mut FarmFacts) -> Result<(), SourceError> {
    let plan = &manifest.plan;
    let users = NodesOfUsers::of(plan);
    let index: BTreeMap<String, usize> =
        facts.nodes.iter().enumerate().map(|(index, node)| (node.name.clone(), index)).collect();
    let homes: Vec<Vec<usize>> = plan
        .farm
        .nodes
        .iter()
        .map(|node| plan.farm.homes_of(node).iter().filter_map(|home| index.get(&home.name).copied()).collect())
        .collect();
    let notebooks: BTreeMap<&str, usize> =
        plan.notebooks.keys().enumerate().map(|(i, key)| (key.as_str(), i)).collect();
    let mut kept = 0;
    let mut asked: BTreeMap<(String, u32), Option<f64>> = BTreeMap::new();
    source.events(&mut |event| {
        let (Some(executor), Some(user)) = (event.ids.executor.as_deref(), event.ids.user) else { return };
        match &event.kind {
            EventKind::TaskEnded(record) if record.outcome == Outcome::Ok && kept < TASKS_MAX => {
                let node = users.node(executor, user).and_then(|name| index.get(name).copied());
                let (Some(node), Some(notebook)) = (node, notebooks.get(record.notebook.as_str())) else { return };
                kept += 1;
                let took_s = seconds(record.ended_ns.saturating_sub(record.started_ns));
                let task = TaskFact { ended_s: seconds(record.ended_ns), took_s, notebook: *notebook };
                facts.nodes[node].tasks.push(task);
                for home in &homes[node] {
                    facts.nodes[*home].tasks_served += 1;
                }
            }
            EventKind::ServerStarted { outcome, took_ns, .. } => {
                facts.refused += u64::from(*outcome == Outcome::SpawnThrottled);
                let first = asked
                    .entry((executor.to_owned(), user))
                    .or_insert_with(|| Some(seconds(event.t_ns.saturating_sub(*took_ns))));
                if outcome.is_ok()
                    && let Some(asked_s) = first.take()
                {
                    facts.spawns.push((asked_s, seconds(event.t_ns)));
                }
            }
            _ => {}
        }
    })
}
