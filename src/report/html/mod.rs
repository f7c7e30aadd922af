//! The report as one HTML file: no script, no external address, light and dark, drawn by hubmark itself.

mod chart;
mod drift;
mod errors;
mod farm;
mod gpu;
mod header;
mod intervals;
mod log;
mod machines;
mod nodes;
mod notebooks;
mod origin;
mod over_time;
mod own;
mod quality;
mod scalability;
mod stages;
mod thresholds;
mod tiles;
mod uptime;
mod work;

use super::summary::Summary;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The page's style, with light and dark colours.
const STYLE: &str = include_str!("style.css");

/// What the page may load: nothing but its own style.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The whole report as one HTML file.
#[must_use]
pub fn html(summary: &Summary) -> String {
    let header = &summary.header;
    let world = if header.simulated { "SIMULATED: " } else { "" };
    let valid = if header.valid { "valid" } else { "INVALID" };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(format!("hubmark {}", header.hubmark));
                title { (world) (header.name) ": " (valid) " – hubmark" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header::banner(summary))
                (header::header(summary))
                main {
                    (tiles::tiles(summary))
                    (farm::limits(summary))
                    (thresholds::thresholds(summary))
                    (nodes::distribution(summary))
                    (uptime::uptime(summary))
                    (drift::drift(summary))
                    (over_time::over_time(summary))
                    (scalability::scalability(summary))
                    (notebooks::notebooks(summary))
                    (nodes::nodes(summary))
                    (own::own(summary))
                    (stages::stages(summary))
                    (errors::errors(summary))
                    (gpu::gpus(summary))
                    (gpu::attribution(summary))
                    (log::log(summary))
                    (machines::machines(summary))
                    (quality::quality(summary))
                    (intervals::intervals(summary))
                    (origin::origin(summary))
                }
                (origin::footer(summary))
            }
        }
    }
    .into_string()
}

/// A section with its heading and a sentence on how to read it.
fn section(id: &str, title: &str, lead: &str, body: &Markup) -> Markup {
    html! {
        section id=(id) aria-labelledby=(format!("{id}-h")) {
            div.sectionhead {
                h2 id=(format!("{id}-h")) { (title) }
                @if !lead.is_empty() { p.lead { (lead) } }
            }
            (body)
        }
    }
}

/// A table that scrolls by itself where the page is narrow.
fn scrolling(name: &str, table: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(format!("table: {name}")) { (table) } }
}
