//! The machines of a simulated farm, as its plan declares them, with the faults that somebody planted.

use super::error::{CliError, CliResult};
use super::exit::Exit;
use crate::clock::Clock;
use crate::plan::{Farm, GpuName, Node, Plan, Role, place};
use crate::sim::{Build, Machine, MachineFault, NodeSampler, Place, Planted, SimFarm};
use std::collections::BTreeMap;

const GIB: f64 = 1_073_741_824.0;
/// Memory that a machine's system has in use, as a share.
const SYSTEM: f64 = 0.05;

/// Machines of a farm, and who works where on them.
pub(super) struct SimulatedFarm<'p> {
    plan: &'p Plan,
    machines: BTreeMap<String, Machine>,
    spawns: BTreeMap<String, u32>,
}

impl<'p> SimulatedFarm<'p> {
    /// Builds them.
    pub(super) fn new(plan: &'p Plan, clock: &Clock, faults: &[Planted]) -> CliResult<Self> {
        let farm = &plan.farm;
        let build = |node: &Node| (node.name.clone(), Machine::new(clock, build(farm, node)));
        let machines: BTreeMap<String, Machine> = farm.nodes.iter().map(build).collect();
        let mut spawns = BTreeMap::new();
        for fault in faults {
            match fault {
                Planted::Machine { node, fault } => match machines.get(node) {
                    Some(machine) => {
                        if let Some(why) = idle(farm, node, machine, fault) {
                            return Err(CliError::new(Exit::Usage, format!("--fault would change nothing: {why}")));
                        }
                        machine.plant(*fault);
                    }
                    None => return Err(nowhere("node", node, machines.keys())),
                },
                Planted::Spawns { hub, together } if plan.targets.contains_key(hub) => {
                    spawns.insert(hub.clone(), *together);
                }
                Planted::Spawns { hub, .. } => return Err(nowhere("hub", hub, plan.targets.keys())),
            }
        }
        Ok(Self { plan, machines, spawns })
    }

    /// What stands behind one hub.
    pub(super) fn behind(&self, hub: &str) -> SimFarm {
        let farm = &self.plan.farm;
        let placements = if farm.is_empty() { Vec::new() } else { place(self.plan).unwrap_or_default() };
        let here = placements.iter().filter(|placement| placement.target == hub);
        let places = here.filter_map(|placement| {
            let node = farm.node(placement.node.as_deref()?)?;
            let account = placement.account.as_deref().unwrap_or_default();
            let home = match placement.home.as_deref() {
                Some(name) if !name.is_empty() => format!("{account}/{name}"),
                _ => account.to_owned(),
            };
            Some((home, self.place(node)?))
        });
        SimFarm {
            places: places.collect(),
            needs: self.plan.notebooks.iter().map(|(key, notebook)| (key.clone(), notebook.needs)).collect(),
            spawns_together: self.spawns.get(hub).copied(),
        }
    }

    fn place(&self, node: &Node) -> Option<Place> {
        let home = self.plan.farm.homes_of(node).first().map_or(&node.name, |home| &home.name);
        let gpu = node.gpus.first().and_then(|gpu| {
            let index = match &gpu.gpu {
                GpuName::Index(index) => *index as usize,
                GpuName::Uuid(_) => 0,
            };
            Some((self.machines.get(&gpu.node)?.clone(), index))
        });
        Some(Place { host: self.machines.get(home)?.clone(), gpu })
    }

    /// What reads them.
    pub(super) fn sampler(&self, clock: &Clock) -> Option<NodeSampler> {
        let node = |node: &Node| Some((node.name.clone(), node.role.name(), self.machines.get(&node.name)?.clone()));
        let nodes: Vec<_> = self.plan.farm.nodes.iter().filter_map(node).collect();
        (!nodes.is_empty()).then(|| NodeSampler::new(clock, nodes))
    }
}

/// Why a fault would change nothing.
fn idle(farm: &Farm, name: &str, machine: &Machine, fault: &MachineFault) -> Option<String> {
    let gpus = machine.build().gpu_memory_bytes.len();
    match fault {
        MachineFault::Throttled { gpu, .. } if *gpu >= gpus => {
            Some(format!("{name} has {gpus} GPUs, and they are counted from 0"))
        }
        MachineFault::Slow { .. } => {
            let hosts = farm.workable().any(|node| farm.homes_of(node).iter().any(|home| home.name == name));
            (!hosts && gpus == 0).then(|| format!("no kernel runs on {name}, and it holds no GPU"))
        }
        _ => None,
    }
}

fn nowhere<'n>(what: &str, name: &str, names: impl Iterator<Item = &'n String>) -> CliError {
    let names: Vec<&str> = names.map(String::as_str).collect();
    let there = match names.as_slice() {
        [] => format!("the scenario has no {what}s"),
        names => format!("there are {}", names.join(", ")),
    };
    CliError::new(Exit::Usage, format!("--fault names the {what} {name:?}, which the scenario does not have"))
        .hint(there)
}

/// What a node is made of: as declared, else as the reference says.
fn build(farm: &Farm, node: &Node) -> Build {
    let (cores, memory) = match node.role {
        Role::Microserver => (4.0, 8.0 * GIB),
        Role::GpuServer => (64.0, 512.0 * GIB),
    };
    let memory_bytes = node.size.memory_bytes.unwrap_or(memory);
    let gpus = farm.nodes.iter().flat_map(|other| &other.gpus).filter(|gpu| gpu.node == node.name);
    let count = gpus.map(|gpu| match &gpu.gpu {
        GpuName::Index(index) => *index as usize + 1,
        GpuName::Uuid(_) => 1,
    });
    Build {
        cores: node.size.cores.unwrap_or(cores),
        memory_bytes,
        memory_system_bytes: SYSTEM * memory_bytes,
        gpu_memory_bytes: vec![node.size.gpu_memory_bytes.unwrap_or(24.0 * GIB); count.max().unwrap_or(0)],
    }
}
