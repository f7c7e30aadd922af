//! From looks at GPUs to series.

use super::device::{
    Counter, GpuError, GpuEvent, GpuEventKind, GpuInfo, GpuSample, Gpus, Reading, Stamp, THROTTLE_REASONS,
};
use super::keys::Keys;
use crate::event::Sample;
use std::collections::BTreeMap;

/// Names of the domains of [`GpuSample::clocks_mhz`].
const DOMAINS: [&str; 3] = ["sm", "memory", "video"];
/// Names of the kinds of [`GpuSample::ecc`].
const ECC: [&str; 2] = ["corrected", "uncorrected"];
/// Names of the directions of [`GpuSample::pcie`].
const DIRECTIONS: [&str; 2] = ["transmit", "receive"];

/// Makes series of what a driver says of its GPUs: counters as they are, integrals over the times of readings, and what is worth telling.
pub struct Meter {
    gpus: Vec<Metered>,
    stamp: Stamp,
    notices: Vec<String>,
    look: GpuSample,
}

/// One GPU and what is kept of it from tick to tick.
struct Metered {
    info: GpuInfo,
    keys: Keys,
    /// Since when it does not answer.
    silent_since_ns: Option<u64>,
    before: GpuSample,
    totals: Totals,
    xids: BTreeMap<u64, u64>,
}

/// Integrals since the first look. Nothing is added for a time at whose beginning or end there was no reading.
#[derive(Default)]
struct Totals {
    busy_s: f64,
    power_j: f64,
    throttle_s: [f64; THROTTLE_REASONS.len()],
    pcie: [u64; 2],
}

impl Meter {
    /// A meter of these GPUs, on the clock that their readings are from.
    #[must_use]
    pub fn new(gpus: Vec<GpuInfo>, stamp: Stamp) -> Self {
        let metered = |info: GpuInfo| Metered {
            keys: Keys::new(&info),
            info,
            silent_since_ns: None,
            before: GpuSample::default(),
            totals: Totals::default(),
            xids: BTreeMap::new(),
        };
        let gpus = gpus.into_iter().map(metered).collect();
        Self { gpus, stamp, notices: Vec::new(), look: GpuSample::default() }
    }

    /// Looks at every GPU once.
    pub fn tick(&mut self, gpus: &mut dyn Gpus) -> Vec<Sample> {
        let mut samples = Vec::with_capacity(32 * self.gpus.len());
        for gpu in &mut self.gpus {
            let result = gpus.sample(&gpu.info.uuid, &mut self.look);
            if result.is_err() {
                self.look = GpuSample::default();
            }
            self.notices.extend(gpu.answered(&result, (self.stamp)()));
            samples.push(gpu.keys.sample("gpu_up", "", f64::from(u8::from(result.is_ok()))));
            gpu.integrate(&self.look);
            gpu.values(&self.look, &mut samples);
            std::mem::swap(&mut gpu.before, &mut self.look);
        }
        self.notices.extend(gpus.notices());
        samples
    }

    /// Takes an event. One that does not say whose it is belongs to the GPU that does not answer, if there is one such.
    pub fn event(&mut self, event: &GpuEvent) {
        let silent = self.gpus.iter().filter(|gpu| gpu.silent_since_ns.is_some()).count();
        let known = self.gpus.len();
        let mine = |gpu: &&mut Metered| match &event.uuid {
            Some(uuid) => gpu.info.uuid == *uuid,
            None => known == 1 || (silent == 1 && gpu.silent_since_ns.is_some()),
        };
        let gpu = self.gpus.iter_mut().find(mine);
        let who = gpu.as_ref().map_or_else(|| "a GPU that is gone".to_owned(), |gpu| gpu.name());
        if let (Some(gpu), GpuEventKind::Xid(number)) = (gpu, event.kind) {
            *gpu.xids.entry(number).or_default() += 1;
        }
        self.notices.push(match event.kind {
            GpuEventKind::Xid(number) => format!("{who} reported XID {number}"),
            GpuEventKind::Ecc { corrected: true } => format!("{who} corrected an ECC error"),
            GpuEventKind::Ecc { corrected: false } => format!("{who} had an ECC error that it could not correct"),
            GpuEventKind::MigChanged => format!("{who} was cut into other instances"),
        });
    }

    /// What is worth telling since this was last asked, each once with how often: a GPU whose memory fails reports hundreds of errors.
    pub fn notices(&mut self) -> Vec<String> {
        let mut told: Vec<(String, u32)> = Vec::new();
        for text in std::mem::take(&mut self.notices) {
            match told.iter_mut().find(|(known, _)| *known == text) {
                Some((_, count)) => *count += 1,
                None => told.push((text, 1)),
            }
        }
        let line = |(text, count)| if count > 1 { format!("{text} ({count} times)") } else { text };
        told.into_iter().map(line).collect()
    }
}

impl Metered {
    /// Such as `GPU 0 (GPU-5c1a…)`.
    fn name(&self) -> String {
        format!("GPU {} ({})", self.info.index, self.info.uuid)
    }

    /// Tells once that it does not answer, and once that it does again.
    fn answered(&mut self, result: &Result<(), GpuError>, now_ns: u64) -> Option<String> {
        match (result, self.silent_since_ns) {
            (Ok(()), Some(since_ns)) => {
                self.silent_since_ns = None;
                let silent_s = now_ns.saturating_sub(since_ns) as f64 / 1e9;
                Some(format!("{} is back after {silent_s:.1} s", self.name()))
            }
            (Err(error), None) => {
                self.silent_since_ns = Some(now_ns);
                Some(match error {
                    GpuError::Lost => format!("{} was lost", self.name()),
                    other => format!("{} does not answer: {other}", self.name()),
                })
            }
            _ => None,
        }
    }

    fn integrate(&mut self, now: &GpuSample) {
        let totals = &mut self.totals;
        // A reading of utilisation and of throttle reasons is about the time before it.
        if let Some((_, busy, span_s)) = span(self.before.busy_ratio, now.busy_ratio) {
            totals.busy_s += busy * span_s;
        }
        if let Some((_, reasons, span_s)) = span(self.before.throttle, now.throttle) {
            for ((bit, _), total) in THROTTLE_REASONS.iter().zip(&mut totals.throttle_s) {
                if reasons & bit != 0 {
                    *total += span_s;
                }
            }
        }
        if let Some((from_mw, to_mw, span_s)) = span(self.before.power_mw, now.power_mw) {
            totals.power_j += (from_mw as f64 + to_mw as f64) / 2e3 * span_s;
        }
        for ((total, before), now) in totals.pcie.iter_mut().zip(self.before.pcie).zip(now.pcie) {
            if let Some((before, now, _)) = span(before, now) {
                *total += grown(before, now);
            }
        }
    }

    fn values(&mut self, look: &GpuSample, samples: &mut Vec<Sample>) {
        let keys = &mut self.keys;
        let mut put = |name, third, value: Option<f64>| {
            if let Some(value) = value {
                samples.push(keys.sample(name, third, value));
            }
        };
        let ratio = |reading: Option<Reading<f64>>| reading.map(|reading| reading.value);
        let count = |reading: Option<Reading<u64>>| reading.map(|reading| reading.value as f64);
        put("gpu_utilization_ratio", "", ratio(look.busy_ratio));
        put("gpu_busy_seconds_total", "", look.busy_ratio.map(|_| self.totals.busy_s));
        put("gpu_sm_activity_ratio", "", ratio(look.sm_activity));
        put("gpu_sm_occupancy_ratio", "", ratio(look.sm_occupancy));
        put("gpu_tensor_activity_ratio", "", ratio(look.tensor_activity));
        put("gpu_dram_activity_ratio", "", ratio(look.dram_activity));
        put("gpu_memory_used_bytes", "", count(look.memory_used));
        put("gpu_memory_total_bytes", "", count(look.memory_total));
        put("gpu_power_watts", "", count(look.power_mw).map(|mw| mw / 1e3));
        put("gpu_power_joules_total", "", look.power_mw.map(|_| self.totals.power_j));
        put("gpu_energy_joules_total", "", count(look.energy_mj).map(|mj| mj / 1e3));
        put("gpu_temperature_celsius", "", look.temperature_c.map(|reading| f64::from(reading.value)));
        for (domain, clock) in DOMAINS.into_iter().zip(look.clocks_mhz) {
            put("gpu_clock_hertz", domain, clock.map(|reading| f64::from(reading.value) * 1e6));
        }
        for ((_, reason), total) in THROTTLE_REASONS.into_iter().zip(self.totals.throttle_s) {
            put("gpu_throttle_seconds_total", reason, look.throttle.map(|_| total));
        }
        for (kind, errors) in ECC.into_iter().zip(look.ecc) {
            put("gpu_ecc_errors_total", kind, count(errors));
        }
        for ((direction, reading), total) in DIRECTIONS.into_iter().zip(look.pcie).zip(self.totals.pcie) {
            put("gpu_pcie_bytes_total", direction, reading.map(|_| total as f64));
        }
        for (number, errors) in &self.xids {
            samples.push(self.keys.xid(*number, *errors));
        }
    }
}

/// Two readings with the seconds between them.
fn span<T>(before: Option<Reading<T>>, now: Option<Reading<T>>) -> Option<(T, T, f64)> {
    let (before, now) = (before?, now?);
    let span_s = now.at_ns.checked_sub(before.at_ns)? as f64 / 1e9;
    Some((before.value, now.value, span_s))
}

/// How much a counter grew. One of few bits began anew where it fell; one of 64 does not in a lifetime, so its driver was loaded again.
fn grown(before: Counter, now: Counter) -> u64 {
    match now.value.checked_sub(before.value) {
        Some(grown) => grown,
        None if now.bits < 64 => (1u64 << now.bits).wrapping_sub(before.value).wrapping_add(now.value),
        None => now.value,
    }
}
