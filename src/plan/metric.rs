//! Metrics of the author's own: declared in the plan, observed by users' code.

use super::threshold::Unit;
use serde::{Deserialize, Serialize};

/// How observations of a metric add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    /// Each observation is added to a sum.
    Counter,
    /// Each observation is the value from now on.
    Gauge,
    /// Each observation is one of a sample.
    Histogram,
}

impl Instrument {
    /// The words that authors write.
    pub const WORDS: &'static [&'static str] = &["counter", "gauge", "histogram"];

    /// Its word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Instrument::Counter => "counter",
            Instrument::Gauge => "gauge",
            Instrument::Histogram => "histogram",
        }
    }
}

/// A metric that the scenario declares under `metrics`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnMetric {
    /// How its observations add up.
    pub kind: Instrument,
    /// Its unit: `s`, `bytes` and `ratio` are printed and judged as such, any other word stands beside the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What it measures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

impl OwnMetric {
    /// The unit of its values in figures and bounds.
    #[must_use]
    pub fn value_unit(&self) -> Unit {
        match self.unit.as_deref() {
            Some("s") => Unit::Seconds,
            Some("bytes") => Unit::Bytes,
            Some("ratio") => Unit::Ratio,
            _ => Unit::Number,
        }
    }
}
