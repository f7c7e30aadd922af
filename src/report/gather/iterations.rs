//! Iterations: how they went, how long they took, and what users of the author's own did over time.

use super::tasks::Ended;
use super::{Home, Slot, Tally, seconds};
use crate::event::Outcome;
use crate::report::summary::TaskDot;
use crate::stats::Buckets;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Iterations that are kept one by one: a report shows each of up to 800.
const DOTS_MAX: usize = 801;
/// Most users whose iterations are counted apart.
const USERS_MAX: usize = 20_000;

/// Iterations of one executor.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct Rounds {
    /// From the start to the end of those that nothing cut short. The tally's own count of the interrupted stays zero.
    pub(in crate::report) times: Tally,
    /// Those that the end of the run or of the executor's time cut short: they say nothing about the system under test.
    pub(in crate::report) interrupted: u64,
    /// Those that could not start at their time.
    pub(in crate::report) dropped: u64,
}

impl Rounds {
    /// Those that ended, however they did.
    pub(in crate::report) fn ended(&self) -> u64 {
        self.times.count() + self.interrupted
    }
}

/// Iterations of a run.
#[derive(Debug)]
pub(in crate::report) struct Iterations {
    pub(in crate::report) started: u64,
    /// By executor, and by node where an objective asks for it.
    by_key: BTreeMap<(Arc<str>, Home), Rounds>,
    /// Executors whose users are the author's own.
    pub(in crate::report) own: BTreeSet<String>,
    /// What follows is of those users alone: what the others do in an iteration is a task.
    pub(in crate::report) own_times: Tally,
    pub(in crate::report) ok_in_load: u64,
    pub(in crate::report) per_user: BTreeMap<Slot, u64>,
    pub(in crate::report) over_time: Buckets<Ended>,
    pub(in crate::report) dots: Vec<TaskDot>,
}

impl Default for Iterations {
    fn default() -> Self {
        Self {
            started: 0,
            by_key: BTreeMap::new(),
            own: BTreeSet::new(),
            own_times: Tally::default(),
            ok_in_load: 0,
            per_user: BTreeMap::new(),
            over_time: Buckets::new(250_000_000, 1600),
            dots: Vec::new(),
        }
    }
}

impl Iterations {
    /// An iteration ended. `in_load` says that it did so before the load was over.
    pub(super) fn ended(&mut self, t_ns: u64, slot: &Slot, home: Home, took_ns: u64, outcome: Outcome, in_load: bool) {
        let rounds = self.by_key.entry((Arc::clone(&slot.0), home)).or_default();
        if !outcome.is_ok() && !outcome.is_failure() {
            rounds.interrupted += 1;
            return;
        }
        let (t, took) = (seconds(t_ns), seconds(took_ns));
        rounds.times.add(t, took, outcome);
        if !self.own.contains(&*slot.0) {
            return;
        }
        self.own_times.add(t, took, outcome);
        let bucket = self.over_time.at(t_ns);
        if outcome.is_ok() {
            bucket.ok += 1;
        } else {
            bucket.failed += 1;
        }
        self.ok_in_load += u64::from(outcome.is_ok() && in_load);
        if self.dots.len() < DOTS_MAX {
            self.dots.push(TaskDot { at_s: t, took_s: took, ok: outcome.is_ok() });
        }
        if self.per_user.len() < USERS_MAX || self.per_user.contains_key(slot) {
            *self.per_user.entry(slot.clone()).or_default() += u64::from(outcome.is_ok());
        }
    }

    pub(super) fn dropped(&mut self, executor: Arc<str>, home: Home, count: u64) {
        self.by_key.entry((executor, home)).or_default().dropped += count;
    }

    /// The rounds that labels select.
    pub(in crate::report) fn of<'i>(
        &'i self,
        labels: &'i BTreeMap<String, String>,
    ) -> impl Iterator<Item = &'i Rounds> + Clone {
        let fits = move |executor: &str, home: &Home| {
            labels.iter().all(|(name, value)| match name.as_str() {
                "executor" => executor == value,
                _ => home.label(name) == Some(value),
            })
        };
        self.by_key.iter().filter(move |((executor, home), _)| fits(executor, home)).map(|(_, rounds)| rounds)
    }

    /// Sums over all executors.
    pub(in crate::report) fn sum(&self, of: impl Fn(&Rounds) -> u64) -> u64 {
        self.by_key.values().map(of).sum()
    }
}
