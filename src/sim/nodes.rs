//! What samplers would read on simulated machines: the series of real ones, from the same sums that the tasks' times follow from.

use super::machine::{GpuReading, Machine, Reading};
use crate::clock::Clock;
use crate::event::{Sample, SeriesKey};
use crate::port::{Local, SampleError, Sampler};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Power of a simulated GPU that does nothing, and what full work adds; watts. Round figures of a data-centre GPU: they make energy follow from work
/// and say nothing about any real device.
const POWER: (f64, f64) = (60.0, 240.0);
/// Temperature of one that does nothing, and what full work adds; degrees Celsius.
const TEMPERATURE: (f64, f64) = (38.0, 34.0);
/// Its full clock.
const CLOCK_HZ: f64 = 1.41e9;

/// Reads all machines of a farm at each tick.
pub struct NodeSampler {
    clock: Clock,
    nodes: Vec<Node>,
}

struct Node {
    machine: Machine,
    up: Arc<SeriesKey>,
    host: Vec<Arc<SeriesKey>>,
    gpus: Vec<Vec<Arc<SeriesKey>>>,
    /// What its counters showed when it was booted, seconds since the world began and since its processors and GPUs began: a machine that boots counts from 0.
    boot: Option<Boot>,
    /// Each GPU's seconds of work at the tick before, and that tick.
    before: Option<(f64, Vec<f64>)>,
}

#[derive(Clone)]
struct Boot {
    at_s: f64,
    reading: Reading,
}

/// Series of a machine besides whether it is up, in the order of `host_values`.
const HOST: [(&str, &[(&str, &str)]); 6] = [
    ("node_cpu_seconds_total", &[("mode", "user")]),
    ("node_cpu_seconds_total", &[("mode", "idle")]),
    ("node_pressure_seconds_total", &[("kind", "some"), ("resource", "cpu")]),
    ("node_memory_used_bytes", &[]),
    ("node_memory_total_bytes", &[]),
    ("node_boot_time_seconds", &[]),
];

/// Series of a GPU, in the order of `gpu_values`.
const GPU: [(&str, &[(&str, &str)]); 9] = [
    ("gpu_busy_seconds_total", &[]),
    ("gpu_utilization_ratio", &[]),
    ("gpu_memory_used_bytes", &[]),
    ("gpu_memory_total_bytes", &[]),
    ("gpu_power_watts", &[]),
    ("gpu_energy_joules_total", &[]),
    ("gpu_temperature_celsius", &[]),
    ("gpu_clock_hertz", &[("domain", "sm")]),
    ("gpu_throttle_seconds_total", &[("reason", "hw_thermal")]),
];

impl NodeSampler {
    /// Of machines with their names and roles, as the labels `node` and `role` have them.
    #[must_use]
    pub fn new(clock: &Clock, machines: Vec<(String, &'static str, Machine)>) -> Self {
        let nodes = machines.into_iter().map(|(name, role, machine)| Node::new(&name, role, machine)).collect();
        Self { clock: clock.clone(), nodes }
    }
}

impl Node {
    fn new(name: &str, role: &str, machine: Machine) -> Self {
        let labels = BTreeMap::from([("node".to_owned(), name.to_owned()), ("role".to_owned(), role.to_owned())]);
        let key = |series: &str, more: &[(&str, &str)], gpu: Option<usize>| {
            let mut labels = labels.clone();
            labels.extend(more.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())));
            if let Some(index) = gpu {
                labels.insert("gpu".to_owned(), index.to_string());
                labels.insert("uuid".to_owned(), format!("GPU-simulated-{name}-{index}"));
            }
            Arc::new(SeriesKey { name: series.to_owned(), labels })
        };
        let gpus = 0..machine.build().gpu_memory_bytes.len();
        Self {
            up: key("node_up", &[], None),
            host: HOST.iter().map(|(series, more)| key(series, more, None)).collect(),
            gpus: gpus.map(|index| GPU.iter().map(|(series, more)| key(series, more, Some(index))).collect()).collect(),
            boot: None,
            before: None,
            machine,
        }
    }

    fn read(&mut self, now_s: f64, wall_s: f64, samples: &mut Vec<Sample>) {
        let reading = self.machine.read();
        samples.push(Sample { series: Arc::clone(&self.up), value: f64::from(u8::from(reading.is_some())) });
        let Some(reading) = reading else {
            self.before = None;
            return;
        };
        if self.boot.as_ref().is_none_or(|boot| boot.reading.boot_s != reading.boot_s) {
            // Before the run its counters stood anywhere; 0 is as good.
            let mut began = reading.clone();
            if self.boot.is_none() {
                began.cores.busy_s = 0.0;
                began.cores.short_s = 0.0;
                began.gpus.iter_mut().for_each(|gpu| gpu.engine = Default::default());
            }
            self.boot = Some(Boot { at_s: reading.boot_s.max(0.0), reading: began });
        }
        let Some(boot) = &self.boot else { return };
        let values = host_values(&reading, boot, &self.machine, now_s, wall_s);
        samples.extend(self.host.iter().zip(values).map(|(key, value)| Sample { series: Arc::clone(key), value }));
        let busy: Vec<f64> = reading.gpus.iter().map(|gpu| gpu.engine.busy_s).collect();
        let sizes = &self.machine.build().gpu_memory_bytes;
        for (index, (gpu, keys)) in reading.gpus.iter().zip(&self.gpus).enumerate() {
            let before = self.before.as_ref().and_then(|(t, busy)| Some((*t, *busy.get(index)?)));
            let share =
                before.map_or(0.0, |(t, busy)| ((gpu.engine.busy_s - busy) / (now_s - t).max(1e-9)).clamp(0.0, 1.0));
            let from = boot.reading.gpus.get(index).map_or(0.0, |gpu| gpu.engine.busy_s);
            let values = gpu_values(gpu, gpu.engine.busy_s - from, share, now_s - boot.at_s, sizes[index]);
            samples.extend(keys.iter().zip(values).map(|(key, value)| Sample { series: Arc::clone(key), value }));
        }
        self.before = Some((now_s, busy));
    }
}

fn host_values(reading: &Reading, boot: &Boot, machine: &Machine, now_s: f64, wall_s: f64) -> [f64; 6] {
    let busy_s = reading.cores.busy_s - boot.reading.cores.busy_s;
    let all_s = machine.build().cores * (now_s - boot.at_s);
    [
        busy_s,
        (all_s - busy_s).max(0.0),
        reading.cores.short_s - boot.reading.cores.short_s,
        reading.memory_bytes,
        machine.build().memory_bytes,
        wall_s - now_s + reading.boot_s,
    ]
}

fn gpu_values(gpu: &GpuReading, busy_s: f64, share: f64, up_s: f64, size: f64) -> [f64; 9] {
    [
        busy_s,
        share,
        gpu.memory_bytes,
        size,
        POWER.0 + POWER.1 * share,
        POWER.0 * up_s + POWER.1 * busy_s,
        TEMPERATURE.0 + TEMPERATURE.1 * share,
        CLOCK_HZ * gpu.clock,
        gpu.throttled_s,
    ]
}

impl Sampler for NodeSampler {
    fn name(&self) -> &'static str {
        "nodes"
    }

    fn sample(&mut self) -> Local<'_, Result<Vec<Sample>, SampleError>> {
        Box::pin(async move {
            let now_ns = self.clock.now_ns();
            let (now_s, wall_s) = (now_ns as f64 / 1e9, self.clock.wall_ns_at(now_ns) as f64 / 1e9);
            let mut samples = Vec::new();
            self.nodes.iter_mut().for_each(|node| node.read(now_s, wall_s, &mut samples));
            Ok(samples)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::machine::{Build, MachineFault, Place};
    use super::*;
    use crate::clock::Wall;
    use crate::plan::Needs;
    use std::time::Duration;

    async fn values(sampler: &mut NodeSampler) -> BTreeMap<String, f64> {
        let samples = sampler.sample().await.unwrap();
        let name = |key: &SeriesKey| match key.labels.get("mode") {
            Some(mode) => format!("{} {mode}", key.name),
            None => key.name.clone(),
        };
        samples.into_iter().map(|sample| (name(&sample.series), sample.value)).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn counters_follow_the_work_and_begin_anew_with_a_boot() {
        let clock = Clock::start(&Wall::Fixed(1_000_000_000_000));
        let build = Build { cores: 2.0, memory_bytes: 8e9, memory_system_bytes: 1e9, gpu_memory_bytes: vec![4e9] };
        let machine = Machine::new(&clock, build);
        machine.plant(MachineFault::Reboot { at: Duration::from_secs(50), lasts: Duration::from_secs(30) });
        let mut sampler = NodeSampler::new(&clock, vec![("ms-01".to_owned(), "microserver", machine.clone())]);
        let first = values(&mut sampler).await;
        assert_eq!((first["node_up"], first["node_boot_time_seconds"]), (1.0, 1000.0 - 86_400.0));
        let place = Place { host: machine.clone(), gpu: Some((machine, 0)) };
        let needs = Needs { gpu: 0.5, cores: 1.0, ..Needs::default() };
        place.work(Duration::from_secs(20), needs).await.unwrap();
        clock.sleep_until(40_000_000_000).await;
        let read = values(&mut sampler).await;
        let near = |name: &str, wanted: f64| assert!((read[name] - wanted).abs() < 0.05, "{name}: {}", read[name]);
        near("node_cpu_seconds_total user", 10.0);
        near("node_cpu_seconds_total idle", 70.0);
        near("gpu_busy_seconds_total", 10.0);
        near("gpu_utilization_ratio", 0.25);
        near("gpu_energy_joules_total", 60.0 * 40.0 + 240.0 * 10.0);
        clock.sleep_until(60_000_000_000).await;
        assert_eq!(values(&mut sampler).await, BTreeMap::from([("node_up".to_owned(), 0.0)]));
        clock.sleep_until(90_000_000_000).await;
        let back = values(&mut sampler).await;
        assert_eq!((back["node_boot_time_seconds"], back["gpu_busy_seconds_total"]), (1080.0, 0.0));
        assert!((back["node_cpu_seconds_total idle"] - 20.0).abs() < 0.05, "{back:?}");
    }
}
