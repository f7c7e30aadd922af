//! The analysis of a run as data: what `summary.json` holds and every rendering prints.
//!
//! Times are seconds from the start of the run, values are in the unit that their name ends in or that their [`Unit`] says.
//! `docs/reference/summary.schema.json` describes the JSON; a test keeps both the same.

mod attribution;
mod diagnosis;
mod drift;
mod farm;
mod figure;
mod gpu;
mod header;
mod log;
mod measured;
mod nodes;
mod objective;
mod origin;
mod own;
mod quality;
mod scalability;
mod timeline;
mod uptime;

pub use attribution::{Attribution, Refused, SpentRow};
pub use diagnosis::Diagnosis;
pub use drift::{ChangePoint, Drift, DriftRow};
pub use farm::{MetricSet, MetricSets, Resource, RoleInterval};
pub use figure::{Figure, KeyFigure, Reading, Unit};
pub use gpu::{EnergyMethod, GpuRow};
pub use header::{Header, Machine, RunState, TargetLine, Verdict, VerdictCode};
pub use log::{Log, LogText};
pub use measured::{ErrorGroup, IntervalRow, IntervalWork, NotebookRow, NoticeRow, StageRow};
pub use nodes::{NodeRow, NodesReport, RoleReport, TogetherRow};
pub use objective::{BrokenSpan, Judgement, Ruling};
pub use origin::{FileLine, Generation, Origin};
pub use own::{CheckRow, IterationRow, MetricFigure, MetricRow, StepRow};
pub use quality::{Check, Finding, Identity, Quality, SteadyState, Trouble};
pub use scalability::{Level, Scalability, ScalabilityLaw};
pub use timeline::{IterationsOverTime, Line, LinePoint, Mark, MarkKind, Span, TaskBucket, TaskDot, Timeline};
pub use uptime::{ReachSpan, Uptime};

use serde::Serialize;

/// Version of the summary's format.
pub const SUMMARY_FORMAT: u32 = 1;

/// Everything that a report says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    /// Version of this format.
    pub format: u32,
    /// What was run, when, and whether its figures can be trusted.
    pub header: Header,
    /// What came out, in words.
    pub verdict: Verdict,
    /// The figures that people ask for first.
    pub key_figures: Vec<KeyFigure>,
    /// Objectives, in the author's order, one row for each value of a split label.
    pub thresholds: Vec<Judgement>,
    /// When objectives were broken while the run went on, judged over windows; the first 1000 changes are in it.
    pub broken: Vec<BrokenSpan>,
    /// What limits the farm, and the metrics of its roles and nodes; null for a run without a farm.
    pub metric_sets: Option<MetricSets>,
    /// Whether the run went on as it began; null where the load is too short for it.
    pub drift: Option<Drift>,
    /// What happened over time.
    pub timeline: Timeline,
    /// Tasks by notebook, sorted by key.
    pub notebooks: Vec<NotebookRow>,
    /// How throughput grew with the users; null for a run with one number of users.
    pub scalability: Option<Scalability>,
    /// What each node's users did, and whether their kernels were where the scenario says; null in a run without nodes.
    pub nodes: Option<NodesReport>,
    /// Executors whose users were released together, sorted by key.
    pub together: Vec<TogetherRow>,
    /// What users' time went into, in the order of a user's life.
    pub stages: Vec<StageRow>,
    /// Iterations of users of the author's own, sorted by executor; empty in a run without such users.
    pub iterations: Vec<IterationRow>,
    /// Steps of users of the author's own, sorted by name.
    pub steps: Vec<StepRow>,
    /// Checks of users of the author's own, sorted by name.
    pub checks: Vec<CheckRow>,
    /// Metrics that the scenario declares, sorted by name.
    pub metrics: Vec<MetricRow>,
    /// Failures with the same cause together, most frequent first.
    pub errors: Vec<ErrorGroup>,
    /// Failures that found no group, because there were too many kinds.
    pub errors_ungrouped: u64,
    /// Failures that the scenario's own code caught, with `user:try` or `pcall`, in groups like those of `errors`. They are no failures of
    /// the run and are not in `errors`.
    pub caught: Vec<ErrorGroup>,
    /// Caught failures that found no group, because there were too many kinds.
    pub caught_ungrouped: u64,
    /// What tasks met without failing by it.
    pub notices: Vec<NoticeRow>,
    /// What the scenario said in the run's log.
    pub log: Log,
    /// The machine that hubmark ran on, and hubmark itself, over time.
    pub machines: Vec<Line>,
    /// The GPUs that were sampled, by number: those of the machine that hubmark ran on, or of a farm's nodes; empty where none were sampled.
    pub gpus: Vec<GpuRow>,
    /// What tasks took of the farm's GPUs; null where users have no GPUs that were sampled.
    pub attribution: Option<Attribution>,
    /// Whether the measurement can be trusted, and why.
    pub quality: Quality,
    /// One row for each interval of the scenario's `sampling.report`.
    pub intervals: Vec<IntervalRow>,
    /// Where it ran and how to repeat it.
    pub origin: Origin,
}

impl Summary {
    /// The key figure of this name.
    #[must_use]
    pub fn key_figure(&self, key: &str) -> Option<&Figure> {
        self.key_figures.iter().find(|k| k.key == key).map(|k| &k.figure)
    }

    /// Whether the run is about iterations of the author's own users alone: no task ended.
    #[must_use]
    pub fn by_iterations(&self) -> bool {
        !self.iterations.is_empty() && self.timeline.tasks.iter().all(|bucket| bucket.completed + bucket.failed == 0)
    }

    /// Failures of the run, those without a group among them.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.errors.iter().map(|group| group.count).sum::<u64>() + self.errors_ungrouped
    }

    /// Failures that the scenario's own code caught.
    #[must_use]
    pub fn failures_caught(&self) -> u64 {
        self.caught.iter().map(|group| group.count).sum::<u64>() + self.caught_ungrouped
    }

    /// How it came out: what the command line makes an exit code of.
    #[must_use]
    pub fn verdict_code(&self) -> VerdictCode {
        self.verdict.code
    }
}
