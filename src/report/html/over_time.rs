//! Users and what they did over one axis of time, with marks.

use super::chart::{Chart, Scale, TimeAxis, area, band, line, percent, step_area};
use super::section;
use super::work::{self, Work};
use crate::report::summary::{Mark, MarkKind, Summary, Timeline, Unit};
use crate::report::words;
use maud::{Markup, html};

/// The section.
pub(super) fn over_time(summary: &Summary) -> Markup {
    let timeline = &summary.timeline;
    if timeline.length_s <= 0.0 {
        return html! {};
    }
    let axis = TimeAxis::new(timeline.length_s);
    let marks: Vec<f64> = timeline.marks.iter().map(|mark| mark.at_s).collect();
    let body = html! {
        div.stack {
            (lane(timeline, &axis))
            (users(timeline, axis, &marks))
            @if !summary.by_iterations() {
                (work::figures(&Work::tasks(timeline), summary, axis, &marks))
            }
            @if let Some(iterations) = &timeline.iterations {
                (work::figures(&Work::iterations(timeline, iterations), summary, axis, &marks))
            }
        }
        (mark_list(timeline))
    };
    section("over-time", "Over time", "One axis of time for all figures.", &body)
}

/// Phases and the numbers of marks, above the figures.
fn lane(timeline: &Timeline, axis: &TimeAxis) -> Markup {
    html! {
        div.plot.lane {
            svg.chart width="100%" height="30" aria-hidden="true" {
                @for phase in &timeline.phases {
                    @let (from, to) = (axis.percent(phase.from_s), axis.percent(phase.to_s));
                    rect class=(format!("phase {}", phase.name)) x=(percent(from)) width=(percent((to - from).max(0.15))) y="24" height="5" {}
                    @if let Some((x, anchor)) = name_place(timeline, axis, from, to) {
                        text.phasename x=(percent(x)) y="16" text-anchor=(anchor) { (phase.name) }
                    }
                }
                @for (index, at) in numbered(&timeline.marks, axis) {
                    text.marknumber x=(percent(at)) y="16" text-anchor="middle" { (index + 1) }
                }
            }
        }
    }
}

/// Least distance of two numbers of marks, in percent of the axis: three digits on a narrow page.
const NUMBERS_APART: f64 = 3.0;

/// Marks whose number has room, with where it stands. The list below the figures has them all.
fn numbered(marks: &[Mark], axis: &TimeAxis) -> Vec<(usize, f64)> {
    let mut order: Vec<(usize, f64)> = marks.iter().map(|mark| axis.percent(mark.at_s)).enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut last = f64::NEG_INFINITY;
    order.retain(|(_, at)| {
        let fits = at - last >= NUMBERS_APART;
        if fits {
            last = *at;
        }
        fits
    });
    order
}

/// Where the name of a phase stands clear of the numbers of marks: at its start, its middle or its end, if it is wide enough at all.
fn name_place(timeline: &Timeline, axis: &TimeAxis, from: f64, to: f64) -> Option<(f64, &'static str)> {
    if to - from < 12.0 {
        return None;
    }
    let clear = |low: f64, high: f64| {
        timeline.marks.iter().map(|mark| axis.percent(mark.at_s)).all(|at| at < low - 2.0 || at > high + 2.0)
    };
    let middle = f64::midpoint(from, to);
    [(from, "start", from, from + 8.0), (middle, "middle", middle - 4.0, middle + 4.0), (to, "end", to - 8.0, to)]
        .into_iter()
        .find(|(_, _, low, high)| clear(*low, *high))
        .map(|(x, anchor, _, _)| (x, anchor))
}

fn mark_list(timeline: &Timeline) -> Markup {
    html! {
        @if !timeline.marks.is_empty() {
            ol.marks aria-label="marks" {
                @for mark in &timeline.marks {
                    @let kind = match mark.kind {
                        MarkKind::Mark => "mark",
                        MarkKind::Generation => "plan",
                        MarkKind::Barrier => "barrier",
                        MarkKind::Gap => "gap",
                        MarkKind::Stop => "stop",
                        MarkKind::Pause => "pause",
                        MarkKind::Threshold => "threshold",
                    };
                    li { span.at { (words::lasting(mark.at_s)) } " " span.kind { (kind) } " " (mark.text) }
                }
            }
        }
        @if timeline.marks_left_out > 0 {
            p.small { (words::counted(timeline.marks_left_out, "mark")) " more are in the record." }
        }
    }
}

fn users(timeline: &Timeline, axis: TimeAxis, marks: &[f64]) -> Markup {
    let line = &timeline.users;
    let scale = Scale::from_zero(line.max.unwrap_or(0.0), Unit::Count, 76.0, 2);
    let steps: Vec<(f64, f64, f64)> =
        line.points.iter().map(|p| (axis.x(p.at_s), axis.x(p.at_s + line.bucket_s), scale.y(p.max))).collect();
    let (outline, filled) = step_area(&steps, scale.height());
    let peak = line.max.unwrap_or(0.0) as u64;
    let mean = line.mean.map(|m| format!(", {} in the mean of the load", words::number(m))).unwrap_or_default();
    html! {
        figure {
            figcaption { b { "Users at work" } span { (words::counted(peak, "user")) " at the peak" (mean) } }
            (Chart {
                id: "c-users", title: "Users at work over time", axis, scale, marks, bound: None, times: false,
                description: format!("A step line from 0 to {peak} users{mean}."),
                inner: html! { path.fill d=(filled) {} path.stroke d=(outline) {} },
                outer: html! {},
            }.draw())
        }
    }
}

/// A line of a sampled series with the band of its extremes.
pub(super) fn sampled(points: &[(f64, f64, f64, f64)], floor: f64) -> Markup {
    let extremes: Vec<(f64, f64, f64)> = points.iter().map(|(x, low, _, high)| (*x, *low, *high)).collect();
    let means: Vec<(f64, f64)> = points.iter().map(|(x, _, mean, _)| (*x, *mean)).collect();
    html! {
        path.fill d=(area(&means, floor)) {}
        path.least d=(band(&extremes)) {}
        path.stroke d=(line(means.iter().map(|(x, y)| (*x, Some(*y))))) {}
    }
}
