//! Where it ran and how to repeat it, and the foot of the page.

use super::{scrolling, section};
use crate::report::summary::{Origin, Summary};
use crate::report::words;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The section.
pub(super) fn origin(summary: &Summary) -> Markup {
    let origin = &summary.origin;
    let body = html! {
        pre.command tabindex="0" { code { (origin.repeat) } }
        div.pair {
            div {
                h3 { "What was run" }
                dl.list {
                    div { dt { "Scenario" } dd { (origin.scenario) } }
                    @for (name, value) in &origin.params { div { dt { "--" (name) } dd { (value) } } }
                    div { dt { "Seed" } dd { (origin.seed) } }
                    div { dt { "Files" } dd.hash { (origin.source_hash) } }
                    div { dt { "Plan" } dd.hash { (origin.plan_hash) } }
                    @if summary.header.segment != (1, 1) {
                        div { dt { "Segment" } dd { (summary.header.segment.0) " of " (summary.header.segment.1) } }
                    }
                }
            }
            div {
                h3 { "Where" }
                (named(&origin.environment_start))
                @for (name, facts) in &origin.targets { h4 { (name) } (named(facts)) }
                @if !origin.environment_changed.is_empty() {
                    h4 { "Changed until the end" }
                    dl.list {
                        @for (name, (was, now)) in &origin.environment_changed {
                            div { dt { (name.replace('_', " ")) } dd { (was) " → " (now) } }
                        }
                    }
                }
            }
        }
        (files(origin))
    };
    section("repeat", "How to repeat it", "The same seed draws the same notebooks and think times.", &body)
}

fn named(facts: &BTreeMap<String, String>) -> Markup {
    html! {
        @if !facts.is_empty() {
            dl.list { @for (name, value) in facts { div { dt { (name.replace('_', " ")) } dd { (value) } } } }
        }
    }
}

fn files(origin: &Origin) -> Markup {
    let table = html! {
        table {
            thead { tr { th scope="col" { "File" } th.num scope="col" { "Size" } th scope="col" { "SHA-256" } } }
            tbody {
                @for file in &origin.files {
                    tr { th scope="row" { (file.path) } td.num { (words::bytes(file.bytes as f64)) } td.hash { (file.sha256) } }
                }
            }
        }
    };
    html! {
        @if !origin.files.is_empty() {
            details { summary { (words::counted(origin.files.len() as u64, "file")) " of the scenario" } (scrolling("files", &table)) }
        }
    }
}

/// The foot of the page.
pub(super) fn footer(summary: &Summary) -> Markup {
    html! {
        footer {
            p {
                "Made by hubmark " (summary.header.hubmark) " from the record of run " (summary.header.run)
                ". Percentiles have order-statistic intervals and are refused where the sample cannot carry them; shares have Wilson’s interval; all at 95 %."
            }
        }
    }
}
