//! What a run looks like right now: the source of the progress display. Views conflate; nobody waits for them.

use crate::event::{Event, EventKind, LeaseKind, LeaseState, Outcome, Phase, SampleBatch};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Durations of this many last tasks give the live percentiles.
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
    /// Users at work.
    pub users: u32,
    /// Tasks under way.
    pub tasks_running: u32,
    /// Tasks that ended well.
    pub tasks_ok: u64,
    /// Tasks that did not, by outcome.
    pub failed: BTreeMap<Outcome, u64>,
    /// The last failure, in words.
    pub last_error: Option<String>,
    /// Iterations that ended well.
    pub iterations_ok: u64,
    /// Iterations that failed. Those that the end of the run cut short are in neither.
    pub iterations_failed: u64,
    /// Iterations that could not start.
    pub dropped: u64,
    /// By name of hub or server.
    pub hubs: BTreeMap<String, HubView>,
    /// Leases that are in force.
    leases: BTreeSet<u64>,
    /// Service times of the last tasks, nanoseconds.
    recent_ns: VecDeque<u64>,
    /// Ends of the last tasks, nanoseconds of the run's clock.
    recent_ends_ns: VecDeque<u64>,
    /// Host CPU and own CPU, 0 to 1, as last sampled.
    pub host_cpu: Option<f64>,
    /// The last mark.
    pub mark: Option<String>,
    /// Number of the last event.
    pub seq: u64,
}

impl LiveView {
    /// Tasks that failed.
    #[must_use]
    pub fn tasks_failed(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Quantile of the service time of the last 200 tasks, in nanoseconds.
    #[must_use]
    pub fn recent_quantile_ns(&self, q: f64) -> Option<u64> {
        let mut sorted: Vec<u64> = self.recent_ns.iter().copied().collect();
        sorted.sort_unstable();
        let index = ((sorted.len() as f64 * q).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
        sorted.get(index).copied()
    }

    /// Completions per minute over the last 200 tasks at a time of the run's clock.
    #[must_use]
    pub fn recent_rate_per_min(&self, now_ns: u64) -> Option<f64> {
        let first = *self.recent_ends_ns.front()?;
        let span = now_ns.saturating_sub(first) as f64 / 60e9;
        (self.recent_ends_ns.len() > 1 && span > 0.0).then(|| self.recent_ends_ns.len() as f64 / span)
    }

    pub(super) fn sampled(&mut self, batch: &SampleBatch) {
        for sample in &batch.samples {
            if sample.series.name == "node_cpu_utilization_ratio" {
                self.host_cpu = Some(sample.value);
            }
        }
    }

    pub(super) fn apply(&mut self, event: &Event) {
        self.seq = event.seq;
        self.t_ns = event.t_ns;
        match &event.kind {
            EventKind::PhaseEntered { phase } => {
                self.phase = Some(*phase);
                if *phase == Phase::Load {
                    self.load_from_ns = Some(event.t_ns);
                }
            }
            EventKind::ExecutorStarted { ready, .. } if *ready > 0 => self.released_ns = Some(event.t_ns),
            EventKind::UserStarted { .. } => self.users += 1,
            EventKind::UserEnded => self.users = self.users.saturating_sub(1),
            EventKind::TaskStarted { .. } => self.tasks_running += 1,
            EventKind::TaskEnded(task) => self.task_ended(task),
            EventKind::IterationEnded { outcome, .. } => match outcome {
                Outcome::Ok => self.iterations_ok += 1,
                Outcome::Interrupted => {}
                _ => self.iterations_failed += 1,
            },
            EventKind::IterationDropped { count, .. } => self.dropped += count,
            EventKind::ServerStarted { target, failure: Some(failure), .. } => {
                self.hubs.entry(target.clone()).or_default().spawns_failed += 1;
                self.last_error = Some(failure.to_string());
            }
            EventKind::UserCodeFailed { failure, .. } => self.last_error = Some(failure.to_string()),
            EventKind::Lease(lease) => self.lease(lease),
            EventKind::Mark { text, .. } => self.mark = Some(text.clone()),
            _ => {}
        }
    }

    fn task_ended(&mut self, task: &crate::event::TaskRecord) {
        self.tasks_running = self.tasks_running.saturating_sub(1);
        if task.outcome.is_ok() {
            self.tasks_ok += 1;
            self.recent_ns.push_back(task.service_ns());
            self.recent_ends_ns.push_back(task.ended_ns);
            if self.recent_ns.len() > RECENT {
                self.recent_ns.pop_front();
                self.recent_ends_ns.pop_front();
            }
        } else {
            *self.failed.entry(task.outcome).or_default() += 1;
            self.last_error = task.failure.as_ref().map(ToString::to_string);
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
