//! What users' working time went into.

use super::chart::percent;
use super::notebooks::with_interval;
use super::{scrolling, section};
use crate::report::summary::{StageRow, Summary};
use crate::report::words;
use maud::{Markup, html};

/// The section.
pub(super) fn stages(summary: &Summary) -> Markup {
    if summary.stages.is_empty() {
        return html! {};
    }
    let body = html! {
        (bar(&summary.stages))
        (scrolling("stages", &table(&summary.stages)))
    };
    let lead = "From asking for a server to stopping it: think time and pacing are not in it.";
    section("stages", "Where the time went", lead, &body)
}

fn bar(stages: &[StageRow]) -> Markup {
    let mut at = 0.0;
    let pieces: Vec<(f64, &StageRow)> = stages
        .iter()
        .map(|stage| {
            let from = at;
            at += stage.share * 100.0;
            (from, stage)
        })
        .collect();
    let said: Vec<String> = stages.iter().map(|s| format!("{} {}", s.name, words::percent(s.share))).collect();
    html! {
        svg.stagebar width="100%" height="40" role="img" aria-labelledby="stagebar-t stagebar-d" {
            title id="stagebar-t" { "Share of the working time of users by stage" }
            desc id="stagebar-d" { (said.join(", ")) }
            @for (from, stage) in &pieces {
                @let width = stage.share * 100.0;
                g {
                    title { (stage.name) ": " (words::percent(stage.share)) ", " (words::lasting(stage.total_s)) }
                    rect class=(format!("stage s-{}", stage.key)) x=(percent(*from)) width=(percent((width - 0.15).max(0.1))) y="0" height="40" {}
                    @if width > 18.0 {
                        text class=(format!("stagename n-{}", stage.key)) x=(percent(from + 1.0)) y="25" { (stage.name) " " (words::percent(stage.share)) }
                    }
                }
            }
        }
    }
}

fn table(stages: &[StageRow]) -> Markup {
    html! {
        table.stages {
            thead {
                tr {
                    th scope="col" { "Stage" }
                    @for name in ["Ended", "Failed", "Median", "p95", "In all", "Share"] { th.num scope="col" { (name) } }
                }
            }
            tbody {
                @for row in stages {
                    tr {
                        th scope="row" {
                            div.keyed {
                                i class=(format!("key s-{}", row.key)) {}
                                span { (row.name) span.more { (row.about) } }
                            }
                        }
                        td.num { (words::number(row.ended as f64)) }
                        td.num.bad[row.failed > 0] { (words::number(row.failed as f64)) }
                        td.num { (with_interval(&row.p50)) }
                        td.num { (with_interval(&row.p95)) }
                        td.num { (words::lasting(row.total_s)) }
                        td.num { (words::percent(row.share)) }
                    }
                }
            }
        }
    }
}
