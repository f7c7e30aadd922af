//! What a user does in the middle of a task, as its habits say.

use super::context::Context;
use crate::event::{EventKind, Failure, Ids, Outcome};
use crate::plan::Habit;
use crate::port::{CellReply, CellRequest, Kernel};
use std::time::Duration;

/// One thing that a user does in the middle of a task.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whim {
    /// `reconnect`, `abandon` or `interrupt`.
    pub(super) habit: Habit,
    /// In which of the task's cells: the share of them that comes before it.
    pub(super) place: f64,
    /// How long after that cell was sent. A cell that is over before is left alone.
    pub(super) after: Duration,
}

impl Whim {
    /// Whether it falls on the cell with this number, from 0, of so many.
    pub(super) fn falls_on(&self, cell: usize, of: usize) -> bool {
        (self.place * of as f64) as usize == cell
    }
}

/// What came of a cell.
pub(super) type Answered = (CellReply, Result<(), Failure>);

/// Executes a cell by `send`, with what the user does before and meanwhile.
pub(super) async fn with_whims(
    context: &Context,
    ids: Ids,
    whims: &[Whim],
    kernel: &mut dyn Kernel,
    request: CellRequest,
    send: impl AsyncFnOnce(&mut dyn Kernel, CellRequest) -> Answered,
) -> Answered {
    let whim = |habit| whims.iter().find(|whim| whim.habit == habit);
    if whim(Habit::Reconnect).is_some() {
        let began_ns = context.clock.now_ns();
        let result = kernel.reconnect().await;
        let outcome = result.as_ref().err().map_or(Outcome::Ok, |failure| failure.outcome);
        followed(context, ids.clone(), Habit::Reconnect, began_ns, outcome).await;
        if let Err(failure) = result {
            return (CellReply::default(), Err(failure));
        }
    }
    let sent_ns = context.clock.now_ns();
    if let Some(whim) = whim(Habit::Abandon) {
        tokio::select! { biased;
            answered = send(kernel, request) => return answered,
            () = context.clock.sleep(whim.after) => {}
        }
        followed(context, ids, Habit::Abandon, sent_ns, Outcome::Ok).await;
        let text = "its user dropped the connection in the middle of the cell, and the kernel goes on by itself";
        return (CellReply::default(), Err(Failure::new(Outcome::Abandoned, text)));
    }
    let Some(whim) = whim(Habit::Interrupt).filter(|whim| whim.after < request.timeout) else {
        return send(kernel, request).await;
    };
    let (reply, result) = send(kernel, CellRequest { timeout: whim.after, ..request }).await;
    match result {
        // The cell's time was the user's patience.
        Err(failure) if failure.outcome == Outcome::CellTimeout => {
            followed(context, ids, Habit::Interrupt, sent_ns, Outcome::Ok).await;
            let text = format!("its user interrupted it: {}", failure.message);
            (reply, Err(Failure::new(Outcome::Cancelled, text)))
        }
        other => (reply, other),
    }
}

/// Records that a user followed a habit: a step of its own.
pub(super) async fn followed(context: &Context, ids: impl Into<Ids>, habit: Habit, began_ns: u64, outcome: Outcome) {
    let took_ns = context.clock.now_ns() - began_ns;
    context.emit.event(ids, EventKind::StepEnded { name: habit.name().to_owned(), outcome, took_ns }).await;
}
