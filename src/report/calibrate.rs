//! From a recorded run to what simulated times are drawn from.

use crate::event::{Event, EventKind, Outcome, TaskRecord};
use crate::plan::Calibration;
use crate::record::{RunSource, SourceError};
use std::collections::BTreeMap;

/// Most values of one kind held while a run is read; past that every second one is dropped.
const HELD_MAX: usize = 1 << 14;

/// Why a run gives no calibration.
#[derive(Debug, thiserror::Error)]
pub enum CalibrateError {
    /// Its record cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Its own times were drawn, so nothing was measured.
    #[error("the run is simulated: its times were drawn, not measured")]
    Simulated,
    /// Nothing in it ended ok.
    #[error("no server, kernel or task of the run was measured")]
    Nothing,
}

/// Values in the order of the run, thinned by halves when there are too many.
struct Held<T> {
    values: Vec<T>,
    stride: u64,
    seen: u64,
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self { values: Vec::new(), stride: 1, seen: 0 }
    }
}

impl<T: Clone> Held<T> {
    fn add(&mut self, value: impl FnOnce() -> T) {
        if self.seen.is_multiple_of(self.stride) {
            self.values.push(value());
            if self.values.len() > HELD_MAX {
                let mut index = 0_u64;
                self.values.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.stride *= 2;
            }
        }
        self.seen += 1;
    }

    /// The values sorted by a key and thinned to what a calibration keeps.
    fn kept<K: Ord>(mut self, key: impl Fn(&T) -> K) -> Vec<T> {
        self.values.sort_by_key(|value| key(value));
        Calibration::thinned(&self.values, Calibration::VALUES_MAX)
    }
}

#[derive(Default)]
struct Times {
    spawn: Held<u64>,
    kernel_start: Held<u64>,
    kernel_stop: Held<u64>,
    server_stop: Held<u64>,
    notebooks: BTreeMap<String, Held<Vec<u64>>>,
    executions: BTreeMap<String, Held<u64>>,
    calls: BTreeMap<String, Held<u64>>,
}

impl Times {
    fn look(&mut self, event: &Event) {
        match &event.kind {
            EventKind::ServerStarted { outcome: Outcome::Ok, took_ns, .. } => self.spawn.add(|| *took_ns),
            EventKind::ServerStopped { outcome: Outcome::Ok, took_ns, .. } => self.server_stop.add(|| *took_ns),
            EventKind::KernelStarted { outcome: Outcome::Ok, took_ns, .. } => self.kernel_start.add(|| *took_ns),
            EventKind::KernelClosed { outcome: Outcome::Ok, took_ns, .. } => self.kernel_stop.add(|| *took_ns),
            EventKind::TaskEnded(task) if whole(task) => {
                let held = self.notebooks.entry(task.notebook.clone()).or_default();
                held.add(|| task.timings.iter().map(|timing| timing.took_ns).collect());
            }
            EventKind::CallEnded { call, place, outcome, took_ns, .. } => self.call(call, place, *outcome, *took_ns),
            _ => {}
        }
    }

    /// Code that raised took its time all the same.
    fn call(&mut self, call: &str, place: &str, outcome: Outcome, took_ns: u64) {
        let executes = call == "kernel:execute";
        let measured = outcome.is_ok() || (executes && outcome == Outcome::CellError);
        if !measured {
            return;
        }
        let (of, key) = if executes { (&mut self.executions, place) } else { (&mut self.calls, call) };
        if of.len() < Calibration::PLACES_MAX || of.contains_key(key) {
            of.entry(key.to_owned()).or_default().add(|| took_ns);
        }
    }
}

/// Whether a task tells the time of every cell.
fn whole(task: &TaskRecord) -> bool {
    task.outcome.is_ok() && !task.timings.is_empty() && task.timings.len() < TaskRecord::CELLS_MAX
}

/// What simulated times can be drawn from, measured by a run.
///
/// # Errors
/// The run cannot be read, is simulated itself, or nothing in it ended ok.
pub fn calibrate(run: &dyn RunSource) -> Result<Calibration, CalibrateError> {
    if run.manifest().simulated {
        return Err(CalibrateError::Simulated);
    }
    let mut times = Times::default();
    run.events(&mut |event| times.look(&event))?;
    // Users of one's own may execute no notebook; their servers and kernels were measured all the same.
    if times.notebooks.is_empty() && times.spawn.values.is_empty() && times.kernel_start.values.is_empty() {
        return Err(CalibrateError::Nothing);
    }
    let whole_ns = |cells: &Vec<u64>| cells.iter().sum::<u64>();
    Ok(Calibration {
        format: Calibration::FORMAT,
        run: run.manifest().run.clone(),
        spawn_ns: times.spawn.kept(|ns| *ns),
        kernel_start_ns: times.kernel_start.kept(|ns| *ns),
        kernel_stop_ns: times.kernel_stop.kept(|ns| *ns),
        server_stop_ns: times.server_stop.kept(|ns| *ns),
        notebooks: times.notebooks.into_iter().map(|(key, held)| (key, held.kept(whole_ns))).collect(),
        executions: times.executions.into_iter().map(|(place, held)| (place, held.kept(|ns| *ns))).collect(),
        calls: times.calls.into_iter().map(|(call, held)| (call, held.kept(|ns| *ns))).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_values_are_thinned_evenly_over_the_run() {
        let mut held = Held::default();
        (0..100_000_u64).for_each(|value| held.add(|| value));
        assert!(held.values.len() <= HELD_MAX);
        let kept = held.kept(|value| *value);
        assert_eq!(kept.len(), Calibration::VALUES_MAX);
        let median = kept[kept.len() / 2];
        assert!((48_000..52_000).contains(&median), "{median}");
    }
}
