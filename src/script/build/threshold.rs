//! Objectives, and what a run does about them while it goes on.

use super::{Builder, duration};
use crate::plan::Threshold;
use crate::plan::threshold::Action;
use crate::script::value::Checked;
use std::collections::BTreeMap;
use std::time::Duration;

/// The scenario's objectives, in the author's order.
pub(super) fn thresholds(builder: &Builder<'_>) -> Vec<Threshold> {
    let mut thresholds = Vec::new();
    for (index, item) in builder.scenario.list("thresholds").iter().enumerate() {
        match item {
            Checked::Threshold(threshold) => thresholds.push(threshold.clone()),
            Checked::Map(fields) => thresholds.extend(with_action(builder, index + 1, fields)),
            _ => {}
        }
    }
    thresholds
}

/// An objective that stands in a table of its own, number `number` from 1.
fn with_action(builder: &Builder<'_>, number: usize, fields: &BTreeMap<String, Checked>) -> Option<Threshold> {
    // Without it the table has its fault already.
    let Some(Checked::Threshold(threshold)) = fields.get("objective") else { return None };
    let wanted = |name: &str| matches!(fields.get(name), Some(Checked::Boolean(true)));
    let path = format!("thresholds[{number}]");
    if wanted("pause") {
        let hint = "hold = true adds no users while it is broken, abort = true ends the run";
        builder.wrong(&format!("{path}.pause"), "a run of this hubmark cannot be paused", Some(hint));
    }
    let action = match (wanted("abort"), wanted("hold")) {
        (true, true) => {
            let why = "an objective either ends the run (abort) or adds no users (hold)";
            builder.wrong(&path, why, Some("write it twice, once with each, where both are wanted"));
            None
        }
        (true, false) => Some(Action::Abort),
        (false, true) => Some(Action::Hold),
        (false, false) => None,
    };
    let after = duration(fields, "after").unwrap_or(Duration::ZERO);
    Some(Threshold { action, after, ..threshold.clone() })
}
