//! Which user works where, under which account. A pure function of the plan, so `check` and `run` cannot disagree.

use super::{Accounts, Plan, Target};
use std::collections::{BTreeMap, BTreeSet};

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
    /// The node that it works from; `None` without a farm's nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Name of its server, where the node gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
}

/// Name of the named server with a number. The nonce of the run tells it from everybody else's, so that it can be removed without asking.
#[must_use]
pub fn server_name(nonce: &str, number: u32) -> String {
    format!("hubmark-{nonce}-{number:02}")
}

/// Accounts of hubs as they are given out: densely, without those that nodes name for their own users.
struct Accountant<'p> {
    /// Hub and account of each node that names one.
    named: BTreeSet<(&'p str, &'p str)>,
    next: BTreeMap<&'p str, u32>,
    short: Option<&'p str>,
}

impl<'p> Accountant<'p> {
    fn new(plan: &'p Plan) -> Self {
        let named = plan.farm.nodes.iter().filter_map(|node| Some((node.hub.as_deref()?, node.account.as_deref()?)));
        Self { named: named.collect(), next: BTreeMap::new(), short: None }
    }

    /// The next account of a hub, or the number of the next named server of its token's user.
    fn next(&mut self, name: &'p str, accounts: &Accounts) -> (Option<String>, Option<u32>) {
        let number = self.next.entry(name).or_insert(0);
        let account = loop {
            let account = accounts.name(*number);
            *number += 1;
            if account.as_deref().is_none_or(|account| !self.named.contains(&(name, account))) {
                break account;
            }
        };
        let own = *accounts == Accounts::Own;
        if account.is_none() && !own {
            self.short.get_or_insert(name);
        }
        (account, own.then_some(*number))
    }
}

/// Spreads the users of each executor, sorted by key, over its nodes or targets in turn and numbers the accounts of each hub densely.
///
/// # Errors
/// The name of a hub whose list of accounts is too short, with how many it would need.
pub fn place(plan: &Plan) -> Result<Vec<Placement>, (String, u32)> {
    let mut accountant = Accountant::new(plan);
    let mut placements = Vec::new();
    let of_name: BTreeMap<&str, &super::Node> =
        plan.farm.nodes.iter().filter(|node| node.hub.is_some()).map(|node| (node.name.as_str(), node)).collect();
    for (key, executor) in &plan.load {
        let nodes: Vec<&super::Node> =
            executor.nodes.iter().filter_map(|name| of_name.get(name.as_str()).copied()).collect();
        let on: Vec<&str> = match (nodes.is_empty(), executor.on.is_empty()) {
            (false, _) => nodes.iter().filter_map(|node| node.hub.as_deref()).collect(),
            (true, true) => plan.targets.keys().map(String::as_str).collect(),
            (true, false) => executor.on.iter().map(String::as_str).collect(),
        };
        for user in 0..executor.users_max() {
            let turn = user as usize % on.len().max(1);
            let (Some(name), node) = (on.get(turn), nodes.get(turn)) else { continue };
            let of_node = node.and_then(|node| node.account.clone());
            let (account, server) = match plan.targets.get(*name) {
                Some(Target::Hub(_)) if of_node.is_some() => (of_node, None),
                Some(Target::Hub(hub)) => accountant.next(name, &hub.accounts),
                _ => (None, None),
            };
            placements.push(Placement {
                executor: key.clone(),
                user,
                target: (*name).to_owned(),
                account,
                server,
                node: node.map(|node| node.name.clone()),
                home: node.and_then(|node| node.server.clone()),
            });
        }
    }
    match accountant.short {
        Some(name) => Err((name.to_owned(), accountant.next.get(name).copied().unwrap_or(0))),
        None => Ok(placements),
    }
}

/// The node that each user works from. Events name users; this names their nodes, for hooks and for reports of old and new records alike.
#[derive(Debug, Clone, Default)]
pub struct NodesOfUsers(BTreeMap<String, BTreeMap<u32, String>>);

impl NodesOfUsers {
    /// Those of a plan; none without a farm's nodes.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut nodes: BTreeMap<String, BTreeMap<u32, String>> = BTreeMap::new();
        if !plan.farm.is_empty() {
            for placement in place(plan).unwrap_or_default() {
                if let Some(node) = placement.node {
                    nodes.entry(placement.executor).or_default().insert(placement.user, node);
                }
            }
        }
        Self(nodes)
    }

    /// The node of a user.
    #[must_use]
    pub fn node(&self, executor: &str, user: u32) -> Option<&str> {
        self.0.get(executor)?.get(&user).map(String::as_str)
    }

    /// Every user that works from a node: executor, slot, node.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32, &str)> {
        self.0.iter().flat_map(|(executor, users)| {
            users.iter().map(move |(user, node)| (executor.as_str(), *user, node.as_str()))
        })
    }
}
