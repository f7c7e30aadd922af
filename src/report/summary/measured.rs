//! Tables of what was measured.

use super::Figure;
use serde::Serialize;

/// Tasks of one notebook.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NotebookRow {
    /// Its key in the scenario.
    pub key: String,
    /// Its path in the scenario's folder; empty for a notebook that the plan does not name.
    pub path: String,
    /// Tasks that ended, without those that were given up.
    pub ended: u64,
    /// Of those, with outcome ok.
    pub ok: u64,
    /// Of those, failed.
    pub failed: u64,
    /// Of those, interrupted by the end of the run.
    pub interrupted: u64,
    /// Tasks besides that their users gave up (`abandoned`, `cancelled`), as their habits say: in no time, rate or share.
    pub given_up: u64,
    /// Share of the mix that was asked for, of all tasks; null where no mix names it.
    pub wanted_share: Option<f64>,
    /// Share of all tasks that ended.
    pub realised_share: f64,
    /// Median service time; failed tasks count as above every bound.
    pub p50: Figure,
    /// 95th percentile of the service time; failed tasks count as above every bound.
    pub p95: Figure,
    /// 95th percentile of the service time of tasks with outcome ok.
    pub p95_of_successes: Figure,
    /// Mean service time of tasks with outcome ok.
    pub mean_of_successes: Figure,
    /// What the author expected a task to take, seconds.
    pub expected_s: Option<f64>,
    /// Tasks with outcome ok by service time, in the classes whose edges are the timeline's `service_edges_s`.
    pub distribution: Vec<u64>,
}

/// One thing that users' time went into.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StageRow {
    /// Its name for programs.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What exactly it is.
    pub about: String,
    /// How often it ended.
    pub ended: u64,
    /// Of those, not with outcome ok.
    pub failed: u64,
    /// Median; failures count as above every bound.
    pub p50: Figure,
    /// 95th percentile; failures count as above every bound.
    pub p95: Figure,
    /// Time that all of them took together, failures included, seconds.
    pub total_s: f64,
    /// Share of the time of all stages.
    pub share: f64,
}

/// Failures with the same cause.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorGroup {
    /// Where it happened: `task`, `spawn`, `kernel start`, `kernel close`, `server stop`; with users of the author's own `own code`,
    /// `file transfer`, `kernel request`, `user call`, `user start`, `iteration`, `user stop`.
    pub stage: String,
    /// How it ended, an outcome's name.
    pub outcome: String,
    /// The message with numbers, ids, paths and accounts replaced.
    pub message: String,
    /// The author's file and line: of an error of the scenario's code, or of the call that met the failure.
    pub place: Option<String>,
    /// How often.
    pub count: u64,
    /// Seconds from the run's start.
    pub first_s: f64,
    /// Seconds from the run's start.
    pub last_s: f64,
    /// When it happened, seconds from the run's start: the first 200 times, those within a second of each other as one.
    pub times_s: Vec<f64>,
    /// The first message as it was seen.
    pub example: String,
    /// To whom the example happened.
    pub who: String,
    /// Notebook of the example, where it was a task.
    pub notebook: Option<String>,
    /// Index, from 0 among all cells of the document, of the cell that failed.
    pub cell: Option<u32>,
    /// Path of an executed notebook that shows it, below the run's folder.
    pub kept: Option<String>,
}

impl ErrorGroup {
    /// Its message with the author's file and line, where it has one.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.place {
            Some(place) => format!("{} ({place})", self.message),
            None => self.message.clone(),
        }
    }
}

/// What tasks and calls of users' own code met without failing by it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NoticeRow {
    /// Which: `output_truncated`, `copy_truncated`, `reconnected`, `output_lost`.
    pub kind: String,
    /// What it means.
    pub about: String,
    /// Tasks that met it, whatever their outcome.
    pub tasks: u64,
    /// Calls of users' own code that met it, whatever their outcome.
    pub calls: u64,
    /// How often in all.
    pub count: u64,
}

/// What one interval of the run brought.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct IntervalRow {
    /// Its start, seconds from the run's start.
    pub from_s: f64,
    /// Its end.
    pub to_s: f64,
    /// Users at work, averaged over the interval.
    pub users: f64,
    /// Tasks.
    #[serde(flatten)]
    pub tasks: IntervalWork,
    /// Iterations of users of the author's own, without those that were cut short; null in a run without users of the author's own.
    pub iterations: Option<IntervalWork>,
    /// Servers that became ready.
    pub spawned: u64,
    /// Mean share of the machine hubmark runs on that was busy.
    pub host_cpu: Option<f64>,
    /// Most memory in use on the machine hubmark runs on, bytes.
    pub host_memory_bytes: Option<f64>,
    /// Mean share of one processor that hubmark itself used.
    pub self_cpu: Option<f64>,
    /// Longest lateness of hubmark's own timer, seconds.
    pub lateness_s: Option<f64>,
}

/// What one interval of the run brought of one kind of work.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct IntervalWork {
    /// Those that ended with outcome ok.
    pub completed: u64,
    /// Those that ended otherwise.
    pub failed: u64,
    /// Those with outcome ok, per minute.
    pub per_minute: f64,
    /// Median time; failures count as above every bound.
    pub p50: Figure,
    /// 95th percentile of the time; failures count as above every bound.
    pub p95: Figure,
}

impl IntervalRow {
    /// Tasks, or iterations.
    #[must_use]
    pub fn work(&self, iterations: bool) -> &IntervalWork {
        self.iterations.as_ref().filter(|_| iterations).unwrap_or(&self.tasks)
    }
}
