//! Users, completions and task time over one axis of time, with marks; and the table of intervals.

use super::chart::{Chart, Scale, TimeAxis, area, band, dots, line, percent, short, step_area};
use super::{scrolling, section};
use crate::report::summary::{IntervalRow, Mark, MarkKind, Summary, TaskBucket, Timeline, Unit};
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
            (completions(timeline, axis, &marks))
            (task_times(summary, axis, &marks))
        }
        (mark_list(timeline))
    };
    section("over-time", "Over time", "One axis of time for all three.", &body)
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

fn completions(timeline: &Timeline, axis: TimeAxis, marks: &[f64]) -> Markup {
    let width = timeline.bucket_s;
    // The last bucket is as long as the run reaches into it, but not so short that one task looks like a burst.
    let minutes = |b: &TaskBucket| (timeline.length_s - b.at_s).clamp(width / 2.0, width) / 60.0;
    let rate = |count: u64, b: &TaskBucket| count as f64 / minutes(b);
    let most = timeline.tasks.iter().map(|b| rate(b.completed + b.failed, b)).fold(0.0, f64::max);
    let scale = Scale::from_zero(most, Unit::PerMinute, 120.0, 3);
    let (ok, failed) = timeline.tasks.iter().fold((0, 0), |sum, b| (sum.0 + b.completed, sum.1 + b.failed));
    let bars = html! {
        @for bucket in timeline.tasks.iter().filter(|b| b.completed + b.failed > 0) {
            @let x = axis.percent(bucket.at_s);
            @let w = (axis.percent(bucket.at_s + width) - x).max(0.1);
            @let good = scale.y(rate(bucket.completed, bucket));
            @let all = scale.y(rate(bucket.completed + bucket.failed, bucket));
            g {
                title { (words::lasting(bucket.at_s)) ": " (bucket.completed) " completed, " (bucket.failed) " failed" }
                rect.bar x=(percent(x + w * 0.08)) width=(percent(w * 0.84)) y=(short(good)) height=(short(scale.height() - good)) {}
                @if bucket.failed > 0 {
                    rect.bar.bad x=(percent(x + w * 0.08)) width=(percent(w * 0.84)) y=(short(all)) height=(short((good - all).max(2.0))) {}
                }
            }
        }
    };
    html! {
        figure {
            figcaption {
                b { "Tasks per minute" }
                span.legend { i.swatch.ok {} (words::number(ok as f64)) " completed" }
                span.legend { i.swatch.failed {} (words::number(failed as f64)) " failed" }
                span { "bars of " (words::lasting(width)) }
            }
            (Chart {
                id: "c-tasks", title: "Tasks per minute over time", axis, scale, marks, bound: None, times: false,
                description: format!("Bars of {}: {ok} tasks completed and {failed} failed; at most {} a minute.", words::lasting(width), words::number(most)),
                inner: html! {},
                outer: bars,
            }.draw())
        }
    }
}

/// Each task as a dot where there are few; quarters and the median of each bucket where there are many.
fn task_times(summary: &Summary, axis: TimeAxis, marks: &[f64]) -> Markup {
    let timeline = &summary.timeline;
    let each = !timeline.dots.is_empty();
    let greatest = timeline.tasks.iter().filter_map(|b| b.greatest_s).fold(0.0, f64::max);
    let greatest = timeline.dots.iter().map(|d| d.took_s).fold(greatest, f64::max);
    let bound = bound(summary).filter(|(value, _)| *value <= greatest * 3.0);
    let top = bound.as_ref().map_or(greatest, |(value, _)| greatest.max(value * 1.05));
    let scale = Scale::from_zero(top, Unit::Seconds, 190.0, 4);
    let (inner, outer) =
        if each { each_task(timeline, &axis, &scale) } else { (quarters(timeline, &axis, &scale), html! {}) };
    let what = if each { "every task by the time it ended" } else { "tasks by the time they ended" };
    html! {
        figure {
            figcaption {
                b { "Task time" }
                @if each {
                    span.legend { i.swatch.dot {} "a task" }
                    @if timeline.dots.iter().any(|d| !d.ok) { span.legend { i.swatch.cross { "×" } "a failed task" } }
                } @else {
                    span.legend { i.swatch.least {} "least to greatest" }
                    span.legend { i.swatch.middle {} "middle half" }
                    @if timeline.tasks.iter().any(|b| b.p95_s.is_some()) { span.legend { i.swatch.p95 {} "p95" } }
                }
                span.legend { i.swatch.median {} "median" }
            }
            (Chart {
                id: "c-times", title: "Task time over time", axis, scale, marks, bound, times: true,
                description: format!("Service time of {what}, up to {}.", words::duration(greatest)),
                inner, outer,
            }.draw())
        }
    }
}

/// The first objective on a quantile of the task time of all tasks.
fn bound(summary: &Summary) -> Option<(f64, String)> {
    let row =
        summary.thresholds.iter().find(|row| row.objective.starts_with("task.duration.p") && row.label.is_none())?;
    let name = row.objective.trim_start_matches("task.duration.");
    Some((row.bound, name.to_owned()))
}

fn middle(bucket: &TaskBucket, timeline: &Timeline) -> f64 {
    (bucket.at_s + timeline.bucket_s / 2.0).min(timeline.length_s)
}

/// A median of fewer than six tasks would be sold as more than it is.
fn medians(timeline: &Timeline, axis: &TimeAxis, scale: &Scale) -> String {
    line(timeline.tasks.iter().map(|bucket| {
        let y = bucket.median_s.filter(|_| bucket.completed >= 6).map(|m| scale.y(m));
        (axis.x(middle(bucket, timeline)), y)
    }))
}

fn each_task(timeline: &Timeline, axis: &TimeAxis, scale: &Scale) -> (Markup, Markup) {
    let good = dots(timeline.dots.iter().filter(|d| d.ok).map(|d| (axis.x(d.at_s), scale.y(d.took_s))));
    let inner = html! { path.dots d=(good) {} path.median d=(medians(timeline, axis, scale)) {} };
    let outer = html! {
        @for dot in timeline.dots.iter().filter(|d| !d.ok) {
            text.cross x=(percent(axis.percent(dot.at_s))) y=(short(scale.y(dot.took_s) + 5.0)) text-anchor="middle" { "×" }
        }
    };
    (inner, outer)
}

fn quarters(timeline: &Timeline, axis: &TimeAxis, scale: &Scale) -> Markup {
    let between = |low: fn(&TaskBucket) -> Option<f64>, high: fn(&TaskBucket) -> Option<f64>| {
        let points: Vec<(f64, f64, f64)> = timeline
            .tasks
            .iter()
            .filter_map(|b| Some((axis.x(middle(b, timeline)), scale.y(low(b)?), scale.y(high(b)?))))
            .collect();
        band(&points)
    };
    let p95 = line(timeline.tasks.iter().map(|b| (axis.x(middle(b, timeline)), b.p95_s.map(|v| scale.y(v)))));
    html! {
        path.least d=(between(|b| b.least_s, |b| b.greatest_s)) {}
        path.middle d=(between(|b| b.lower_quarter_s, |b| b.upper_quarter_s)) {}
        path.p95 d=(p95) {}
        path.median d=(medians(timeline, axis, scale)) {}
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

/// Rows past which the table is folded.
const ROWS_OPEN: usize = 24;

/// The table of intervals.
pub(super) fn intervals(summary: &Summary) -> Markup {
    let rows = &summary.intervals;
    if rows.is_empty() {
        return html! {};
    }
    let table = scrolling("intervals", &interval_table(rows));
    let body = if rows.len() > ROWS_OPEN {
        html! { details { summary { "Show " (rows.len()) " intervals" } (table) } }
    } else {
        table
    };
    section("intervals", "By interval", "One row for each interval of the scenario’s sampling.", &body)
}

fn interval_table(rows: &[IntervalRow]) -> Markup {
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
                    tr {
                        th scope="row" { (words::lasting(row.from_s)) }
                        td.num { (words::number(row.users)) }
                        td.num { (words::number(row.completed as f64)) }
                        td.num.bad[row.failed > 0] { (words::number(row.failed as f64)) }
                        td.num { (words::number(row.per_minute)) }
                        td.num { (words::figure(&row.p50)) }
                        td.num { (words::figure(&row.p95)) }
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
