//! What each metric of the specification will come from, for each role, or what is missing.

use super::document::{MetricSeen, Missing, NodeSeen, Origin};
use super::nodes;
use crate::plan::{Farm, Node, NodesOfUsers, Plan, Role};
use std::collections::{BTreeMap, BTreeSet};

/// A metric of the specification. Each role has all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Metric {
    Gpu,
    Memory,
    Cpu,
    Tasks,
    Uptime,
}

/// Every metric with the specification's name of it.
const METRICS: [(Metric, &str); 5] = [
    (Metric::Gpu, "GPU utilization"),
    (Metric::Memory, "Memory usage"),
    (Metric::Cpu, "CPU usage"),
    (Metric::Tasks, "Task completion rates"),
    (Metric::Uptime, "System uptime"),
];

impl Metric {
    /// Series of `docs/reference/metrics.md` that it is worked out from: the first of these sets that is there whole.
    fn series(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Gpu => &[&["gpu_busy_seconds_total"], &["gpu_utilization_ratio"]],
            Self::Memory => &[&["node_memory_used_bytes", "node_memory_total_bytes"]],
            Self::Cpu => &[&["node_cpu_seconds_total"], &["node_cpu_utilization_ratio"]],
            Self::Uptime => &[&["node_boot_time_seconds"]],
            Self::Tasks => &[],
        }
    }

    /// Those that are there.
    fn found(self, series: &[String]) -> Option<Vec<String>> {
        let whole = |set: &&&[&str]| set.iter().all(|name| series.iter().any(|there| there == name));
        self.series().iter().find(whole).map(|set| set.iter().map(|name| (*name).to_owned()).collect())
    }
}

/// Where it comes from: words and series; or why it does not, and how it would.
type Told = Result<(String, Vec<String>), (String, String)>;

/// A row for each role that the farm has, and each metric.
pub(super) fn metrics(plan: &Plan, seen: &[NodeSeen]) -> Vec<MetricSeen> {
    let view = View {
        farm: &plan.farm,
        seen: seen.iter().map(|node| (node.name.as_str(), node)).collect(),
        users: NodesOfUsers::of(plan),
    };
    let roles = Role::ALL.into_iter().filter(|role| plan.farm.of(*role).next().is_some());
    roles.flat_map(|role| METRICS.map(|(metric, name)| view.row(role, metric, name))).collect()
}

struct View<'p> {
    farm: &'p Farm,
    seen: BTreeMap<&'p str, &'p NodeSeen>,
    users: NodesOfUsers,
}

impl View<'_> {
    fn row(&self, role: Role, metric: Metric, name: &str) -> MetricSeen {
        let mut row = MetricSeen {
            role: role.name().to_owned(),
            metric: name.to_owned(),
            nodes: 0,
            known: 0,
            from: vec![],
            missing: vec![],
        };
        for node in self.farm.of(role) {
            row.nodes += 1;
            match self.of(node, metric) {
                Ok((source, series)) => {
                    row.known += 1;
                    match row.from.iter_mut().find(|from| from.source == source && from.series == series) {
                        Some(from) => from.nodes.push(node.name.clone()),
                        None => row.from.push(Origin { source, series, nodes: vec![node.name.clone()] }),
                    }
                }
                Err((why, how)) => match row.missing.iter_mut().find(|one| one.why == why) {
                    Some(one) => one.nodes.push(node.name.clone()),
                    None => row.missing.push(Missing { why, how, nodes: vec![node.name.clone()] }),
                },
            }
        }
        row
    }

    fn of(&self, node: &Node, metric: Metric) -> Told {
        match metric {
            Metric::Tasks => self.tasks(node),
            Metric::Gpu => self.gpus(node),
            _ => {
                let seen = self.reached(node)?;
                let found = metric.found(&seen.series);
                let origin = seen.origin().unwrap_or_default();
                let how = "start `hubmark agent` or node_exporter on it and name that";
                found
                    .map(|series| (origin.clone(), series))
                    .ok_or_else(|| (format!("{origin} does not give it"), how.to_owned()))
            }
        }
    }

    /// What was seen of a node, or why nothing was.
    fn reached(&self, node: &Node) -> Result<&NodeSeen, (String, String)> {
        let seen = self.seen.get(node.name.as_str()).filter(|seen| !seen.series.is_empty());
        seen.copied().ok_or_else(|| match &node.metrics {
            None => ("the scenario names no source of its metrics".to_owned(), nodes::how_to_measure(node)),
            Some(_) => ("its source gives no metrics".to_owned(), "see `source` of the node above".to_owned()),
        })
    }

    /// Tasks are hubmark's own; on a machine where kernels run they are those of all whose kernels run there.
    fn tasks(&self, node: &Node) -> Told {
        let working: BTreeSet<&str> = self.users.iter().map(|(_, _, node)| node).collect();
        let own = working.contains(node.name.as_str());
        let served = self
            .farm
            .nodes
            .iter()
            .filter(|other| working.contains(other.name.as_str()))
            .filter(|other| self.farm.homes_of(other).iter().any(|home| home.name == node.name))
            .count();
        match (own, served) {
            (true, _) => Ok(("the run's tasks".to_owned(), vec![])),
            (false, 0) => Err((
                "no user works on it, and no user's kernels do".to_owned(),
                "give it a hub and let an executor choose it: on = \"microserver\"".to_owned(),
            )),
            (false, served) => Ok((format!("the run's tasks, of {served} nodes together"), vec![])),
        }
    }

    /// GPUs are measured where they are plugged in; those of a microserver may be in the GPU server.
    fn gpus(&self, node: &Node) -> Told {
        let elsewhere = node.hub.is_some() && self.farm.kernels_on.is_some_and(|role| role != node.role);
        if node.gpus.is_empty()
            && (elsewhere || self.seen.get(node.name.as_str()).is_none_or(|seen| seen.gpus.is_empty()))
        {
            let why = "no GPU is declared for it, and none was seen".to_owned();
            return Err((why, "where it has one: gpus = … in hm.node".to_owned()));
        }
        if node.gpus.is_empty() {
            let seen = self.reached(node)?;
            let series = seen.gpus.iter().find_map(|gpu| Metric::Gpu.found(&gpu.series));
            let origin = seen.origin().unwrap_or_default();
            return series.map(|series| (origin.clone(), series)).ok_or_else(|| not_busy(&origin));
        }
        let mut told = None;
        for gpu in &node.gpus {
            let Some(holder) = self.farm.node(&gpu.node) else { continue };
            let seen = self.reached(holder).map_err(|(why, how)| at(node, holder, &why, how))?;
            let origin = seen.origin().unwrap_or_default();
            let Some(shown) = seen.gpu(&gpu.gpu) else {
                let how = "see `gpu` of that node above".to_owned();
                return Err((format!("{origin} does not show {gpu}"), how));
            };
            let series = Metric::Gpu.found(&shown.series).ok_or_else(|| not_busy(&origin))?;
            let made_up = if shown.simulated { ", SIMULATED" } else { "" };
            let place = if holder.name == node.name { String::new() } else { format!(" on {}", holder.name) };
            told.get_or_insert((format!("{origin}{place}{made_up}"), series));
        }
        told.ok_or_else(|| ("its GPUs are of no node".to_owned(), "gpus = { hm.gpu(\"gx8\", 0) }".to_owned()))
    }
}

fn not_busy(origin: &str) -> (String, String) {
    (
        format!("{origin} does not say how busy GPUs are"),
        "add DCGM_FI_DEV_GPU_UTIL to dcgm-exporter's fields".to_owned(),
    )
}

/// Why something is not known of a node because of the machine that its GPU is in.
fn at(node: &Node, holder: &Node, why: &str, how: String) -> (String, String) {
    if holder.name == node.name {
        (why.to_owned(), how)
    } else {
        (format!("its GPU is in {}: {why}", holder.name), how)
    }
}
