//! Samples of GPUs, over the load.

use super::series::deltas;
use super::{Gauge, seconds};
use crate::plan::Sampling;
use crate::record::{RunSource, SeriesInfo, SourceError};
use std::collections::BTreeMap;

/// At and above this share a GPU counts as full, below the other as unused.
const FULL: f64 = 0.95;
const UNUSED: f64 = 0.05;

/// How far the energy counter may be from integrated power before it is not believed.
pub(in crate::report) const DISAGREEMENT_MAX: f64 = 0.15;

/// A value and the time for which it held.
#[derive(Debug, Default, Clone, Copy)]
pub(in crate::report) struct Held {
    pub(in crate::report) total: f64,
    pub(in crate::report) seconds: f64,
}

impl Held {
    pub(in crate::report) fn mean(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.total / self.seconds)
    }
}

/// What was sampled of one GPU.
#[derive(Debug, Default)]
pub(in crate::report) struct GpuSeries {
    pub(in crate::report) busy: Gauge,
    pub(in crate::report) busy_mean: Held,
    /// Seconds for which it was full and for which it was unused.
    pub(in crate::report) full_s: f64,
    pub(in crate::report) unused_s: f64,
    pub(in crate::report) sm_mean: Held,
    pub(in crate::report) memory_peak: Option<f64>,
    pub(in crate::report) memory_total: Option<f64>,
    pub(in crate::report) power_mean: Held,
    pub(in crate::report) temperature_max: Option<f64>,
    /// Joules by the counter, and by integrated power.
    pub(in crate::report) counted_j: Option<f64>,
    pub(in crate::report) integrated_j: Option<f64>,
    /// Seconds for which clocks were held down, by reason; of the whole run are XID and ECC errors.
    pub(in crate::report) throttled_s: BTreeMap<String, f64>,
    pub(in crate::report) xids: BTreeMap<String, u64>,
    pub(in crate::report) ecc: BTreeMap<String, u64>,
    /// Looks, and those that it did not answer.
    pub(in crate::report) looks: u64,
    pub(in crate::report) silent: u64,
}

/// GPUs by number and UUID.
pub(in crate::report) type Gpus = BTreeMap<(u32, String), GpuSeries>;

/// Reads the samples of GPUs. `window` is the load; `sampling` tells how often they were taken: those of this machine as GPUs, those that a
/// node's exporter told of as machines.
pub(in crate::report) fn read(
    source: &dyn RunSource,
    window: Option<(u64, u64)>,
    sampling: &Sampling,
) -> Result<Gpus, SourceError> {
    let mut gpus = Gpus::new();
    for info in source.series()?.iter().filter(|info| info.key.name.starts_with("gpu_")) {
        let label = |name: &str| info.key.labels.get(name).cloned().unwrap_or_default();
        let number = label("gpu").parse().unwrap_or(u32::MAX);
        let interval = if label("node").is_empty() { sampling.gpu } else { sampling.gpu.max(sampling.host) };
        let most_s = interval.as_secs_f64() * 2.5;
        let reader = Reader { source, window: window.unwrap_or((0, u64::MAX)), most_s };
        reader.take(info, gpus.entry((number, label("uuid"))).or_default())?;
    }
    Ok(gpus)
}

struct Reader<'s> {
    source: &'s dyn RunSource,
    window: (u64, u64),
    /// Longest time for which a reading speaks: after a gap it speaks for none.
    most_s: f64,
}

impl Reader<'_> {
    fn take(&self, info: &SeriesInfo, gpu: &mut GpuSeries) -> Result<(), SourceError> {
        let label = |name: &str| info.key.labels.get(name).cloned().unwrap_or_default();
        match info.key.name.as_str() {
            "gpu_utilization_ratio" => {
                self.source.samples(info.id, &mut |t, v| gpu.busy.add(t, v))?;
                let (mean, full_s, unused_s) = (&mut gpu.busy_mean, &mut gpu.full_s, &mut gpu.unused_s);
                self.held(info.id, &mut |value, span_s| {
                    mean.total += value * span_s;
                    mean.seconds += span_s;
                    *full_s += if value >= FULL { span_s } else { 0.0 };
                    *unused_s += if value < UNUSED { span_s } else { 0.0 };
                })
            }
            "gpu_sm_activity_ratio" => self.mean(info.id, &mut gpu.sm_mean),
            "gpu_power_watts" => self.mean(info.id, &mut gpu.power_mean),
            "gpu_memory_used_bytes" => self.greatest(info.id, &mut gpu.memory_peak),
            "gpu_memory_total_bytes" => self.greatest(info.id, &mut gpu.memory_total),
            "gpu_temperature_celsius" => self.greatest(info.id, &mut gpu.temperature_max),
            "gpu_energy_joules_total" => self.grown(info.id, &mut gpu.counted_j),
            "gpu_power_joules_total" => self.grown(info.id, &mut gpu.integrated_j),
            "gpu_throttle_seconds_total" => {
                let mut grown = None;
                self.grown(info.id, &mut grown)?;
                gpu.throttled_s.extend(grown.map(|seconds| (label("reason"), seconds)));
                Ok(())
            }
            // An XID error's series begins with the first of them, which no difference would show.
            "gpu_xid_errors_total" => {
                let mut last = 0.0;
                self.source.samples(info.id, &mut |_, value| last = value)?;
                gpu.xids.insert(label("xid"), last as u64);
                Ok(())
            }
            "gpu_ecc_errors_total" => {
                let mut grown = 0.0;
                deltas(self.source, info.id, &mut |_, _, _, delta| grown += delta)?;
                gpu.ecc.insert(label("kind"), grown as u64);
                Ok(())
            }
            "gpu_up" => self.source.samples(info.id, &mut |_, up| {
                gpu.looks += 1;
                gpu.silent += u64::from(up < 0.5);
            }),
            _ => Ok(()),
        }
    }

    /// Calls with each value of the load and the seconds since the one before it: a reading is about the time before.
    fn held(&self, id: u32, each: &mut dyn FnMut(f64, f64)) -> Result<(), SourceError> {
        let (from_ns, to_ns) = self.window;
        let mut before: Option<u64> = None;
        self.source.samples(id, &mut |t_ns, value| {
            if let Some(then_ns) = before.replace(t_ns)
                && then_ns >= from_ns
                && t_ns <= to_ns
                && t_ns > then_ns
            {
                let span_s = seconds(t_ns - then_ns);
                if span_s <= self.most_s {
                    each(value, span_s);
                }
            }
        })
    }

    fn mean(&self, id: u32, held: &mut Held) -> Result<(), SourceError> {
        self.held(id, &mut |value, span_s| {
            held.total += value * span_s;
            held.seconds += span_s;
        })
    }

    fn greatest(&self, id: u32, most: &mut Option<f64>) -> Result<(), SourceError> {
        let (from_ns, to_ns) = self.window;
        self.source.samples(id, &mut |t_ns, value| {
            if (from_ns..=to_ns).contains(&t_ns) {
                *most = Some(most.map_or(value, |most| most.max(value)));
            }
        })
    }

    /// How much a counter grew over the load; gaps are bridged, because a counter goes on in them.
    fn grown(&self, id: u32, grown: &mut Option<f64>) -> Result<(), SourceError> {
        let (first_ns, last_ns) = self.window;
        deltas(self.source, id, &mut |from_ns, to_ns, _, delta| {
            if from_ns >= first_ns && to_ns <= last_ns {
                *grown.get_or_insert(0.0) += delta;
            }
        })
    }
}
