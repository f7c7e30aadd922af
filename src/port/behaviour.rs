//! The author's own users, as the engine sees them: code that runs until it asks for something, and goes on with the answer.
//!
//! Nothing here is a future. A user's code is a coroutine that the engine resumes; while it is suspended it is plain data, which the
//! engine drops when the user is cut short (`docs/adr/0240-users-code-asks.md`).

use super::look::{RunAnswer, RunAsk};
use super::script::{HookAction, RunView, ScriptFault};
use crate::event::{Failure, Outcome, TaskRecord};
use crate::plan::{GpuRef, UserFunction};
use serde_json::{Map, Value};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Number of a kernel among those that a user's code opened.
pub type KernelNumber = u32;

/// What a user's `user:start_server` wishes for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServerWish {
    /// Name of the server; `None` for the default one.
    pub name: Option<String>,
    /// Options of the spawn, over those of the hub in the plan.
    pub options: Map<String, Value>,
    /// How long it may take; `None` for the plan's.
    pub timeout: Option<Duration>,
}

/// What a user's code asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum UserAsk {
    /// Start the user's server and wait until it is ready.
    StartServer(ServerWish),
    /// Close the user's kernels and stop its server.
    StopServer,
    /// Stop the server and delete the account, if hubmark made it.
    Delete,
    /// Open a kernel.
    OpenKernel {
        /// Name of its specification.
        spec: String,
    },
    /// Execute code.
    Execute {
        /// On which kernel.
        kernel: KernelNumber,
        /// The code.
        code: String,
        /// How long it may take.
        timeout: Duration,
        /// The author's line, `file:line`, the file below the scenario's folder.
        place: String,
    },
    /// Interrupt a kernel.
    Interrupt {
        /// Which.
        kernel: KernelNumber,
    },
    /// Restart a kernel.
    Restart {
        /// Which.
        kernel: KernelNumber,
    },
    /// Write a file on the server.
    Put {
        /// Path below the server's root.
        path: String,
        /// Its content.
        bytes: Arc<[u8]>,
    },
    /// Read a file of the server.
    Get {
        /// Path below the server's root.
        path: String,
    },
    /// Shut a kernel down.
    CloseKernel {
        /// Which.
        kernel: KernelNumber,
    },
    /// Execute a notebook of the plan as a task.
    Run {
        /// Its key.
        notebook: String,
        /// Parameters over those of the plan.
        params: Map<String, Value>,
        /// Whether the executed copy is kept; `None` for what the plan says.
        keep: Option<bool>,
    },
    /// Wait the think time of the kind of user.
    Think,
    /// Wait.
    Sleep(Duration),
    /// Wait until this long after the last pace, or the beginning of the iteration.
    Pace(Duration),
    /// A step begins; steps nest.
    StepBegins(String),
    /// The innermost step ended.
    StepEnds(Outcome),
    /// A check was made.
    Check {
        /// Its name.
        name: String,
        /// Whether it held.
        ok: bool,
    },
    /// A metric of the plan was observed.
    Observe {
        /// Its name.
        name: String,
        /// The value.
        value: f64,
    },
    /// Something of the run itself, which hooks may ask for too.
    OfRun(RunAsk),
}

/// What came of executing code.
#[derive(Debug, Clone, PartialEq)]
pub struct Executed {
    /// Its outputs, as nbformat has them.
    pub outputs: Vec<Value>,
    /// Whether output is missing: it was too much for here or for the server, or was lost with the connection.
    pub truncated: bool,
    /// From sending it to the reply and the kernel's idle status.
    pub took: Duration,
    /// The kernel's count.
    pub count: Option<u64>,
    /// What the code raised; every other failure is the answer itself.
    pub raised: Option<Failure>,
}

/// The answer to what was asked.
#[derive(Debug, Clone, PartialEq)]
pub enum UserAnswer {
    /// It was done.
    Done,
    /// The server is ready.
    Server {
        /// Its name; empty for the default one.
        name: String,
        /// How long it took, with the wait for the pacing of spawns.
        took: Duration,
    },
    /// The kernel is open.
    Kernel(KernelNumber),
    /// The content of a file.
    File(Vec<u8>),
    /// The code was executed.
    Executed(Box<Executed>),
    /// The task ended, however it did.
    Task {
        /// Its id as text.
        id: String,
        /// Its record.
        record: Box<TaskRecord>,
        /// The node of its user, where the farm has nodes.
        node: Option<String>,
    },
    /// What was asked of the run.
    OfRun(RunAnswer),
}

/// Why a user's function ended before its end.
#[derive(Debug, Clone, PartialEq)]
pub struct UserFault {
    /// What went wrong, with the author's file and line: [`Outcome::ScriptError`] for the code's own error, else the failure that
    /// the code did not catch.
    pub failure: Failure,
    /// Whether a limit was broken, so that the code cannot be used again.
    pub ended: bool,
}

/// A call in the author's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSite {
    /// What is called, such as `user:start_server`.
    pub call: &'static str,
    /// File and line as they are shown, `lib/course.lua:12`.
    pub place: String,
}

/// How far a function of the author's came: of a user, or with other types a hook.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn<A = UserAsk, F = UserFault> {
    /// It waits for the answer to this.
    Asks(A),
    /// The function returned.
    Done,
    /// The function failed.
    Failed(F),
}

/// The code of one user: a VM of its own.
pub trait UserCode {
    /// Begins a function. `iteration` is 0 outside of iterations. What an earlier function still waited for is forgotten.
    fn begin(&mut self, view: &RunView, function: UserFunction, iteration: u64) -> Turn;

    /// The call whose answer it waits for; `None` while it waits for none.
    fn waits_at(&self) -> Option<CallSite>;

    /// Goes on with the answer.
    fn resume(&mut self, view: &RunView, answer: Result<UserAnswer, Failure>) -> Turn;

    /// What the code asked of the run since the last call of this: marks, log lines, a stop.
    fn take_actions(&mut self) -> Vec<HookAction>;

    /// `user.data` as JSON, as it stood when a function last ended well. It outlives the VM.
    fn data(&self) -> Rc<str>;
}

/// Whose code it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFacts {
    /// Key of the kind of user in the plan.
    pub kind: String,
    /// Id of the user as text.
    pub id: String,
    /// Name of the hub or server that it works on.
    pub target: String,
    /// Its account; empty on a plain server.
    pub account: String,
    /// The node that it works from, where the farm has nodes.
    pub node: Option<String>,
    /// GPUs that the node's users have, as the scenario says.
    pub gpus: Vec<GpuRef>,
}

/// Makes the code of users.
pub trait UserScripts {
    /// Runs the scenario's files once more, for one user. `data` is what an earlier VM of this user left.
    ///
    /// # Errors
    /// The files do not run within their limits.
    fn user(&self, facts: &UserFacts, data: Option<&str>) -> Result<Box<dyn UserCode>, ScriptFault>;
}
