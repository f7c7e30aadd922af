//! Throughput against load.

use super::{scrolling, section};
use crate::report::summary::{Level, Summary};
use crate::report::words;
use maud::{Markup, html};

/// The section; nothing for a run with one number of users.
pub(super) fn scalability(summary: &Summary) -> Markup {
    let Some(found) = &summary.scalability else { return html! {} };
    let body = html! {
        p { (found.says) }
        (scrolling("throughput by number of users", &table(&found.levels)))
        @if let Some(law) = &found.law {
            p.small {
                "Universal Scalability Law, a fit: one user " (words::number(law.alone_per_minute)) " tasks a minute, contention "
                (words::percent(law.contention)) ", coherency " (format!("{:.2e}", law.coherency)) ", R² " (format!("{:.3}", law.explained)) "."
            }
        }
    };
    section(
        "scalability",
        "Scalability",
        "The first fifth of each step, in which users come, is left out. At most: as many users each as fast as the fewest were, and no more than the busiest resource carries.",
        &body,
    )
}

fn table(levels: &[Level]) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "Users" } @for name in ["Tasks", "Per minute", "At most", "Per user and minute", "Efficiency"] { th.num scope="col" { (name) } } } }
            tbody { @for level in levels { (row(level)) } }
        }
    }
}

fn row(level: &Level) -> Markup {
    let each = level.per_minute.value.unwrap_or(0.0) / f64::from(level.users);
    html! {
        tr {
            th scope="row" { (level.users) }
            td.num { (words::number(level.tasks as f64)) }
            td.num { (words::figure(&level.per_minute)) }
            td.num { (level.at_most_per_minute.map_or_else(|| "–".to_owned(), |most| format!("{}/min", words::number(most)))) }
            td.num { (words::number(each)) }
            td.num { (level.efficiency.map_or_else(|| "–".to_owned(), words::percent)) }
        }
    }
}
