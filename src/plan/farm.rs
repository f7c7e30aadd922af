//! The farm: machines with their roles, who works on which of them, and what is known of their GPUs and metrics.
//!
//! A farm's **nodes** are what the author declares. Whether a node's users really work there is found out by its first kernel.

use super::{Accounts, MetricsSource, Target};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Machines of a farm. Empty for a scenario that names hubs alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Farm {
    /// Role of the machines that notebooks' processes run on; `None` where the author does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernels_on: Option<Role>,
    /// Whether each GPU shall belong to one node's users alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dedicated: bool,
    /// What becomes of a run whose kernels are not where the farm says.
    #[serde(default)]
    pub placement: PlacementRule,
    /// Machines, in the author's order: users are spread over them in it.
    pub nodes: Vec<Node>,
}

/// What a machine is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// An agent works from it.
    Microserver,
    /// It holds the GPUs.
    GpuServer,
}

/// What becomes of a run whose kernels are not where the farm says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlacementRule {
    /// It ends before the load.
    #[default]
    Declared,
    /// It goes on, and the report says what was found.
    Any,
}

/// One machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Its name, which no other node has.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Name of the hub or server that its users work on; `None` for a machine that no user works on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// Host name that kernels of its users report, where that is known and is not the node's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Account of its user; `None` for the next one of the hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Name of its user's server; `None` for the account's default server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Options of its users' spawns, over those of the hub.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub options: serde_json::Map<String, serde_json::Value>,
    /// GPUs that its users' kernels have; those of a GPU server that no user works on are its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gpus: Vec<GpuRef>,
    /// Where its metrics come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<MetricsSource>,
    /// What is acceptable on it.
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// What it is made of, for simulation.
    #[serde(default, skip_serializing_if = "Size::is_unknown")]
    pub size: Size,
    /// The author's own labels, which executors may choose by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// What a machine is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Size {
    /// Processors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<f64>,
    /// Memory, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<f64>,
    /// Memory of each GPU, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu_memory_bytes: Option<f64>,
}

impl Size {
    /// Whether the author says nothing of it.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// A GPU of a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GpuRef {
    /// Name of the node that holds it.
    pub node: String,
    /// Which of its GPUs.
    pub gpu: GpuName,
}

/// Which GPU of a machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum GpuName {
    /// By its number in the order of the PCI bus, from 0, as `nvidia-smi` counts.
    Index(u32),
    /// By its UUID, `GPU-…` or `MIG-…`.
    Uuid(String),
}

/// What is acceptable on a node; the report gives the share of time above. Shares are of 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Share of the processors' time in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<f64>,
    /// Share of the memory in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<f64>,
    /// Share of each GPU's memory in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu_memory: Option<f64>,
    /// Temperature of each GPU, in degrees Celsius.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu_temperature: Option<f64>,
}

impl Farm {
    /// Whether the scenario names no machines.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node of a name.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// Nodes that users can work on, in the author's order.
    pub fn workable(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.hub.is_some())
    }

    /// Nodes of a role, in the author's order.
    pub fn of(&self, role: Role) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(move |node| node.role == role)
    }

    /// Machines that the kernels of a node's users should be on: those that hold its GPUs where kernels run on GPU servers, the only
    /// GPU server where it has none, else the node itself. Empty where the farm does not say.
    #[must_use]
    pub fn homes_of(&self, node: &Node) -> Vec<&Node> {
        let wanted = self.kernels_on.unwrap_or(node.role);
        if wanted == node.role {
            return self.node(&node.name).into_iter().collect();
        }
        let holders: Vec<&Node> =
            self.of(wanted).filter(|home| node.gpus.iter().any(|gpu| gpu.node == home.name)).collect();
        let all: Vec<&Node> = self.of(wanted).collect();
        if holders.is_empty() { all } else { holders }
    }

    /// Path of a node's field in the plan, such as `farm.nodes[3].gpus`.
    pub(super) fn path(&self, node: &str, field: &str) -> String {
        let index = self.nodes.iter().position(|other| other.name == node).unwrap_or_default();
        format!("farm.nodes[{}].{field}", index + 1)
    }

    /// GPUs that several nodes' users have, with those nodes; a machine that no user works on has none.
    #[must_use]
    pub fn shared_gpus(&self) -> BTreeMap<GpuRef, Vec<&str>> {
        let mut users: BTreeMap<GpuRef, Vec<&str>> = BTreeMap::new();
        for node in self.workable() {
            for gpu in &node.gpus {
                users.entry(gpu.clone()).or_default().push(&node.name);
            }
        }
        users.retain(|_, nodes| nodes.len() > 1);
        users
    }
}

impl Role {
    /// All roles, in the order of the report.
    pub const ALL: [Role; 2] = [Role::Microserver, Role::GpuServer];
    /// The words that authors write.
    pub const WORDS: &'static [&'static str] = &["microserver", "gpu_server"];

    /// As readers read it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Role::Microserver => "microserver",
            Role::GpuServer => "GPU server",
        }
    }

    /// The word that authors write.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Microserver => "microserver",
            Role::GpuServer => "gpu_server",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == word)
    }
}

impl Node {
    /// The name that its host is known by.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.as_deref().unwrap_or(&self.name)
    }

    /// Whether the author gave one of the fields that need a hub.
    fn sets(&self, field: &str) -> bool {
        match field {
            "account" => self.account.is_some(),
            "server" => self.server.is_some(),
            _ => !self.options.is_empty(),
        }
    }
}

impl Limits {
    /// Whether nothing is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl std::fmt::Display for GpuRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.gpu {
            GpuName::Index(index) => write!(f, "GPU {index} of {}", self.node),
            GpuName::Uuid(uuid) => write!(f, "{uuid} of {}", self.node),
        }
    }
}

/// What is wrong with the farm of a plan: path of the field, why, and the wrong word with those that would do.
pub(super) struct FarmFault {
    pub(super) path: String,
    pub(super) why: String,
    pub(super) unknown: Option<(String, Vec<String>)>,
}

/// A node while it is looked at, with its number in the farm from 0.
#[derive(Clone, Copy)]
struct At<'n>(usize, &'n Node);

impl At<'_> {
    fn fault(self, field: &str, why: impl std::fmt::Display) -> FarmFault {
        let path = format!("farm.nodes[{}].{field}", self.0 + 1);
        FarmFault { path, why: format!("node {:?}: {why}", self.1.name), unknown: None }
    }

    fn unknown(self, field: &str, what: &str, word: &str, known: Vec<String>) -> FarmFault {
        let fault = self.fault(field, format!("unknown {what} {word:?}"));
        FarmFault { unknown: Some((word.to_owned(), known)), ..fault }
    }

    /// A fault of each of the fields that the author gave.
    fn all(self, fields: &[&str], why: &str) -> Vec<FarmFault> {
        fields.iter().filter(|field| self.1.sets(field)).map(|field| self.fault(field, why)).collect()
    }
}

/// Everything that is wrong with a farm, in the order of its nodes.
pub(super) fn faults(farm: &Farm, targets: &BTreeMap<String, Target>) -> Vec<FarmFault> {
    let mut faults = Vec::new();
    if let Some(role) = farm.kernels_on.filter(|role| farm.of(*role).next().is_none()) {
        let why = format!("the farm has no node of the role {:?}", role.name());
        faults.push(FarmFault { path: "farm.kernels_on".to_owned(), why, unknown: None });
    }
    let mut names = BTreeSet::new();
    for (index, node) in farm.nodes.iter().enumerate() {
        let at = At(index, node);
        if !names.insert(&node.name) {
            faults.push(at.fault("name", "another node has this name"));
        }
        if Role::of(&node.name).is_some() {
            faults.push(at.fault("name", "it is the name of a role"));
        }
        faults.extend(of_hub(at, targets));
        for (number, gpu) in node.gpus.iter().enumerate() {
            faults.extend(of_gpu(farm, at, number, gpu));
        }
    }
    if farm.dedicated {
        for (gpu, nodes) in farm.shared_gpus() {
            let second = farm.nodes.iter().enumerate().find(|(_, node)| nodes.get(1) == Some(&node.name.as_str()));
            let why = format!("{gpu} is of {} too, and the farm's GPUs are dedicated", nodes[0]);
            faults.extend(second.map(|(index, node)| At(index, node).fault("gpus", why)));
        }
    }
    faults
}

/// The hub that a node's users work on, and what only holds on it.
fn of_hub(at: At<'_>, targets: &BTreeMap<String, Target>) -> Vec<FarmFault> {
    let Some(hub) = &at.1.hub else {
        return at.all(&["account", "server", "spawn"], "it has no hub to do that on");
    };
    match targets.get(hub) {
        None => vec![at.unknown("hub", "hub or server", hub, targets.keys().cloned().collect())],
        Some(Target::Server(_)) => {
            let why = format!("{hub:?} is a plain server, which has no accounts and spawns nothing");
            at.all(&["account", "server", "spawn"], &why)
        }
        Some(Target::Hub(target)) => match (&target.accounts, &at.1.account) {
            (Accounts::Own, _) => {
                let why = "on a hub with accounts = \"self\" each user has a named server that hubmark names";
                at.all(&["account", "server"], why)
            }
            (Accounts::List { names, .. }, Some(account)) if !names.contains(account) => {
                at.all(&["account"], &format!("account {account:?} is not among the accounts of hub {hub:?}"))
            }
            _ => vec![],
        },
    }
}

/// A GPU that a node's users shall have, number `number` of them from 0.
fn of_gpu(farm: &Farm, at: At<'_>, number: usize, gpu: &GpuRef) -> Option<FarmFault> {
    let path = format!("gpus[{}]", number + 1);
    let Some(holder) = farm.node(&gpu.node) else {
        let known = farm.nodes.iter().map(|node| node.name.clone()).collect();
        return Some(at.unknown(&path, "node", &gpu.node, known));
    };
    if holder.hub.is_none() && !holder.gpus.is_empty() && !holder.gpus.contains(gpu) {
        let own = holder.gpus.len();
        return Some(at.fault(&path, format!("there is no {gpu}, which has {own} GPUs")));
    }
    at.1.gpus[..number].contains(gpu).then(|| at.fault(&path, format!("{gpu} stands twice")))
}
