//! What one look at a source tells beside its samples: for whom wants to know whether it is fit for a run.

use crate::clock::{Skew, WallTime};
use crate::event::Sample;
use crate::prom::page::Page;
use crate::prom::profile::{Profile, driver};

/// What one look at a source tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// What a run would record.
    pub samples: Vec<Sample>,
    /// The exporters whose series were there, of those that are read.
    pub profiles: Vec<Profile>,
    /// Version of the GPUs' driver; `None` where the source does not say.
    pub driver: Option<String>,
    /// How far the node's clock is from this machine's; `None` where the source does not say.
    pub skew: Option<Skew>,
}

impl Look {
    /// What a page says, read as that of a profile where one was named.
    pub(super) fn of(page: &Page<'_>, named: Option<Profile>, samples: Vec<Sample>, skew: Option<Skew>) -> Self {
        let read = Profile::ALL.into_iter().filter(|profile| named.is_none_or(|named| named == *profile));
        let profiles = read.filter(|profile| profile.is_on(page)).collect();
        Self { samples, profiles, driver: driver(page), skew }
    }
}

/// The time that node_exporter read off its node's clock for this page, nanoseconds since 1970.
pub(super) fn time_of(page: &Page<'_>) -> Option<WallTime> {
    let point = page.named("node_time_seconds").next()?;
    // A double holds today's seconds to a quarter of a microsecond.
    (point.value.abs() < 9e9).then_some((point.value * 1e9) as WallTime)
}
