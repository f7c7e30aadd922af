//! What hubmark says that it did: its record, counted anew from the events.

use hubmark::event::{Event, EventKind, Outcome, TaskRecord};
use hubmark::record::{Reader, RunSource, SourceError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// An execution of a cell as the cells themselves write it down: kernel, notebook, index of the cell.
pub(crate) type CellKey = (String, String, u32);

/// A stretch without any event: how long, and when it began.
#[derive(Default, Clone)]
pub(crate) struct Silence {
    pub(crate) ns: u64,
    pub(crate) from_ns: u64,
    pub(crate) whose: String,
}

#[derive(Default)]
pub(crate) struct Recorded {
    last_seq: u64,
    pub(crate) events: u64,
    pub(crate) gaps_in_seq: u64,
    pub(crate) tasks_started: u64,
    pub(crate) tasks: Vec<TaskRecord>,
    iterations: BTreeSet<(u32, u64)>,
    pub(crate) iterations_started: u64,
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    pub(crate) interrupted: u64,
    pub(crate) dropped: u64,
    pub(crate) ended_without_start: u64,
    pub(crate) ended: Option<u32>,
    pub(crate) open_leases: usize,
    pub(crate) silence: Silence,
    pub(crate) user_silence: Silence,
    last_t: u64,
    last_of_user: BTreeMap<u32, u64>,
}

impl Recorded {
    pub(crate) fn read(run: &Path) -> Result<Self, SourceError> {
        let reader = Reader::open(run)?;
        let mut all = Self::default();
        reader.events(&mut |event| all.take(event))?;
        all.open_leases = reader.open_leases()?.len();
        Ok(all)
    }

    /// Iterations without an end.
    pub(crate) fn under_way(&self) -> u64 {
        self.iterations.len() as u64
    }

    pub(crate) fn outcomes(&self) -> BTreeMap<Outcome, u64> {
        let mut counts = BTreeMap::new();
        for task in &self.tasks {
            *counts.entry(task.outcome).or_default() += 1;
        }
        counts
    }

    /// By cell: how often hubmark says that it went well, and how often it was sent at all.
    pub(crate) fn cells(&self) -> BTreeMap<CellKey, (u64, u64)> {
        let mut cells: BTreeMap<CellKey, (u64, u64)> = BTreeMap::new();
        for task in &self.tasks {
            for cell in &task.timings {
                let key = (task.kernel_id.clone(), task.notebook.clone(), cell.cell);
                let (ok, sent) = cells.entry(key).or_default();
                *ok += u64::from(cell.outcome.is_ok());
                *sent += 1;
            }
        }
        cells
    }

    fn take(&mut self, event: Event) {
        self.events += 1;
        self.gaps_in_seq += u64::from(event.seq != self.last_seq + 1);
        self.last_seq = event.seq;
        self.time(&event);
        let id = event.ids.user.zip(event.ids.iteration);
        match event.kind {
            EventKind::TaskStarted { .. } => self.tasks_started += 1,
            EventKind::TaskEnded(task) => self.tasks.push(*task),
            EventKind::IterationStarted { .. } => {
                self.iterations_started += 1;
                self.iterations.extend(id);
            }
            EventKind::IterationEnded { outcome, .. } => {
                self.ended_without_start += u64::from(id.is_none_or(|id| !self.iterations.remove(&id)));
                match outcome {
                    Outcome::Ok => self.completed += 1,
                    Outcome::Interrupted => self.interrupted += 1,
                    _ => self.failed += 1,
                }
            }
            EventKind::IterationDropped { count, .. } => self.dropped += count,
            EventKind::RunEnded { left_behind, .. } => self.ended = Some(left_behind),
            _ => {}
        }
    }

    fn time(&mut self, event: &Event) {
        let silent =
            |since: u64, whose: String| Silence { ns: event.t_ns.saturating_sub(since), from_ns: since, whose };
        if event.t_ns.saturating_sub(self.last_t) > self.silence.ns {
            self.silence = silent(self.last_t, "the run".to_owned());
        }
        self.last_t = event.t_ns;
        let Some(user) = event.ids.user else { return };
        let before = self.last_of_user.insert(user, event.t_ns).unwrap_or(event.t_ns);
        if event.t_ns.saturating_sub(before) > self.user_silence.ns {
            self.user_silence = silent(before, format!("user {user}"));
        }
    }
}
