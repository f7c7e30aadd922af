//! What did happen: identities, the event envelope, kinds of event, outcomes and samples.
//!
//! Everything that a run does is an [`Event`]; everything that it measures is a [`SampleBatch`]. Both go through one bounded channel to
//! one dispatcher, which gives events their dense `seq`. Times are nanoseconds of the run's schedule clock; wall time stands in
//! [`EventKind::ClockAnchor`] only.

mod ids;
mod kind;
mod lease;
mod log;
mod outcome;
mod outcomes;
mod placement;
mod sample;
mod task;
mod threshold;

pub use ids::{Ids, IterationId, TaskId, UserId};
pub use kind::{EventKind, Phase};
pub use lease::{LeaseKind, LeaseRecord, LeaseState};
pub use log::{Level, LogLine};
pub use outcome::{Failure, Outcome, OutcomeInfo, Reaction};
pub use placement::{KernelHome, PlacementRecord, PlacementVerdict, SeenGpu};
pub use sample::{Sample, SampleBatch, SeriesKey};
pub use task::{CellTiming, Notice, NoticeKind, TaskRecord};
pub use threshold::{ThresholdRecord, ThresholdState};

use serde::{Deserialize, Serialize};

/// Version of the record's format. A reader refuses a newer one.
pub const FORMAT: u32 = 1;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Dense number per run and segment, from 1.
    pub seq: u64,
    /// Nanoseconds of the run's schedule clock.
    pub t_ns: u64,
    /// Which process of the run wrote it: 1, one more after each resume.
    pub incarnation: u32,
    /// Generation of the plan: for events of an iteration the one it started in.
    pub generation: u32,
    /// Part of the run that one process drives, from 1.
    pub segment: u32,
    /// Whom it is about.
    #[serde(flatten)]
    pub ids: Ids,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}
