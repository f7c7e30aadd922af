//! The farm: how tasks were spread over its nodes, and a table and maps of the nodes of each role.

use super::chart::percent;
use super::{farm, scrolling, section};
use crate::report::roles::{self, Cell, RoleTable, Row};
use crate::report::summary::{NodeRow, RoleReport, Summary, TogetherRow};
use crate::report::words;
use maud::{Markup, html};

/// Most rows of a table; the others are in `summary.json`.
const ROWS_MAX: usize = 200;

/// How tasks were spread over the nodes that users work on.
pub(super) fn distribution(summary: &Summary) -> Markup {
    let (Some(says), nodes) = (roles::spread(summary), roles::worked(summary)) else { return html! {} };
    let lead = "Share of all completed tasks by node, in the scenario’s order, with its 95 % interval; the line is an even share.";
    let body = html! {
        p { (says) }
        @if nodes.len() <= ROWS_MAX { (shares(&nodes, &says)) }
    };
    section("distribution", "Tasks by node", lead, &body)
}

/// Height of the figure of shares.
const HIGH: f64 = 120.0;

fn shares(nodes: &[&NodeRow], says: &str) -> Markup {
    let highs = nodes.iter().filter_map(|node| node.share.high.or(node.share.value));
    let top = highs.fold(f64::MIN_POSITIVE, f64::max) * 1.05;
    let y = |share: f64| format!("{:.1}", HIGH * (1.0 - share / top));
    let step = 100.0 / nodes.len() as f64;
    let even = 1.0 / nodes.len() as f64;
    html! {
        svg.shares width="100%" height=(HIGH) role="img" aria-labelledby="shares-t shares-d" {
            title id="shares-t" { "Share of all completed tasks by node" }
            desc id="shares-d" { (says) }
            line.base x1="0" x2="100%" y1=(HIGH) y2=(HIGH) {}
            @for (index, node) in nodes.iter().enumerate() {
                @let x = percent((index as f64 + 0.5) * step);
                @if let (Some(value), Some(low), Some(high)) = (node.share.value, node.share.low, node.share.high) {
                    g {
                        title { (node.node) ": " (words::counted(node.completed, "task")) ", " (words::percent(value)) }
                        line.range x1=(x) x2=(x) y1=(y(low)) y2=(y(high)) {}
                        circle.point cx=(x) cy=(y(value)) r="2.5" {}
                    }
                }
            }
            line.even x1="0" x2="100%" y1=(y(even)) y2=(y(even)) {}
        }
        p.between { span { (nodes.first().map_or("", |node| &node.node)) } span { (nodes.last().map_or("", |node| &node.node)) } }
    }
}

/// A section for each role, and one for users that were released together.
pub(super) fn nodes(summary: &Summary) -> Markup {
    html! {
        @if let Some(nodes) = &summary.nodes {
            @for role in &nodes.roles {
                @let body = html! {
                    (scrolling(&role.name.to_lowercase(), &table(&roles::table(role, summary))))
                    (farm::maps(&role.role, summary))
                };
                (section(&format!("nodes-{}", role.role.replace('_', "-")), &role.name, &lead(role, &nodes.notes), &body))
            }
        }
        @if !summary.together.is_empty() {
            (section("together", "Released together", "How far apart users really began that a barrier released at one moment.", &scrolling("released together", &together(&summary.together))))
        }
    }
}

fn lead(role: &RoleReport, notes: &[String]) -> String {
    let whose = match role.role.as_str() {
        "microserver" => "GPU figures are those of the GPUs assigned to each node; tasks those of its own users.",
        _ => "GPU figures are those of all GPUs that it holds; tasks those of all users whose kernels run there.",
    };
    let mut sentences = vec![whose.to_owned()];
    if let Some(placed) = words::placements(role) {
        sentences.push(format!("Placement: {placed}."));
    }
    if let Some(packages) = words::packages(role) {
        sentences.push(format!("Kernels have {packages}."));
    }
    sentences.extend(notes.iter().cloned());
    sentences.join(" ")
}

fn table(table: &RoleTable<'_>) -> Markup {
    html! {
        table.nodes {
            thead {
                tr {
                    th scope="col" { "Node" }
                    @if table.placement { th scope="col" { "Placement" } }
                    @for name in &table.columns { th.num scope="col" { (name) } }
                }
            }
            tbody { @for row in table.rows.iter().take(ROWS_MAX) { (node(row, table.placement)) } }
        }
        @if table.rows.len() > ROWS_MAX {
            p.more { "and " (table.rows.len() - ROWS_MAX) " more in summary.json" }
        }
    }
}

fn node(row: &Row<'_>, placed: bool) -> Markup {
    html! {
        tr.whole[row.node.is_none()] {
            th scope="row" { (row.name) @if let Some(more) = row.node.and_then(words::node) { span.more { (more) } } }
            @if placed { td { @if let Some(node) = row.node { (placement(node)) } } }
            @for of in &row.cells { (cell(of)) }
        }
    }
}

/// A cell of a table of nodes.
pub(super) fn cell(cell: &Cell) -> Markup {
    html! {
        td.num.bad[cell.bad] { (cell.text) @if let Some(beside) = &cell.beside { span.interval { (beside) } } }
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
