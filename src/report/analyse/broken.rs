//! When objectives were broken while the run went on.

use super::Facts;
use crate::event::{ThresholdRecord, ThresholdState};
use crate::report::gather::seconds;
use crate::report::summary::BrokenSpan;

/// The times in which objectives were broken, in the order in which they began.
pub(super) fn spans(facts: &Facts<'_>) -> Vec<BrokenSpan> {
    let mut spans: Vec<BrokenSpan> = Vec::new();
    for (t_ns, record) in &facts.gathered.judged {
        let open = spans.iter_mut().rev().find(|span| span.to_s.is_none() && span.objective == record.threshold);
        match (record.state, open) {
            (ThresholdState::Broken, Some(open)) => {
                open.action = action(record).or_else(|| open.action.take());
            }
            (ThresholdState::Broken, None) => spans.push(BrokenSpan {
                objective: record.threshold.clone(),
                label: record.label.clone(),
                from_s: seconds(t_ns.saturating_sub(record.window_ns)),
                to_s: None,
                figure: record.words(),
                action: action(record),
            }),
            (_, Some(open)) => open.to_s = Some(seconds(*t_ns)),
            (_, None) => {}
        }
    }
    spans
}

fn action(record: &ThresholdRecord) -> Option<String> {
    record.action.map(|action| action.name().to_owned())
}
