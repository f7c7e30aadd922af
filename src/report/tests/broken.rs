//! Objectives that were broken while the run went on.

use super::{Made, World};
use crate::event::{EventKind, Ids, ThresholdRecord, ThresholdState};
use crate::plan::threshold::{Action, Unit as BoundUnit};
use crate::report::*;

const OBJECTIVE: &str = "task.failed.ratio each hub < 90%";

fn judged(state: ThresholdState, value: f64, action: Option<Action>) -> EventKind {
    EventKind::ThresholdJudged(Box::new(ThresholdRecord {
        threshold: OBJECTIVE.to_owned(),
        state,
        label: Some("hub=farm".to_owned()),
        value: Some(value),
        unit: BoundUnit::Ratio,
        samples: 20,
        window_ns: 60_000_000_000,
        broken_windows: if state == ThresholdState::Broken { 3 } else { 0 },
        action,
    }))
}

/// Holds, is broken twice, and the second time ends the run.
fn aborted() -> Made {
    let mut made = World { thresholds: vec![OBJECTIVE], ..World::default() }.run();
    made.manifest.plan.thresholds[0].action = Some(Action::Abort);
    for (at_s, state, value, action) in [
        (63, ThresholdState::Holds, 0.1, None),
        (183, ThresholdState::Broken, 0.95, None),
        (243, ThresholdState::Holds, 0.2, None),
        (363, ThresholdState::Broken, 0.96, None),
        (483, ThresholdState::Broken, 0.97, Some(Action::Abort)),
    ] {
        made.push(at_s * 1_000_000_000, Ids::default(), judged(state, value, action));
    }
    for event in &mut made.events {
        if let EventKind::RunEnded { aborted, .. } = &mut event.kind {
            *aborted = Some(OBJECTIVE.to_owned());
        }
    }
    made.number();
    made
}

#[test]
fn the_objective_that_ended_a_run_failed_whatever_the_whole_runs_figure_is() {
    let mut made = aborted();
    let summary = analyse(&made).unwrap();
    assert_eq!(summary.header.state, RunState::Aborted);
    let row = &summary.thresholds[0];
    assert_eq!((row.ruling, row.label.as_deref()), (Ruling::Fail, Some("hub=farm")));
    assert_eq!(row.reason.as_deref(), Some("it ended the run after 8 min 3 s: 97.0% in the last of 3 windows"));
    assert_eq!(summary.verdict_code(), VerdictCode::ThresholdsFailed);
    made.events.retain(|event| !matches!(event.kind, EventKind::RunEnded { .. }));
    assert_eq!(analyse(&made).unwrap().thresholds[0].ruling, Ruling::Pass, "the whole run's figure is good");
}

#[test]
fn the_report_tells_when_objectives_were_broken() {
    let summary = analyse(&aborted()).unwrap();
    let spans: Vec<_> = summary
        .broken
        .iter()
        .map(|span| (span.from_s, span.to_s, span.figure.as_str(), span.action.as_deref()))
        .collect();
    assert_eq!(spans, [(123.0, Some(243.0), "95.0%", None), (303.0, None, "96.0%", Some("abort"))]);
    let marks: Vec<f64> =
        summary.timeline.marks.iter().filter(|mark| mark.kind == MarkKind::Threshold).map(|mark| mark.at_s).collect();
    assert_eq!(marks, [183.0, 243.0, 363.0, 483.0], "that it held from the first is no news");
    for page in [markdown(&summary), html(&summary)] {
        for wanted in ["roken while the run went on", "hub=farm", "95.0%", "the end", "abort"] {
            assert!(page.contains(wanted), "{wanted} is missing");
        }
    }
}
