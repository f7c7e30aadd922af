//! What users' own code recorded: steps, checks, metrics, and the calls that no other event tells of.

use super::{Tally, seconds};
use crate::event::{Notice, NoticeKind, Outcome};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most combinations of name and executor that are told apart, of each kind.
const KEYS_MAX: usize = 1024;
/// The name of the others.
const OTHER: &str = "other";

/// What tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) struct OwnKey {
    pub(in crate::report) name: String,
    /// Key of the executor.
    pub(in crate::report) executor: Arc<str>,
}

impl OwnKey {
    /// The value of a threshold's label.
    pub(in crate::report) fn label(&self, name: &str) -> Option<&str> {
        match name {
            "step" | "check" => Some(&self.name),
            "executor" => Some(&self.executor),
            _ => None,
        }
    }
}

/// How often something held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::report) struct Held {
    pub(in crate::report) held: u64,
    pub(in crate::report) made: u64,
}

/// Observations of one metric.
#[derive(Debug, Clone)]
pub(in crate::report) struct Observed {
    pub(in crate::report) values: Tally,
    /// When it was observed last, and what, in seconds.
    pub(in crate::report) last: (f64, f64),
}

impl Default for Observed {
    fn default() -> Self {
        Self { values: Tally::of_gauges(), last: (0.0, 0.0) }
    }
}

/// All of it.
#[derive(Debug, Default)]
pub(in crate::report) struct Own {
    pub(in crate::report) steps: BTreeMap<OwnKey, Tally>,
    pub(in crate::report) checks: BTreeMap<OwnKey, Held>,
    pub(in crate::report) metrics: BTreeMap<OwnKey, Observed>,
    pub(in crate::report) calls: BTreeMap<&'static str, Tally>,
    /// What calls met without failing: how many calls, and how often in all.
    pub(in crate::report) notices: BTreeMap<NoticeKind, (u64, u64)>,
}

fn entry<'m, T: Default>(map: &'m mut BTreeMap<OwnKey, T>, name: String, executor: &Arc<str>) -> &'m mut T {
    let mut key = OwnKey { name, executor: Arc::clone(executor) };
    if map.len() >= KEYS_MAX && !map.contains_key(&key) {
        key = OwnKey { name: OTHER.to_owned(), executor: Arc::from(OTHER) };
    }
    map.entry(key).or_default()
}

impl Own {
    pub(super) fn step(&mut self, t_ns: u64, executor: &Arc<str>, name: String, took_ns: u64, outcome: Outcome) {
        entry(&mut self.steps, name, executor).add(seconds(t_ns), seconds(took_ns), outcome);
    }

    pub(super) fn check(&mut self, executor: &Arc<str>, name: String, ok: bool) {
        let check = entry(&mut self.checks, name, executor);
        check.made += 1;
        check.held += u64::from(ok);
    }

    pub(super) fn metric(&mut self, t_ns: u64, executor: &Arc<str>, name: String, value: f64) {
        let metric = entry(&mut self.metrics, name, executor);
        metric.values.add(seconds(t_ns), value, Outcome::Ok);
        metric.last = (seconds(t_ns), value);
    }

    /// What a call met without failing.
    pub(super) fn noticed(&mut self, notices: &[Notice]) {
        for notice in notices {
            let (calls, times) = self.notices.entry(notice.kind).or_default();
            *calls += 1;
            *times += u64::from(notice.count);
        }
    }

    /// A call; gives the stage that it belongs to.
    pub(super) fn call(&mut self, t_ns: u64, call: &str, took_ns: u64, outcome: Outcome) -> &'static str {
        let stage = match call {
            "kernel:execute" => "own code",
            "user:put" | "user:get" => "file transfer",
            _ => "kernel request",
        };
        self.calls.entry(stage).or_default().add(seconds(t_ns), seconds(took_ns), outcome);
        stage
    }
}
