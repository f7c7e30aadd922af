//! What users' code only wants recorded: steps, checks, metrics.

use super::calls::Visit;
use crate::event::{EventKind, Failure, Outcome};
use crate::port::{CallSite, UserAnswer, UserAsk};

/// Deepest nesting of steps.
const STEPS_MAX: usize = 16;

impl Visit<'_> {
    /// What is only recorded.
    pub(super) async fn note(&mut self, ask: UserAsk) -> Result<UserAnswer, Failure> {
        match ask {
            UserAsk::StepBegins(name) => {
                if self.steps.len() >= STEPS_MAX {
                    let text = format!("steps are nested more than {STEPS_MAX} deep");
                    return Err(Failure::new(Outcome::ScriptError, text));
                }
                let path = self.steps.last().map_or_else(|| name.clone(), |(outer, _)| format!("{outer}/{name}"));
                self.steps.push((path, self.context.clock.now_ns()));
            }
            UserAsk::StepEnds(outcome) => self.end_step(outcome).await,
            UserAsk::Check { name, ok } => {
                let name = self.scripts.checks.admit(self.context, name).await;
                self.emit(EventKind::Checked { name, ok }).await;
            }
            UserAsk::Observe { name, value } => self.emit(EventKind::MetricObserved { name, value }).await,
            _ => {}
        }
        Ok(UserAnswer::Done)
    }

    /// Records that a call's failure goes to the code. A wrong use of the call is the code's own error, which has its line already.
    pub(super) async fn raises(&self, site: Option<CallSite>, failure: &Failure) {
        if let Some(CallSite { call, place }) = site.filter(|_| failure.outcome != Outcome::ScriptError) {
            self.emit(EventKind::CallRaised { call: call.to_owned(), place, failure: failure.clone() }).await;
        }
    }

    async fn end_step(&mut self, outcome: Outcome) {
        let Some((name, began_ns)) = self.steps.pop() else { return };
        let took_ns = self.context.clock.now_ns() - began_ns;
        let name = self.scripts.steps.admit(self.context, name).await;
        self.emit(EventKind::StepEnded { name, outcome, took_ns }).await;
    }

    /// Ends the steps that the code has left open.
    pub(super) async fn end_steps(&mut self, outcome: Outcome) {
        while !self.steps.is_empty() {
            self.end_step(outcome).await;
        }
    }
}
