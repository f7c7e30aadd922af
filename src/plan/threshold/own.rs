//! Objectives on metrics of the author's own: `metric.NAME`.
//!
//! An objective is read where it stands in the scenario, which may be before the metrics it names are declared. So its words are read
//! without knowing the metric, and what only the metric decides is checked when the plan is whole.

use super::parse::{aggregate_word, own_aggregates};
use super::{Aggregate, Threshold, Unit};
use crate::plan::OwnMetric;
use crate::plan::quantity::{parse_bytes, parse_duration, parse_rate, parse_ratio};

/// What the names of metrics of the author's own begin with.
pub const OWN: &str = "metric.";

/// The name under `metrics` that a threshold's metric stands for; `None` for one of hubmark's.
#[must_use]
pub fn own_name(metric: &str) -> Option<&str> {
    metric.strip_prefix(OWN)
}

/// A bound with the unit that it is written in.
pub(super) fn bound(text: &str) -> Option<(f64, Unit)> {
    if let Ok(value) = text.parse::<f64>() {
        return value.is_finite().then_some((value, Unit::Number));
    }
    let duration = parse_duration(text).map(|d| (d.as_secs_f64(), Unit::Seconds));
    let ratio = || parse_ratio(text).map(|r| (r, Unit::Ratio));
    let rate = || parse_rate(text).map(|r| (r.0, Unit::PerSecond));
    let bytes = || parse_bytes(text).map(|b| (b as f64, Unit::Bytes));
    duration.or_else(|_| ratio()).or_else(|_| rate()).or_else(|_| bytes()).ok()
}

/// Why a threshold does not fit the metric that it names.
pub(in crate::plan) struct Misfit {
    pub(in crate::plan) why: String,
    /// The wrong word, where one word is wrong.
    pub(in crate::plan) word: Option<String>,
    /// The words that would do.
    pub(in crate::plan) known: &'static [&'static str],
}

/// Whether a threshold fits the metric that it names.
pub(in crate::plan) fn misfit(threshold: &Threshold, metric: &OwnMetric) -> Option<Misfit> {
    let known = own_aggregates(metric.kind);
    let word = aggregate_word(threshold.aggregate);
    let fits = match threshold.aggregate {
        Aggregate::Quantile(_) => known.contains(&"p50"),
        _ => known.contains(&word.as_str()),
    };
    if !fits {
        let why = format!("unknown aggregate of a {} {word:?}", metric.kind.name());
        return Some(Misfit { why, word: Some(word), known });
    }
    let wanted = match threshold.aggregate {
        Aggregate::Count => Unit::Number,
        Aggregate::Rate => Unit::PerSecond,
        _ => metric.value_unit(),
    };
    let example = match wanted {
        Unit::Seconds => "a duration like \"2s\"",
        Unit::Ratio => "a share like \"95%\"",
        Unit::Bytes => "a size like \"2GiB\"",
        Unit::PerSecond => "a rate like \"2/min\"",
        Unit::Number => "a number without unit",
    };
    let why = format!("its bound has another unit than the metric, wanted {example}");
    (threshold.unit != wanted).then_some(Misfit { why, word: None, known: &[] })
}
