//! What a user of a mix does beside executing notebooks, each by a draw of its own for each iteration.
//!
//! | habit | when | what stays on the hub |
//! | --- | --- | --- |
//! | `reconnect`, `interrupt`, `abandon` | in the middle of the task ([`Whim`]) | after `abandon` the kernel, until its server stops |
//! | `run_twice`, `restart_kernel` | after a task that left the kernel usable | – |
//! | `idle` | after that, before the kernel is closed or kept | the kernel, for that time |
//! | `close_tab` | in the place of closing the kernel | the kernel, until its server stops |
//! | `stay` | when the user's time is over | server and kernels, until the user comes again or the run ends |

use super::{Bounds, User, interruption, no_more};
use crate::clock::{Purpose, Stream};
use crate::engine::session::Session;
use crate::engine::task;
use crate::engine::whim::{Whim, followed};
use crate::event::{EventKind, IterationId, Outcome, TaskId};
use crate::plan::Habit;
use std::rc::Rc;
use std::time::Duration;

/// Longest time from a cell's being sent until its user interrupts or abandons it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether the next thing can be done on the same kernel at once.
fn goes_on(outcome: Outcome) -> bool {
    !outcome.loses_kernel() && !outcome.pauses()
}

impl User {
    /// Whether the user follows a habit this time, and the stream of everything that is drawn for it.
    fn follows(&self, habit: Habit, n: u64) -> Option<Stream> {
        let share = self.spec.habits.share(habit);
        if share <= 0.0 {
            return None;
        }
        let who = format!("{} {}", self.name, habit.name());
        let mut stream = self.context.chance.stream(Purpose::Habit, &who, n);
        (stream.unit() < share).then_some(stream)
    }

    pub(super) fn iteration_id(&self) -> IterationId {
        IterationId { user: self.id.clone(), n: self.n }
    }

    /// What the user does in the middle of this iteration's task. Who abandons it does not interrupt it.
    pub(super) fn whims(&self) -> Vec<Whim> {
        let mut whims: Vec<Whim> = Vec::new();
        for habit in [Habit::Reconnect, Habit::Abandon, Habit::Interrupt] {
            let abandons = whims.iter().any(|whim| whim.habit == Habit::Abandon);
            if let Some(mut stream) = self.follows(habit, self.n).filter(|_| !abandons) {
                let (place, after) = (stream.unit(), PATIENCE.mul_f64(stream.unit()));
                whims.push(Whim { habit, place, after });
            }
        }
        whims
    }

    /// What follows the first task of an iteration. The iteration's outcome is that of the first thing in it that did not go well.
    pub(super) async fn go_on(
        &self,
        session: &mut Session,
        iteration: &IterationId,
        notebook: &str,
        first: Outcome,
        bounds: Bounds,
    ) -> Outcome {
        let context = &self.context;
        if first == Outcome::Abandoned {
            session.leave_kernels(context).await;
        }
        let mut outcome = first;
        if goes_on(outcome) && self.follows(Habit::RunTwice, self.n).is_some() {
            let began_ns = context.clock.now_ns();
            let id = TaskId { iteration: iteration.clone(), k: 2 };
            let cut = interruption(context, bounds);
            let second = task::run(context, id, notebook, began_ns, &[], session, cut).await;
            followed(context, iteration, Habit::RunTwice, began_ns, second).await;
            outcome = if goes_on(second) && !outcome.is_ok() { outcome } else { second };
        }
        if goes_on(outcome) && self.follows(Habit::RestartKernel, self.n).is_some() {
            let restarted = self.restart_kernel(session, notebook, bounds).await;
            outcome = if restarted.is_ok() { outcome } else { restarted };
        }
        outcome
    }

    async fn restart_kernel(&self, session: &mut Session, notebook: &str, bounds: Bounds) -> Outcome {
        let context = &self.context;
        let target = session.target().to_owned();
        let Some(spec) = context.plan.notebooks.get(notebook) else { return Outcome::Ok };
        let Some(kernel) = session.open_kernel(&spec.kernel) else { return Outcome::Ok };
        let began_ns = context.clock.now_ns();
        let failure = tokio::select! { biased;
            () = interruption(context, bounds) => return Outcome::Interrupted,
            result = kernel.restart() => result.err(),
        };
        let outcome = failure.as_ref().map_or(Outcome::Ok, |failure| failure.outcome);
        let took_ns = context.clock.now_ns() - began_ns;
        let call = "kernel:restart".to_owned();
        let event =
            EventKind::CallEnded { call, target, place: String::new(), outcome, took_ns, failure, notices: vec![] };
        context.emit.event(&self.iteration_id(), event).await;
        followed(context, &self.iteration_id(), Habit::RestartKernel, began_ns, outcome).await;
        if !outcome.is_ok() && !outcome.loses_server() {
            // It can no longer be used.
            session.close_kernels(context).await;
        }
        outcome
    }

    /// Ends an iteration on its kernel: keeps it for a while, then leaves it behind, or closes it where its session is over. Whether the
    /// next iteration begins a session.
    pub(super) async fn put_down(
        &self,
        session: &mut Session,
        outcome: Outcome,
        is_over: bool,
        bounds: Bounds,
    ) -> bool {
        let context = Rc::clone(&self.context);
        if outcome.loses_server() {
            session.lost_server(&context).await;
            return false;
        }
        if goes_on(outcome)
            && let Some(mut stream) = self.follows(Habit::Idle, self.n)
        {
            let began_ns = context.clock.now_ns();
            tokio::select! { biased;
                () = no_more(&context, bounds) => {}
                () = context.clock.sleep(stream.duration(&self.spec.habits.idle_time)) => {}
            }
            followed(&context, &self.iteration_id(), Habit::Idle, began_ns, Outcome::Ok).await;
        }
        if goes_on(outcome) && self.follows(Habit::CloseTab, self.n).is_some() {
            let began_ns = context.clock.now_ns();
            session.leave_kernels(&context).await;
            followed(&context, &self.iteration_id(), Habit::CloseTab, began_ns, Outcome::Ok).await;
            return true;
        }
        let closes = is_over || outcome.loses_kernel();
        if closes {
            session.close_kernels(&context).await;
        }
        closes
    }

    /// Whether the user does not log out although its time, the one with this number, is over.
    pub(super) async fn stays_on(&self, session: &Session, number: u64) -> bool {
        if !session.running() || self.follows(Habit::Stay, number).is_none() {
            return false;
        }
        followed(&self.context, &self.id, Habit::Stay, self.context.clock.now_ns(), Outcome::Ok).await;
        true
    }
}
