//! The machine that hubmark runs on and hubmark itself, as small multiples over the same time.

use super::chart::{Chart, Scale, TimeAxis};
use super::over_time::sampled;
use super::section;
use crate::report::summary::{Line, Summary, Unit};
use crate::report::words;
use maud::{Markup, html};

/// The section.
pub(super) fn machines(summary: &Summary) -> Markup {
    if summary.machines.is_empty() {
        return html! {};
    }
    let body = multiples(&summary.machines, summary);
    let lead =
        "Means with the band of least to greatest. hubmark must stay small and punctual for its figures to count.";
    section("machines", "The machine and hubmark itself", lead, &body)
}

/// Series as small figures over the time of the run.
pub(super) fn multiples<'l>(lines: impl IntoIterator<Item = &'l Line>, summary: &Summary) -> Markup {
    let axis = TimeAxis::new(summary.timeline.length_s);
    let marks: Vec<f64> = summary.timeline.marks.iter().map(|mark| mark.at_s).collect();
    html! { div.multiples { @for line in lines { (one(line, axis, &marks)) } } }
}

fn one(line: &Line, axis: TimeAxis, marks: &[f64]) -> Markup {
    let most = line.max.unwrap_or(0.0);
    let least = line.points.iter().map(|p| p.min).fold(0.0, f64::min);
    // A number of the author's own need not be whole, as counts of things are.
    let unit = if line.unit == Unit::Count { Unit::PerSecond } else { line.unit };
    let scale = match line.capacity {
        Some(all) if all >= most => Scale::up_to(all, unit, 84.0, 2),
        _ if least < 0.0 => Scale::through_zero(least, most, unit, 84.0, 2),
        _ if unit == Unit::Ratio && most <= 1.0 => Scale::from_zero(most, unit, 84.0, 2),
        _ => Scale::from_zero(most * 1.05, unit, 84.0, 2),
    };
    let points: Vec<(f64, f64, f64, f64)> = line
        .points
        .iter()
        .map(|p| (axis.x(p.at_s + line.bucket_s / 2.0), scale.y(p.min), scale.y(p.mean), scale.y(p.max)))
        .collect();
    let show = |value: f64| words::value(value, line.unit);
    let mean = line.mean.map(show).unwrap_or_default();
    let of =
        line.capacity.filter(|_| line.unit == Unit::Bytes).map(|all| format!(" of {}", show(all))).unwrap_or_default();
    let said = format!("{mean} in the mean, {} at most{of}", show(most));
    html! {
        figure.host[line.key.starts_with("host")] {
            figcaption { b { (line.name) } span { (said) } }
            (Chart {
                id: &format!("c-{}", line.key), title: &line.name, axis, scale, marks, bound: None, times: true,
                description: format!("{said}."),
                inner: sampled(&points, scale.y(0.0)),
                outer: html! {},
            }.draw())
        }
    }
}
