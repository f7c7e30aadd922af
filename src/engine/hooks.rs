//! Calls the scenario's hooks, one after the other in event order, and carries out what they ask for.

use super::channel::DropNewest;
use super::dispatcher::Emitter;
use super::look::Looks;
use super::stop::{Stop, StopLevel};
use super::view::LiveView;
use crate::clock::Clock;
use crate::event::{EventKind, Ids, Level, LogLine, TaskRecord};
use crate::plan::{Hook, NodesOfUsers, Plan};
use crate::port::{HookAction, HookCall, RunView, Script, ScriptFault, Turn};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Tasks whose hook call may wait; more are skipped and counted.
pub(super) const QUEUE: usize = 1024;
/// A hook that fails this many times in a row is not called any more.
const FAULTS_MAX: u32 = 10;
/// How long one call of a hook may take with all that it waits for.
const HOOK_WITHIN: Duration = Duration::from_secs(60);
/// How many things one call of a hook may ask for.
const ASKS_MAX: u32 = 1000;
/// How long the hooks of the last tasks may take, all together, once the load is over; those behind are skipped and counted.
const REST_WITHIN: Duration = Duration::from_secs(60);

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

    /// Whether it is closed: no task comes any more.
    fn is_closed(&self) -> bool {
        self.open.borrow().is_none()
    }

    /// Counts a task that is not handed to the hook.
    fn skip(&self) {
        self.skipped.set(self.skipped.get() + 1);
    }

    /// Tasks that found no room or no time, known once the queue is closed and its receiver has ended.
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
    pub(super) looks: Rc<Looks>,
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
    pub(super) async fn tasks(mut self, mut tasks: TaskReceiver, queue: TaskQueue) -> Self {
        let (mut faults, mut rest_end_ns) = (0, None);
        let wanted = self.plan.hooks.contains(&Hook::TaskDone);
        while let Some((ids, task)) = tasks.recv().await {
            if !wanted || faults >= FAULTS_MAX {
                continue;
            }
            let now_ns = self.clock.now_ns();
            if queue.is_closed() && now_ns >= *rest_end_ns.get_or_insert(now_ns + REST_WITHIN.as_nanos() as u64) {
                queue.skip();
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

    fn see(&self) -> RunView {
        RunView {
            run: self.run_id.clone(),
            elapsed_s: self.clock.elapsed().as_secs_f64(),
            generation: self.emit.generation(),
            users: self.view.borrow().users,
            simulated: self.simulated,
        }
    }

    /// Calls a hook. Of all that a failed call asked for, its lines of the log are kept.
    async fn call(&mut self, call: HookCall<'_>, ids: Ids, name: &str) -> Result<(), ScriptFault> {
        let result = self.drive(&call).await;
        let mut actions = self.script.take_actions();
        if result.is_err() {
            actions.retain(|action| matches!(action, HookAction::Log(_)));
        }
        carry_out(actions, &ids, &format!("hook {name}"), &self.emit, &self.stop).await;
        result
    }

    /// Drives a hook to its end, or to where it takes too long, asks too much or is cut short by the end of the run.
    async fn drive(&mut self, call: &HookCall<'_>) -> Result<(), ScriptFault> {
        let end_ns = self.clock.now_ns() + HOOK_WITHIN.as_nanos() as u64;
        let mut turn = self.script.begin(&self.see(), call);
        for _ in 0..ASKS_MAX {
            let ask = match turn {
                Turn::Done => return Ok(()),
                Turn::Failed(fault) => return Err(fault),
                Turn::Asks(ask) => ask,
            };
            let left = Duration::from_nanos(end_ns.saturating_sub(self.clock.now_ns()));
            let answer = tokio::select! { biased;
                () = self.stop.reached(StopLevel::Hard) => return Err(self.cut(call, "cut off by the end of the run")),
                answer = self.clock.within(left, self.looks.answer(ask)) => answer,
            };
            let Some(answer) = answer else {
                return Err(self.cut(call, &format!("it took longer than {} s", HOOK_WITHIN.as_secs())));
            };
            turn = self.script.resume(&self.see(), answer);
        }
        match turn {
            Turn::Done => Ok(()),
            Turn::Failed(fault) => Err(fault),
            Turn::Asks(_) => Err(self.cut(call, &format!("it asked for more than {ASKS_MAX} things"))),
        }
    }

    /// What is said of a hook that is left where it waits.
    fn cut(&self, call: &HookCall<'_>, why: &str) -> ScriptFault {
        let at = self.script.waits_at().map(|site| format!("\n  at {}, in {}", site.place, site.call));
        ScriptFault { message: format!("on.{}: {why}{}", call.hook().name(), at.unwrap_or_default()) }
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
