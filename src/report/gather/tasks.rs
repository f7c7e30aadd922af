//! Tasks: their times by notebook, hub and executor, how many were under way, and the check of the bookkeeping.

use super::{Home, Slot, Tally, seconds};
use crate::event::{NoticeKind, Outcome, Phase, TaskRecord};
use crate::report::summary::TaskDot;
use crate::stats::{Buckets, Merge};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most combinations of notebook, hub, executor and node that are told apart: three notebooks on each of 500 nodes.
const KEYS_MAX: usize = 2048;
/// Most users whose tasks are counted apart.
const USERS_MAX: usize = 20_000;

/// Tasks that are kept one by one: a report shows each of up to 800.
const DOTS_MAX: usize = 801;

/// What tells tallies apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) struct Key {
    /// Key of the notebook; empty where there is none.
    pub(in crate::report) notebook: String,
    /// Name of the hub or server.
    pub(in crate::report) hub: String,
    /// Key of the executor.
    pub(in crate::report) executor: Arc<str>,
    /// The node that the user works from, where an objective asks for it.
    pub(in crate::report) home: Home,
}

impl Key {
    /// The key of something that has no notebook.
    pub(in crate::report) fn of_target(hub: String, executor: Arc<str>, home: Home) -> Self {
        Self { notebook: String::new(), hub, executor, home }
    }

    /// The value of a threshold's label.
    pub(in crate::report) fn label(&self, name: &str) -> Option<&str> {
        match name {
            "notebook" => Some(&self.notebook),
            "hub" => Some(&self.hub),
            "executor" => Some(&self.executor),
            _ => self.home.label(name),
        }
    }
}

/// Times of the tasks of one key.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct TaskTally {
    pub(in crate::report) service: Tally,
    pub(in crate::report) response: Tally,
    pub(in crate::report) cells: Tally,
    /// Completed within the load.
    pub(in crate::report) ok_in_load: u64,
}

/// Tasks that ended in one bucket of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::report) struct Ended {
    pub(in crate::report) ok: u64,
    pub(in crate::report) failed: u64,
}

impl Merge for Ended {
    fn merge(&mut self, later: &Self) {
        self.ok += later.ok;
        self.failed += later.failed;
    }
}

/// All tasks of a run.
#[derive(Debug)]
pub(in crate::report) struct Tasks {
    pub(in crate::report) begun: u64,
    /// Tasks under way, by when they began.
    open: BTreeMap<Slot, u64>,
    /// Tasks whose end is not in the record.
    pub(in crate::report) censored: u64,
    /// Tasks that ended without having begun in the record.
    pub(in crate::report) unmatched: u64,
    pub(in crate::report) by_key: BTreeMap<Key, TaskTally>,
    pub(in crate::report) all: TaskTally,
    /// Service times of tasks that had a kernel to execute on.
    pub(in crate::report) executed: Tally,
    pub(in crate::report) per_user: BTreeMap<Slot, u64>,
    pub(in crate::report) over_time: Buckets<Ended>,
    pub(in crate::report) cells_executed: u64,
    /// What tasks met without failing: how many tasks, and how often in all.
    pub(in crate::report) notices: BTreeMap<NoticeKind, (u64, u64)>,
    /// Every task, up to one more than a report shows.
    pub(in crate::report) dots: Vec<TaskDot>,
    load: Option<(u64, Option<u64>)>,
    under_way: u64,
    since_ns: u64,
    area_ns: f64,
    residence_ns: f64,
}

impl Default for Tasks {
    fn default() -> Self {
        Self {
            begun: 0,
            open: BTreeMap::new(),
            censored: 0,
            unmatched: 0,
            by_key: BTreeMap::new(),
            all: TaskTally::default(),
            executed: Tally::default(),
            per_user: BTreeMap::new(),
            notices: BTreeMap::new(),
            over_time: Buckets::new(250_000_000, 1600),
            cells_executed: 0,
            dots: Vec::new(),
            load: None,
            under_way: 0,
            since_ns: 0,
            area_ns: 0.0,
            residence_ns: 0.0,
        }
    }
}

impl Tasks {
    /// The run entered a phase.
    pub(super) fn phase(&mut self, phase: Phase, t_ns: u64) {
        self.integrate(t_ns);
        match (phase, self.load) {
            (Phase::Load, None) => self.load = Some((t_ns, None)),
            // A resumed run loads again: its load is one, with the pause in it.
            (Phase::Load, Some((from, _))) => self.load = Some((from, None)),
            (Phase::Drain | Phase::Teardown, Some((from, None))) => self.load = Some((from, Some(t_ns))),
            _ => {}
        }
    }

    fn integrate(&mut self, t_ns: u64) {
        if matches!(self.load, Some((_, None))) {
            self.area_ns += self.under_way as f64 * t_ns.saturating_sub(self.since_ns) as f64;
        }
        self.since_ns = self.since_ns.max(t_ns);
    }

    pub(super) fn started(&mut self, t_ns: u64, slot: Slot) {
        self.integrate(t_ns);
        self.begun += 1;
        self.under_way += 1;
        if self.open.insert(slot, t_ns).is_some() {
            self.censored += 1;
            self.under_way -= 1;
        }
    }

    pub(super) fn ended(&mut self, t_ns: u64, slot: Slot, home: Home, record: TaskRecord) {
        self.integrate(t_ns);
        match self.open.remove(&slot) {
            Some(_) => self.under_way = self.under_way.saturating_sub(1),
            None => self.unmatched += 1,
        }
        self.resided(record.started_ns, record.ended_ns);
        for notice in &record.notices {
            let (tasks, times) = self.notices.entry(notice.kind).or_default();
            *tasks += 1;
            *times += u64::from(notice.count);
        }
        let ended = seconds(record.ended_ns);
        let (service, response) = (seconds(record.service_ns()), seconds(record.response_ns()));
        let outcome = record.outcome;
        if self.dots.len() < DOTS_MAX && !outcome.is_given_up() {
            self.dots.push(TaskDot { at_s: ended, took_s: service, ok: outcome.is_ok() });
        }
        let bucket = self.over_time.at(record.ended_ns);
        bucket.ok += u64::from(outcome.is_ok());
        bucket.failed += u64::from(!outcome.is_ok() && !outcome.is_given_up());
        let in_load = outcome.is_ok() && self.in_load(record.ended_ns);
        if self.per_user.len() < USERS_MAX || self.per_user.contains_key(&slot) {
            *self.per_user.entry(slot.clone()).or_default() += u64::from(outcome.is_ok());
        }
        if !record.kernel_id.is_empty() {
            self.executed.add(ended, service, outcome);
        }
        let mut key = Key { notebook: record.notebook, hub: record.target, executor: slot.0, home };
        if self.by_key.len() >= KEYS_MAX && !self.by_key.contains_key(&key) {
            let [notebook, hub] = ["other", "other"].map(str::to_owned);
            key = Key { notebook, hub, executor: Arc::from("other"), home: Home::default() };
        }
        let by_key = self.by_key.entry(key).or_default();
        for tally in [&mut self.all, by_key] {
            tally.ok_in_load += u64::from(in_load);
            tally.service.add(ended, service, outcome);
            tally.response.add(ended, response, outcome);
            for cell in &record.timings {
                tally.cells.add(seconds(cell.sent_ns + cell.took_ns), seconds(cell.took_ns), cell.outcome);
            }
        }
        self.cells_executed += record.timings.iter().filter(|cell| cell.outcome != Outcome::Interrupted).count() as u64;
    }

    /// Whether this is a time at which the load had begun and was not over, as far as the record has been read.
    pub(super) fn in_load(&self, t_ns: u64) -> bool {
        matches!(self.load, Some((_, end)) if end.is_none_or(|end| t_ns <= end))
    }

    /// The part of a task's time that lies within the load.
    fn resided(&mut self, started_ns: u64, ended_ns: u64) {
        if let Some((from, to)) = self.load {
            let end = to.map_or(ended_ns, |to| ended_ns.min(to));
            self.residence_ns += end.saturating_sub(started_ns.max(from)) as f64;
        }
    }

    /// The process that ran these tasks is gone.
    pub(super) fn abandon(&mut self, t_ns: u64) {
        self.integrate(t_ns);
        self.close(t_ns);
    }

    /// The record ends.
    pub(super) fn finish(&mut self, t_ns: u64) {
        self.integrate(t_ns);
        self.close(t_ns);
    }

    fn close(&mut self, t_ns: u64) {
        for (_, started_ns) in std::mem::take(&mut self.open) {
            self.censored += 1;
            self.resided(started_ns, t_ns);
        }
        self.under_way = 0;
    }

    /// Both sides of Little's law over the load, as nanoseconds of tasks under way: what the events' begins and ends say, and the
    /// sum of the times that the tasks themselves recorded, partial ones included.
    pub(in crate::report) fn little(&self) -> (f64, f64) {
        (self.area_ns, self.residence_ns)
    }
}
