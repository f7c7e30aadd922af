//! The nodes that users work from, where an objective tells them apart.

use super::Slot;
use crate::plan::{NodesOfUsers, Plan, Threshold};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The node that a user works from and its role; empty where nothing asks for it, so that tallies are not split for nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(in crate::report) struct Home(Option<(Arc<str>, &'static str)>);

impl Home {
    /// The value of a threshold's label.
    pub(in crate::report) fn label(&self, name: &str) -> Option<&str> {
        let (node, role) = self.0.as_ref()?;
        match name {
            "node" => Some(node),
            "role" => Some(role),
            _ => None,
        }
    }
}

/// Every user's home.
#[derive(Debug, Default)]
pub(in crate::report) struct Homes(BTreeMap<String, BTreeMap<u32, Home>>);

impl Homes {
    /// Those of a plan's users, if one of the objectives names nodes or roles.
    pub(super) fn of(plan: &Plan, thresholds: &[Threshold]) -> Self {
        let mut homes: BTreeMap<String, BTreeMap<u32, Home>> = BTreeMap::new();
        if thresholds.iter().any(|threshold| threshold.label_of_nodes().is_some()) {
            for (executor, user, name) in NodesOfUsers::of(plan).iter() {
                let home = Home(plan.farm.node(name).map(|node| (Arc::from(name), node.role.name())));
                homes.entry(executor.to_owned()).or_default().insert(user, home);
            }
        }
        Self(homes)
    }

    /// The home of a user.
    pub(super) fn of_user(&self, slot: &Slot) -> Home {
        self.0.get(&*slot.0).and_then(|users| users.get(&slot.1)).cloned().unwrap_or_default()
    }

    /// Values of a label: those that users have.
    pub(in crate::report) fn values(&self, label: &str) -> BTreeSet<String> {
        let homes = self.0.values().flat_map(BTreeMap::values);
        homes.filter_map(|home| home.label(label)).map(str::to_owned).collect()
    }
}
