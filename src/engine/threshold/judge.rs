//! The judgement of windows: a pure function of what happened in them.
//!
//! | window | value of the objective | the objective |
//! | --- | --- | --- |
//! | its figure meets the bound | holds | holds once no value is broken |
//! | its figure does not | broken, one window more | is broken |
//! | nothing of its kind happened | stays; undecided the third time in a row | undecided once every value is |

use super::seen::{Homes, Labels, of_event, of_samples};
use super::tally::{Seen, Tally};
use crate::event::{Event, SampleBatch, ThresholdRecord, ThresholdState};
use crate::plan::threshold::{Action, OWN, Op, Threshold, Watch};
use crate::plan::{Instrument, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// So many windows in a row without anything to judge make an objective undecided.
const EMPTY_MAX: u32 = 3;
/// Most values of a label that are judged one by one; what comes later counts as one more.
const VALUES_MAX: usize = 1024;
/// The name of those.
const OTHER: &str = "other";

/// One value of an objective's label; the only one where it has none.
struct Row {
    tally: Tally,
    state: ThresholdState,
    broken_windows: u32,
    /// Samples of the windows in which it was broken, in a row.
    broken_samples: u64,
    empty_windows: u32,
    /// Figure and samples of the last window that had one.
    last: Option<(f64, u64)>,
}

impl Row {
    fn new(threshold: &Threshold) -> Self {
        Self {
            tally: Tally::new(threshold),
            state: ThresholdState::Undecided,
            broken_windows: 0,
            broken_samples: 0,
            empty_windows: 0,
            last: None,
        }
    }

    fn close(&mut self, threshold: &Threshold) {
        let figure = self.tally.figure(threshold, threshold.window().as_secs_f64());
        let samples = self.tally.count();
        if threshold.watch() != Watch::SoFar {
            self.tally = Tally::new(threshold);
        }
        let Some(value) = figure else {
            self.empty_windows += 1;
            if self.empty_windows >= EMPTY_MAX {
                *self = Row::new(threshold);
            }
            return;
        };
        self.empty_windows = 0;
        self.last = Some((value, samples));
        if threshold.op.holds(value, threshold.value) {
            (self.state, self.broken_windows, self.broken_samples) = (ThresholdState::Holds, 0, 0);
        } else {
            self.state = ThresholdState::Broken;
            self.broken_windows += 1;
            self.broken_samples += samples;
        }
    }

    fn aborts(&self, threshold: &Threshold) -> bool {
        let enough = threshold.counts() || self.broken_samples >= Threshold::ABORT_SAMPLES;
        self.broken_windows >= Threshold::ABORT_WINDOWS && enough
    }
}

/// One objective.
struct Watched {
    threshold: Threshold,
    /// By value of the label that it is split by; one under "" where it is not.
    rows: BTreeMap<String, Row>,
    /// When the current window ends; nothing is counted before the first begins.
    end_ns: u64,
    from_ns: u64,
    state: ThresholdState,
    aborted: bool,
}

impl Watched {
    fn new(threshold: &Threshold, plan: &Plan, homes: &Homes) -> Self {
        let values = match threshold.each.as_deref() {
            None => BTreeSet::from([String::new()]),
            Some("notebook") => plan.notebooks.keys().cloned().collect(),
            Some("hub") => plan.targets.keys().cloned().collect(),
            Some("executor") => plan.load.keys().cloned().collect(),
            Some(label) => homes.values(label).into_iter().collect(),
        };
        let selected = threshold.each.as_ref().and_then(|each| threshold.labels.get(each));
        let values = values.into_iter().filter(|value| selected.is_none_or(|wanted| wanted == value));
        let rows = values.map(|value| (value, Row::new(threshold))).collect();
        let state = ThresholdState::Undecided;
        Self { threshold: threshold.clone(), rows, end_ns: u64::MAX, from_ns: u64::MAX, state, aborted: false }
    }

    fn window_ns(&self) -> u64 {
        self.threshold.window().as_nanos() as u64
    }

    fn add(&mut self, metric: &str, labels: &Labels<'_>, seen: Seen) {
        let threshold = &self.threshold;
        let selected = |(name, value): (&String, &String)| labels.get(name) == Some(value);
        if threshold.metric != metric || !threshold.labels.iter().all(selected) {
            return;
        }
        let value = match &threshold.each {
            None => "",
            Some(each) => match labels.get(each) {
                Some(value) => value,
                None => return,
            },
        };
        if let Some(row) = self.rows.get_mut(value) {
            return row.tally.add(seen);
        }
        let value = if self.rows.len() < VALUES_MAX { value } else { OTHER };
        self.rows.entry(value.to_owned()).or_insert_with(|| Row::new(threshold)).tally.add(seen);
    }

    /// Closes a window; what is to be said about it.
    fn close(&mut self) -> Option<ThresholdRecord> {
        self.from_ns = self.end_ns;
        self.end_ns = self.end_ns.saturating_add(self.window_ns());
        self.rows.values_mut().for_each(|row| row.close(&self.threshold));
        let any = |state| self.rows.values().any(|row| row.state == state);
        let state = match (any(ThresholdState::Broken), any(ThresholdState::Holds)) {
            (true, _) => ThresholdState::Broken,
            (false, true) => ThresholdState::Holds,
            (false, false) => ThresholdState::Undecided,
        };
        let abort = self.threshold.action == Some(Action::Abort) && !self.aborted;
        let aborts = self.worst(|row| abort && row.aborts(&self.threshold)).map(|(value, _)| value.clone());
        if let Some(value) = aborts {
            self.aborted = true;
            self.state = state;
            return Some(self.record(&value, Some(Action::Abort)));
        }
        if state == self.state {
            return None;
        }
        self.state = state;
        let (value, _) = self.worst(|row| row.state == state)?;
        let hold =
            Some(Action::Hold).filter(|hold| state == ThresholdState::Broken && self.threshold.action == Some(*hold));
        Some(self.record(value, hold))
    }

    /// Of some rows the one that is farthest on the wrong side, or nearest to it.
    fn worst(&self, of: impl Fn(&Row) -> bool) -> Option<(&String, &Row)> {
        let upper = matches!(self.threshold.op, Op::Less | Op::LessOrEqual);
        let badness = |row: &Row| {
            let value = row.last.map_or(f64::NEG_INFINITY, |(value, _)| if upper { value } else { -value });
            // Of several that failed altogether the one with more of it.
            (value, row.broken_samples)
        };
        let rows = self.rows.iter().filter(|(_, row)| of(row));
        // The first of several that are alike.
        rows.rev().max_by(|(_, a), (_, b)| {
            let (a, b) = (badness(a), badness(b));
            a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
        })
    }

    fn record(&self, value: &str, action: Option<Action>) -> ThresholdRecord {
        let row = self.rows.get(value);
        let last = row.and_then(|row| row.last);
        ThresholdRecord {
            threshold: self.threshold.text.clone(),
            state: self.state,
            label: self.threshold.each.as_ref().map(|each| format!("{each}={value}")),
            value: last.map(|(value, _)| value).filter(|value| value.is_finite()),
            unit: self.threshold.unit,
            samples: last.map_or(0, |(_, samples)| samples),
            window_ns: self.window_ns(),
            broken_windows: row.map_or(0, |row| row.broken_windows),
            action,
        }
    }
}

/// All objectives of a run that can be judged while it goes on.
pub(super) struct Judge {
    homes: Homes,
    /// Metrics of the author's own whose values are added up.
    counters: BTreeSet<String>,
    watched: Vec<Watched>,
    /// What windows said that closed before they were asked for.
    found: Vec<ThresholdRecord>,
    cpu: Option<(u64, f64)>,
}

impl Judge {
    pub(super) fn of(plan: &Plan) -> Self {
        let homes = Homes::of(plan);
        let live = plan.thresholds.iter().filter(|threshold| threshold.watch() != Watch::AtTheEnd);
        let watched = live.map(|threshold| Watched::new(threshold, plan, &homes)).collect();
        let counters = plan.metrics.iter().filter(|(_, metric)| metric.kind == Instrument::Counter);
        let counters = counters.map(|(name, _)| format!("{OWN}{name}")).collect();
        Self { homes, counters, watched, found: Vec::new(), cpu: None }
    }

    /// The load begins.
    pub(super) fn begin(&mut self, load_ns: u64) {
        for watched in &mut self.watched {
            watched.from_ns = load_ns + watched.threshold.after.as_nanos() as u64;
            watched.end_ns = watched.from_ns + watched.window_ns();
        }
    }

    /// When the next window ends; `None` where there is nothing to judge.
    pub(super) fn next_ns(&self) -> Option<u64> {
        self.watched.iter().map(|watched| watched.end_ns).min()
    }

    /// Whether an objective that asks for it is broken.
    pub(super) fn holds_back(&self) -> bool {
        let holds = |watched: &Watched| watched.threshold.action == Some(Action::Hold);
        self.watched.iter().any(|watched| holds(watched) && watched.state == ThresholdState::Broken)
    }

    /// Closes every window that has ended by a time. What came to stand otherwise since this was asked last.
    pub(super) fn close(&mut self, now_ns: u64) -> Vec<ThresholdRecord> {
        self.advance(now_ns);
        std::mem::take(&mut self.found)
    }

    fn advance(&mut self, now_ns: u64) {
        for watched in &mut self.watched {
            while watched.end_ns <= now_ns {
                self.found.extend(watched.close());
            }
        }
    }

    pub(super) fn event(&mut self, event: &Event) {
        if self.watched.is_empty() {
            return;
        }
        self.advance(event.t_ns);
        let Self { homes, counters, watched, .. } = self;
        of_event(event, homes, &mut |metric, labels, seen| {
            let counted = metric.starts_with(OWN) && !counters.contains(metric);
            let seen = if counted { Seen { part: 1.0, ..seen } } else { seen };
            for watched in watched.iter_mut().filter(|watched| watched.from_ns <= event.t_ns) {
                watched.add(metric, labels, seen);
            }
        });
    }

    pub(super) fn samples(&mut self, batch: &SampleBatch) {
        if self.watched.is_empty() {
            return;
        }
        self.advance(batch.t_ns);
        let Self { cpu, watched, .. } = self;
        of_samples(batch, cpu, &mut |metric, seen| {
            for watched in watched.iter_mut().filter(|watched| watched.from_ns <= batch.t_ns) {
                watched.add(metric, &Labels::default(), seen);
            }
        });
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
