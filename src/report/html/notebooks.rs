//! Tasks by notebook: how many, how long, and how the mix came out.

use super::chart::{Scale, percent, short};
use super::{scrolling, section};
use crate::report::summary::{Figure, NotebookRow, Summary, Unit};
use crate::report::words;
use maud::{Markup, html};

/// Height of a distribution, pixels.
const HEIGHT: f64 = 44.0;

/// The section.
pub(super) fn notebooks(summary: &Summary) -> Markup {
    if summary.notebooks.is_empty() {
        return html! {};
    }
    if summary.notebooks.iter().all(|row| row.ended == 0) {
        let body = html! { p.absent { "No notebook was executed to its end, so there are no times to show." } };
        return section("notebooks", "Task time by notebook", "", &body);
    }
    let edges = &summary.timeline.service_edges_s;
    let scale = match (edges.first(), edges.last()) {
        (Some(from), Some(to)) => Some(Scale::logarithmic(*from, *to, Unit::Seconds, HEIGHT)),
        _ => None,
    };
    let table = html! {
        table.notebooks {
            thead {
                tr {
                    th scope="col" { "Notebook" }
                    th.num scope="col" { "Completed" }
                    th.num scope="col" { "Failed" }
                    th.plotcolumn scope="col" { "Distribution of task time" }
                    th.num scope="col" { "Median" }
                    th.num scope="col" { "p95" }
                    th scope="col" { "Share of tasks" }
                }
            }
            tbody { @for row in &summary.notebooks { (notebook(row, edges, scale.as_ref())) } }
            @if let Some(scale) = &scale { tfoot { (axis_row(scale)) } }
        }
    };
    let lead = "The distributions share one logarithmic axis; the line is the median. Failed tasks count as above every bound.";
    section("notebooks", "Task time by notebook", lead, &scrolling("tasks by notebook", &table))
}

fn notebook(row: &NotebookRow, edges: &[f64], scale: Option<&Scale>) -> Markup {
    let lost = row.failed + row.interrupted;
    html! {
        tr {
            th scope="row" { (row.key) @if !row.path.is_empty() { span.more { (row.path) } } }
            td.num { (words::number(row.ok as f64)) }
            td.num.bad[row.failed > 0] {
                (words::number(lost as f64))
                @if row.interrupted > 0 { span.interval { (words::number(row.interrupted as f64)) " interrupted" } }
                @if row.given_up > 0 { span.interval { (words::number(row.given_up as f64)) " given up" } }
            }
            td.plotcolumn { @if let Some(scale) = scale { (distribution(row, edges, scale)) } }
            td.num { (with_interval(&row.p50)) }
            td.num {
                (with_interval(&row.p95))
                @if row.p95.above > 0 { span.interval { "successes " (words::figure(&row.p95_of_successes)) } }
            }
            td { (shares(row)) }
        }
    }
}

/// A figure with its interval under it.
pub(super) fn with_interval(figure: &Figure) -> Markup {
    html! {
        (words::figure(figure))
        @if let Some(interval) = words::interval(figure) { span.interval { (interval) } }
    }
}

fn distribution(row: &NotebookRow, edges: &[f64], scale: &Scale) -> Markup {
    let most = row.distribution.iter().copied().max().unwrap_or(0).max(1) as f64;
    let x = |seconds: f64| scale.share(seconds) * 100.0;
    let bars = row.distribution.iter().zip(edges.windows(2)).filter(|(count, _)| **count > 0);
    html! {
        svg.distribution width="100%" height=(short(HEIGHT)) role="img" aria-label=(described(row)) {
            @for (count, edge) in bars {
                @let height = (*count as f64 / most * (HEIGHT - 4.0)).max(1.0);
                rect x=(percent(x(edge[0]))) width=(percent((x(edge[1]) - x(edge[0])) * 0.9)) y=(short(HEIGHT - height)) height=(short(height)) {
                    title { (words::duration(edge[0])) " to " (words::duration(edge[1])) ": " (count) }
                }
            }
            line.grid x1="0" x2="100%" y1=(short(HEIGHT - 0.5)) y2=(short(HEIGHT - 0.5)) {}
            @if let Some(median) = row.p50.value {
                line.medianmark x1=(percent(x(median))) x2=(percent(x(median))) y1="0" y2=(short(HEIGHT)) {}
            }
        }
    }
}

fn described(row: &NotebookRow) -> String {
    let median = words::figure(&row.p50);
    format!("Task times of {}: {}, median {median}", row.key, words::counted(row.ok, "completed task"))
}

fn axis_row(scale: &Scale) -> Markup {
    html! {
        tr.axisrow {
            td colspan="3" {}
            td.plotcolumn {
                svg width="100%" height="16" aria-hidden="true" {
                    @for (value, label) in scale.ticks() {
                        @let at = scale.share(value) * 100.0;
                        @let anchor = if at < 6.0 { "start" } else if at > 94.0 { "end" } else { "middle" };
                        text.tick x=(percent(at)) y="12" text-anchor=(anchor) { (label) }
                    }
                }
            }
            td colspan="3" {}
        }
    }
}

/// A share with no line end between its number and its sign.
fn tied(share: f64) -> String {
    words::percent(share).replace(' ', "\u{a0}")
}

/// The realised share as a bar, the wanted one as a tick.
fn shares(row: &NotebookRow) -> Markup {
    let realised = row.realised_share.clamp(0.0, 1.0) * 100.0;
    html! {
        svg.share width="100%" height="14" aria-hidden="true" {
            rect.rest x="0" width="100%" y="4" height="6" rx="3" {}
            rect.part x="0" width=(percent(realised)) y="4" height="6" rx="3" {}
            @if let Some(wanted) = row.wanted_share {
                line.wanted x1=(percent(wanted * 100.0)) x2=(percent(wanted * 100.0)) y1="0" y2="14" {}
            }
        }
        span.interval {
            (tied(row.realised_share))
            @if let Some(wanted) = row.wanted_share { ", wanted\u{a0}" (tied(wanted)) }
        }
    }
}
