//! Counting what goes by.

use super::histogram::Histogram;
use crate::event::{Event, EventKind, Outcome, SampleBatch, SeriesKey, ThresholdState};
use crate::plan::{NodesOfUsers, Plan};
use crate::port::{Local, Record, Sink, SinkError};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Nodes that have series of their own; further ones are counted together.
const NODES_MAX: usize = 256;

/// Name of what is counted together beyond a limit.
const OTHER: &str = "other";

/// A notebook of users at a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Work {
    pub(super) notebook: String,
    /// The node and its role; `None` outside a farm.
    pub(super) node: Option<(String, &'static str)>,
}

/// Figures of a run so far.
#[derive(Debug)]
pub struct Board {
    pub(super) run: String,
    pub(super) scenario: String,
    nodes: NodesOfUsers,
    roles: BTreeMap<String, &'static str>,
    pub(super) generation: u32,
    pub(super) users: u32,
    pub(super) tasks_running: u32,
    pub(super) dropped: u64,
    /// Whether objectives hold, by their text; those that could be judged last.
    pub(super) thresholds: BTreeMap<String, bool>,
    pub(super) started: BTreeMap<Work, u64>,
    pub(super) completed: BTreeMap<(Work, Outcome), u64>,
    pub(super) tasks: Histogram,
    pub(super) cells: Histogram,
    pub(super) spawns: Histogram,
    pub(super) kernels: Histogram,
    /// hubmark's own series and those of its samplers, as last sampled.
    pub(super) own: BTreeMap<Arc<SeriesKey>, f64>,
}

impl Board {
    /// A board for a run that begins.
    #[must_use]
    pub fn new(run: &str, plan: &Plan) -> Self {
        let roles = plan.farm.nodes.iter().map(|node| (node.name.clone(), node.role.name())).collect();
        let mut board = Self {
            run: run.to_owned(),
            scenario: plan.name.clone(),
            nodes: NodesOfUsers::of(plan),
            roles,
            generation: 1,
            users: 0,
            tasks_running: 0,
            dropped: 0,
            thresholds: BTreeMap::new(),
            started: BTreeMap::new(),
            completed: BTreeMap::new(),
            tasks: Histogram::default(),
            cells: Histogram::default(),
            spawns: Histogram::default(),
            kernels: Histogram::default(),
            own: BTreeMap::new(),
        };
        board.begin_at_zero(plan);
        board
    }

    /// A counter that appears with its first event has no rate before; what is known to come is there from the start.
    fn begin_at_zero(&mut self, plan: &Plan) {
        let nodes: Vec<String> = self.nodes.iter().map(|(_, _, node)| node.to_owned()).collect();
        for notebook in plan.notebooks.keys() {
            let mut of: Vec<Work> = nodes.iter().map(|node| self.work_at(notebook, Some(node))).collect();
            if of.is_empty() {
                of.push(self.work_at(notebook, None));
            }
            for work in of {
                self.started.insert(work.clone(), 0);
                self.completed.insert((work, Outcome::Ok), 0);
            }
        }
    }

    fn work_at(&self, notebook: &str, node: Option<&str>) -> Work {
        let many = self.roles.len() > NODES_MAX;
        let node = node.map(|node| {
            let role = self.roles.get(node).copied().unwrap_or_default();
            (if many { OTHER } else { node }.to_owned(), role)
        });
        Work { notebook: notebook.to_owned(), node }
    }

    fn work(&self, event: &Event, notebook: &str) -> Work {
        let user = event.ids.executor.as_deref().zip(event.ids.user);
        self.work_at(notebook, user.and_then(|(executor, user)| self.nodes.node(executor, user)))
    }

    fn event(&mut self, event: &Event) {
        self.generation = event.generation;
        match &event.kind {
            EventKind::UserStarted { .. } => self.users += 1,
            EventKind::UserEnded => self.users = self.users.saturating_sub(1),
            EventKind::IterationDropped { count, .. } => self.dropped += count,
            EventKind::TaskStarted { notebook } => {
                self.tasks_running += 1;
                let work = self.work(event, notebook);
                *self.started.entry(work).or_default() += 1;
            }
            EventKind::TaskEnded(task) => {
                self.tasks_running = self.tasks_running.saturating_sub(1);
                let work = self.work(event, &task.notebook);
                *self.completed.entry((work, task.outcome)).or_default() += 1;
                if task.outcome.is_ok() {
                    self.tasks.add(task.service_ns());
                }
                let good = task.timings.iter().filter(|cell| cell.outcome.is_ok());
                good.for_each(|cell| self.cells.add(cell.took_ns));
            }
            EventKind::ThresholdJudged(record) => {
                match record.state {
                    ThresholdState::Undecided => self.thresholds.remove(&record.threshold),
                    state => self.thresholds.insert(record.threshold.clone(), state == ThresholdState::Holds),
                };
            }
            EventKind::ServerStarted { outcome: Outcome::Ok, took_ns, .. } => self.spawns.add(*took_ns),
            EventKind::KernelStarted { outcome: Outcome::Ok, took_ns, .. } => self.kernels.add(*took_ns),
            _ => {}
        }
    }

    fn samples(&mut self, batch: &SampleBatch) {
        let own = |name: &str| name.starts_with("self_") || name.starts_with("sampler_");
        for sample in batch.samples.iter().filter(|sample| own(&sample.series.name)) {
            self.own.insert(Arc::clone(&sample.series), sample.value);
        }
    }
}

/// A store behind a board that sees everything first.
pub struct Watched {
    store: Box<dyn Sink>,
    board: Rc<RefCell<Board>>,
}

impl Watched {
    /// The store, watched.
    #[must_use]
    pub fn new(store: Box<dyn Sink>, board: Rc<RefCell<Board>>) -> Self {
        Self { store, board }
    }
}

impl Sink for Watched {
    fn write<'a>(&'a mut self, batch: &'a [Record]) -> Local<'a, Result<(), SinkError>> {
        let mut board = self.board.borrow_mut();
        for record in batch {
            match record {
                Record::Event(event) => board.event(event),
                Record::Samples(samples) => board.samples(samples),
                Record::File { .. } => {}
            }
        }
        drop(board);
        self.store.write(batch)
    }

    fn sync(&mut self) -> Local<'_, Result<(), SinkError>> {
        self.store.sync()
    }
}
