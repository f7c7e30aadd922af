//! Samples of the machine that hubmark runs on and of hubmark itself.

use super::{Tally, seconds};
use crate::event::Outcome;
use crate::record::{RunSource, SeriesInfo, SourceError};
use crate::stats::{Buckets, Merge};

/// A sampled value over time.
#[derive(Debug)]
pub(in crate::report) struct Gauge {
    /// (time in seconds, value), thinned in long runs.
    pub(in crate::report) tally: Tally,
}

impl Default for Gauge {
    fn default() -> Self {
        Self { tally: Tally::of_gauges() }
    }
}

impl Gauge {
    pub(super) fn add(&mut self, t_ns: u64, value: f64) {
        if value.is_finite() {
            self.tally.add(seconds(t_ns), value, Outcome::Ok);
        }
    }

    /// Mean of all values; `None` without any.
    pub(in crate::report) fn mean(&self) -> Option<f64> {
        (self.tally.ok > 0).then(|| self.tally.ok_total / self.tally.ok as f64)
    }

    /// Mean and greatest of the values from a time (seconds) up to another.
    pub(in crate::report) fn between(&self, from: f64, to: f64) -> Option<(f64, f64)> {
        let values = &self.tally.values;
        let start = values.partition_point(|(t, _)| *t < from);
        let end = values.partition_point(|(t, _)| *t < to);
        let inside = values.get(start..end).filter(|inside| !inside.is_empty())?;
        let sum: f64 = inside.iter().map(|(_, v)| v).sum();
        let max = inside.iter().map(|(_, v)| *v).fold(f64::MIN, f64::max);
        Some((sum / inside.len() as f64, max))
    }
}

/// What was sampled, as far as a report shows it.
#[derive(Debug, Default)]
pub(in crate::report) struct Machines {
    pub(in crate::report) host_cpu: Gauge,
    pub(in crate::report) host_steal: Gauge,
    pub(in crate::report) host_memory: Gauge,
    pub(in crate::report) host_memory_total: Option<f64>,
    pub(in crate::report) self_cpu: Gauge,
    pub(in crate::report) self_resident: Gauge,
    pub(in crate::report) lateness: Gauge,
    /// Ticks that samplers missed or that gave no values.
    pub(in crate::report) missed: f64,
    /// Ticks that samplers came to.
    pub(in crate::report) ticks: u64,
}

/// Processor seconds between two ticks.
#[derive(Debug, Clone, Copy, Default)]
struct Cpu {
    busy: f64,
    all: f64,
    steal: f64,
    /// Time of the last tick in it, nanoseconds.
    at_ns: u64,
}

impl Merge for Cpu {
    fn merge(&mut self, later: &Self) {
        self.busy += later.busy;
        self.all += later.all;
        self.steal += later.steal;
        self.at_ns = self.at_ns.max(later.at_ns);
    }
}

impl Machines {
    /// Reads the samples of a run that were taken every `interval_ns`.
    pub(in crate::report) fn read(source: &dyn RunSource, interval_ns: u64) -> Result<Self, SourceError> {
        let series = source.series()?;
        let mut machines = Self::default();
        let mut cpu: Buckets<Cpu> = Buckets::new(interval_ns, 16_384);
        let mut ratio = Gauge::default();
        // Series of a farm's nodes are of other machines, or of this one again.
        for info in series.iter().filter(|info| !info.key.labels.contains_key("node")) {
            let id = info.id;
            match info.key.name.as_str() {
                "node_cpu_seconds_total" => add_cpu(source, info, &mut cpu)?,
                "node_cpu_utilization_ratio" => source.samples(id, &mut |t, v| ratio.add(t, v))?,
                "node_memory_used_bytes" => source.samples(id, &mut |t, v| machines.host_memory.add(t, v))?,
                "node_memory_total_bytes" => source.samples(id, &mut |_, v| machines.host_memory_total = Some(v))?,
                "self_cpu_seconds_total" => {
                    let gauge = &mut machines.self_cpu;
                    deltas(source, id, &mut |_, t, lasted, delta| gauge.add(t, delta / lasted))?;
                }
                "self_resident_bytes" => source.samples(id, &mut |t, v| machines.self_resident.add(t, v))?,
                "self_lateness_seconds" => source.samples(id, &mut |t, v| machines.lateness.add(t, v))?,
                "sampler_up" => source.samples(id, &mut |_, up| {
                    machines.ticks += 1;
                    machines.missed += 1.0 - up;
                })?,
                "sampler_missed_ticks_total" => {
                    let mut last = 0.0;
                    source.samples(id, &mut |_, v| last = v)?;
                    machines.missed += last;
                }
                _ => {}
            }
        }
        for cell in cpu.cells().iter().filter(|cell| cell.all > 0.0) {
            machines.host_cpu.add(cell.at_ns, (cell.busy / cell.all).clamp(0.0, 1.0));
            machines.host_steal.add(cell.at_ns, (cell.steal / cell.all).clamp(0.0, 1.0));
        }
        if machines.host_cpu.tally.ok == 0 {
            machines.host_cpu = ratio;
        }
        Ok(machines)
    }
}

/// Adds one mode's processor seconds. `idle` and `iowait` are not busy, `steal` was somebody else's; `guest` modes are counted in
/// `user` already.
fn add_cpu(source: &dyn RunSource, info: &SeriesInfo, cpu: &mut Buckets<Cpu>) -> Result<(), SourceError> {
    let mode = info.key.labels.get("mode").map_or("", String::as_str).to_owned();
    if mode.starts_with("guest") {
        return Ok(());
    }
    let busy = !["idle", "iowait", "steal"].contains(&mode.as_str());
    deltas(source, info.id, &mut |from_ns, at_ns, _, delta| {
        let cell = cpu.at(from_ns);
        cell.all += delta;
        cell.at_ns = cell.at_ns.max(at_ns);
        if busy {
            cell.busy += delta;
        }
        if mode == "steal" {
            cell.steal += delta;
        }
    })
}

/// Calls with (from, to, seconds between, growth) for each two neighbouring samples of a counter. A counter that falls began anew.
pub(super) fn deltas(
    source: &dyn RunSource,
    id: u32,
    each: &mut dyn FnMut(u64, u64, f64, f64),
) -> Result<(), SourceError> {
    let mut before: Option<(u64, f64)> = None;
    source.samples(id, &mut |t_ns, value| {
        if let Some((then_ns, was)) = before
            && t_ns > then_ns
            && value >= was
        {
            each(then_ns, t_ns, seconds(t_ns - then_ns), value - was);
        }
        before = Some((t_ns, value));
    })
}
