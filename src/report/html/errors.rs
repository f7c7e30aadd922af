//! Failures by cause.

use super::chart::percent;
use super::section;
use crate::report::summary::{ErrorGroup, Summary};
use crate::report::words;
use maud::{Markup, html};

/// Most groups that are shown; the rest is in `summary.json`.
const SHOWN: usize = 20;

/// The section.
pub(super) fn errors(summary: &Summary) -> Markup {
    let (all, caught) = (summary.failures(), summary.failures_caught());
    let body = html! {
        @if all == 0 && summary.header.load_s.is_none() {
            p.absent { "The run ended before there was anything that could fail." }
        } @else if all == 0 {
            p.nothing { span aria-hidden="true" { "✓ " } "Nothing failed" @if caught > 0 { " that the scenario did not catch" } "." }
        } @else {
            (groups(&summary.errors, summary.errors_ungrouped, all, summary))
        }
        @if caught > 0 {
            h3.caught { "Caught by the scenario" }
            p.lead { "Its code got these and went on: they are no failures of the run." }
            (groups(&summary.caught, summary.caught_ungrouped, caught, summary))
        }
        @for row in &summary.notices {
            p.small {
                b { (row.kind.replace('_', " ")) } " " (words::counted(row.count, "time")) " in "
                (words::met_by(row)) ", not counted as failures: " (row.about) "."
            }
        }
    };
    let lead = if all + caught == 0 {
        ""
    } else {
        "Messages that differ only in numbers, ids, paths or accounts are one cause."
    };
    section("errors", "Failures by cause", lead, &body)
}

fn groups(groups: &[ErrorGroup], ungrouped: u64, all: u64, summary: &Summary) -> Markup {
    html! {
        ul.errors { @for group in groups.iter().take(SHOWN) { (error(group, all, summary.timeline.length_s)) } }
        @if groups.len() > SHOWN {
            p.small { (words::counted((groups.len() - SHOWN) as u64, "more cause")) " in summary.json." }
        }
        @if ungrouped > 0 {
            p.small { (words::counted(ungrouped, "failure")) " more had causes of their own." }
        }
    }
}

fn error(group: &ErrorGroup, all: u64, length_s: f64) -> Markup {
    let at = |t: f64| percent((t / length_s.max(1e-3) * 100.0).clamp(0.0, 100.0));
    html! {
        li {
            div.count {
                (words::number(group.count as f64))
                span.interval { (words::percent(group.count as f64 / all as f64)) }
            }
            div.cause {
                p.kind { b { (group.outcome.replace('_', " ")) } " in " (group.stage) @if let Some(place) = &group.place { ", at " code { (place) } } @if let Some(notebook) = &group.notebook { ", first in " (notebook) } }
                @if !group.message.is_empty() { p.message { code { (group.message) } } }
                svg.seen width="100%" height="8" aria-hidden="true" {
                    line.track x1="0" x2="100%" y1="4" y2="4" {}
                    line.range x1=(at(group.first_s)) x2=(at(group.last_s)) y1="4" y2="4" {}
                    @for t in &group.times_s { circle.time cx=(at(*t)) cy="4" r="3" {} }
                }
                p.small {
                    @if group.count > 1 {
                        "first after " (words::lasting(group.first_s)) ", last after " (words::lasting(group.last_s))
                    } @else {
                        "after " (words::lasting(group.first_s))
                    }
                    @if let Some(kept) = &group.kept { " · " a href=(kept) { "executed notebook" } }
                }
                @if group.example.chars().count() > 0 {
                    details {
                        summary { "An example" }
                        pre tabindex="0" { (group.example) }
                        p.small {
                            (group.who)
                            @if let Some(notebook) = &group.notebook { ", notebook " (notebook) }
                            @if let Some(cell) = group.cell { ", cell " (cell) }
                        }
                    }
                }
            }
        }
    }
}
