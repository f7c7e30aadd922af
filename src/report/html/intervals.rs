//! The table of intervals.

use super::{scrolling, section};
use crate::report::summary::{IntervalRow, Summary};
use crate::report::words;
use maud::{Markup, html};

/// Rows past which the table is folded.
const ROWS_OPEN: usize = 24;

/// The table of intervals.
pub(super) fn intervals(summary: &Summary) -> Markup {
    let rows = &summary.intervals;
    if rows.is_empty() {
        return html! {};
    }
    let iterations = summary.by_iterations();
    let table = scrolling("intervals", &interval_table(rows, iterations));
    let body = if rows.len() > ROWS_OPEN {
        html! { details { summary { "Show " (rows.len()) " intervals" } (table) } }
    } else {
        table
    };
    let what = if iterations { "Iterations" } else { "Tasks" };
    let lead = format!("{what}, one row for each interval of the scenario’s sampling.");
    section("intervals", "By interval", &lead, &body)
}

fn interval_table(rows: &[IntervalRow], iterations: bool) -> Markup {
    let share = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), words::percent);
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "From" }
                    @for name in ["Users", "Completed", "Failed", "Per minute", "Median", "p95", "Servers started", "Machine busy", "Memory", "hubmark", "Lateness"] {
                        th.num scope="col" { (name) }
                    }
                }
            }
            tbody {
                @for row in rows {
                    @let work = row.work(iterations);
                    tr {
                        th scope="row" { (words::lasting(row.from_s)) }
                        td.num { (words::number(row.users)) }
                        td.num { (words::number(work.completed as f64)) }
                        td.num.bad[work.failed > 0] { (words::number(work.failed as f64)) }
                        td.num { (words::number(work.per_minute)) }
                        td.num { (words::figure(&work.p50)) }
                        td.num { (words::figure(&work.p95)) }
                        td.num { (words::number(row.spawned as f64)) }
                        td.num { (share(row.host_cpu)) }
                        td.num { (row.host_memory_bytes.map_or_else(|| "–".to_owned(), words::bytes)) }
                        td.num { (share(row.self_cpu)) }
                        td.num { (row.lateness_s.map_or_else(|| "–".to_owned(), words::duration)) }
                    }
                }
            }
        }
    }
}
