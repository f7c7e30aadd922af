//! What was measured.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Name and labels of a series. Names are Prometheus names without the prefix `hubmark_`, units last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeriesKey {
    /// Such as `node_cpu_seconds_total`.
    pub name: String,
    /// Such as `mode="idle"`.
    pub labels: BTreeMap<String, String>,
}

impl SeriesKey {
    /// A series without labels.
    #[must_use]
    pub fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), labels: BTreeMap::new() }
    }

    /// The same with one more label.
    #[must_use]
    pub fn with(mut self, label: &str, value: &str) -> Self {
        self.labels.insert(label.to_owned(), value.to_owned());
        self
    }
}

/// One value of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Which series. Shared, so that a tick costs no copies of names.
    pub series: Arc<SeriesKey>,
    /// Its value in the unit that the name ends in. Counters are raw; rates are derived later.
    pub value: f64,
}

/// What one sampler measured at one tick.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleBatch {
    /// Name of the sampler: `host`, `self`.
    pub sampler: &'static str,
    /// When, nanoseconds of the run's schedule clock.
    pub t_ns: u64,
    /// The values. A series without a value at this tick is left out, never zero.
    pub samples: Vec<Sample>,
}
