//! Which user works where, under which account. A pure function of the plan, so `check` and `run` cannot disagree.

use super::{Plan, Target};
use std::collections::BTreeMap;

/// Where one user slot works.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Placement {
    /// Executor's key.
    pub executor: String,
    /// Slot in the executor.
    pub user: u32,
    /// Target's name.
    pub target: String,
    /// Account on a hub; `None` on a plain server.
    pub account: Option<String>,
}

/// Spreads the users of each executor, sorted by key, over its targets in turn and numbers the accounts of each hub densely.
///
/// # Errors
/// The name of a hub whose list of accounts is too short, with how many it would need.
pub fn place(plan: &Plan) -> Result<Vec<Placement>, (String, u32)> {
    let mut next_account: BTreeMap<&str, u32> = BTreeMap::new();
    let mut placements = Vec::new();
    let mut short: Option<String> = None;
    for (key, executor) in &plan.load {
        let on: Vec<&str> = if executor.on.is_empty() {
            plan.targets.keys().map(String::as_str).collect()
        } else {
            executor.on.iter().map(String::as_str).collect()
        };
        for user in 0..executor.users_max() {
            let Some(name) = on.get(user as usize % on.len().max(1)) else { continue };
            let account = match plan.targets.get(*name) {
                Some(Target::Hub(hub)) => {
                    let number = next_account.entry(name).or_insert(0);
                    let account = hub.accounts.name(*number);
                    *number += 1;
                    if account.is_none() {
                        short.get_or_insert_with(|| (*name).to_owned());
                    }
                    account
                }
                _ => None,
            };
            placements.push(Placement { executor: key.clone(), user, target: (*name).to_owned(), account });
        }
    }
    match short {
        Some(name) => {
            let needed = next_account.get(name.as_str()).copied().unwrap_or(0);
            Err((name, needed))
        }
        None => Ok(placements),
    }
}
