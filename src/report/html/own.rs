//! What users of the author's own did and recorded: iterations, steps, checks and metrics.

use super::notebooks::with_interval;
use super::{machines, scrolling, section};
use crate::report::summary::{CheckRow, IterationRow, MetricRow, StepRow, Summary};
use crate::report::words;
use maud::{Markup, html};

/// The sections that there is something for.
pub(super) fn own(summary: &Summary) -> Markup {
    html! {
        @if !summary.iterations.is_empty() {
            (section("iterations", "Iterations", ITERATIONS, &scrolling("iterations", &iterations(&summary.iterations))))
        }
        @if !summary.steps.is_empty() {
            (section("steps", "Steps", "Failed steps count as above every bound.", &scrolling("steps", &steps(&summary.steps))))
        }
        @if !summary.checks.is_empty() {
            (section("checks", "Checks", "", &scrolling("checks", &checks(&summary.checks))))
        }
        @if !summary.metrics.is_empty() {
            (section("metrics", "Metrics of the scenario", "", &scrolling("metrics", &metrics(&summary.metrics))))
        }
        @if !summary.timeline.own.is_empty() {
            (section("own-over-time", "Steps and metrics over time", COURSES, &machines::multiples(&summary.timeline.own, summary)))
        }
    }
}

const ITERATIONS: &str = "Runs of the scenario’s own iterate, pauses of its code included. Failed ones count as above every bound; those that the \
    end of the run cut short count nowhere.";
const COURSES: &str = "Means with the band of least to greatest.";

fn iterations(rows: &[IterationRow]) -> Markup {
    html! {
        table.iterations {
            (head("Executor", &["Completed", "Failed", "Median", "p95", "Cut short", "Dropped"]))
            tbody {
                @for row in rows {
                    tr {
                        th scope="row" { (row.executor) @if !row.user.is_empty() { span.more { "users: " (row.user) } } }
                        td.num { (words::number(row.ok as f64)) }
                        td.num.bad[row.failed > 0] { (words::number(row.failed as f64)) }
                        td.num { (with_interval(&row.p50)) }
                        td.num {
                            (with_interval(&row.p95))
                            @if row.p95.above > 0 { span.interval { "successes " (words::figure(&row.p95_of_successes)) } }
                        }
                        td.num { (words::number(row.interrupted as f64)) }
                        td.num { (words::number(row.dropped as f64)) }
                    }
                }
            }
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
