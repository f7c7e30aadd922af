//! Reading an objective from its text.

use super::{Aggregate, METRICS, Metric, MetricKind, OWN, Op, Threshold, Unit, own, own_name};
use crate::plan::Instrument;
use crate::plan::quantity::{format_duration, parse_bytes, parse_duration, parse_rate, parse_ratio};
use std::collections::BTreeMap;
use std::time::Duration;

/// Why a text is not an objective.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("threshold {text:?}: {why}")]
pub struct ThresholdError {
    /// The text that was read.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
    /// The wrong word, where one word is wrong and others would do.
    pub word: Option<String>,
    /// The words that would do.
    pub known: Vec<&'static str>,
}

const FORM: &str =
    "the form is `metric{label=value}.aggregate op value`, for example \"task.duration{notebook=train}.p95 < 15m\"";

/// The shortest window: the live judgement looks once a second at most.
const WINDOW_MIN: Duration = Duration::from_secs(1);

/// What an objective's text is made of.
struct Parts<'t> {
    name: &'t str,
    labels: BTreeMap<String, String>,
    word: &'t str,
    each: Option<String>,
    op: Op,
    right: &'t str,
    over: Option<Duration>,
}

impl Parts<'_> {
    /// Labels that select and the one that splits.
    fn all_labels(&self) -> impl Iterator<Item = &String> {
        self.labels.keys().chain(self.each.as_ref())
    }

    fn judged(self, text: &str, aggregate: Aggregate, value: f64, unit: Unit) -> Threshold {
        Threshold {
            text: text.to_owned(),
            metric: self.name.to_owned(),
            labels: self.labels,
            aggregate,
            each: self.each,
            op: self.op,
            value,
            unit,
            over: self.over,
            action: None,
            after: Duration::ZERO,
        }
    }
}

struct Parser<'t> {
    text: &'t str,
}

impl<'t> Parser<'t> {
    fn fail<T>(&self, why: impl Into<String>) -> Result<T, ThresholdError> {
        Err(ThresholdError { text: self.text.to_owned(), why: why.into(), word: None, known: vec![] })
    }

    fn unknown<T>(&self, what: &str, word: &str, known: Vec<&'static str>) -> Result<T, ThresholdError> {
        let why = format!("unknown {what} {word:?}");
        Err(ThresholdError { text: self.text.to_owned(), why, word: Some(word.to_owned()), known })
    }

    /// Splits at the operator: what is left of it, the operator, what is right of it.
    fn operator(&self) -> Result<(&'t str, Op, &'t str), ThresholdError> {
        let Some(at) = self.text.find(['<', '>']) else {
            return self.fail(format!("it has no <, <=, > or >=; {FORM}"));
        };
        let (left, rest) = self.text.split_at(at);
        let (op, right) = match (rest.as_bytes().first(), rest.as_bytes().get(1)) {
            (Some(b'<'), Some(b'=')) => (Op::LessOrEqual, &rest[2..]),
            (Some(b'<'), _) => (Op::Less, &rest[1..]),
            (_, Some(b'=')) => (Op::GreaterOrEqual, &rest[2..]),
            _ => (Op::Greater, &rest[1..]),
        };
        Ok((left.trim(), op, right.trim()))
    }

    /// Splits `metric{labels}.aggregate` into its three parts.
    fn selector(&self, left: &'t str) -> Result<(&'t str, BTreeMap<String, String>, &'t str), ThresholdError> {
        if let Some(open) = left.find('{') {
            let Some(close) = left.find('}') else {
                return self.fail("the { of its labels is not closed");
            };
            let Some(aggregate) = left[close + 1..].strip_prefix('.') else {
                return self.fail(format!("no .aggregate behind its labels; {FORM}"));
            };
            return Ok((left[..open].trim(), self.labels(&left[open + 1..close])?, aggregate.trim()));
        }
        // A quantile such as p99.9 has a dot of its own.
        let split = left.rfind(".p").filter(|at| left[at + 2..].starts_with(|c: char| c.is_ascii_digit()));
        match split.or_else(|| left.rfind('.')) {
            Some(at) => Ok((left[..at].trim(), BTreeMap::new(), left[at + 1..].trim())),
            None => self.fail(format!("it has no .aggregate; {FORM}")),
        }
    }

    fn labels(&self, text: &str) -> Result<BTreeMap<String, String>, ThresholdError> {
        let mut labels = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let Some((key, value)) = part.split_once('=') else {
                return self.fail(format!("label {part:?} has no ="));
            };
            let value = value.trim().trim_matches('"');
            if labels.insert(key.trim().to_owned(), value.to_owned()).is_some() {
                return self.fail(format!("label {:?} stands twice", key.trim()));
            }
        }
        Ok(labels)
    }

    fn metric(&self, name: &str) -> Result<&'static Metric, ThresholdError> {
        match METRICS.iter().find(|m| m.name == name) {
            Some(metric) => Ok(metric),
            None => self.unknown("metric", name, METRICS.iter().map(|m| m.name).chain([OWN]).collect()),
        }
    }

    fn aggregate(&self, metric: &Metric, word: &str) -> Result<Aggregate, ThresholdError> {
        self.aggregate_of(aggregates_of(metric.kind), metric.name, word)
    }

    fn aggregate_of(&self, known: &[&'static str], name: &str, word: &str) -> Result<Aggregate, ThresholdError> {
        let refused = || self.unknown(&format!("aggregate of {name}"), word, known.to_vec());
        if let Some(digits) = word.strip_prefix('p').filter(|d| d.starts_with(|c: char| c.is_ascii_digit())) {
            if !known.contains(&"p50") {
                return refused();
            }
            return match digits.parse::<f64>() {
                Ok(percent) if percent > 0.0 && percent < 100.0 => Ok(Aggregate::Quantile(percent / 100.0)),
                _ => self.fail(format!("{word:?} is not a percentile between p0 and p100")),
            };
        }
        if !known.contains(&word) {
            return refused();
        }
        Ok(match word {
            "mean" => Aggregate::Mean,
            "max" => Aggregate::Max,
            "min" => Aggregate::Min,
            "count" => Aggregate::Count,
            "rate" => Aggregate::Rate,
            "total" => Aggregate::Total,
            "last" => Aggregate::Last,
            _ => Aggregate::Ratio,
        })
    }

    /// An objective on a metric of the author's own, as far as it can be read without knowing the metric.
    fn own(&self, parts: Parts<'t>) -> Result<Threshold, ThresholdError> {
        let name = parts.name;
        if let Some(label) = parts.all_labels().find(|label| label.as_str() != "executor") {
            return self.unknown(&format!("label of {name}"), label, vec!["executor"]);
        }
        let aggregate = self.aggregate_of(EVERY_AGGREGATE, name, parts.word)?;
        let Some((value, unit)) = own::bound(parts.right) else {
            return self.fail(format!("its bound {:?} is neither a number nor a quantity", parts.right));
        };
        Ok(parts.judged(self.text, aggregate, value, unit))
    }

    /// The window behind `over`.
    fn window(&self, text: &str) -> Result<Duration, ThresholdError> {
        match parse_duration(text) {
            Ok(window) if window >= WINDOW_MIN => Ok(window),
            Ok(_) => self.fail(format!("its window {text:?} is shorter than {}", format_duration(WINDOW_MIN))),
            Err(error) => self.fail(format!("its window {error}")),
        }
    }

    fn bound(&self, unit: Unit, text: &str) -> Result<f64, ThresholdError> {
        let read = match unit {
            Unit::Seconds => parse_duration(text).map(|d| d.as_secs_f64()),
            Unit::Ratio => parse_ratio(text),
            Unit::Bytes => parse_bytes(text).map(|b| b as f64),
            Unit::PerSecond => parse_rate(text).map(|r| r.0),
            Unit::Number => {
                return match text.parse::<f64>() {
                    Ok(value) if value.is_finite() => Ok(value),
                    _ => self.fail(format!("its bound {text:?} is not a number")),
                };
            }
        };
        read.or_else(|error| self.fail(format!("its bound {error}")))
    }
}

/// Every aggregate that some metric of the author's own may have.
const EVERY_AGGREGATE: &[&str] =
    &["p50", "p90", "p95", "p99", "p99.9", "mean", "max", "min", "count", "rate", "total", "last"];

/// The word of an aggregate.
pub(super) fn aggregate_word(aggregate: Aggregate) -> String {
    match aggregate {
        Aggregate::Quantile(q) => format!("p{}", (q * 1e6).round() / 1e4),
        Aggregate::Mean => "mean".to_owned(),
        Aggregate::Max => "max".to_owned(),
        Aggregate::Min => "min".to_owned(),
        Aggregate::Count => "count".to_owned(),
        Aggregate::Rate => "rate".to_owned(),
        Aggregate::Ratio => "ratio".to_owned(),
        Aggregate::Total => "total".to_owned(),
        Aggregate::Last => "last".to_owned(),
    }
}

/// The aggregates that make sense for a kind of metric. `p50` stands for every percentile.
#[must_use]
pub(super) fn aggregates_of(kind: MetricKind) -> &'static [&'static str] {
    match kind {
        MetricKind::Duration => &["p50", "p90", "p95", "p99", "p99.9", "mean", "max", "min", "count"],
        MetricKind::Count => &["count", "rate"],
        MetricKind::Share => &["ratio", "count", "rate"],
        MetricKind::Utilization | MetricKind::Bytes => &["p50", "p90", "p95", "p99", "mean", "max", "min"],
    }
}

/// The aggregates that make sense for a metric of the author's own.
#[must_use]
pub(super) fn own_aggregates(kind: Instrument) -> &'static [&'static str] {
    match kind {
        Instrument::Counter => &["total", "rate", "count"],
        Instrument::Gauge => &["last", "p50", "p90", "p95", "p99", "p99.9", "mean", "max", "min", "count"],
        Instrument::Histogram => aggregates_of(MetricKind::Duration),
    }
}

pub(super) fn unit_of(kind: MetricKind, aggregate: Aggregate) -> Unit {
    match (kind, aggregate) {
        (_, Aggregate::Count) => Unit::Number,
        (_, Aggregate::Rate) => Unit::PerSecond,
        (_, Aggregate::Ratio) | (MetricKind::Utilization, _) => Unit::Ratio,
        (MetricKind::Bytes, _) => Unit::Bytes,
        (MetricKind::Duration, _) => Unit::Seconds,
        (MetricKind::Count | MetricKind::Share, _) => Unit::Number,
    }
}

/// Reads one objective.
///
/// # Errors
/// Where the text does not follow the grammar, or names a metric, label or aggregate that does not exist, or the bound has
/// another unit than the figure.
pub fn parse(text: &str) -> Result<Threshold, ThresholdError> {
    let parser = Parser { text };
    let (left, op, right) = parser.operator()?;
    let (right, over) = match right.split_once(" over ") {
        Some((bound, window)) => (bound.trim(), Some(parser.window(window.trim())?)),
        None => (right, None),
    };
    let (left, each) = match left.split_once(" each ") {
        Some((selector, label)) => (selector.trim(), Some(label.trim().to_owned())),
        None => (left, None),
    };
    let (name, labels, word) = parser.selector(left)?;
    let parts = Parts { name, labels, word, each, op, right, over };
    if own_name(name).is_some_and(|own| !own.is_empty()) {
        return parser.own(parts);
    }
    let metric = parser.metric(name)?;
    if let Some(label) = parts.all_labels().find(|label| !metric.labels.contains(&label.as_str())) {
        return parser.unknown(&format!("label of {name}"), label, metric.labels.to_vec());
    }
    let aggregate = parser.aggregate(metric, word)?;
    let unit = unit_of(metric.kind, aggregate);
    let value = parser.bound(unit, right)?;
    Ok(parts.judged(text, aggregate, value, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objective_reads_with_labels_and_a_unit() {
        let t = parse("task.duration{notebook=train}.p95 < 15m").unwrap();
        assert_eq!((t.metric.as_str(), t.aggregate, t.op), ("task.duration", Aggregate::Quantile(0.95), Op::Less));
        assert_eq!((t.value, t.unit), (900.0, Unit::Seconds));
        assert_eq!(t.labels["notebook"], "train");
        let t = parse("task.failed.ratio each hub <= 1%").unwrap();
        assert_eq!((t.each.as_deref(), t.value), (Some("hub"), 0.01));
        let t = parse("task.duration.p99.9 < 1s").unwrap();
        assert!(matches!(t.aggregate, Aggregate::Quantile(q) if (q - 0.999).abs() < 1e-12));
        assert_eq!(parse("task.completed.rate >= 60/min").unwrap().value, 1.0);
        assert_eq!(parse("iteration.dropped.count <= 0").unwrap().unit, Unit::Number);
        let t = parse("task.failed{role=microserver}.ratio each node < 10% over 5m").unwrap();
        assert_eq!((t.each.as_deref(), t.over, t.value), (Some("node"), Some(Duration::from_secs(300)), 0.1));
    }

    #[test]
    fn a_wrong_objective_says_what_is_wrong() {
        for (text, part) in [
            ("task.duratoin.p95 < 1s", "unknown metric \"task.duratoin\""),
            ("task.duration.p95 = 1s", "no <, <=, > or >="),
            ("task.duration < 1s", "unknown metric \"task\""),
            ("task.duration.p95 < 5", "it has no unit"),
            ("task.failed.p95 < 1%", "unknown aggregate of task.failed \"p95\""),
            ("task.duration.p100 < 1s", "not a percentile"),
            ("task.duration{user=3}.p95 < 1s", "unknown label of task.duration \"user\""),
            ("task.duration{notebook}.p95 < 1s", "has no ="),
            ("task.duration{notebook=a.p95 < 1s", "not closed"),
            ("task.failed.ratio < 0.1", "it has no \"%\""),
            ("task.failed.ratio < 10% over 100ms", "its window \"100ms\" is shorter than 1s"),
            ("task.failed.ratio < 10% over five", "its window"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
