//! Whether the run went on as it began.

use super::{scrolling, section};
use crate::report::drift;
use crate::report::summary::{Drift, Summary};
use maud::{Markup, html};

/// The section; nothing where there is nothing to compare.
pub(super) fn drift(summary: &Summary) -> Markup {
    let Some(found) = summary.drift.as_ref().filter(|found| !found.rows.is_empty() || !found.says.is_empty()) else {
        return html! {};
    };
    let body = html! {
        @if found.says.is_empty() { p.nothing { span aria-hidden="true" { "✓ " } (drift::NOTHING) } }
        @for sentence in &found.says { p { b { (sentence) } } }
        @if !found.rows.is_empty() { (scrolling("drift", &table(found))) }
    };
    section("drift", "Drift", &drift::lead(found), &body)
}

fn table(found: &Drift) -> Markup {
    html! {
        table.drift {
            thead { tr { th scope="col" { "Figure" } @for name in drift::columns(found) { th.num scope="col" { (name) } } } }
            tbody {
                @for row in &found.rows {
                    tr {
                        th scope="row" { (row.name) }
                        @for (index, text) in drift::cells(row).iter().enumerate() { td.num.bad[row.matters && index == 2] { (text) } }
                    }
                }
            }
        }
    }
}
