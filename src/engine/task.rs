//! One task: one notebook, executed cell by cell, its outcome recorded whatever happens.

use super::context::{Context, KeptNotebooks};
use super::session::Session;
use super::whim::{Whim, with_whims};
use crate::clock::{parse_rfc3339, rfc3339_micros};
use crate::event::{
    CellTiming, EventKind, Failure, Ids, Level, LogLine, Notice, NoticeKind, Outcome, TaskId, TaskRecord,
};
use crate::notebook::{Cell, Document, Execution, KernelTimes};
use crate::plan::{Keep, NotebookSpec};
use crate::port::{CellReply, CellRequest, Kernel};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// What is known of a task so far. It outlives the future that executes the notebook, so that an interrupted task is recorded too.
struct Draft {
    record: TaskRecord,
    execution: Execution,
    /// Whether its start was emitted: a task starts with its first cell, or with its failure to get that far.
    announced: bool,
}

/// What is to be executed, for whom.
pub(super) struct Order<'o> {
    pub(super) id: TaskId,
    /// Key of the notebook in the plan.
    pub(super) notebook: &'o str,
    /// The notebook with its parameters.
    pub(super) document: Rc<Document>,
    pub(super) scheduled_ns: u64,
    /// Whether the executed copy is kept, where that is not left to the plan.
    pub(super) keep: Option<bool>,
    /// What the user does in the middle of it.
    pub(super) whims: &'o [Whim],
}

/// Executes a notebook on the session's kernel until it ends or `cut` resolves. The record is emitted; its outcome is returned.
pub(super) async fn run(
    context: &Context,
    id: TaskId,
    notebook: &str,
    scheduled_ns: u64,
    whims: &[Whim],
    session: &mut Session,
    cut: impl Future<Output = ()>,
) -> Outcome {
    let Some(document) = context.documents.get(notebook).cloned() else { return Outcome::Unknown };
    let order = Order { id, notebook, document, scheduled_ns, keep: None, whims };
    carry_out(context, order, session, cut).await.map_or(Outcome::Unknown, |record| record.outcome)
}

/// The same with everything said. `None` for a notebook that is not in the plan.
pub(super) async fn carry_out(
    context: &Context,
    order: Order<'_>,
    session: &mut Session,
    cut: impl Future<Output = ()>,
) -> Option<TaskRecord> {
    let Order { id, notebook, document, scheduled_ns, keep, whims } = order;
    let spec = context.plan.notebooks.get(notebook)?;
    let started_ns = context.clock.now_ns();
    let draft = RefCell::new(Draft {
        record: TaskRecord {
            notebook: notebook.to_owned(),
            target: session.target().to_owned(),
            account: session.account().to_owned(),
            kernel_id: String::new(),
            scheduled_ns,
            started_ns,
            ended_ns: started_ns,
            outcome: Outcome::Interrupted,
            cells: spec.code_cells,
            timings: Vec::new(),
            failure: None,
            failed_cell: None,
            notices: Vec::new(),
            kept: None,
        },
        execution: Execution::new(&document),
        announced: false,
    });
    let failure = tokio::select! { biased;
        () = cut => Some(Failure::new(Outcome::Interrupted, "the run ended while the task was under way")),
        result = execute(context, &id, &draft, spec, session, whims) => result.err(),
    };
    let Draft { mut record, execution, announced } = draft.into_inner();
    if !announced {
        record.started_ns = context.clock.now_ns();
        context.emit.event(&id, EventKind::TaskStarted { notebook: notebook.to_owned() }).await;
    }
    note_what_was_dropped(&execution, &mut record);
    record.ended_ns = context.clock.now_ns();
    record.outcome = failure.as_ref().map_or(Outcome::Ok, |failure| failure.outcome);
    record.failure = failure;
    record.kept = path_of_copy(context, &id, &record, keep).await;
    let kept = record.kept.clone();
    // The event goes first: making the copy takes time that is not the task's.
    context.emit.event(&id, EventKind::TaskEnded(Box::new(record.clone()))).await;
    if let Some(path) = kept {
        context.emit.file(path, execution.finish()).await;
    }
    Some(record)
}

fn note_what_was_dropped(execution: &Execution, record: &mut TaskRecord) {
    let count = u32::try_from(execution.dropped().messages).unwrap_or(u32::MAX);
    if count > 0 {
        Notice::add(&mut record.notices, &[Notice { kind: NoticeKind::CopyTruncated, count }]);
    }
}

async fn execute(
    context: &Context,
    id: &TaskId,
    draft: &RefCell<Draft>,
    spec: &NotebookSpec,
    session: &mut Session,
    whims: &[Whim],
) -> Result<(), Failure> {
    let kernel = session.kernel(context, &spec.kernel).await?;
    let started_ns = context.clock.now_ns();
    let cells: Rc<[Cell]> = {
        let mut draft = draft.borrow_mut();
        kernel.begin_task(&draft.record.notebook);
        draft.record.kernel_id = kernel.id().to_owned();
        draft.record.started_ns = started_ns;
        if let Some(info) = kernel.language_info() {
            draft.execution.language(info);
        }
        draft.execution.cells()
    };
    let notebook = draft.borrow().record.notebook.clone();
    context.emit.event(id, EventKind::TaskStarted { notebook }).await;
    draft.borrow_mut().announced = true;
    let until_ns = started_ns.saturating_add(spec.timeout.as_nanos() as u64);
    let expect = spec.expect.map(|expect| expect / (cells.len().max(1) as u32));
    for (at, cell) in cells.iter().enumerate() {
        let sent_ns = context.clock.now_ns();
        let left = Duration::from_nanos(until_ns.saturating_sub(sent_ns));
        let (said, result) = if left.is_zero() {
            (CellReply::default(), Err(out_of_time(spec, None)))
        } else {
            let request = CellRequest { code: cell.source.clone(), timeout: left, expect };
            let due: Vec<Whim> = whims.iter().copied().filter(|whim| whim.falls_on(at, cells.len())).collect();
            let send = async |kernel: &mut dyn Kernel, request| one_cell(context, draft, kernel, cell, request).await;
            with_whims(context, id.into(), &due, kernel.as_mut(), request, send).await
        };
        let took_ns = context.clock.now_ns() - sent_ns;
        let outcome = result.as_ref().err().map_or(Outcome::Ok, |failure| failure.outcome);
        let mut draft = draft.borrow_mut();
        if draft.record.timings.len() < TaskRecord::CELLS_MAX {
            let (kernel_started_ns, kernel_took_ns) = kernel_times(&said);
            let cell = cell.index;
            draft.record.timings.push(CellTiming {
                cell,
                sent_ns,
                took_ns,
                kernel_started_ns,
                kernel_took_ns,
                outcome,
            });
        }
        Notice::add(&mut draft.record.notices, &said.notices);
        match result {
            Err(failure) if is_expected(&failure, cell) => {}
            Err(failure) => {
                draft.record.failed_cell = Some(cell.index);
                let is_late = failure.outcome == Outcome::CellTimeout;
                return Err(if is_late { out_of_time(spec, Some(&failure)) } else { failure });
            }
            Ok(()) => {}
        }
    }
    Ok(())
}

async fn one_cell(
    context: &Context,
    draft: &RefCell<Draft>,
    kernel: &mut dyn Kernel,
    cell: &Cell,
    request: CellRequest,
) -> (CellReply, Result<(), Failure>) {
    let sent_ns = context.clock.now_ns();
    let wall = |t_ns| rfc3339_micros(context.clock.wall_ns_at(t_ns));
    draft.borrow_mut().execution.begin(cell.index, wall(sent_ns));
    let mut take = |message| draft.borrow_mut().execution.take(message);
    let result = kernel.execute(&request, &mut take).await;
    let ended_ns = context.clock.now_ns();
    let (mut reply, result) = match result {
        Ok(reply) => (reply, Ok(())),
        Err(failure) => (CellReply::default(), Err(failure)),
    };
    let result = result.and(reply.failure.take().map_or(Ok(()), Err));
    let took_s = (ended_ns - sent_ns) as f64 / 1e9;
    let failed = result.as_ref().is_err_and(|failure| !is_expected(failure, cell));
    let mut draft = draft.borrow_mut();
    draft.execution.kernel_times(KernelTimes {
        busy: reply.kernel_started.clone(),
        input: std::mem::take(&mut reply.kernel_input),
        reply: std::mem::take(&mut reply.kernel_replied),
        idle: reply.kernel_ended.clone(),
    });
    draft.execution.end(reply.execution_count, wall(ended_ns), took_s, failed);
    (reply, result)
}

/// Whether the author said that the cell may end so.
fn is_expected(failure: &Failure, cell: &Cell) -> bool {
    failure.outcome.is_raised() && cell.may_raise
}

/// When the kernel began a cell, and how long it was busy with it, where it said so.
fn kernel_times(reply: &CellReply) -> (Option<u64>, Option<u64>) {
    let wall = |text: &str| parse_rfc3339(text).and_then(|ns| u64::try_from(ns).ok());
    let (started, ended) = (wall(&reply.kernel_started), wall(&reply.kernel_ended));
    // A clock that was set back meanwhile says nothing.
    (started, started.zip(ended).and_then(|(started, ended)| ended.checked_sub(started)))
}

/// The notebook's time is over. The cell's own failure tells what became of its kernel.
fn out_of_time(spec: &NotebookSpec, cell: Option<&Failure>) -> Failure {
    let timeout = crate::plan::quantity::format_duration(spec.timeout);
    let more = cell.map_or_else(String::new, |cell| format!(": {}", cell.message));
    Failure::new(Outcome::CellTimeout, format!("the notebook took longer than its timeout of {timeout}{more}"))
}

/// Where the executed copy goes, if it is kept.
async fn path_of_copy(context: &Context, id: &TaskId, record: &TaskRecord, keep: Option<bool>) -> Option<String> {
    if record.kernel_id.is_empty() || keep == Some(false) {
        return None;
    }
    let ok = record.outcome.is_ok();
    let wanted = if keep == Some(true) { Keep::All } else { context.plan.keep };
    if !context.kept.admit(wanted, &record.notebook, ok) {
        if !ok && context.kept.just_filled() {
            let text = format!("over {} failed notebooks: no more are kept", KeptNotebooks::FAILED_MAX);
            context.emit.log(Ids::default(), LogLine::new(Level::Warn, text)).await;
        }
        return None;
    }
    let user = &id.iteration.user;
    let again = if id.k > 1 { format!("-{}", id.k) } else { String::new() };
    let name = format!("{}-{}-{}{again}", user.executor, user.index, id.iteration.n);
    Some(format!("notebooks/{}-{}-{name}.ipynb", record.notebook, record.outcome))
}
