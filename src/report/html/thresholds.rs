//! Objectives and how they came out.

use super::chart::percent;
use super::{scrolling, section};
use crate::report::summary::{BrokenSpan, Judgement, Ruling, Summary, Unit};
use crate::report::words;
use maud::{Markup, html};

/// The section; nothing without objectives.
pub(super) fn thresholds(summary: &Summary) -> Markup {
    if summary.thresholds.is_empty() {
        return html! {};
    }
    let table = html! {
        table.thresholds {
            thead {
                tr {
                    th scope="col" { "Ruling" }
                    th scope="col" { "Objective" }
                    th.plotcolumn scope="col" { "Measured against the bound" }
                    th.num scope="col" { "Measured" }
                    th.num scope="col" { "Bound" }
                }
            }
            tbody { @for row in &summary.thresholds { (judgement(row)) } }
        }
    };
    let lead = "A figure whose sample is too small is undecided, never passed.";
    let body = html! {
        (scrolling("thresholds", &table))
        (broken(summary))
    };
    section("thresholds", "Thresholds", lead, &body)
}

/// When objectives were broken while the run went on, on the run's time axis.
fn broken(summary: &Summary) -> Markup {
    if summary.broken.is_empty() {
        return html! {};
    }
    let length_s = summary.header.length_s;
    let table = html! {
        table.thresholds {
            thead {
                tr {
                    th scope="col" { "Broken while the run went on" }
                    th.plotcolumn scope="col" { "When, from the start to the end of the run" }
                    th.num scope="col" { "From" }
                    th.num scope="col" { "Until" }
                    th.num scope="col" { "Measured first" }
                    th scope="col" { "Action" }
                }
            }
            tbody { @for span in &summary.broken { (span_row(span, length_s)) } }
        }
    };
    scrolling("when thresholds were broken", &table)
}

fn span_row(span: &BrokenSpan, length_s: f64) -> Markup {
    let at = |seconds: f64| (seconds / length_s.max(1e-9) * 100.0).clamp(0.0, 100.0);
    let (from, to) = (at(span.from_s), at(span.to_s.unwrap_or(length_s)));
    html! {
        tr {
            th.objective scope="row" {
                code { (span.objective) }
                @if let Some(label) = &span.label { span.label { (label) } }
            }
            td.plotcolumn {
                svg.brokenspan width="100%" height="14" aria-hidden="true" {
                    rect.whole x="0" width="100%" y="2" height="10" rx="2" {}
                    // A short one can be seen too.
                    rect.broken x=(percent(from)) width=(percent((to - from).max(0.4))) y="2" height="10" rx="2" {}
                }
            }
            td.num { (words::lasting(span.from_s)) }
            td.num { @match span.to_s { Some(to) => { (words::lasting(to)) } None => { "the end" } } }
            td.num { (span.figure) }
            td { (span.action.as_deref().unwrap_or("–")) }
        }
    }
}

/// How it came out: a sign, a word and a colour.
pub(super) fn chip(ruling: Ruling) -> Markup {
    let (class, sign) = match ruling {
        Ruling::Pass => ("chip good", "✓"),
        Ruling::Fail => ("chip bad", "✕"),
        Ruling::Undecided => ("chip warn", "?"),
    };
    html! { span class=(class) { span aria-hidden="true" { (sign) } " " (ruling.word()) } }
}

fn judgement(row: &Judgement) -> Markup {
    let interval = words::interval(&row.measured);
    html! {
        tr {
            td { (chip(row.ruling)) }
            th.objective scope="row" {
                code { (row.objective) }
                @if let Some(label) = &row.label { span.label { (label) } }
                @if let Some(reason) = &row.reason { span.reason { (reason) } }
            }
            td.plotcolumn { (bullet(row)) }
            td.num {
                (words::figure(&row.measured))
                @if let Some(interval) = interval { span.interval { (interval) } }
            }
            td.num { (row.op) " " (bound(row)) }
        }
    }
}

fn bound(row: &Judgement) -> String {
    match row.measured.unit {
        // A rate is measured per second and read per minute where it is slow.
        Unit::PerSecond if row.bound < 1.0 => words::value(row.bound * 60.0, Unit::PerMinute),
        unit => words::value(row.bound, unit),
    }
}

/// The interval beside the bound, on an axis from zero; the side that is allowed is shaded.
fn bullet(row: &Judgement) -> Markup {
    let Some(value) = row.measured.value else {
        return html! {};
    };
    let high = row.measured.high.filter(|_| row.measured.low.is_some()).unwrap_or(value);
    let top = high.max(row.bound).max(value) * 1.12;
    if !(top.is_finite() && top > 0.0) {
        return html! {};
    }
    let at = |v: f64| (v / top * 100.0).clamp(0.0, 100.0);
    let below = row.op.starts_with('<');
    let (from, width) = if below { (0.0, at(row.bound)) } else { (at(row.bound), 100.0 - at(row.bound)) };
    let class = match row.ruling {
        Ruling::Fail => "bad",
        _ => "good",
    };
    html! {
        svg class=(format!("bullet {class}")) width="100%" height="22" aria-hidden="true" {
            rect.allowed x=(percent(from)) width=(percent(width)) y="3" height="16" rx="2" {}
            line.limit x1=(percent(at(row.bound))) x2=(percent(at(row.bound))) y1="0" y2="22" {}
            @if let Some(low) = row.measured.low {
                line.range x1=(percent(at(low))) x2=(percent(at(high))) y1="11" y2="11" {}
            }
            circle.point cx=(percent(at(value))) cy="11" r="4.5" {}
        }
    }
}
