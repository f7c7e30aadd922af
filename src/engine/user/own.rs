//! The life of a user of the author's own: `start`, then `iterate` on the same schedule as the built-in user, then `stop`.
//!
//! | what ended `iterate` | then |
//! | --- | --- |
//! | it returned | the kernels that it opened are closed |
//! | an error of the code | the same; a pause; ten in a row over the executor pause it |
//! | a failure that it did not catch | a pause; with a lost server, or a lost kernel where `start` opened some, everything is closed and `start` runs again |
//! | a failure of hub, proxy or route that it did not catch | a pause; server and kernels of `start` are kept |
//! | a limit of the VM | everything is closed, a new VM is made, `start` runs again |
//! | the end of window or run | the code is dropped where it waits; everything is closed without `stop` |

use super::{Bounds, User, interruption};
use crate::engine::own::Occasion;
use crate::engine::session::Session;
use crate::engine::stop::StopLevel;
use crate::event::{EventKind, Failure, IterationId, Outcome};
use crate::plan::UserFunction;
use crate::plan::quantity::format_duration;
use std::rc::Rc;
use std::time::Duration;

/// An iteration that took less waited for nothing.
const NO_TIME: Duration = Duration::from_millis(1);
/// Pause after an iteration that waited for nothing, so that such a user does not spin.
const SPIN_PAUSE: Duration = Duration::from_secs(1);

impl User {
    /// Makes the user ready to iterate: its `start`, or its server where it has none.
    pub(super) async fn enter(&mut self, session: &mut Session) -> Result<(), Failure> {
        let context = Rc::clone(&self.context);
        let Some(own) = &mut self.own else {
            // Its server may have been started before the load, to ask where it is.
            return if session.running() { Ok(()) } else { session.start(&context).await };
        };
        if !self.spec.has(UserFunction::Start) {
            own.restore_account(&context, session).await?;
            session.start(&context).await?;
            own.entered = true;
            return Ok(());
        }
        let occasion = Occasion::outside(UserFunction::Start, context.clock.now_ns());
        let result = own.call(&context, &occasion, session, std::future::pending()).await;
        match &result {
            Ok(()) => own.entered = true,
            // What it got half of is not kept: the next try begins anew.
            Err(failure) => own.withdraw(&context, session, failure.outcome).await,
        }
        self.count_error(result.as_ref().err()).await;
        result
    }

    /// `stop`, if the user came in and its code still stands.
    pub(super) async fn leave(&mut self, session: &mut Session) {
        let context = Rc::clone(&self.context);
        let Some(own) = &mut self.own else { return };
        let entered = std::mem::take(&mut own.entered);
        if !entered || !own.stands() || !self.spec.has(UserFunction::Stop) {
            return;
        }
        let grace = self.executor.graceful_stop;
        let cut = async {
            tokio::select! { biased;
                () = context.stop.reached(StopLevel::Hard) => {}
                () = context.clock.sleep(grace) => {}
            }
        };
        let occasion = Occasion::outside(UserFunction::Stop, context.clock.now_ns());
        // Any other failure of it has an event, and everything is closed after it in any case.
        let Err(failure) = own.call(&context, &occasion, session, cut).await else { return };
        // A stop at once cuts everything short, and has an event of its own.
        if failure.outcome == Outcome::Interrupted && context.stop.level() < StopLevel::Hard {
            let text = format!(
                "users.{}.stop took longer than graceful_stop of {} and was {}: raise graceful_stop of load.{}, or do less in it",
                self.executor.user,
                format_duration(grace),
                failure.message,
                self.id.executor
            );
            let failure = Failure::new(Outcome::Interrupted, text);
            context.emit.event(&self.id, EventKind::UserCodeFailed { function: UserFunction::Stop, failure }).await;
        }
    }

    pub(super) async fn iterate_own(&mut self, session: &mut Session, bounds: Bounds) {
        let context = Rc::clone(&self.context);
        let mut scheduled_ns = context.clock.now_ns();
        let mut in_session = 0;
        while self.has_work() {
            if !self.is_ready_at(scheduled_ns, session, bounds).await {
                return;
            }
            self.n += 1;
            in_session += 1;
            let began_ns = context.clock.now_ns();
            let failure = self.own_iteration(session, scheduled_ns, bounds).await.err();
            let outcome = failure.as_ref().map_or(Outcome::Ok, |failure| failure.outcome);
            if outcome == Outcome::Interrupted {
                return;
            }
            let ends = in_session >= self.spec.notebooks_per_session || outcome.loses_kernel();
            if let Some(own) = &mut self.own {
                own.settle(&context, session, outcome, ends).await;
            }
            in_session = if ends { 0 } else { in_session };
            self.count_error(failure.as_ref()).await;
            match failure.filter(|failure| failure.outcome.pauses()) {
                None => self.troubles = 0,
                Some(failure) if !self.has_work() || !self.back_off(&failure, bounds).await => return,
                Some(_) => {}
            }
            scheduled_ns = self.next_start(scheduled_ns).await;
            let spun = context.clock.now_ns() - began_ns < NO_TIME.as_nanos() as u64;
            if spun && self.spec.pacing.is_none() {
                self.errors.spun(&context, &self.id).await;
                scheduled_ns += SPIN_PAUSE.as_nanos() as u64;
            }
        }
    }

    async fn own_iteration(&mut self, session: &mut Session, scheduled_ns: u64, bounds: Bounds) -> Result<(), Failure> {
        let context = Rc::clone(&self.context);
        let Some(own) = &mut self.own else { return Ok(()) };
        let id = IterationId { user: self.id.clone(), n: self.n };
        let started_ns = context.clock.now_ns();
        context.emit.event(&id, EventKind::IterationStarted { scheduled_ns }).await;
        let occasion =
            Occasion { function: UserFunction::Iterate, iteration: Some(id.clone()), scheduled_ns, started_ns };
        let result = own.call(&context, &occasion, session, interruption(&context, bounds)).await;
        let outcome = result.as_ref().err().map_or(Outcome::Ok, |failure| failure.outcome);
        context.emit.event(&id, EventKind::IterationEnded { scheduled_ns, started_ns, outcome }).await;
        result
    }

    async fn count_error(&self, failure: Option<&Failure>) {
        self.errors.count(&self.context, &self.id, failure).await;
    }
}
