//! Kinds of event.

use super::{Failure, LeaseRecord, LogLine, Notice, Outcome, PlacementRecord, TaskRecord, ThresholdRecord};
use crate::plan::UserFunction;
use serde::{Deserialize, Serialize};

/// Part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Hubs are probed, accounts made, the hook `setup` runs.
    Setup,
    /// Users work.
    Load,
    /// No new iterations; tasks under way may end.
    Drain,
    /// The hook `teardown` runs and what was made on hubs is removed.
    Teardown,
}

/// What happened. Durations and times are nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "data")]
pub enum EventKind {
    /// The run began.
    RunStarted {
        /// Its id.
        run: String,
        /// Whether its world is simulated.
        simulated: bool,
    },
    /// The run's schedule clock showed this event's `t_ns` when the wall clock showed this.
    ClockAnchor {
        /// Nanoseconds since 1970.
        wall_ns: i64,
    },
    /// A generation of the plan came into force.
    GenerationStarted {
        /// Hash of the plan.
        plan_hash: String,
        /// Hash of the scenario's files.
        source_hash: String,
    },
    /// The run entered a phase.
    PhaseEntered {
        /// Which.
        phase: Phase,
    },
    /// An executor's time began: its schedule counts from this event's time.
    ExecutorStarted {
        /// Users that waited at the barrier, 0 without `together`.
        ready: u32,
        /// How long the barrier waited for the slowest.
        waited_ns: u64,
    },
    /// An executor has no user left.
    ExecutorEnded,
    /// A user came.
    UserStarted {
        /// Where it works.
        target: String,
        /// Under which account; empty on a plain server.
        account: String,
    },
    /// A user left.
    UserEnded,
    /// A server was asked for and is ready, or will not be.
    ServerStarted {
        /// On which hub.
        target: String,
        /// How it ended.
        outcome: Outcome,
        /// From the request to ready (or to the failure), without the wait for the spawn pacing.
        took_ns: u64,
        /// Wait for the spawn pacing before the request.
        waited_ns: u64,
        /// What went wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
    },
    /// A server was stopped.
    ServerStopped {
        /// On which hub.
        target: String,
        /// How it ended.
        outcome: Outcome,
        /// From the request until the hub said that it is gone.
        took_ns: u64,
        /// What went wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
    },
    /// A kernel was asked for and is ready, or will not be.
    KernelStarted {
        /// On which hub or server.
        target: String,
        /// Its id; empty if it failed.
        kernel_id: String,
        /// Name of its kernel specification.
        spec: String,
        /// How it ended.
        outcome: Outcome,
        /// From the request until it can execute.
        took_ns: u64,
        /// What went wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
    },
    /// A node's first kernel was asked where it is.
    PlacementFound(Box<PlacementRecord>),
    /// A kernel was closed.
    KernelClosed {
        /// On which hub or server.
        target: String,
        /// Its id.
        kernel_id: String,
        /// How it ended.
        outcome: Outcome,
        /// How long that took.
        took_ns: u64,
    },
    /// An iteration began.
    IterationStarted {
        /// When it should have begun.
        scheduled_ns: u64,
    },
    /// An iteration ended; its think time comes after.
    IterationEnded {
        /// When it should have begun.
        scheduled_ns: u64,
        /// When it began.
        started_ns: u64,
        /// How it ended.
        outcome: Outcome,
    },
    /// Iterations that could not start at their time.
    IterationDropped {
        /// How many.
        count: u64,
        /// Why.
        reason: String,
    },
    /// A notebook was begun.
    TaskStarted {
        /// Its key.
        notebook: String,
    },
    /// A notebook was executed, or not.
    TaskEnded(Box<TaskRecord>),
    /// A call of a user's code that no other kind of event tells of: code on a kernel, a file, a restart.
    CallEnded {
        /// What was called, such as `kernel:execute`.
        call: String,
        /// On which hub or server.
        target: String,
        /// Where the call executes code, the author's line: what it takes depends on it. `file:line`, the file below the scenario's folder.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        place: String,
        /// How it ended.
        outcome: Outcome,
        /// From asking to its end.
        took_ns: u64,
        /// What went wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
        /// What a reader should know although it may have gone well.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notices: Vec<Notice>,
    },
    /// A call of a user's code failed, and the failure went to the code at the author's line. It follows the event that tells of the failure
    /// itself, where there is one. Whether the code caught it shows when its function ends: what it did not catch is in
    /// [`EventKind::UserCodeFailed`].
    CallRaised {
        /// What was called, such as `user:start_server`.
        call: String,
        /// The author's file and line, `file:line`.
        place: String,
        /// What went wrong.
        failure: Failure,
    },
    /// A step of a user's code ended.
    StepEnded {
        /// Its name, behind the names of the steps around it: `outer/inner`.
        name: String,
        /// How it ended.
        outcome: Outcome,
        /// From its beginning to its end.
        took_ns: u64,
    },
    /// A user's code checked something.
    Checked {
        /// Name of the check.
        name: String,
        /// Whether it held.
        ok: bool,
    },
    /// A user's code observed a metric of the plan.
    MetricObserved {
        /// Name of the metric.
        name: String,
        /// What was observed.
        value: f64,
    },
    /// A function of a user failed: by its own error, or by a failure that it did not catch and that has an event of its own.
    UserCodeFailed {
        /// Which function.
        function: UserFunction,
        /// What went wrong, with the author's file and line.
        failure: Failure,
    },
    /// A step of a lease.
    Lease(LeaseRecord),
    /// An objective came to stand otherwise while the run goes on.
    ThresholdJudged(Box<ThresholdRecord>),
    /// A mark on the time axis.
    Mark {
        /// What it says.
        text: String,
        /// Who set it: `script`, `hubmark`.
        by: String,
    },
    /// A line of the run's log.
    Log(LogLine),
    /// A sampler, sink or view has trouble; the run goes on.
    Degraded {
        /// Which part.
        component: String,
        /// What is wrong.
        text: String,
        /// Whether the event's executor begins no more iterations because of it: from here on there is less load than planned.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        paused: bool,
    },
    /// The machine was suspended; the schedule shifted by this.
    Gap {
        /// How long.
        lasted_ns: u64,
    },
    /// Somebody asked the run to stop.
    StopRequested {
        /// Who and why.
        reason: String,
        /// Whether tasks under way may not end.
        hard: bool,
    },
    /// The run ended in order. A run without this event was killed.
    RunEnded {
        /// Whether it ended before its time.
        interrupted: bool,
        /// What made it end, if that was an error.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// Leases that could not be closed.
        left_behind: u32,
        /// The objective that ended it before its time, as the author wrote it; `None` where none did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        aborted: Option<String>,
    },
}
