//! Which failures are the run's, and which the author's code caught.
//!
//! A failure of a call of users' code goes to that code ([`EventKind::CallRaised`](crate::event::EventKind::CallRaised)). Code that catches
//! it, with `user:try` or `pcall`, has an answer to it, so it is no failure of the run. Whether it did shows when its function ends: what it
//! did not catch ends the function, and the record says so. Failures of calls are therefore kept until then. A failure of anything else,
//! such as a kernel of a mix or a server that hubmark itself stops, is the run's.

use super::Slot;
use super::errors::{Errors, Scene};
use crate::event::{Failure, Outcome};
use crate::plan::UserFunction;
use std::collections::{BTreeMap, BTreeSet};

/// Most failures of one user that wait for the end of its function. Code that catches more of them in one function will not end with the
/// first of them.
const OPEN_MAX: usize = 32;

/// One failure.
#[derive(Debug)]
pub(super) struct Happened {
    pub(super) t_ns: u64,
    /// Where it happened.
    pub(super) stage: &'static str,
    pub(super) outcome: Outcome,
    pub(super) failure: Option<Failure>,
    pub(super) account: String,
}

#[derive(Debug)]
struct Open {
    what: Happened,
    /// The call of users' code that it went to, and its line; `None` while no code got it.
    raised: Option<(String, String)>,
}

impl Open {
    /// Whether code got this failure when it got that one: what was done about it may stand behind the message.
    fn is(&self, failure: &Failure) -> bool {
        let same = |own: &Failure| failure.message.starts_with(&own.message);
        self.raised.is_none() && self.what.outcome == failure.outcome && self.what.failure.as_ref().is_none_or(same)
    }

    /// Whether a function ended by this failure.
    fn ended(&self, failure: &Failure) -> bool {
        let Some((call, place)) = &self.raised else { return false };
        self.what.outcome == failure.outcome && failure.message.starts_with(&format!("{place}: {call}: "))
    }
}

/// All failures of a run.
#[derive(Debug, Default)]
pub(in crate::report) struct Blame {
    /// Failures of the run.
    pub(in crate::report) errors: Errors,
    /// Failures that users' code caught.
    pub(in crate::report) caught: Errors,
    open: BTreeMap<Slot, Vec<Open>>,
    /// Users for whom a failure was counted since their last iteration ended.
    blamed: BTreeSet<Slot>,
}

impl Blame {
    /// Something failed that code may get.
    pub(super) fn failed(&mut self, slot: &Slot, what: Happened) {
        self.push(slot, Open { what, raised: None });
    }

    /// A task failed: code gets its record, not a failure.
    pub(super) fn task_failed(
        &mut self,
        t_ns: u64,
        slot: &Slot,
        outcome: Outcome,
        failure: Option<&Failure>,
        scene: &Scene<'_>,
    ) {
        self.blamed.insert(slot.clone());
        self.errors.add(t_ns, "task", outcome, failure, scene);
    }

    /// A failure went to the code that called. Where no event told of it before, this is all that is known of it.
    pub(super) fn raised(&mut self, slot: &Slot, call: String, place: String, what: Happened) {
        let open = self.open.get_mut(slot);
        let known =
            open.and_then(|open| open.iter_mut().rev().find(|o| what.failure.as_ref().is_some_and(|f| o.is(f))));
        match known {
            Some(open) => open.raised = Some((call, place)),
            None => self.push(slot, Open { what, raised: Some((call, place)) }),
        }
    }

    /// A function ended by a failure.
    pub(super) fn code_failed(
        &mut self,
        t_ns: u64,
        slot: &Slot,
        function: UserFunction,
        failure: Failure,
        account: &str,
    ) {
        let mut open = self.open.remove(slot).unwrap_or_default();
        let cause = open.iter().rposition(|open| open.ended(&failure)).map(|at| open.remove(at));
        open.into_iter().for_each(|open| self.decide(slot, open));
        match cause {
            Some(Open { what, raised }) => self.count(slot, &what, raised.as_ref().map(|(_, place)| place.as_str())),
            // A failure of a call that has an event of its own has been counted with it.
            None if failure.outcome == Outcome::ScriptError || !self.blamed.contains(slot) => {
                let stage = match function {
                    UserFunction::Start => "user start",
                    UserFunction::Iterate => "iteration",
                    UserFunction::Stop => "user stop",
                };
                let outcome = failure.outcome;
                let what = Happened { t_ns, stage, outcome, failure: Some(failure), account: account.to_owned() };
                self.count(slot, &what, None);
            }
            None => {}
        }
    }

    /// An iteration ended. What made it fail has an event of its own; where none was seen, the iteration itself is the failure.
    pub(super) fn iteration_ended(&mut self, t_ns: u64, slot: &Slot, outcome: Outcome, account: &str) {
        self.settle(slot);
        if outcome.is_failure() && !self.blamed.contains(slot) {
            let what = Happened { t_ns, stage: "iteration", outcome, failure: None, account: account.to_owned() };
            self.count(slot, &what, None);
        }
        self.blamed.remove(slot);
    }

    /// No function of this user is under way any more: code caught what it got.
    pub(super) fn settle(&mut self, slot: &Slot) {
        for open in self.open.remove(slot).unwrap_or_default() {
            self.decide(slot, open);
        }
    }

    /// The record ends. Code that had not ended by a failure had caught it.
    pub(super) fn finish(&mut self) {
        let slots: Vec<Slot> = self.open.keys().cloned().collect();
        slots.iter().for_each(|slot| self.settle(slot));
    }

    fn push(&mut self, slot: &Slot, open: Open) {
        let all = self.open.entry(slot.clone()).or_default();
        all.push(open);
        if all.len() > OPEN_MAX {
            let first = all.remove(0);
            self.decide(slot, first);
        }
    }

    fn decide(&mut self, slot: &Slot, open: Open) {
        let Open { what, raised } = open;
        match raised {
            Some((_, place)) => add(&mut self.caught, slot, &what, Some(&place)),
            None => self.count(slot, &what, None),
        }
    }

    fn count(&mut self, slot: &Slot, what: &Happened, place: Option<&str>) {
        self.blamed.insert(slot.clone());
        add(&mut self.errors, slot, what, place);
    }
}

fn add(to: &mut Errors, slot: &Slot, what: &Happened, place: Option<&str>) {
    let who = format!("{}/{}", slot.0, slot.1);
    let scene = Scene { account: &what.account, who, place, ..Scene::default() };
    to.add(what.t_ns, what.stage, what.outcome, what.failure.as_ref(), &scene);
}
