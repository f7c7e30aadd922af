//! One pass over a run's events and one over its samples: counts, tallies and levels that the analysis is made of.
//!
//! Memory does not grow with the length of a run: values are thinned, buckets are joined, tables have limits.

mod attribution;
mod blame;
mod errors;
mod farm;
mod gpu;
mod home;
mod iterations;
mod level;
mod log;
mod nodes;
mod own;
mod said;
mod series;
mod tally;
mod tasks;
mod troubles;

pub(super) use attribution::{Attribution, Spent, attribution};
pub(super) use errors::Errors;
pub(super) use farm::farm;
pub(super) use gpu::{DISAGREEMENT_MAX, GpuSeries, Gpus, read as read_gpus};
pub(super) use home::{Home, Homes};
pub(super) use iterations::Rounds;
pub(super) use level::Level;
pub(super) use log::Log;
pub(super) use nodes::{NodeTally, Nodes, Together};
pub(super) use own::{Observed, Own, OwnKey};
pub(super) use series::{Gauge, Machines};
pub(super) use tally::{ABOVE, Tally};
pub(super) use tasks::{Ended, Key, Tasks};
pub(super) use troubles::Troubles;

use crate::event::{Event, EventKind, Failure, Outcome, Phase, ThresholdRecord, ThresholdState};
use crate::plan::Threshold;
use crate::record::{RunSource, SourceError};
use crate::report::summary::MarkKind;
use blame::{Blame, Happened};
use errors::Scene;
use iterations::Iterations;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most marks that are kept.
const MARKS_MAX: usize = 200;
/// Most changes of how objectives stand that are kept.
const JUDGED_MAX: usize = 1000;

/// A user slot, as a key.
pub(super) type Slot = (Arc<str>, u32);

/// How the record says that the run ended.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) interrupted: bool,
    /// The objective that ended it.
    pub(super) aborted: Option<String>,
    pub(super) error: Option<String>,
    pub(super) left_behind: u32,
}

/// What one pass over a run's events leaves.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) last_ns: u64,
    last_seq: u64,
    incarnation: u32,
    resumes: u32,
    /// Events that the dense numbers say are missing.
    pub(super) missing: u64,
    pub(super) phases: Vec<(Phase, u64)>,
    pub(super) stop: Option<(u64, String, bool)>,
    pub(super) end: Option<End>,
    pub(super) generations: Vec<(u32, u64, String, String)>,
    pub(super) marks: Vec<(u64, MarkKind, String)>,
    pub(super) marks_left_out: u64,
    /// (from, length) of suspensions.
    pub(super) gaps_ns: u64,
    pub(super) troubles: Troubles,
    pub(super) log: Log,
    pub(super) users: Level,
    accounts: BTreeMap<Slot, String>,
    pub(super) iterations: Iterations,
    pub(super) tasks: Tasks,
    pub(super) spawns: BTreeMap<Key, Tally>,
    pub(super) spawn_waits: Tally,
    pub(super) kernels: BTreeMap<Key, Tally>,
    pub(super) kernel_closes: Tally,
    pub(super) server_stops: Tally,
    pub(super) blame: Blame,
    /// Users whose last kernel did not start, and how that ended.
    without_kernel: BTreeMap<Slot, Outcome>,
    pub(super) own: Own,
    pub(super) nodes: Nodes,
    pub(super) homes: Homes,
    /// How objectives came to stand while the run went on, and when.
    pub(super) judged: Vec<(u64, ThresholdRecord)>,
}

/// Reads the events of a run, as far apart as some objectives need them.
pub(super) fn gather(source: &dyn RunSource, thresholds: &[Threshold]) -> Result<Gathered, SourceError> {
    let mut gathered = Gathered::default();
    let plan = &source.manifest().plan;
    let own = plan.load.iter().filter(|(_, e)| plan.users.get(&e.user).is_some_and(|user| user.behaviour.is_some()));
    gathered.iterations.own = own.map(|(key, _)| key.clone()).collect();
    gathered.nodes = Nodes::of(plan);
    gathered.homes = Homes::of(plan, thresholds);
    source.events(&mut |event| gathered.take(event))?;
    gathered.users.advance(gathered.last_ns);
    gathered.tasks.finish(gathered.last_ns);
    gathered.blame.finish();
    Ok(gathered)
}

/// Nanoseconds as seconds.
pub(super) fn seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}

impl Gathered {
    /// When the load began, and when it was over or the record ends.
    pub(super) fn load_window(&self) -> Option<(u64, u64)> {
        let from = self.phases.iter().find(|(phase, _)| *phase == Phase::Load).map(|(_, t)| *t)?;
        let last = self.phases.iter().rposition(|(phase, _)| *phase == Phase::Load)?;
        let to = self.phases.get(last + 1).map_or(self.last_ns, |(_, t)| *t);
        (to > from).then_some((from, to))
    }

    /// Whether another process went on with the run.
    pub(super) fn was_resumed(&self) -> bool {
        self.resumes > 0
    }

    fn take(&mut self, event: Event) {
        self.missing += event.seq.saturating_sub(self.last_seq + 1);
        self.last_seq = self.last_seq.max(event.seq);
        let t_ns = event.t_ns;
        if event.incarnation > self.incarnation {
            if self.incarnation > 0 {
                self.resumed(t_ns);
            }
            self.incarnation = event.incarnation;
        }
        self.last_ns = self.last_ns.max(t_ns);
        self.nodes.take(&event);
        match &event.kind {
            EventKind::PhaseEntered { phase } => {
                self.phases.push((*phase, t_ns));
                self.tasks.phase(*phase, t_ns);
            }
            EventKind::GenerationStarted { plan_hash, source_hash } => {
                self.generations.push((event.generation, t_ns, plan_hash.clone(), source_hash.clone()));
                if event.generation > 1 {
                    self.mark(t_ns, MarkKind::Generation, format!("generation {}", event.generation));
                }
            }
            EventKind::ExecutorStarted { ready, waited_ns } if *ready > 0 => {
                let who = event.ids.executor.as_deref().unwrap_or_default();
                let text = format!("{ready} users of {who} released together after {:.1} s", seconds(*waited_ns));
                self.mark(t_ns, MarkKind::Barrier, text);
            }
            EventKind::Log(line) => self.log.add(t_ns, line),
            EventKind::Mark { text, .. } => self.mark(t_ns, MarkKind::Mark, text.clone()),
            EventKind::Gap { lasted_ns } => {
                self.gaps_ns += lasted_ns;
                self.mark(t_ns, MarkKind::Gap, format!("the machine was suspended for {:.0} s", seconds(*lasted_ns)));
            }
            EventKind::StopRequested { reason, hard } => {
                self.stop.get_or_insert((t_ns, reason.clone(), *hard));
                let how = if *hard { "stop at once" } else { "stop" };
                self.mark(t_ns, MarkKind::Stop, format!("{how}: {reason}"));
            }
            EventKind::RunEnded { interrupted, error, left_behind, aborted } => {
                let (error, aborted) = (error.clone(), aborted.clone());
                self.end = Some(End { interrupted: *interrupted, aborted, error, left_behind: *left_behind });
            }
            EventKind::ThresholdJudged(record) => {
                // That an objective holds from the start on is no news.
                if record.state == ThresholdState::Broken || self.judged.iter().any(|(_, one)| one.is_of(record)) {
                    self.mark(t_ns, MarkKind::Threshold, record.to_string());
                }
                if self.judged.len() < JUDGED_MAX {
                    self.judged.push((t_ns, (**record).clone()));
                }
            }
            EventKind::Degraded { component, text, paused } => {
                let line = self.troubles.add(t_ns, component, text, *paused);
                if *paused {
                    self.mark(t_ns, MarkKind::Pause, line);
                }
            }
            _ => self.take_work(event),
        }
    }

    fn mark(&mut self, t_ns: u64, kind: MarkKind, text: String) {
        if self.marks.len() < MARKS_MAX {
            self.marks.push((t_ns, kind, text));
        } else {
            self.marks_left_out += 1;
        }
    }

    /// What an earlier process had under way never ended in the record.
    fn resumed(&mut self, t_ns: u64) {
        self.end = None;
        self.resumes += 1;
        self.tasks.abandon(t_ns);
        for _ in std::mem::take(&mut self.accounts) {
            self.users.step(t_ns, false);
        }
    }

    /// Events of users, servers, kernels, iterations and tasks.
    fn take_work(&mut self, event: Event) {
        let t_ns = event.t_ns;
        let executor = event.ids.executor.clone().unwrap_or_else(|| Arc::from(""));
        let slot: Slot = (executor.clone(), event.ids.user.unwrap_or(0));
        match event.kind {
            EventKind::UserStarted { account, .. } => {
                if self.accounts.insert(slot, account).is_none() {
                    self.users.step(t_ns, true);
                }
            }
            EventKind::UserEnded => {
                self.blame.settle(&slot);
                if self.accounts.remove(&slot).is_some() {
                    self.users.step(t_ns, false);
                }
            }
            EventKind::IterationStarted { .. } => {
                self.blame.settle(&slot);
                self.iterations.started += 1;
            }
            EventKind::IterationEnded { started_ns, outcome, .. } => {
                self.blame.iteration_ended(t_ns, &slot, outcome, self.accounts.get(&slot).map_or("", String::as_str));
                let (took_ns, in_load) = (t_ns.saturating_sub(started_ns), self.tasks.in_load(t_ns));
                let home = self.homes.of_user(&slot);
                self.iterations.ended(t_ns, &slot, home, took_ns, outcome, in_load);
            }
            EventKind::IterationDropped { count, .. } => {
                self.iterations.dropped(executor, self.homes.of_user(&slot), count);
            }
            EventKind::TaskStarted { .. } => self.tasks.started(t_ns, slot),
            EventKind::TaskEnded(record) => {
                // A task without a kernel fails by what its kernel's start failed by, which is a failure of its own: one cause is counted once.
                let known = record.kernel_id.is_empty() && self.without_kernel.remove(&slot) == Some(record.outcome);
                if !known && record.outcome.is_failure() {
                    let scene = Scene {
                        account: &record.account,
                        who: format!("{}/{}", slot.0, slot.1),
                        notebook: Some(&record.notebook),
                        cell: record.failed_cell,
                        kept: record.kept.as_deref(),
                        place: None,
                    };
                    self.blame.task_failed(t_ns, &slot, record.outcome, record.failure.as_ref(), &scene);
                }
                let home = self.homes.of_user(&slot);
                self.tasks.ended(t_ns, slot, home, *record);
            }
            other => self.take_server(t_ns, &slot, other),
        }
    }

    /// Events of users' own code.
    fn take_own(&mut self, t_ns: u64, slot: &Slot, kind: EventKind) {
        match kind {
            EventKind::StepEnded { name, outcome, took_ns } => self.own.step(t_ns, &slot.0, name, took_ns, outcome),
            EventKind::Checked { name, ok } => self.own.check(&slot.0, name, ok),
            EventKind::MetricObserved { name, value } => self.own.metric(t_ns, &slot.0, name, value),
            EventKind::CallEnded { call, outcome, took_ns, failure, notices, .. } => {
                self.own.noticed(&notices);
                // What code raises on a kernel stands in its result: only the author knows whether it should have.
                let outcome = if outcome == Outcome::CellError { Outcome::Ok } else { outcome };
                let stage = self.own.call(t_ns, &call, took_ns, outcome);
                if !outcome.is_ok() {
                    self.failed(t_ns, stage, outcome, failure, slot);
                }
            }
            EventKind::CallRaised { call, place, failure } => {
                let what = self.happened(t_ns, "user call", failure.outcome, Some(failure), slot);
                self.blame.raised(slot, call, place, what);
            }
            EventKind::UserCodeFailed { function, failure } => {
                let account = self.accounts.get(slot).map_or("", String::as_str);
                self.blame.code_failed(t_ns, slot, function, failure, account);
            }
            _ => {}
        }
    }

    /// Events of servers and kernels.
    fn take_server(&mut self, t_ns: u64, slot: &Slot, kind: EventKind) {
        let t = seconds(t_ns);
        let (stage, outcome, failure) = match kind {
            EventKind::ServerStarted { target, outcome, took_ns, waited_ns, failure } => {
                self.spawn_waits.add(t, seconds(waited_ns), Outcome::Ok);
                let key = Key::of_target(target, slot.0.clone(), self.homes.of_user(slot));
                self.spawns.entry(key).or_default().add(t, seconds(took_ns), outcome);
                ("spawn", outcome, failure)
            }
            EventKind::KernelStarted { target, outcome, took_ns, failure, .. } => {
                let key = Key::of_target(target, slot.0.clone(), self.homes.of_user(slot));
                self.kernels.entry(key).or_default().add(t, seconds(took_ns), outcome);
                if outcome.is_ok() {
                    self.without_kernel.remove(slot);
                } else {
                    self.without_kernel.insert(slot.clone(), outcome);
                }
                ("kernel start", outcome, failure)
            }
            EventKind::KernelClosed { outcome, took_ns, .. } => {
                self.kernel_closes.add(t, seconds(took_ns), outcome);
                ("kernel close", outcome, None)
            }
            EventKind::ServerStopped { outcome, took_ns, failure, .. } => {
                self.server_stops.add(t, seconds(took_ns), outcome);
                ("server stop", outcome, failure)
            }
            other => return self.take_own(t_ns, slot, other),
        };
        if outcome.is_failure() {
            self.failed(t_ns, stage, outcome, failure, slot);
        }
    }

    fn failed(&mut self, t_ns: u64, stage: &'static str, outcome: Outcome, failure: Option<Failure>, slot: &Slot) {
        let what = self.happened(t_ns, stage, outcome, failure, slot);
        self.blame.failed(slot, what);
    }

    fn happened(
        &self,
        t_ns: u64,
        stage: &'static str,
        outcome: Outcome,
        failure: Option<Failure>,
        slot: &Slot,
    ) -> Happened {
        Happened { t_ns, stage, outcome, failure, account: self.accounts.get(slot).cloned().unwrap_or_default() }
    }
}
