//! What has to hold across a whole plan, once each part is well formed.

use super::threshold::{own_misfit, own_name};
use super::{ExecutorKind, Plan, Target, Threshold, place};

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
    users(plan, &mut faults);
    load(plan, &mut faults);
    thresholds(plan, &mut faults);
    if faults.is_empty() {
        if let Err((hub, needed)) = place(plan) {
            faults.push(PlanFault::new(
                format!("hubs.{hub}.accounts"),
                format!("the load needs {needed} accounts on this hub and there are {}", room(plan, &hub)),
            ));
        }
        shared_accounts(plan, &mut faults);
    }
    faults
}

/// Accounts that a hub of the plan has for users.
fn room(plan: &Plan, hub: &str) -> usize {
    match plan.targets.get(hub) {
        Some(Target::Hub(hub)) => hub.accounts.room().unwrap_or_default(),
        _ => 0,
    }
}

fn users(plan: &Plan, faults: &mut Vec<PlanFault>) {
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
                let known = plan.targets.keys().cloned().collect();
                faults.push(PlanFault::unknown(format!("load.{key}.on"), "hub or server", name, known));
            }
        }
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

fn thresholds(plan: &Plan, faults: &mut Vec<PlanFault>) {
    for (index, threshold) in plan.thresholds.iter().enumerate() {
        faults.extend(own_metric(plan, index, threshold));
        for (label, value) in &threshold.labels {
            let known: Vec<String> = match label.as_str() {
                "notebook" => plan.notebooks.keys().cloned().collect(),
                "hub" => plan.targets.keys().cloned().collect(),
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
