//! Every task.

use super::{Cell, Column, head, push};
use crate::event::{EventKind, Ids, TaskRecord};
use crate::plan::NodesOfUsers;
use crate::record::{RunSource, SourceError};
use std::rc::Rc;

/// A task with what belongs to it.
pub(super) struct Row {
    simulated: bool,
    run: Rc<str>,
    ids: Ids,
    node: String,
    task: TaskRecord,
}

const fn column(name: &'static str, about: &'static str, cell: fn(&Row) -> Cell) -> Column<Row> {
    Column { name, about, cell }
}

fn seconds(ns: u64) -> Cell {
    Cell::Number(Some(ns as f64 / 1e9), 6)
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn number(value: Option<u64>) -> Cell {
    value.map_or(Cell::Number(None, 0), Cell::Count)
}

/// Columns in their order.
pub(super) const COLUMNS: &[Column<Row>] = &[
    column("simulated", "`SIMULATED` where nothing was measured on real machines, else empty", |row| {
        text(if row.simulated { "SIMULATED" } else { "" })
    }),
    column("run", "the run's id", |row| text(&row.run)),
    column("executor", "key of the executor", |row| text(row.ids.executor.as_deref().unwrap_or_default())),
    column("user", "the user's slot in it, from 0", |row| number(row.ids.user.map(u64::from))),
    column("iteration", "number of the user's iteration, from 1", |row| number(row.ids.iteration)),
    column("task", "number of the task in it, from 1", |row| number(row.ids.task.map(u64::from))),
    column("node", "node that the user works from; empty without a farm", |row| text(&row.node)),
    column("hub", "name of the hub or server", |row| text(&row.task.target)),
    column("account", "account; empty on a plain server", |row| text(&row.task.account)),
    column("notebook", "key of the notebook", |row| text(&row.task.notebook)),
    column("scheduled_s", "when its iteration should have started, seconds from the run's start", |row| {
        seconds(row.task.scheduled_ns)
    }),
    column("started_s", "when its first cell was sent", |row| seconds(row.task.started_ns)),
    column("ended_s", "when it ended", |row| seconds(row.task.ended_ns)),
    column("service_seconds", "from its start to its end", |row| seconds(row.task.service_ns())),
    column("response_seconds", "from its scheduled start to its end", |row| seconds(row.task.response_ns())),
    column("outcome", "how it ended, as in [outcomes](outcomes.md)", |row| text(row.task.outcome.name())),
    column("failure", "what was seen; empty where nothing went wrong", |row| {
        text(&row.task.failure.as_ref().map(ToString::to_string).unwrap_or_default())
    }),
    column("failed_cell", "index of the cell where it went wrong, of all cells, from 0", |row| {
        number(row.task.failed_cell.map(u64::from))
    }),
];

/// All tasks.
pub(super) fn table(source: &dyn RunSource) -> Result<String, SourceError> {
    let manifest = source.manifest();
    let nodes = NodesOfUsers::of(&manifest.plan);
    let run: Rc<str> = manifest.run.as_str().into();
    let mut text = head(COLUMNS);
    source.events(&mut |event| {
        let EventKind::TaskEnded(task) = event.kind else { return };
        let node = event.ids.executor.as_deref().zip(event.ids.user).and_then(|(key, user)| nodes.node(key, user));
        let node = node.unwrap_or_default().to_owned();
        push(
            &mut text,
            COLUMNS,
            &Row { simulated: manifest.simulated, run: Rc::clone(&run), node, ids: event.ids, task: *task },
        );
    })?;
    Ok(text)
}
