//! The scenario's own code, as the engine sees it: hooks that get plain data and answer with actions.

use super::Local;
use crate::event::{LogLine, TaskRecord};
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
    /// What the code had written to the run's log before: of all that a failed call asked for, this is still done.
    pub said: Vec<LogLine>,
}

/// The scenario's code.
pub trait Script {
    /// Calls a hook that the plan names. Hooks share one VM and run one after the other.
    fn call<'a>(&'a mut self, view: &'a RunView, call: HookCall<'a>)
    -> Local<'a, Result<Vec<HookAction>, ScriptFault>>;
}
