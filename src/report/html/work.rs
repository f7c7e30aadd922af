//! What a run does over and over, tasks or iterations, as figures over one axis of time.

use super::chart::{Chart, Scale, TimeAxis, band, dots, line, percent, short};
use crate::report::summary::{IterationsOverTime, Judgement, Summary, TaskBucket, TaskDot, Timeline, Unit};
use crate::report::words;
use maud::{Markup, html};

/// One kind of work over time.
pub(super) struct Work<'s> {
    /// What one is called.
    noun: &'static str,
    bucket_s: f64,
    buckets: &'s [TaskBucket],
    dots: &'s [TaskDot],
    length_s: f64,
}

impl<'s> Work<'s> {
    /// Notebooks that were executed.
    pub(super) fn tasks(timeline: &'s Timeline) -> Self {
        let Timeline { bucket_s, tasks, dots, length_s, .. } = timeline;
        Self { noun: "task", bucket_s: *bucket_s, buckets: tasks, dots, length_s: *length_s }
    }

    /// Iterations of users of the author's own.
    pub(super) fn iterations(timeline: &'s Timeline, iterations: &'s IterationsOverTime) -> Self {
        let IterationsOverTime { bucket_s, buckets, dots } = iterations;
        Self { noun: "iteration", bucket_s: *bucket_s, buckets, dots, length_s: timeline.length_s }
    }
}

fn one(noun: &str) -> String {
    let article = if noun.starts_with('i') { "an" } else { "a" };
    format!("{article} {noun}")
}

/// Both figures of one kind of work, or why there is none.
pub(super) fn figures(work: &Work<'_>, summary: &Summary, axis: TimeAxis, marks: &[f64]) -> Markup {
    let none = work.buckets.iter().all(|bucket| bucket.completed + bucket.failed == 0);
    html! {
        @if none {
            p.absent { "No " (work.noun) " ended, so there is nothing to draw of them." }
        } @else {
            (completions(work, axis, marks))
            (times(work, summary, axis, marks))
        }
    }
}

/// What was completed and what failed, per minute.
fn completions(work: &Work<'_>, axis: TimeAxis, marks: &[f64]) -> Markup {
    let (width, nouns) = (work.bucket_s, format!("{}s", work.noun));
    // The last bucket is as long as the run reaches into it, but not so short that one of them looks like a burst.
    let minutes = |b: &TaskBucket| (work.length_s - b.at_s).clamp(width / 2.0, width) / 60.0;
    let rate = |count: u64, b: &TaskBucket| count as f64 / minutes(b);
    let most = work.buckets.iter().map(|b| rate(b.completed + b.failed, b)).fold(0.0, f64::max);
    let scale = Scale::from_zero(most, Unit::PerMinute, 120.0, 3);
    let (ok, failed) = work.buckets.iter().fold((0, 0), |sum, b| (sum.0 + b.completed, sum.1 + b.failed));
    let bars = html! {
        @for bucket in work.buckets.iter().filter(|b| b.completed + b.failed > 0) {
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
                b { (words::capital(&nouns)) " per minute" }
                span.legend { i.swatch.ok {} (words::number(ok as f64)) " completed" }
                span.legend { i.swatch.failed {} (words::number(failed as f64)) " failed" }
                span { "bars of " (words::lasting(width)) }
            }
            (Chart {
                id: &format!("c-{nouns}"), title: &format!("{} per minute over time", words::capital(&nouns)), axis, scale, marks, bound: None, times: false,
                description: format!("Bars of {}: {ok} {nouns} completed and {failed} failed; at most {} a minute.", words::lasting(width), words::number(most)),
                inner: html! {},
                outer: bars,
            }.draw())
        }
    }
}

/// Each as a dot where there are few; quarters and the median of each bucket where there are many.
fn times(work: &Work<'_>, summary: &Summary, axis: TimeAxis, marks: &[f64]) -> Markup {
    let noun = work.noun;
    let each = !work.dots.is_empty();
    let greatest = work.buckets.iter().filter_map(|b| b.greatest_s).fold(0.0, f64::max);
    let greatest = work.dots.iter().map(|d| d.took_s).fold(greatest, f64::max);
    let bound = bound(summary, noun).filter(|(value, _)| *value <= greatest * 3.0);
    let top = bound.as_ref().map_or(greatest, |(value, _)| greatest.max(value * 1.05));
    let scale = Scale::from_zero(top, Unit::Seconds, 190.0, 4);
    let (inner, outer) = if each { one_by_one(work, &axis, &scale) } else { (quarters(work, &axis, &scale), html! {}) };
    let what =
        if each { format!("every {noun} by the time it ended") } else { format!("{noun}s by the time they ended") };
    html! {
        figure {
            figcaption {
                b { (words::capital(noun)) " time" }
                @if each {
                    span.legend { i.swatch.dot {} (one(noun)) }
                    @if work.dots.iter().any(|d| !d.ok) { span.legend { i.swatch.cross { "×" } "a failed " (noun) } }
                } @else {
                    span.legend { i.swatch.least {} "least to greatest" }
                    span.legend { i.swatch.middle {} "middle half" }
                    @if work.buckets.iter().any(|b| b.p95_s.is_some()) { span.legend { i.swatch.p95 {} "p95" } }
                }
                @if work.buckets.iter().any(|b| b.completed >= MEDIAN_MIN) { span.legend { i.swatch.median {} "median" } }
            }
            (Chart {
                id: &format!("c-{noun}-times"), title: &format!("{} time over time", words::capital(noun)), axis, scale, marks, bound, times: true,
                description: format!("Time of {what}, up to {}.", words::duration(greatest)),
                inner, outer,
            }.draw())
        }
    }
}

/// The first objective on a quantile of the time of all of them.
fn bound(summary: &Summary, noun: &str) -> Option<(f64, String)> {
    let start = format!("{noun}.duration.");
    let of_all = |row: &&Judgement| row.label.is_none() && row.objective.starts_with(&format!("{start}p"));
    let row = summary.thresholds.iter().find(of_all)?;
    Some((row.bound, row.objective.trim_start_matches(&start).to_owned()))
}

fn middle(bucket: &TaskBucket, work: &Work<'_>) -> f64 {
    (bucket.at_s + work.bucket_s / 2.0).min(work.length_s)
}

/// A median of fewer would be sold as more than it is.
const MEDIAN_MIN: u64 = 6;

fn medians(work: &Work<'_>, axis: &TimeAxis, scale: &Scale) -> String {
    line(work.buckets.iter().map(|bucket| {
        let y = bucket.median_s.filter(|_| bucket.completed >= MEDIAN_MIN).map(|m| scale.y(m));
        (axis.x(middle(bucket, work)), y)
    }))
}

fn one_by_one(work: &Work<'_>, axis: &TimeAxis, scale: &Scale) -> (Markup, Markup) {
    let good = dots(work.dots.iter().filter(|d| d.ok).map(|d| (axis.x(d.at_s), scale.y(d.took_s))));
    let inner = html! { path.dots d=(good) {} path.median d=(medians(work, axis, scale)) {} };
    let outer = html! {
        @for dot in work.dots.iter().filter(|d| !d.ok) {
            text.cross x=(percent(axis.percent(dot.at_s))) y=(short(scale.y(dot.took_s) + 5.0)) text-anchor="middle" { "×" }
        }
    };
    (inner, outer)
}

fn quarters(work: &Work<'_>, axis: &TimeAxis, scale: &Scale) -> Markup {
    let between = |low: fn(&TaskBucket) -> Option<f64>, high: fn(&TaskBucket) -> Option<f64>| {
        let points: Vec<(f64, f64, f64)> = work
            .buckets
            .iter()
            .filter_map(|b| Some((axis.x(middle(b, work)), scale.y(low(b)?), scale.y(high(b)?))))
            .collect();
        band(&points)
    };
    let p95 = line(work.buckets.iter().map(|b| (axis.x(middle(b, work)), b.p95_s.map(|v| scale.y(v)))));
    html! {
        path.least d=(between(|b| b.least_s, |b| b.greatest_s)) {}
        path.middle d=(between(|b| b.lower_quarter_s, |b| b.upper_quarter_s)) {}
        path.p95 d=(p95) {}
        path.median d=(medians(work, axis, scale)) {}
    }
}
