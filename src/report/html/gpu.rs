//! GPUs: utilisation over time and a table.

use super::machines::multiples;
use super::{scrolling, section};
use crate::report::summary::{GpuRow, Summary};
use crate::report::{attribution, gpus};
use maud::{Markup, html};

/// The section, where GPUs were sampled.
pub(super) fn gpus(summary: &Summary) -> Markup {
    if summary.gpus.is_empty() {
        return html! {};
    }
    let body = html! {
        @if gpus::simulated(summary) {
            aside.simulated aria-label="simulated GPUs" {
                strong { "SIMULATED" }
                span { "These GPUs are made up, and no figure of them was measured." }
            }
        }
        (multiples(busiest(summary).into_iter().filter_map(|row| row.utilization.as_ref()), summary))
        @if summary.gpus.len() > DRAWN { p.small { "Drawn are the " (DRAWN) " busiest of " (summary.gpus.len()) "; the table has all." } }
        (scrolling("GPUs", &table(summary)))
    };
    let lead = "Over the load; errors over the whole run. Busy means that some kernel ran, however small. Energy is what the device \
                reports, not what a meter at the wall would.";
    section("gpus", gpus::title(summary), lead, &body)
}

/// What tasks took of the farm's GPUs.
pub(super) fn attribution(summary: &Summary) -> Markup {
    let Some(of) = &summary.attribution else { return html! {} };
    let table = html! {
        table.gpus {
            thead { tr { @for (index, name) in attribution::COLUMNS.iter().enumerate() { th.num[index > 0] scope="col" { (name) } } } }
            tbody {
                @for row in &of.notebooks {
                    tr { @for (index, cell) in attribution::cells(row).iter().enumerate() {
                        @if index == 0 { th scope="row" { (cell) } } @else { td.num { (cell) } }
                    } }
                }
            }
        }
    };
    let body = html! {
        @if !of.notebooks.is_empty() { (scrolling("GPU time and energy of tasks", &table)) }
        @if summary.header.simulated { p.small { "SIMULATED: no figure of them was measured." } }
    };
    section("attribution", "GPU time and energy of tasks", &attribution::notes(of).join(" "), &body)
}

/// GPUs that are drawn; more would make the page heavy and say little.
const DRAWN: usize = 8;

/// The busiest GPUs, in the order of their numbers.
fn busiest(summary: &Summary) -> Vec<&GpuRow> {
    let mut rows: Vec<(usize, &GpuRow)> = summary.gpus.iter().enumerate().collect();
    let mean = |row: &GpuRow| row.utilization_mean.unwrap_or(0.0);
    rows.sort_by(|a, b| mean(b.1).total_cmp(&mean(a.1)));
    rows.truncate(DRAWN);
    rows.sort_by_key(|(index, _)| *index);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn table(summary: &Summary) -> Markup {
    html! {
        table.gpus {
            thead { tr { @for (index, name) in gpus::COLUMNS.iter().enumerate() { th.num[index > 0] scope="col" { (name) } } } }
            tbody {
                @for row in &summary.gpus {
                    tr {
                        @for (index, cell) in gpus::cells(row).iter().enumerate() {
                            @if index == 0 { th scope="row" { (both(cell)) } } @else { td.num { (both(cell)) } }
                        }
                    }
                }
            }
        }
    }
}

fn both(cell: &gpus::Cell) -> Markup {
    html! {
        (cell.text)
        @if let Some(beside) = &cell.beside { span.interval { (beside) } }
    }
}
