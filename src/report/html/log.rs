//! What the scenario said in the run's log.

use super::{scrolling, section};
use crate::event::Level;
use crate::report::summary::{Log, Summary};
use crate::report::words;
use maud::{Markup, html};

/// The section, where there is something in it.
pub(super) fn log(summary: &Summary) -> Markup {
    let log = &summary.log;
    let lead = format!("{}. Lines that differ in numbers and names only stand together.", words::log(log));
    html! {
        @if log.lines() > 0 {
            (section("log", "Log of the scenario", &lead, &body(log, &summary.header.run)))
        }
    }
}

fn body(log: &Log, run: &str) -> Markup {
    html! {
        (scrolling("log", &table(log)))
        p.more {
            @if log.left_out > 0 { (words::counted(log.left_out, "line")) " more are of other texts. " }
            "All of it: " code { "hubmark runs log " (run) }
        }
    }
}

fn table(log: &Log) -> Markup {
    html! {
        table.log {
            thead {
                tr {
                    th scope="col" { "Level" }
                    th.num scope="col" { "Lines" }
                    th scope="col" { "First text" }
                    th scope="col" { "Place" }
                    th.num scope="col" { "First at" }
                }
            }
            tbody {
                @for text in &log.texts {
                    tr {
                        td.bad[text.level == Level::Error] { (text.level) }
                        td.num { (words::number(text.count as f64)) }
                        th scope="row" { (text.text) }
                        td { @if let Some(place) = &text.place { code { (place) } } @else { "–" } }
                        td.num { (words::lasting(text.first_s)) }
                    }
                }
            }
        }
    }
}
