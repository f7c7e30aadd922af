//! What thresholds may name, as the reference pages print it.

use super::parse::{aggregates_of, own_aggregates};
use super::{METRICS, OWN};
use crate::plan::Instrument;
use std::fmt::Write as _;

/// The table of metrics with their labels and aggregates, in Markdown: hubmark's own, then those that a scenario declares.
#[must_use]
pub fn reference_table() -> String {
    let mut out = String::from("| metric | labels | aggregates | what it is |\n| --- | --- | --- | --- |\n");
    let mut row = |name: &str, labels: &[&str], aggregates: &[&str], about: &str| {
        let labels = if labels.is_empty() { "–".to_owned() } else { labels.join(", ") };
        let _ = writeln!(out, "| `{name}` | {labels} | {} | {about} |", words(aggregates));
    };
    for metric in METRICS {
        row(metric.name, metric.labels, aggregates_of(metric.kind), metric.about);
    }
    for (kind, about) in [
        (
            Instrument::Counter,
            "a declared counter: the sum of what `user:metric` added; `count` is another word for `total`",
        ),
        (
            Instrument::Gauge,
            "a declared gauge: the value observed last over all users, and the sample of all observed values",
        ),
        (Instrument::Histogram, "a declared histogram: the sample of all observed values"),
    ] {
        row(&format!("{OWN}NAME"), &["executor"], own_aggregates(kind), about);
    }
    out.push_str(
        "\nA percentile is `p` with a number between 0 and 100: `p50`, `p95`, `p99.9`. `count` is how many there were, `rate` how many per second\n\
         of the load with a bound like `2/min`, `ratio` a share with a bound like `1%`. Bounds of durations, sizes and shares have their unit:\n\
         `15m`, `2GiB`, `95%`. Those of `metric.NAME` have the unit that the scenario declares for it (`s`, `bytes`, `ratio`) and are bare\n\
         numbers for any other unit; so are those of every `count`. `node` and `role` are those of the farm's nodes that users work from.\n",
    );
    out
}

/// Aggregates as a list of words; the percentiles are one of them.
fn words(aggregates: &[&str]) -> String {
    let percentile = |word: &str| word.starts_with('p');
    let all = aggregates.iter().any(|word| percentile(word)).then(|| "percentiles".to_owned());
    let others = aggregates.iter().filter(|word| !percentile(word)).map(|word| format!("`{word}`"));
    all.into_iter().chain(others).collect::<Vec<_>>().join(", ")
}
