//! Which user works where, under which account. A pure function of the plan, so `check` and `run` cannot disagree.

use super::{Accounts, Plan, Target};
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
    /// Account on a hub; `None` on a plain server, and until the hub has said whose token it is ([`Accounts::Own`]).
    pub account: Option<String>,
    /// Number of the named server, from 1, where all users of a hub work under one account; `None` for the account's default server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<u32>,
}

/// Name of the named server with a number. The nonce of the run tells it from everybody else's, so that it can be removed without asking.
#[must_use]
pub fn server_name(nonce: &str, number: u32) -> String {
    format!("hubmark-{nonce}-{number:02}")
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
            let (account, server) = match plan.targets.get(*name) {
                Some(Target::Hub(hub)) => {
                    let number = next_account.entry(name).or_insert(0);
                    let account = hub.accounts.name(*number);
                    *number += 1;
                    let own = hub.accounts == Accounts::Own;
                    if account.is_none() && !own {
                        short.get_or_insert_with(|| (*name).to_owned());
                    }
                    (account, own.then_some(*number))
                }
                _ => (None, None),
            };
            placements.push(Placement { executor: key.clone(), user, target: (*name).to_owned(), account, server });
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
