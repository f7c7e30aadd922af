//! What has to hold across a whole plan, once each part is well formed.

use super::threshold::{Action, Op, Watch, own_misfit, own_name};
use super::{Executor, ExecutorKind, Plan, Role, Target, Threshold, farm, place};
use std::collections::BTreeMap;

/// One thing that is wrong with a plan, by the path of the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}")]
pub struct PlanFault {
    /// Path of the field, such as `load.agents.user`.
    pub path: String,
    /// What is wrong.
    pub why: String,
    /// The wrong word where others would do.
    pub word: Option<String>,
    /// The words that would do.
    pub known: Vec<String>,
}

impl PlanFault {
    fn new(path: impl Into<String>, why: impl Into<String>) -> Self {
        Self { path: path.into(), why: why.into(), word: None, known: vec![] }
    }

    fn unknown(path: String, what: &str, word: &str, known: Vec<String>) -> Self {
        Self { path, why: format!("unknown {what} {word:?}"), word: Some(word.to_owned()), known }
    }
}

/// Faults after which no more are looked for.
const FAULTS_MAX: usize = 100;
/// Most users of one plan.
const USERS_MAX: u32 = 100_000;

/// Everything that is wrong with a plan, in the order of its fields; empty for a good one.
#[must_use]
pub fn validate(plan: &Plan) -> Vec<PlanFault> {
    let mut faults = Vec::new();
    if plan.targets.is_empty() {
        faults.push(PlanFault::new("hub", "a scenario needs a hub or a server to work on"));
    }
    if plan.load.is_empty() {
        faults.push(PlanFault::new("load", "a scenario needs at least one executor"));
    }
    let of_farm = farm::faults(&plan.farm, &plan.targets).into_iter().take(FAULTS_MAX);
    faults.extend(of_farm.map(|fault| {
        let (word, known) = fault.unknown.map_or((None, vec![]), |(word, known)| (Some(word), known));
        PlanFault { path: fault.path, why: fault.why, word, known }
    }));
    users(plan, &mut faults);
    load(plan, &mut faults);
    thresholds(plan, &mut faults);
    if faults.is_empty() {
        match place(plan) {
            Err((hub, needed)) => faults.push(PlanFault::new(
                format!("hubs.{hub}.accounts"),
                format!("the load needs {needed} accounts on this hub and there are {}", room(plan, &hub)),
            )),
            Ok(placements) => shared_servers(plan, &placements, &mut faults),
        }
        shared_accounts(plan, &mut faults);
    }
    faults
}

/// What is probably not meant, although a run would do it: nodes' users that share a GPU.
#[must_use]
pub fn warnings(plan: &Plan) -> Vec<PlanFault> {
    let shared = plan.farm.shared_gpus();
    let Some((gpu, nodes)) = shared.first_key_value() else { return vec![] };
    let example = format!("{gpu} by {}", nodes.join(", "));
    let why = match shared.len() {
        1 => format!("a GPU is shared ({example}): what these nodes measure is not independent"),
        some => format!("{some} GPUs are shared ({example} …): what the nodes on one GPU measure is not independent"),
    };
    vec![PlanFault::new(plan.farm.path(nodes[0], "gpus"), why)]
}

/// Two users on one server would find it taken.
fn shared_servers(plan: &Plan, placements: &[super::Placement], faults: &mut Vec<PlanFault>) {
    let mut owners: BTreeMap<(&str, &str, &str), &super::Placement> = BTreeMap::new();
    for placement in placements.iter().filter(|placement| placement.server.is_none()) {
        let Some(account) = &placement.account else { continue };
        let server = (placement.target.as_str(), account.as_str(), placement.home.as_deref().unwrap_or_default());
        if let (Some(first), Some(node)) = (owners.insert(server, placement), &placement.node) {
            let of = |placement: &super::Placement| format!("{}/{}", placement.executor, placement.user);
            let why = format!(
                "users {} and {} would work on one server of account {account:?}, which the node names",
                of(first),
                of(placement)
            );
            faults.push(PlanFault::new(plan.farm.path(node, "account"), why));
            return;
        }
    }
}

/// Accounts that a hub of the plan has for users.
fn room(plan: &Plan, hub: &str) -> usize {
    match plan.targets.get(hub) {
        Some(Target::Hub(hub)) => hub.accounts.room().unwrap_or_default(),
        _ => 0,
    }
}

fn users(plan: &Plan, faults: &mut Vec<PlanFault>) {
    for (key, _) in plan.users.iter().filter(|(_, user)| user.behaviour.is_some() && !user.habits.is_empty()) {
        let why = "habits belong to a user with a mix; functions of your own do such things themselves";
        faults.push(PlanFault::new(format!("users.{key}.habits"), why));
    }
    for (key, user) in plan.users.iter().filter(|(_, user)| user.behaviour.is_none()) {
        for entry in &user.mix {
            if faults.len() >= FAULTS_MAX {
                return;
            }
            if !plan.notebooks.contains_key(&entry.notebook) {
                let known = plan.notebooks.keys().cloned().collect();
                faults.push(PlanFault::unknown(
                    format!("users.{key}.mix.{}", entry.notebook),
                    "notebook",
                    &entry.notebook,
                    known,
                ));
            }
        }
        if !user.mix.iter().any(|entry| entry.weight > 0.0) {
            faults.push(PlanFault::new(format!("users.{key}.mix"), "no notebook has a weight above 0"));
        }
    }
}

fn load(plan: &Plan, faults: &mut Vec<PlanFault>) {
    let mut total = 0u64;
    for (key, executor) in &plan.load {
        if !plan.users.contains_key(&executor.user) {
            let known = plan.users.keys().cloned().collect();
            faults.push(PlanFault::unknown(format!("load.{key}.user"), "user", &executor.user, known));
        }
        for name in &executor.on {
            if !plan.targets.contains_key(name) {
                faults.push(unknown_place(plan, key, name));
            }
        }
        faults.extend(of_nodes(plan, key, executor));
        let empty = match &executor.kind {
            ExecutorKind::ConstantUsers { users, duration, .. } => *users == 0 || duration.is_zero(),
            ExecutorKind::RampingUsers { stages, .. } => {
                executor.users_max() == 0 || stages.iter().all(|s| s.duration.is_zero())
            }
            ExecutorKind::PerUserIterations { users, iterations, .. } => *users == 0 || *iterations == 0,
        };
        if empty {
            faults.push(PlanFault::new(format!("load.{key}"), "it never has a user at work"));
        }
        total += u64::from(executor.users_max());
    }
    if total > u64::from(USERS_MAX) {
        faults.push(PlanFault::new("load", format!("{total} users are more than {USERS_MAX}")));
    }
}

/// A word under `on` that names nothing where users work.
fn unknown_place(plan: &Plan, key: &str, name: &str) -> PlanFault {
    let path = format!("load.{key}.on");
    let mut known: Vec<String> = plan.targets.keys().cloned().collect();
    if plan.farm.is_empty() {
        return PlanFault::unknown(path, "hub or server", name, known);
    }
    known.extend(plan.farm.nodes.iter().filter(|node| node.hub.is_some()).map(|node| node.name.clone()));
    known.extend(Role::ALL.map(|role| role.name().to_owned()));
    match plan.farm.node(name) {
        Some(_) => PlanFault::new(path, format!("no user can work on node {name:?}, because it has no hub")),
        None => PlanFault::unknown(path, "role, node, hub or server", name, known),
    }
}

/// Users and the nodes that they are spread over.
fn of_nodes(plan: &Plan, key: &str, executor: &Executor) -> Option<PlanFault> {
    let path = |field: &str| format!("load.{key}.{field}");
    if executor.nodes.is_empty() {
        let why = "it says how many users work on one node, and this executor's users work on none";
        return (executor.per_node > 1).then(|| PlanFault::new(path("per_node"), why));
    }
    if let Some(hub) = executor.on.iter().find(|hub| plan.targets.contains_key(*hub)) {
        let why = format!("users work on nodes or on hubs, and {hub:?} is a hub beside nodes");
        return Some(PlanFault::new(path("on"), why));
    }
    let (users, nodes) = (u64::from(executor.users_max()), executor.nodes.len() as u64);
    let room = nodes * u64::from(executor.per_node);
    let enough = users.div_ceil(nodes);
    let why = match executor.per_node {
        1 => format!("{users} users are more than {nodes} nodes: one user works on each unless per_node = {enough}"),
        some => format!("{users} users are more than {some} on each of {nodes} nodes; per_node = {enough} has room"),
    };
    (users > room).then(|| PlanFault::new(path("users"), why))
}

fn thresholds(plan: &Plan, faults: &mut Vec<PlanFault>) {
    for (index, threshold) in plan.thresholds.iter().enumerate() {
        faults.extend(own_metric(plan, index, threshold));
        faults.extend(of_live(plan, index, threshold));
        for (label, value) in &threshold.labels {
            let known: Vec<String> = match label.as_str() {
                "notebook" => plan.notebooks.keys().cloned().collect(),
                "hub" => plan.targets.keys().cloned().collect(),
                "node" | "role" if plan.farm.is_empty() => continue,
                "node" => plan.farm.workable().map(|node| node.name.clone()).collect(),
                "role" => Role::ALL.map(|role| role.name().to_owned()).to_vec(),
                // What steps and checks there are is known once users' code has run.
                "step" | "check" => continue,
                _ => plan.load.keys().cloned().collect(),
            };
            if !known.contains(value) {
                let path = format!("thresholds[{}]", index + 1);
                faults.push(PlanFault::unknown(path, label, value, known));
            }
        }
    }
}

/// What a run cannot do with a threshold while it goes on.
fn of_live(plan: &Plan, index: usize, threshold: &Threshold) -> Option<PlanFault> {
    let path = format!("thresholds[{}]", index + 1);
    if let Some(label) = threshold.label_of_nodes().filter(|_| plan.farm.is_empty()) {
        return Some(PlanFault::new(
            path,
            format!("the label {label:?} is of a farm's nodes, and the scenario has none"),
        ));
    }
    let action = threshold.action?;
    let why = format!(
        "only the end of the run can tell whether it holds, which is too late to {}; name a window: \"{} over 5m\"",
        action.name(),
        threshold.text
    );
    if threshold.watch() == Watch::AtTheEnd {
        return Some(PlanFault::new(path, why));
    }
    let never = never_holds_again(threshold).filter(|_| action == Action::Hold)?;
    Some(PlanFault::new(path, format!("hold = true would add no users for the rest of the run: {never}")))
}

/// Why an objective that is broken can stay so just because no users are added.
fn never_holds_again(threshold: &Threshold) -> Option<String> {
    let text = &threshold.text;
    if threshold.watch() == Watch::SoFar {
        return Some(format!("what happened so far stays counted; name a window: \"{text} over 5m\""));
    }
    let lower = matches!(threshold.op, Op::Greater | Op::GreaterOrEqual);
    (lower && threshold.counts())
        .then(|| "fewer users do less, and it asks for more; abort = true ends the run".to_owned())
}

/// What only the declared metric decides about a threshold on it.
fn own_metric(plan: &Plan, index: usize, threshold: &Threshold) -> Option<PlanFault> {
    let name = own_name(&threshold.metric)?;
    let path = format!("thresholds[{}]", index + 1);
    let Some(metric) = plan.metrics.get(name) else {
        return Some(PlanFault::unknown(path, "metric", name, plan.metrics.keys().cloned().collect()));
    };
    let misfit = own_misfit(threshold, metric)?;
    let known = misfit.known.iter().map(|word| (*word).to_owned()).collect();
    Some(PlanFault { path, why: misfit.why, word: misfit.word, known })
}

/// Two hubs of a plan with one address would work under the same accounts.
fn shared_accounts(plan: &Plan, faults: &mut Vec<PlanFault>) {
    let hubs: Vec<_> = plan
        .targets
        .iter()
        .filter_map(|(name, target)| match target {
            Target::Hub(hub) => Some((name, &hub.url)),
            Target::Server(_) => None,
        })
        .collect();
    for (at, (name, url)) in hubs.iter().enumerate() {
        if let Some((first, _)) = hubs[..at].iter().find(|(_, other)| other == url) {
            faults.push(PlanFault::new(format!("hubs.{name}.url"), format!("it is the address of hub {first:?} too")));
        }
    }
}
