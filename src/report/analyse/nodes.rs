//! Figures of each node, role by role.

use super::Facts;
use super::sample::{Sample, share};
use crate::plan::{Farm, Node, NodesOfUsers, Role};
use crate::report::gather::{NodeTally, Tally, Together, seconds};
use crate::report::summary::{FarmReport, Figure, NodeRow, RoleReport, TogetherRow, Unit};
use crate::stats::jain_index;
use std::collections::BTreeMap;

/// The farm of a run; `None` for one without nodes.
pub(super) fn farm(facts: &Facts<'_>) -> Option<FarmReport> {
    let plan = &facts.manifest.plan;
    let farm = &plan.farm;
    if farm.is_empty() {
        return None;
    }
    let mut users: BTreeMap<String, u32> = BTreeMap::new();
    for (_, _, node) in NodesOfUsers::of(plan).iter() {
        *users.entry(node.to_owned()).or_default() += 1;
    }
    let view = View { facts, farm, users };
    Some(FarmReport {
        kernels_on: farm.kernels_on.map(|role| role.name().to_owned()),
        dedicated: farm.dedicated,
        notes: view.notes(),
        roles: Role::ALL.into_iter().filter_map(|role| view.role(role)).collect(),
    })
}

struct View<'f> {
    facts: &'f Facts<'f>,
    farm: &'f Farm,
    /// Users of each node.
    users: BTreeMap<String, u32>,
}

impl View<'_> {
    fn tally(&self, node: &str) -> Option<&NodeTally> {
        self.facts.gathered.nodes.by_name.get(node)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.farm.kernels_on == Some(Role::GpuServer) {
            let note = "Kernels run on the GPU server: the microservers' own processors are not exercised by them.";
            notes.push(note.to_owned());
        }
        let shared = self.farm.shared_gpus().len();
        if shared > 0 {
            let are = if shared == 1 { "GPU is" } else { "GPUs are" };
            notes.push(format!("{shared} {are} shared by several nodes, whose figures are not independent."));
        }
        notes
    }

    fn role(&self, role: Role) -> Option<RoleReport> {
        let nodes: Vec<NodeRow> = self.farm.of(role).map(|node| self.row(node)).collect();
        let done: Vec<f64> = nodes.iter().filter(|row| row.users > 0).map(|row| row.completed as f64).collect();
        let mut placements: BTreeMap<String, u32> = BTreeMap::new();
        for row in &nodes {
            let found = row.placement.clone().unwrap_or_else(|| "not_asked".to_owned());
            *placements.entry(found).or_default() += 1;
        }
        let name = match (role, nodes.len()) {
            (Role::Microserver, _) => "Microservers",
            (Role::GpuServer, 1) => "GPU server",
            (Role::GpuServer, _) => "GPU servers",
        };
        (!nodes.is_empty()).then(|| RoleReport {
            role: role.name().to_owned(),
            name: name.to_owned(),
            evenness: if done.len() > 1 { jain_index(&done) } else { None },
            placements,
            nodes,
        })
    }

    /// Nodes whose users' kernels run on a machine, where that is one machine for sure.
    fn guests(&self, host: &Node) -> Vec<&Node> {
        let here = |guest: &&Node| match self.farm.homes_of(guest).as_slice() {
            [home] => home.name == host.name && guest.name != host.name,
            _ => false,
        };
        self.farm.workable().filter(here).collect()
    }

    fn row(&self, node: &Node) -> NodeRow {
        let users = self.users.get(&node.name).copied().unwrap_or(0);
        let guests = if users == 0 { self.guests(node) } else { vec![] };
        let of: Vec<&str> = match guests.is_empty() {
            true => vec![&node.name],
            false => guests.iter().map(|guest| guest.name.as_str()).collect(),
        };
        let tallies: Vec<&NodeTally> = of.iter().filter_map(|name| self.tally(name)).collect();
        let sample = Sample::of(tallies.iter().map(|tally| &tally.tasks));
        let sum = |of: &dyn Fn(&NodeTally) -> u64| tallies.iter().map(|tally| of(tally)).sum::<u64>();
        let completed = sum(&|tally| tally.tasks.ok);
        let in_load = sum(&|tally| tally.ok_in_load);
        let (placement, why) = placement(&tallies, guests.len());
        let own = self.tally(&node.name).and_then(|tally| tally.placement.as_ref());
        let seen = own.and_then(|placement| placement.seen.as_ref());
        NodeRow {
            node: node.name.clone(),
            hub: node.hub.clone(),
            users,
            gpus: node.gpus.iter().map(ToString::to_string).collect(),
            placement,
            placement_why: why,
            versions: seen.map(|home| home.versions.clone()).unwrap_or_default(),
            kernels_of: guests.len() as u32,
            completed,
            failed: sum(&|tally| tally.tasks.failed),
            interrupted: sum(&|tally| tally.tasks.interrupted),
            per_minute: match self.facts.load_s() {
                Some(load_s) => Figure::exact(Unit::PerMinute, in_load as f64 * 60.0 / load_s, in_load),
                None => Figure::none(Unit::PerMinute),
            },
            share: share(completed, self.facts.gathered.tasks.all.service.ok),
            task_p50: sample.quantile(0.5, Unit::Seconds),
            task_mean: mean_of_successes(tallies.iter().map(|tally| &tally.tasks)),
            spawn_mean: mean_of_successes(tallies.iter().map(|tally| &tally.spawns)),
            spawns_failed: sum(&|tally| tally.spawns.failed),
        }
    }
}

/// What was found of a node's placement. A machine that kernels of other nodes run on is as sure as the least sure of them.
fn placement(tallies: &[&NodeTally], guests: usize) -> (Option<String>, Option<String>) {
    let found = tallies.iter().filter_map(|tally| tally.placement.as_ref());
    let worst = found.clone().max_by_key(|placement| placement.verdict);
    let why = match guests {
        0 => worst.map(|placement| placement.why.clone()),
        _ => worst.map(|placement| {
            let like = found.filter(|other| other.verdict == placement.verdict).count();
            format!("the kernels of {like} of its {guests} nodes are {}", placement.verdict.name())
        }),
    };
    (worst.map(|placement| placement.verdict.name().to_owned()), why)
}

/// A plain mean. Nodes start few servers, too few for an interval.
fn mean_of_successes<'t>(tallies: impl Iterator<Item = &'t Tally> + Clone) -> Figure {
    let ok: u64 = tallies.clone().map(|tally| tally.ok).sum();
    let total: f64 = tallies.map(|tally| tally.ok_total).sum();
    if ok == 0 { Figure::none(Unit::Seconds) } else { Figure::exact(Unit::Seconds, total / ok as f64, ok) }
}

/// Executors whose users were released together.
pub(super) fn together(facts: &Facts<'_>) -> Vec<TogetherRow> {
    let plan = &facts.manifest.plan;
    let row = |(executor, together): (&String, &Together)| {
        let begun = together.begun_ns.values();
        let range = begun.clone().min().zip(begun.max());
        TogetherRow {
            executor: executor.clone(),
            ready: together.ready,
            users: plan.load.get(executor).map_or(together.ready, |load| load.users_max()),
            waited_s: seconds(together.waited_ns),
            begun: together.begun_ns.len() as u32,
            first_s: range.map(|(first, _)| seconds(first.saturating_sub(together.released_ns))),
            spread_s: range.map(|(first, last)| seconds(last - first)),
        }
    };
    facts.gathered.nodes.together.iter().map(row).collect()
}
