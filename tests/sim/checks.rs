//! What holds for every run, whatever went wrong in it.

use crate::world::Ended;
use hubmark::event::{EventKind, LeaseState};
use std::collections::BTreeMap;

/// How many tasks ended in which way.
pub(crate) fn outcomes(ended: &Ended) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for event in &ended.events {
        if let EventKind::TaskEnded(task) = &event.kind {
            *counts.entry(task.outcome.name()).or_default() += 1;
        }
    }
    counts
}

/// Checks everything that must hold.
pub(crate) fn check(ended: &Ended) {
    events_are_dense_and_in_order(ended);
    every_start_has_its_end(ended);
    leases_are_closed(ended);
}

fn events_are_dense_and_in_order(ended: &Ended) {
    for (index, event) in ended.events.iter().enumerate() {
        assert_eq!(event.seq, index as u64 + 1, "no event is lost or doubled");
    }
    assert!(matches!(ended.events.first().unwrap().kind, EventKind::RunStarted { .. }));
    assert!(matches!(ended.events.last().unwrap().kind, EventKind::RunEnded { .. }));
    assert!(ended.events.is_sorted_by_key(|event| event.generation), "generations never go back");
}

fn every_start_has_its_end(ended: &Ended) {
    let mut open: BTreeMap<String, u32> = BTreeMap::new();
    let mut step = |key: String, begins: bool| {
        let count = open.entry(key.clone()).or_default();
        assert_eq!(*count, u32::from(!begins), "{key}");
        *count = u32::from(begins);
    };
    for event in &ended.events {
        let ids = format!("{:?}", event.ids);
        match &event.kind {
            EventKind::UserStarted { .. } => step(format!("user {ids}"), true),
            EventKind::UserEnded => step(format!("user {ids}"), false),
            EventKind::IterationStarted { .. } => step(format!("iteration {ids}"), true),
            EventKind::IterationEnded { scheduled_ns, started_ns, .. } => {
                assert!(scheduled_ns <= started_ns && *started_ns <= event.t_ns);
                step(format!("iteration {ids}"), false);
            }
            EventKind::TaskStarted { .. } => step(format!("task {ids}"), true),
            EventKind::TaskEnded(task) => {
                assert!(task.started_ns <= task.ended_ns);
                assert_eq!(task.outcome.is_ok(), task.failure.is_none());
                step(format!("task {ids}"), false);
            }
            _ => {}
        }
    }
    let left: Vec<_> = open.iter().filter(|(_, count)| **count > 0).collect();
    assert!(left.is_empty(), "began and never ended: {left:?}");
}

fn leases_are_closed(ended: &Ended) {
    let mut last = BTreeMap::new();
    for event in &ended.events {
        if let EventKind::Lease(lease) = &event.kind {
            last.insert(lease.lease, lease.clone());
        }
    }
    let open: Vec<_> = last.values().filter(|lease| lease.state != LeaseState::Closed).collect();
    let left: Vec<_> = ended.end.clean.left_behind().collect();
    assert_eq!(open.len(), left.len(), "what is open is what was said to be left: {open:?}");
    let on_hub = ended.hub.leftovers();
    let ours = |name: &&String| name.starts_with("sim-");
    if left.is_empty() {
        assert_eq!(on_hub.accounts.iter().filter(ours).count(), 0, "{on_hub:?}");
        assert_eq!(on_hub.servers.iter().filter(ours).count(), 0, "{on_hub:?}");
        assert!(on_hub.kernels.is_empty(), "{on_hub:?}");
    }
}
