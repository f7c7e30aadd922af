//! What a run looks like right now: the source of the progress display. Views conflate; nobody waits for them.

use super::tail::LogTail;
use crate::event::{
    Event, EventKind, Failure, Ids, LeaseKind, LeaseState, Outcome, Phase, SampleBatch, TaskRecord, ThresholdRecord,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Durations of this many last tasks or iterations give the live percentiles.
const RECENT: usize = 200;

/// One hub in the live view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HubView {
    /// Servers that hubmark has there.
    pub servers: u32,
    /// Kernels that hubmark has there.
    pub kernels: u32,
    /// Accounts that hubmark made there.
    pub accounts: u32,
    /// Spawns that failed so far.
    pub spawns_failed: u64,
}

/// How often something went well and how often it did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// It went well.
    pub ok: u64,
    /// It did not. What the end of the run or the user itself cut short is in neither.
    pub failed: u64,
}

impl Count {
    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Ok => self.ok += 1,
            outcome if outcome.is_failure() => self.failed += 1,
            _ => {}
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(self) -> u64 {
        self.ok + self.failed
    }
}

/// The last values of a kind: times of what went well, or what users' code observed.
#[derive(Debug, Clone, Default)]
pub struct Recent {
    /// (value, when), durations and times in nanoseconds.
    last: VecDeque<(f64, u64)>,
    count: u64,
}

impl Recent {
    fn add(&mut self, value: f64, at_ns: u64) {
        if self.last.len() >= RECENT {
            self.last.pop_front();
        }
        self.last.push_back((value, at_ns));
        self.count += 1;
    }

    /// How many there were, those that are forgotten among them.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Quantile of the last values.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let mut sorted: Vec<f64> = self.last.iter().map(|(value, _)| *value).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let index = ((sorted.len() as f64 * q).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
        sorted.get(index).copied()
    }

    /// Quantile of durations, nanoseconds.
    #[must_use]
    pub fn quantile_ns(&self, q: f64) -> Option<u64> {
        self.quantile(q).map(|value| value as u64)
    }

    /// Mean of the last values.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let sum: f64 = self.last.iter().map(|(value, _)| value).sum();
        (!self.last.is_empty()).then(|| sum / self.last.len() as f64)
    }

    /// How many there were a minute, at a time of the run's clock.
    #[must_use]
    pub fn rate_per_min(&self, now_ns: u64) -> Option<f64> {
        let (_, first_ns) = *self.last.front()?;
        let span = now_ns.saturating_sub(first_ns) as f64 / 60e9;
        (self.last.len() > 1 && span > 0.0).then(|| self.last.len() as f64 / span)
    }
}

/// The last thing that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastFailure {
    /// Number of its event.
    pub seq: u64,
    /// When, nanoseconds of the run's clock.
    pub t_ns: u64,
    /// Whose it was.
    pub ids: Ids,
    /// The outcome and what was seen, in words.
    pub text: String,
}

/// A run at a glance.
#[derive(Debug, Clone, Default)]
pub struct LiveView {
    /// Phase of the run.
    pub phase: Option<Phase>,
    /// Nanoseconds of the run's clock at the last event.
    pub t_ns: u64,
    /// When the load began.
    pub load_from_ns: Option<u64>,
    /// When the latest barrier was released, if one was.
    pub released_ns: Option<u64>,
    /// When the run was asked to stop, if it was.
    pub stop_from_ns: Option<u64>,
    /// Users at work.
    pub users: u32,
    /// Tasks under way.
    pub tasks_running: u32,
    /// Tasks that ended.
    pub tasks: Count,
    /// Times of the last tasks.
    pub task_times: Recent,
    /// Iterations that ended.
    pub iterations: Count,
    /// Times of the last iterations.
    pub iteration_times: Recent,
    /// Times of the last spawns.
    pub spawn_times: Recent,
    /// The last values of the scenario's own metrics, by name: at most as many as it declares.
    pub own: BTreeMap<String, Recent>,
    /// Steps of users' own code that ended.
    pub steps: Count,
    /// Checks of users' own code: what held and what did not.
    pub checks: Count,
    /// Iterations that could not start.
    pub dropped: u64,
    /// The last thing that failed.
    pub last_failure: Option<LastFailure>,
    /// By name of hub or server.
    pub hubs: BTreeMap<String, HubView>,
    /// Leases that are in force.
    leases: BTreeSet<u64>,
    /// Host CPU and own CPU, 0 to 1, as last sampled.
    pub host_cpu: Option<f64>,
    /// How objectives stand, by their text; those that could be judged so far.
    pub thresholds: BTreeMap<String, ThresholdRecord>,
    /// The last mark.
    pub mark: Option<String>,
    /// The latest lines of the log.
    pub log: LogTail,
    /// Number of the last event.
    pub seq: u64,
}

impl LiveView {
    pub(super) fn sampled(&mut self, batch: &SampleBatch) {
        for sample in &batch.samples {
            // Those of a farm's nodes are of other machines.
            let own = !sample.series.labels.contains_key("node");
            if own && sample.series.name == "node_cpu_utilization_ratio" {
                self.host_cpu = Some(sample.value);
            }
        }
    }

    pub(super) fn apply(&mut self, event: &Event) {
        self.seq = event.seq;
        self.t_ns = event.t_ns;
        self.log.take(event);
        match &event.kind {
            EventKind::PhaseEntered { phase } => {
                self.phase = Some(*phase);
                if *phase == Phase::Load {
                    self.load_from_ns = Some(event.t_ns);
                }
            }
            EventKind::StopRequested { .. } => self.stop_from_ns = Some(event.t_ns),
            EventKind::ExecutorStarted { ready, .. } if *ready > 0 => self.released_ns = Some(event.t_ns),
            EventKind::UserStarted { .. } => self.users += 1,
            EventKind::UserEnded => self.users = self.users.saturating_sub(1),
            EventKind::TaskStarted { .. } => self.tasks_running += 1,
            EventKind::TaskEnded(task) => self.task_ended(event, task),
            EventKind::IterationEnded { started_ns, outcome, .. } => {
                self.iterations.add(*outcome);
                if outcome.is_ok() {
                    self.iteration_times.add(event.t_ns.saturating_sub(*started_ns) as f64, event.t_ns);
                }
            }
            EventKind::IterationDropped { count, .. } => self.dropped += count,
            EventKind::StepEnded { outcome, .. } => self.steps.add(*outcome),
            EventKind::Checked { ok, .. } => {
                let count = if *ok { &mut self.checks.ok } else { &mut self.checks.failed };
                *count += 1;
            }
            EventKind::MetricObserved { name, value } => {
                self.own.entry(name.clone()).or_default().add(*value, event.t_ns);
            }
            EventKind::ServerStarted { took_ns, outcome: Outcome::Ok, .. } => {
                self.spawn_times.add(*took_ns as f64, event.t_ns);
            }
            EventKind::ServerStarted { target, failure: Some(failure), outcome, .. }
                if *outcome != Outcome::Interrupted =>
            {
                self.hubs.entry(target.clone()).or_default().spawns_failed += 1;
                self.failed(event, failure);
            }
            EventKind::KernelStarted { failure: Some(failure), .. }
            | EventKind::ServerStopped { failure: Some(failure), .. }
            | EventKind::UserCodeFailed { failure, .. } => self.failed(event, failure),
            EventKind::Lease(lease) => self.lease(lease),
            EventKind::ThresholdJudged(record) => {
                self.thresholds.insert(record.threshold.clone(), (**record).clone());
            }
            EventKind::Mark { text, .. } => self.mark = Some(text.clone()),
            _ => {}
        }
    }

    fn task_ended(&mut self, event: &Event, task: &TaskRecord) {
        self.tasks_running = self.tasks_running.saturating_sub(1);
        self.tasks.add(task.outcome);
        if task.outcome.is_ok() {
            self.task_times.add(task.service_ns() as f64, task.ended_ns);
        } else if let Some(failure) = &task.failure {
            self.failed(event, failure);
        }
    }

    /// What the end of the run or the user itself cut short did not fail.
    fn failed(&mut self, event: &Event, failure: &Failure) {
        if failure.outcome.is_failure() {
            let (seq, t_ns, ids) = (event.seq, event.t_ns, event.ids.clone());
            self.last_failure = Some(LastFailure { seq, t_ns, ids, text: failure.to_string() });
        }
    }

    fn lease(&mut self, lease: &crate::event::LeaseRecord) {
        let hub = self.hubs.entry(lease.target.clone()).or_default();
        let count = match lease.what {
            LeaseKind::Account => &mut hub.accounts,
            LeaseKind::Server => &mut hub.servers,
            LeaseKind::Kernel => &mut hub.kernels,
            LeaseKind::Token => return,
        };
        match lease.state {
            LeaseState::Intended => {}
            LeaseState::Created => *count += u32::from(self.leases.insert(lease.lease)),
            LeaseState::Closed => *count = count.saturating_sub(u32::from(self.leases.remove(&lease.lease))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::UserFunction;

    fn seen(kinds: Vec<EventKind>) -> LiveView {
        let mut view = LiveView::default();
        for (at, kind) in kinds.into_iter().enumerate() {
            let (seq, t_ns, ids) = (at as u64 + 1, 1_000_000_000 * (at as u64 + 1), Ids::default());
            view.apply(&Event { seq, t_ns, incarnation: 1, generation: 1, segment: 1, ids, kind });
        }
        view
    }

    #[test]
    fn the_view_counts_what_users_of_ones_own_do() {
        let iteration = |outcome| EventKind::IterationEnded { scheduled_ns: 0, started_ns: 500_000_000, outcome };
        let step = |outcome| EventKind::StepEnded { name: "s".to_owned(), outcome, took_ns: 1 };
        let check = |ok| EventKind::Checked { name: "c".to_owned(), ok };
        let view = seen(vec![
            iteration(Outcome::Ok),
            iteration(Outcome::ScriptError),
            iteration(Outcome::Interrupted),
            step(Outcome::Ok),
            step(Outcome::KernelDied),
            check(true),
            check(true),
            check(false),
        ]);
        assert_eq!(view.iterations, Count { ok: 1, failed: 1 });
        assert_eq!(view.iteration_times.quantile_ns(0.5), Some(500_000_000));
        assert_eq!((view.steps, view.checks), (Count { ok: 1, failed: 1 }, Count { ok: 2, failed: 1 }));
    }

    #[test]
    fn the_last_failure_is_that_of_whatever_failed_last_and_no_interruption() {
        let failure = |outcome| Failure::new(outcome, "so it was");
        let kernel = EventKind::KernelStarted {
            target: "hub".to_owned(),
            kernel_id: String::new(),
            spec: "python3".to_owned(),
            outcome: Outcome::KernelDied,
            took_ns: 1,
            failure: Some(failure(Outcome::KernelDied)),
        };
        let code = |outcome| EventKind::UserCodeFailed { function: UserFunction::Iterate, failure: failure(outcome) };
        let last = |kinds| seen(kinds).last_failure.map(|last| (last.seq, last.text));
        let died = Some((1, "kernel_died: so it was".to_owned()));
        assert_eq!(last(vec![kernel.clone()]), died);
        assert_eq!(last(vec![kernel.clone(), code(Outcome::Interrupted)]), died);
        assert_eq!(last(vec![kernel, code(Outcome::ScriptError)]), Some((2, "script_error: so it was".to_owned())));
    }
}
