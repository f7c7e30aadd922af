//! The scenario's hooks, as the engine sees them: code that gets plain data, may ask the run for more, and leaves actions.
//!
//! Like users' code ([`super::behaviour`]) a hook is a coroutine that the engine resumes, and nothing here is a future.

use super::behaviour::{CallSite, Turn};
use super::look::{RunAnswer, RunAsk};
use crate::event::{Failure, LogLine, TaskRecord};
use crate::plan::Hook;

/// What `run` shows to a hook.
#[derive(Debug, Clone, PartialEq)]
pub struct RunView {
    /// Id of the run.
    pub run: String,
    /// Seconds since the run began.
    pub elapsed_s: f64,
    /// Generation of the plan in force.
    pub generation: u32,
    /// Users at work.
    pub users: u32,
    /// Whether the world is simulated.
    pub simulated: bool,
}

/// A call of a hook.
#[derive(Debug, Clone, PartialEq)]
pub enum HookCall<'a> {
    /// Before the first user.
    Setup,
    /// After a task: its id as text, its record, and the node of its user where the farm has nodes.
    TaskDone(&'a str, &'a TaskRecord, Option<&'a str>),
    /// After the last user.
    Teardown,
}

impl HookCall<'_> {
    /// Which hook it is.
    #[must_use]
    pub fn hook(&self) -> Hook {
        match self {
            HookCall::Setup => Hook::Setup,
            HookCall::TaskDone(..) => Hook::TaskDone,
            HookCall::Teardown => Hook::Teardown,
        }
    }
}

/// What a hook asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookAction {
    /// Set a mark on the time axis.
    Mark(String),
    /// Stop the run, with a reason.
    Stop(String),
    /// Write a line to the run's log.
    Log(LogLine),
}

/// What went wrong in the scenario's code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScriptFault {
    /// The error with the author's file and line, at most 4 KiB.
    pub message: String,
}

/// How far a hook came.
pub type HookTurn = Turn<RunAsk, ScriptFault>;

/// The scenario's code.
pub trait Script {
    /// Begins a hook that the plan names. Hooks share one VM and run one after the other; what an earlier one still waited for is
    /// forgotten.
    fn begin(&mut self, view: &RunView, call: &HookCall<'_>) -> HookTurn;

    /// The call whose answer it waits for; `None` while it waits for none.
    fn waits_at(&self) -> Option<CallSite>;

    /// Goes on with the answer.
    fn resume(&mut self, view: &RunView, answer: Result<RunAnswer, Failure>) -> HookTurn;

    /// What the hook asked of the run since the last call of this: marks, log lines, a stop.
    fn take_actions(&mut self) -> Vec<HookAction>;
}
