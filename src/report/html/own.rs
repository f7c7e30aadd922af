//! What users of the author's own recorded: steps, checks and metrics.

use super::notebooks::with_interval;
use super::{scrolling, section};
use crate::report::summary::{CheckRow, MetricRow, StepRow, Summary};
use crate::report::words;
use maud::{Markup, html};

/// The sections that there is something for.
pub(super) fn own(summary: &Summary) -> Markup {
    html! {
        @if !summary.steps.is_empty() {
            (section("steps", "Steps", "Failed steps count as above every bound.", &scrolling("steps", &steps(&summary.steps))))
        }
        @if !summary.checks.is_empty() {
            (section("checks", "Checks", "", &scrolling("checks", &checks(&summary.checks))))
        }
        @if !summary.metrics.is_empty() {
            (section("metrics", "Metrics of the scenario", "", &scrolling("metrics", &metrics(&summary.metrics))))
        }
    }
}

fn head(first: &str, others: &[&str]) -> Markup {
    html! {
        thead {
            tr {
                th scope="col" { (first) }
                @for name in others { th.num scope="col" { (name) } }
            }
        }
    }
}

fn steps(rows: &[StepRow]) -> Markup {
    html! {
        table.steps {
            (head("Step", &["Ended", "Failed", "Median", "p95", "In all"]))
            tbody {
                @for row in rows {
                    tr {
                        th scope="row" { (row.name) }
                        td.num { (words::number(row.ended as f64)) }
                        td.num.bad[row.failed > 0] {
                            (words::number(row.failed as f64))
                            @if row.interrupted > 0 { span.interval { (words::number(row.interrupted as f64)) " interrupted" } }
                        }
                        td.num { (with_interval(&row.p50)) }
                        td.num { (with_interval(&row.p95)) }
                        td.num { (words::lasting(row.total_s)) }
                    }
                }
            }
        }
    }
}

fn checks(rows: &[CheckRow]) -> Markup {
    html! {
        table.checks {
            (head("Check", &["Made", "Failed", "Share that held"]))
            tbody {
                @for row in rows {
                    tr {
                        th scope="row" { (row.name) }
                        td.num { (words::number(row.made as f64)) }
                        td.num.bad[row.failed > 0] { (words::number(row.failed as f64)) }
                        td.num { (with_interval(&row.held)) }
                    }
                }
            }
        }
    }
}

fn metrics(rows: &[MetricRow]) -> Markup {
    html! {
        table.metrics {
            thead {
                tr {
                    th scope="col" { "Metric" }
                    th scope="col" { "Kind" }
                    th.num scope="col" { "Observed" }
                    th scope="col" { "Figures" }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        th scope="row" {
                            (row.name)
                            @if let Some(about) = &row.about { span.more { (about) } }
                        }
                        td { (row.kind) }
                        td.num { (words::number(row.observed as f64)) }
                        td { (words::metric(row, usize::MAX)) }
                    }
                }
            }
        }
    }
}
