//! Steps, checks and metrics of users of the author's own.

use super::{Made, World};
use crate::event::{EventKind, Failure, Ids, IterationId, Outcome};
use crate::plan::{Instrument, OwnMetric};
use crate::report::*;
use std::collections::BTreeMap;

/// What a user's code records in an iteration: a step with one in it, a check, an observation of each metric, a call. `chance` is from 0
/// to 1.
pub(super) fn records(made: &mut Made, iteration: &IterationId, span: (f64, f64), outcome: Outcome, chance: f64) {
    let (took, at) = (span.1 - span.0, (span.1 * 1e9) as u64);
    let mut push = |kind| made.push(at, iteration, kind);
    let ns = |seconds: f64| (seconds * 1e9) as u64;
    let step = |name: &str, took: f64| EventKind::StepEnded { name: name.to_owned(), outcome, took_ns: ns(took) };
    push(step("lecture/cells", took * 0.9));
    push(step("lecture", took));
    push(EventKind::Checked { name: "learned".to_owned(), ok: chance < 0.95 });
    let mut observe = |name: &str, value| push(EventKind::MetricObserved { name: name.to_owned(), value });
    observe("epochs", 3.0);
    observe("reward", chance * 2.0 - 1.5);
    observe("loss", chance);
    let mut call = |outcome: Outcome| {
        let failure = (!outcome.is_ok()).then(|| Failure::new(outcome, "the kernel died"));
        let (call, target) = ("kernel:execute".to_owned(), "farm".to_owned());
        push(EventKind::CallEnded {
            call,
            target,
            place: String::new(),
            outcome,
            took_ns: ns(0.1),
            failure,
            notices: Vec::new(),
        });
    };
    call(if chance < 0.05 { Outcome::KernelDied } else { Outcome::Ok });
    call(Outcome::CellError);
}

/// The metrics that users' own code observes.
pub(super) fn metrics() -> BTreeMap<String, OwnMetric> {
    let metric = |kind, unit: &str| OwnMetric { kind, unit: Some(unit.to_owned()), about: None };
    let rows = [
        ("epochs", metric(Instrument::Counter, "epochs")),
        ("reward", metric(Instrument::Gauge, "points")),
        ("loss", metric(Instrument::Histogram, "ratio")),
    ];
    rows.into_iter().map(|(name, metric)| (name.to_owned(), metric)).collect()
}
use crate::report::{Reading, Ruling};

fn world() -> World {
    let thresholds = vec![
        "step.duration{step=lecture/cells}.p50 < 30s",
        "step.failed{step=lecture}.ratio < 1%",
        "check.ok{check=learned}.ratio > 80%",
        "check.ok.ratio each check > 99.99%",
        "metric.epochs.count >= 1",
        "metric.epochs.rate < 1/h",
        "metric.reward.mean < 0",
        "metric.loss.p50 <= 100%",
        "metric.loss{executor=agents}.count > 10",
        "step.duration{step=never}.p50 < 1s",
    ];
    World { own: true, failing: 0.05, thresholds, ..World::default() }
}

#[test]
fn what_users_record_adds_up_and_can_be_judged() {
    let summary = analyse(&world().run()).unwrap();
    let iterations = summary.key_figure("iterations").unwrap().value.unwrap() as u64;
    assert_eq!(summary.steps.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["lecture", "lecture/cells"]);
    assert!(summary.steps.iter().all(|row| row.ended == iterations && row.failed > 0));
    let failed: u64 = summary.notebooks.iter().map(|row| row.failed).sum();
    assert_eq!(summary.steps[0].failed, failed);
    let check = &summary.checks[0];
    assert_eq!((check.name.as_str(), check.made), ("learned", iterations));
    assert_eq!(check.held.value, Some((check.made - check.failed) as f64 / check.made as f64));
    assert!(check.held.low.unwrap() < check.held.value.unwrap(), "with an interval: {:?}", check.held);
    let figure = |metric: &str, name: &str| {
        let row = summary.metrics.iter().find(|row| row.name == metric).unwrap();
        row.figures.iter().find(|figure| figure.name == name).unwrap().figure.clone()
    };
    assert_eq!(figure("epochs", "total").value, Some(3.0 * iterations as f64));
    assert_eq!(figure("epochs", "rate").value, Some(3.0 * iterations as f64 / summary.header.load_s.unwrap()));
    assert!(figure("reward", "mean").value.unwrap() < 0.0 && figure("reward", "mean").low.unwrap() < -0.4);
    assert!((0.4..0.6).contains(&figure("loss", "p50").value.unwrap()));
    let rulings: Vec<Ruling> = summary.thresholds.iter().map(|row| row.ruling).collect();
    let (pass, fail) = (Ruling::Pass, Ruling::Fail);
    assert_eq!(rulings, [pass, fail, pass, fail, pass, fail, pass, pass, pass, Ruling::Undecided]);
    assert_eq!(summary.thresholds[3].label.as_deref(), Some("check=learned"));
}

#[test]
fn every_form_shows_them() {
    let summary = analyse(&world().run()).unwrap();
    for form in [html(&summary), markdown(&summary), text(&summary, Style::default())] {
        for word in ["lecture/cells", "learned", "epochs", "reward"] {
            assert!(form.contains(word), "no {word} in\n{form}");
        }
    }
    let stage = summary.stages.iter().find(|row| row.key == "own_code").unwrap();
    let groups: Vec<_> = summary.errors.iter().filter(|group| group.stage == "own code").collect();
    assert_eq!(groups.len(), 1, "what code raised is no failure: {groups:?}");
    assert_eq!((groups[0].outcome.as_str(), groups[0].count), ("kernel_died", stage.failed));
}

#[test]
fn a_metric_that_nobody_observed_says_so() {
    let mut made = World::default().run();
    made.manifest.plan.metrics = world().run().manifest.plan.metrics;
    let summary = analyse(&made).unwrap();
    let rows: Vec<u64> = summary.metrics.iter().map(|row| row.observed).collect();
    assert_eq!(rows, [0, 0, 0]);
    assert_eq!(summary.metrics[0].figures[0].figure.value, Some(0.0), "a counter of nothing is zero");
    assert_eq!(summary.metrics[1].figures[0].figure.reading, Reading::NoData, "and a sample of nothing is no figure");
}

#[test]
fn what_failed_stands_first_on_a_terminal_and_each_has_a_row() {
    let mut made = world().run();
    let user = |kind| (Ids::default(), kind);
    for n in 0..30 {
        let step = EventKind::StepEnded { name: format!("a{n:02}"), outcome: Outcome::Ok, took_ns: 1_000_000 };
        for (ids, kind) in [user(step), user(EventKind::Checked { name: format!("a{n:02}"), ok: n != 29 })] {
            made.push(20_000_000_000, ids, kind);
        }
    }
    made.number();
    let summary = analyse(&made).unwrap();
    for width in [60, 100, 140] {
        let text = text(&summary, Style { colour: false, width });
        let below = |title: &str| {
            let from = text.lines().position(|line| line.starts_with(title)).unwrap();
            text.lines().skip(from + 1).take_while(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        assert!(below("Checks")[0].starts_with("  a29 "), "{text}");
        assert!(
            below("Steps")[0].starts_with("  lecture ") && below("Steps")[1].starts_with("  lecture/cells "),
            "{text}"
        );
        for rows in [below("Checks"), below("Steps")] {
            assert!(rows.len() > 2, "{text}");
            assert!(rows.last().is_some_and(|last| last.contains("more in the report")), "{text}");
        }
    }
}
