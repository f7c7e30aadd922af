//! The farm: nodes by role, what they did, and whether their kernels were where the scenario says.

use super::notebooks::with_interval;
use super::{scrolling, section};
use crate::report::summary::{NodeRow, RoleReport, Summary, TogetherRow};
use crate::report::words;
use maud::{Markup, html};

/// Most rows of a table; the others are in `summary.json`.
const ROWS_MAX: usize = 200;

/// A section for each role, and one for users that were released together.
pub(super) fn nodes(summary: &Summary) -> Markup {
    html! {
        @if let Some(farm) = &summary.farm {
            @for role in &farm.roles {
                (section(&format!("nodes-{}", role.role), &role.name, &lead(role, &farm.notes), &scrolling(&role.name.to_lowercase(), &table(role))))
            }
        }
        @if !summary.together.is_empty() {
            (section("together", "Released together", "How far apart users really began that a barrier released at one moment.", &scrolling("released together", &together(&summary.together))))
        }
    }
}

fn lead(role: &RoleReport, notes: &[String]) -> String {
    let mut sentences = Vec::new();
    if let Some(placed) = words::placements(role) {
        sentences.push(format!("Placement: {placed}."));
    }
    if let Some(evenness) = role.evenness {
        sentences.push(format!("Jain's index of completed tasks is {evenness:.3}; 1 is even."));
    }
    if let Some(packages) = words::packages(role) {
        sentences.push(format!("Kernels have {packages}."));
    }
    sentences.extend(notes.iter().cloned());
    sentences.join(" ")
}

fn table(role: &RoleReport) -> Markup {
    html! {
        table.nodes {
            thead {
                tr {
                    th scope="col" { "Node" }
                    th scope="col" { "Placement" }
                    th.num scope="col" { "Completed" }
                    th.num scope="col" { "Per minute" }
                    th.num scope="col" { "Share of tasks" }
                    th.num scope="col" { "Failed" }
                    th.num scope="col" { "Task time, median" }
                    th.num scope="col" { "Server start, mean" }
                }
            }
            tbody { @for row in role.nodes.iter().take(ROWS_MAX) { (node(row)) } }
        }
        @if role.nodes.len() > ROWS_MAX {
            p.more { "and " (role.nodes.len() - ROWS_MAX) " more in summary.json" }
        }
    }
}

fn node(row: &NodeRow) -> Markup {
    let works = row.users > 0 || row.kernels_of > 0;
    html! {
        tr {
            th scope="row" { (row.node) @if let Some(more) = words::node(row) { span.more { (more) } } }
            td { (placement(row)) }
            @if works {
                td.num { (words::number(row.completed as f64)) }
                td.num { (words::figure(&row.per_minute)) }
                td.num { (with_interval(&row.share)) }
                td.num.bad[row.failed > 0] {
                    (words::number(row.failed as f64))
                    @if row.interrupted > 0 { span.interval { (words::number(row.interrupted as f64)) " interrupted" } }
                }
                td.num { (with_interval(&row.task_p50)) }
                td.num {
                    (words::figure(&row.spawn_mean))
                    @if row.spawns_failed > 0 { span.interval { (words::number(row.spawns_failed as f64)) " failed" } }
                }
            } @else {
                td colspan="6" { span.more { "no user works on it" } }
            }
        }
    }
}

fn placement(row: &NodeRow) -> Markup {
    let Some(verdict) = &row.placement else { return html! { span.more { "no kernel was asked" } } };
    let why = row.placement_why.as_deref().unwrap_or_default();
    html! {
        span.chip.good[verdict == "verified"].warn[verdict == "unverified"].bad[verdict == "contradicted"] title=(why) { (verdict) }
        @if verdict != "verified" { span.more { (why) } }
    }
}

fn together(rows: &[TogetherRow]) -> Markup {
    let seconds = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), words::duration);
    html! {
        table.together {
            thead {
                tr {
                    th scope="col" { "Executor" }
                    th.num scope="col" { "Ready" }
                    th.num scope="col" { "Wait for the slowest" }
                    th.num scope="col" { "Began" }
                    th.num scope="col" { "First after" }
                    th.num scope="col" { "Spread of the starts" }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        th scope="row" { (row.executor) }
                        td.num { (row.ready) " of " (row.users) }
                        td.num { (words::lasting(row.waited_s)) }
                        td.num { (row.begun) }
                        td.num { (seconds(row.first_s)) }
                        td.num { (seconds(row.spread_s)) }
                    }
                }
            }
        }
    }
}
