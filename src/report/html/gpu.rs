//! GPUs: utilisation over time and a table.

use super::machines::multiples;
use super::{scrolling, section};
use crate::report::gpus;
use crate::report::summary::Summary;
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
        (multiples(summary.gpus.iter().filter_map(|row| row.utilization.as_ref()), summary))
        (scrolling("GPUs", &table(summary)))
    };
    let lead = "Over the load; errors over the whole run. Busy means that some kernel ran, however small. Energy is what the device \
                reports, not what a meter at the wall would.";
    section("gpus", gpus::title(summary), lead, &body)
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
