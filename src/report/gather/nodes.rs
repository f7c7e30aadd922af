//! What happened on each node of the farm, and how far apart users began that were released together.

use super::{Tally, seconds};
use crate::event::{Event, EventKind, Outcome, Phase, PlacementRecord};
use crate::plan::{NodesOfUsers, Plan};
use std::collections::BTreeMap;

/// What happened on one node.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct NodeTally {
    /// Service times of its users' tasks.
    pub(in crate::report) tasks: Tally,
    /// Tasks completed within the load.
    pub(in crate::report) ok_in_load: u64,
    /// Starts of its users' servers.
    pub(in crate::report) spawns: Tally,
    /// What its first kernel said, where it was asked; the last time it was.
    pub(in crate::report) placement: Option<PlacementRecord>,
}

/// Users of one executor that were released together.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct Together {
    pub(in crate::report) ready: u32,
    pub(in crate::report) waited_ns: u64,
    pub(in crate::report) released_ns: u64,
    /// When each user's first task began, or its first iteration where that has none.
    pub(in crate::report) begun_ns: BTreeMap<u32, u64>,
}

/// All nodes of a run.
#[derive(Debug, Default)]
pub(in crate::report) struct Nodes {
    users: NodesOfUsers,
    loading: bool,
    pub(in crate::report) by_name: BTreeMap<String, NodeTally>,
    /// By executor.
    pub(in crate::report) together: BTreeMap<String, Together>,
}

impl Nodes {
    /// Nothing seen yet of a plan's nodes.
    pub(super) fn of(plan: &Plan) -> Self {
        Self { users: NodesOfUsers::of(plan), ..Self::default() }
    }

    /// Takes in one event.
    pub(super) fn take(&mut self, event: &Event) {
        if let EventKind::PhaseEntered { phase } = event.kind {
            self.loading = phase == Phase::Load;
        }
        let Some(executor) = event.ids.executor.as_deref() else { return };
        if let EventKind::ExecutorStarted { ready, waited_ns } = event.kind
            && ready > 0
        {
            let released_ns = event.t_ns;
            let together = Together { ready, waited_ns, released_ns, begun_ns: BTreeMap::new() };
            self.together.insert(executor.to_owned(), together);
        }
        let Some(user) = event.ids.user else { return };
        if event.ids.iteration == Some(1) {
            self.begun(executor, user, event);
        }
        let Some(node) = self.users.node(executor, user) else { return };
        match &event.kind {
            EventKind::TaskEnded(task) => {
                let tally = self.by_name.entry(node.to_owned()).or_default();
                tally.tasks.add(seconds(task.ended_ns), seconds(task.service_ns()), task.outcome);
                tally.ok_in_load += u64::from(self.loading && task.outcome == Outcome::Ok);
            }
            EventKind::ServerStarted { outcome, took_ns, .. } => {
                let tally = self.by_name.entry(node.to_owned()).or_default();
                tally.spawns.add(seconds(event.t_ns), seconds(*took_ns), *outcome);
            }
            EventKind::PlacementFound(record) => {
                self.by_name.entry(record.node.clone()).or_default().placement = Some((**record).clone());
            }
            _ => {}
        }
    }

    /// The beginning of a user's first iteration; its first task says it better, because that is when its first cell was sent.
    fn begun(&mut self, executor: &str, user: u32, event: &Event) {
        let Some(together) = self.together.get_mut(executor) else { return };
        match event.kind {
            EventKind::IterationStarted { .. } => {
                together.begun_ns.entry(user).or_insert(event.t_ns);
            }
            EventKind::TaskStarted { .. } if event.ids.task == Some(1) => {
                together.begun_ns.insert(user, event.t_ns);
            }
            _ => {}
        }
    }
}
