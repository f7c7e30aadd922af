//! The keys of one GPU's series.

use super::device::GpuInfo;
use crate::event::{Sample, SeriesKey};
use crate::sampler::SERIES;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes samples of one GPU, with one shared key per series.
#[derive(Debug)]
pub(super) struct Keys {
    gpu: String,
    uuid: String,
    /// Whether the GPU is made up, which every series of it says.
    simulated: bool,
    known: BTreeMap<(&'static str, &'static str), Arc<SeriesKey>>,
    xids: BTreeMap<u64, Arc<SeriesKey>>,
}

impl Keys {
    pub(super) fn new(info: &GpuInfo) -> Self {
        let (gpu, uuid) = (info.index.to_string(), info.uuid.to_string());
        Self { gpu, uuid, simulated: info.simulated, known: BTreeMap::new(), xids: BTreeMap::new() }
    }

    fn key((gpu, uuid, simulated): (&str, &str, bool), name: &str, third: &str) -> Arc<SeriesKey> {
        let key = SeriesKey::plain(name).with("gpu", gpu).with("uuid", uuid);
        let key = if simulated { key.with("simulated", "true") } else { key };
        let label = SERIES.iter().find(|series| series.name == name).and_then(|series| series.labels.get(2));
        Arc::new(match label {
            Some(label) => key.with(label, third),
            None => key,
        })
    }

    /// A sample of a series; `third` is the value of the label beside `gpu` and `uuid`, where it has one.
    pub(super) fn sample(&mut self, name: &'static str, third: &'static str, value: f64) -> Sample {
        let whose = (self.gpu.as_str(), self.uuid.as_str(), self.simulated);
        let key = self.known.entry((name, third)).or_insert_with(|| Self::key(whose, name, third));
        Sample { series: Arc::clone(key), value }
    }

    /// A sample of the XID errors of a number.
    pub(super) fn xid(&mut self, number: u64, count: u64) -> Sample {
        let whose = (self.gpu.as_str(), self.uuid.as_str(), self.simulated);
        let key = self.xids.entry(number);
        let key = key.or_insert_with(|| Self::key(whose, "gpu_xid_errors_total", &number.to_string()));
        Sample { series: Arc::clone(key), value: count as f64 }
    }
}
