//! Script errors in a row: an executor whose users' code only fails is paused.

use crate::engine::context::Context;
use crate::event::{EventKind, Failure, Outcome, UserId};
use crate::plan::UserSpec;
use std::cell::Cell;

/// Counts over all users of an executor.
pub(in crate::engine) struct ErrorsInARow {
    /// `None` for users with a mix.
    most: Option<u32>,
    count: Cell<u32>,
    /// Whether it was said that iterations wait for nothing.
    spun: Cell<bool>,
}

impl ErrorsInARow {
    pub(in crate::engine) fn new(spec: &UserSpec) -> Self {
        let most = spec.behaviour.as_ref().map(|behaviour| behaviour.errors_in_a_row.max(1));
        Self { most, count: Cell::new(0), spun: Cell::new(false) }
    }

    /// Whether no iteration of the executor may begin any more.
    pub(in crate::engine) fn paused(&self) -> bool {
        self.most.is_some_and(|most| self.count.get() >= most)
    }

    /// Takes in how a function ended. Anything but a script error ends the row.
    pub(in crate::engine) async fn count(&self, context: &Context, user: &UserId, failure: Option<&Failure>) {
        let (Some(most), false) = (self.most, self.paused()) else { return };
        let Some(failure) = failure.filter(|failure| failure.outcome == Outcome::ScriptError) else {
            return self.count.set(0);
        };
        self.count.set(self.count.get() + 1);
        if self.paused() {
            let executor = &user.executor;
            let text = format!(
                "executor {executor} is paused: its users' code failed {most} times in a row, the last time with {}",
                failure.message
            );
            context.emit.event(user, EventKind::Degraded { component: "script".to_owned(), text, paused: true }).await;
        }
    }

    /// Says once that iterations wait for nothing.
    pub(in crate::engine) async fn spun(&self, context: &Context, user: &UserId) {
        if !self.spun.replace(true) {
            let text = format!(
                "iterations of executor {} take no time: iterate should wait for something, for example with user:think(); \
                 hubmark pauses a second after each",
                user.executor
            );
            context.emit.event(user, EventKind::Degraded { component: "script".to_owned(), text, paused: false }).await;
        }
    }
}
