//! Something that measures at regular intervals.

use super::Local;
use crate::event::Sample;
use crate::plan::Sampling;
use std::time::Duration;

/// Why a sampler has no values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    /// This machine cannot give it; do not ask again.
    #[error("not supported here: {0}")]
    Unsupported(String),
    /// It did not work this time.
    #[error("{0}")]
    Failed(String),
}

/// Measures one thing. The engine gives each sampler a task of its own, an interval and a timeout.
pub trait Sampler {
    /// Its name, such as `host`.
    fn name(&self) -> &'static str;

    /// Labels that tell it from other samplers of the same name, such as the node that it measures: those of its health series.
    fn labels(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Measures now.
    fn sample(&mut self) -> Local<'_, Result<Vec<Sample>, SampleError>>;

    /// How long it is from one tick to the next.
    fn interval(&self, sampling: &Sampling) -> Duration {
        sampling.host
    }

    /// What it has to tell beside values since this was last asked, such as a device that was lost; each becomes an event.
    fn notices(&mut self) -> Vec<String> {
        vec![]
    }
}
