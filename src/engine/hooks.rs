//! Calls the scenario's hooks, one after the other in event order, and carries out what they ask for.

use super::channel::DropNewest;
use super::dispatcher::Emitter;
use super::stop::{Stop, StopLevel};
use super::view::LiveView;
use crate::clock::Clock;
use crate::event::{EventKind, Ids, Level, LogLine, TaskRecord};
use crate::plan::{Hook, NodesOfUsers, Plan};
use crate::port::{HookAction, HookCall, RunView, Script, ScriptFault};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tokio::sync::{mpsc, watch};

/// Tasks whose hook call may wait; more are skipped and counted.
pub(super) const QUEUE: usize = 1024;
/// A hook that fails this many times in a row is not called any more.
const FAULTS_MAX: u32 = 10;

/// A task for the hook `task_done`.
pub(super) type TaskReceiver = mpsc::Receiver<(Ids, TaskRecord)>;

/// The way from the dispatcher to the hook `task_done`. Cloning gives the same queue.
#[derive(Clone)]
pub(super) struct TaskQueue {
    open: Rc<RefCell<Option<Sender>>>,
    skipped: Rc<Cell<u64>>,
}

type Sender = DropNewest<(Ids, TaskRecord)>;

impl TaskQueue {
    pub(super) fn channel(capacity: usize) -> (Self, TaskReceiver) {
        let (tx, rx) = DropNewest::channel(capacity);
        (Self { open: Rc::new(RefCell::new(Some(tx))), skipped: Rc::default() }, rx)
    }

    /// Hands a task on if the queue is open and has room.
    pub(super) fn send(&self, ids: &Ids, task: &TaskRecord) {
        if let Some(queue) = &*self.open.borrow() {
            queue.send((ids.clone(), task.clone()));
        }
    }

    /// Lets the receiver end once it has taken what is queued.
    pub(super) fn close(&self) {
        if let Some(queue) = self.open.borrow_mut().take() {
            self.skipped.set(queue.dropped());
        }
    }

    /// Tasks that found no room, known once the queue is closed.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped.get()
    }
}

/// Runs hooks.
pub(super) struct Hooks {
    pub(super) plan: Rc<Plan>,
    pub(super) script: Box<dyn Script>,
    pub(super) run_id: String,
    pub(super) simulated: bool,
    pub(super) clock: Clock,
    pub(super) emit: Emitter,
    pub(super) stop: Stop,
    pub(super) view: watch::Receiver<LiveView>,
    pub(super) nodes: NodesOfUsers,
}

impl Hooks {
    /// Calls `setup` or `teardown` if the scenario has it.
    pub(super) async fn once(&mut self, call: HookCall<'_>) -> Result<(), ScriptFault> {
        if !self.plan.hooks.contains(&call.hook()) {
            return Ok(());
        }
        let name = call.hook().name();
        self.call(call, Ids::default(), name).await
    }

    /// Calls `task_done` for each task until the queue is closed. Gives itself back for `teardown`.
    pub(super) async fn tasks(mut self, mut tasks: TaskReceiver) -> Self {
        let mut faults = 0;
        let wanted = self.plan.hooks.contains(&Hook::TaskDone);
        while let Some((ids, task)) = tasks.recv().await {
            if !wanted || faults >= FAULTS_MAX {
                continue;
            }
            let id = ids.to_string();
            let node = self.nodes.node(ids.executor.as_deref().unwrap_or(""), ids.user.unwrap_or(0)).map(str::to_owned);
            match self.call(HookCall::TaskDone(&id, &task, node.as_deref()), ids.clone(), "task_done").await {
                Ok(()) => faults = 0,
                Err(fault) => {
                    faults += 1;
                    let text = format!("hook task_done failed: {fault}");
                    self.emit.log(ids, LogLine::new(Level::Error, text)).await;
                    if faults == FAULTS_MAX {
                        let text = format!("task_done failed {FAULTS_MAX} times in a row and is not called any more");
                        self.degraded(text).await;
                    }
                }
            }
        }
        self
    }

    pub(super) async fn degraded(&self, text: String) {
        let component = "script".to_owned();
        self.emit.event(Ids::default(), EventKind::Degraded { component, text, paused: false }).await;
    }

    async fn call(&mut self, call: HookCall<'_>, ids: Ids, name: &str) -> Result<(), ScriptFault> {
        let view = RunView {
            run: self.run_id.clone(),
            elapsed_s: self.clock.elapsed().as_secs_f64(),
            generation: self.emit.generation(),
            users: self.view.borrow().users,
            simulated: self.simulated,
        };
        let mut result = self.script.call(&view, call).await;
        let actions = match &mut result {
            Ok(actions) => std::mem::take(actions),
            Err(fault) => std::mem::take(&mut fault.said).into_iter().map(HookAction::Log).collect(),
        };
        carry_out(actions, &ids, &format!("hook {name}"), &self.emit, &self.stop).await;
        result.map(|_| ())
    }
}

/// Does what the scenario's code asked of the run. `who` stands before the reason of a stop.
pub(super) async fn carry_out(actions: Vec<HookAction>, ids: &Ids, who: &str, emit: &Emitter, stop: &Stop) {
    for action in actions {
        match action {
            HookAction::Mark(text) => {
                emit.event(ids.clone(), EventKind::Mark { text, by: "script".to_owned() }).await;
            }
            HookAction::Log(line) => emit.log(ids.clone(), line).await,
            HookAction::Stop(reason) => stop.request(StopLevel::Graceful, &format!("{who}: {reason}")),
        }
    }
}
