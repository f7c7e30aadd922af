//! Key figures: a large number, its interval drawn from zero, and what it is made of.

use super::chart::percent;
use super::section;
use crate::report::summary::{Figure, KeyFigure, Reading, Summary, Unit};
use crate::report::words;
use maud::{Markup, html};

/// Figures that stand in one line under the tiles.
const SMALL: [&str; 6] = ["tasks", "cells", "iterations", "iterations_ok", "iterations_failed", "dropped"];

/// The section.
pub(super) fn tiles(summary: &Summary) -> Markup {
    let (small, large): (Vec<&KeyFigure>, Vec<&KeyFigure>) =
        summary.key_figures.iter().partition(|key| SMALL.contains(&key.key.as_str()));
    let body = html! {
        div.tiles { @for key in large { (tile(key)) } }
        dl.counts {
            @for key in small { div { dt { (key.name) } dd { (words::figure(&key.figure)) } } }
        }
    };
    section("figures", "Key figures", "Whiskers are 95 % intervals, drawn from zero.", &body)
}

fn tile(key: &KeyFigure) -> Markup {
    let figure = &key.figure;
    html! {
        div.tile {
            h3 title=(key.about) { (key.name) }
            @match figure.reading {
                Reading::Measured => (number(figure)),
                Reading::NeedsSamples => p.value.none { "–" },
                Reading::AboveEveryBound => p.value.none { "> " span.unit { "every bound" } },
                Reading::NoData => p.value.none { "–" },
            }
            (whisker(figure))
            p.beside {
                (beside(figure))
                @if let Some(successes) = &key.of_successes {
                    @if successes.value.is_some() { span.label { "successes alone " (words::figure(successes)) } }
                }
            }
        }
    }
}

/// The number apart from its unit, which is smaller.
fn number(figure: &Figure) -> Markup {
    let text = words::figure(figure);
    let at = text.find([' ', '/']).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    html! { p.value { (number) @if !unit.is_empty() { span.unit { (unit) } } } }
}

fn beside(figure: &Figure) -> Markup {
    let samples = words::samples(figure);
    html! {
        @match figure.reading {
            Reading::NeedsSamples => { "needs " (words::number(figure.needs.unwrap_or(0) as f64)) " samples; " (samples) }
            Reading::AboveEveryBound => { (words::number(figure.above as f64)) " of " (words::number(figure.samples as f64)) " failed" }
            Reading::NoData => "none in this run",
            Reading::Measured => {
                @if let Some(interval) = words::interval(figure) { span.interval { (interval) } " " }
                @if figure.unit != Unit::Count { span.n { (samples) } }
            }
        }
    }
}

/// The interval on an axis from zero.
fn whisker(figure: &Figure) -> Markup {
    let (Some(value), Some(low)) = (figure.value, figure.low) else {
        return html! { div.whisker.empty {} };
    };
    let top = figure.high.unwrap_or(value * 1.6).max(value) * 1.12;
    let at = |v: f64| percent(if top > 0.0 { (v / top * 100.0).clamp(0.0, 100.0) } else { 0.0 });
    let high = figure.high.map_or_else(|| "100%".to_owned(), at);
    html! {
        svg.whisker width="100%" height="14" aria-hidden="true" {
            line.track x1="0" x2="100%" y1="7" y2="7" {}
            line.range x1=(at(low)) x2=(high) y1="7" y2="7" {}
            circle.point cx=(at(value)) cy="7" r="4" {}
        }
    }
}
