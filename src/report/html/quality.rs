//! Whether the measurement can be trusted.

use super::{scrolling, section};
use crate::report::summary::{Check, Finding, Reading, Summary};
use crate::report::words;
use maud::{Markup, html};

/// The section.
pub(super) fn quality(summary: &Summary) -> Markup {
    let quality = &summary.quality;
    let table = html! {
        table.checks {
            thead {
                tr {
                    th scope="col" { "Check" }
                    th scope="col" { "Finding" }
                    th.num scope="col" { "Measured" }
                    th scope="col" { "Limit" }
                    th scope="col" { "Meaning" }
                }
            }
            tbody { @for check in &quality.checks { (row(check)) } }
        }
    };
    let body = html! {
        (scrolling("checks of the measurement", &table))
        div.pair {
            div {
                h3 { "The books" }
                ul.identities {
                    @for identity in &quality.identities {
                        li {
                            b.mono { (words::number(identity.left)) (if identity.holds { " = " } else { " ≠ " }) (words::number(identity.right)) }
                            span { (identity.left_is) (if identity.holds { " = " } else { " ≠ " }) (identity.right_is) }
                        }
                    }
                }
            }
            div {
                h3 { "The sample" }
                (sample(summary))
            }
        }
    };
    section("quality", "Quality of the measurement", "These checks decide whether the run is VALID.", &body)
}

fn sample(summary: &Summary) -> Markup {
    let quality = &summary.quality;
    let rate = &quality.steady.completion_rate;
    html! {
        ul.plain {
            li {
                (capital(&quality.steady.says))
                @if rate.reading == Reading::Measured {
                    ": " (words::figure(rate))
                    @if let Some(interval) = words::interval(rate) { " (" (interval) ")" }
                }
                "."
            }
            // A farm's page has the index over its nodes.
            @if let Some(index) = quality.evenness.value.filter(|_| summary.metric_sets.as_ref().is_none_or(|farm| farm.evenness.is_none())) {
                li { "What was done was spread over users with a Jain index of " (words::number(index)) "; 1 is even." }
            }
            @if quality.censored_tasks > 0 {
                li { (words::counted(quality.censored_tasks, "task")) " were under way at the end of the record: their time is not known, so they are in no percentile." }
            }
            @for (component, count) in &quality.degraded {
                li {
                    (component) " reported trouble " (words::counted(*count, "time")) ":"
                    ul {
                        @for trouble in quality.troubles.iter().filter(|trouble| trouble.component == *component) {
                            li {
                                "after " (words::lasting(trouble.first_s))
                                @if trouble.count > 1 { ", " (words::counted(trouble.count, "time")) } ": " (trouble.text)
                            }
                        }
                    }
                }
            }
            @if quality.troubles_left_out > 0 {
                li { (words::counted(quality.troubles_left_out, "report")) " more of trouble are in the record." }
            }
            li { "Intervals hold within this run. They say nothing of how a second run would differ." }
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

fn row(check: &Check) -> Markup {
    let (class, sign, word) = match check.finding {
        Finding::Good => ("chip good", "✓", "good"),
        Finding::Warning => ("chip warn", "!", "warning"),
        Finding::Invalid => ("chip bad", "✕", "invalid"),
        Finding::Unknown => ("chip", "–", "unknown"),
    };
    html! {
        tr {
            th scope="row" { (check.name) }
            td { span class=(class) { span aria-hidden="true" { (sign) } " " (word) } }
            td.num { (words::figure(&check.measured)) }
            td { (check.limit) }
            td { (check.says) }
        }
    }
}
