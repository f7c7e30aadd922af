//! The machine that hubmark runs on, from `/proc` and the control group.

use super::cgroup::ControlGroups;
use super::counters;
use super::series::Keys;
use crate::event::Sample;
use crate::port::{Local, SampleError, Sampler};
use procfs::{CpuPressure, CpuTime, FromRead, FromReadSI, IoPressure, KernelStats, Meminfo, MemoryPressure};
use std::path::{Path, PathBuf};

/// Samples the machine. The roots are configuration, so that tests run against fixture trees.
pub struct HostSampler {
    proc: PathBuf,
    groups: ControlGroups,
    keys: Keys,
    before: Option<Busy>,
}

/// Seconds of all processors so far.
#[derive(Debug, Clone, Copy)]
struct Busy {
    idle: f64,
    steal: f64,
    total: f64,
}

impl HostSampler {
    /// A sampler of this machine.
    #[must_use]
    pub fn new() -> Self {
        Self::at(Path::new("/proc"), Path::new("/sys/fs/cgroup"))
    }

    /// A sampler of the machine whose `/proc` and control group stand there.
    #[must_use]
    pub fn at(proc: &Path, cgroup: &Path) -> Self {
        let groups = ControlGroups::find(proc, cgroup);
        Self { proc: proc.to_owned(), groups, keys: Keys::default(), before: None }
    }

    fn measure(&mut self) -> Result<Vec<Sample>, SampleError> {
        let mut samples = Vec::with_capacity(32);
        let stat = KernelStats::from_file(self.proc.join("stat"), procfs::current_system_info());
        let stat = stat
            .map_err(|error| SampleError::Unsupported(format!("no {}: {error}", self.proc.join("stat").display())))?;
        self.cpu(&stat.total, &mut samples);
        samples.push(self.keys.sample("node_boot_time_seconds", stat.btime as f64));
        self.memory(&mut samples)?;
        for (name, load) in ["node_load1", "node_load5", "node_load15"].into_iter().zip(self.load()) {
            samples.push(self.keys.sample(name, load));
        }
        self.pressure(&mut samples);
        self.counters(&mut samples);
        Ok(samples)
    }

    fn cpu(&mut self, total: &CpuTime, samples: &mut Vec<Sample>) {
        let seconds = |ms: u64| ms as f64 / 1000.0;
        let optional = |ms: Option<u64>| ms.map_or(0.0, seconds);
        let modes = [
            ("user", seconds(total.user_ms())),
            ("nice", seconds(total.nice_ms())),
            ("system", seconds(total.system_ms())),
            ("idle", seconds(total.idle_ms())),
            ("iowait", optional(total.iowait_ms())),
            ("irq", optional(total.irq_ms())),
            ("softirq", optional(total.softirq_ms())),
            ("steal", optional(total.steal_ms())),
        ];
        samples.extend(modes.map(|(mode, value)| self.keys.labelled("node_cpu_seconds_total", mode, "", value)));
        let now = Busy {
            idle: modes[3].1 + modes[4].1,
            steal: modes[7].1,
            total: modes.iter().map(|(_, value)| value).sum(),
        };
        if let Some(before) = self.before.replace(now) {
            let span = now.total - before.total;
            if span > 0.0 {
                let busy = 1.0 - (now.idle - before.idle) / span;
                samples.push(self.keys.sample("node_cpu_utilization_ratio", share(busy)));
                let stolen = (now.steal - before.steal) / span;
                samples.push(self.keys.sample("node_cpu_steal_ratio", share(stolen)));
            }
        }
        if let Some(limit) = self.groups.cpu() {
            samples.push(self.keys.sample("node_cpu_limit_cores", limit.cores));
            if let Some(seconds) = limit.throttled_s {
                samples.push(self.keys.sample("node_cpu_throttled_seconds_total", seconds));
            }
        }
    }

    fn memory(&mut self, samples: &mut Vec<Sample>) -> Result<(), SampleError> {
        let info =
            Meminfo::from_file(self.proc.join("meminfo")).map_err(|error| SampleError::Failed(error.to_string()))?;
        let available = info.mem_available.unwrap_or(info.mem_free);
        let (mut used, mut total) = (info.mem_total.saturating_sub(available), info.mem_total);
        if let Some(group) = self.groups.memory().filter(|group| group.limit < total) {
            (used, total) = (group.used, group.limit);
        }
        samples.push(self.keys.sample("node_memory_used_bytes", used as f64));
        samples.push(self.keys.sample("node_memory_total_bytes", total as f64));
        let swapped = info.swap_total.saturating_sub(info.swap_free);
        samples.push(self.keys.sample("node_swap_used_bytes", swapped as f64));
        Ok(())
    }

    /// Averages over one, five and fifteen minutes.
    fn load(&self) -> Vec<f64> {
        let text = std::fs::read_to_string(self.proc.join("loadavg")).unwrap_or_default();
        text.split(' ').take(3).map_while(|average| average.parse().ok()).collect()
    }

    fn pressure(&mut self, samples: &mut Vec<Sample>) {
        let name = "node_pressure_seconds_total";
        let seconds = |us: u64| us as f64 / 1e6;
        let path = |resource: &str| self.proc.join("pressure").join(resource);
        let (cpu, memory, io) = (
            CpuPressure::from_file(path("cpu")),
            MemoryPressure::from_file(path("memory")),
            IoPressure::from_file(path("io")),
        );
        if let Ok(cpu) = cpu {
            samples.push(self.keys.labelled(name, "cpu", "some", seconds(cpu.some.total)));
        }
        if let Ok(memory) = memory {
            samples.push(self.keys.labelled(name, "memory", "some", seconds(memory.some.total)));
            samples.push(self.keys.labelled(name, "memory", "full", seconds(memory.full.total)));
        }
        if let Ok(io) = io {
            samples.push(self.keys.labelled(name, "io", "some", seconds(io.some.total)));
            samples.push(self.keys.labelled(name, "io", "full", seconds(io.full.total)));
        }
    }

    /// Counters that are one file each; a file that this kernel does not have is a series that is absent.
    fn counters(&mut self, samples: &mut Vec<Sample>) {
        let read = |name: &str| std::fs::read_to_string(self.proc.join(name)).ok();
        if let Some(text) = read("diskstats") {
            counters::disks(&text, &mut self.keys, samples);
        }
        if let Some(text) = read("net/dev") {
            counters::network(&text, &mut self.keys, samples);
        }
        if let Some(kills) = read("vmstat").and_then(|text| counters::oom_kills(&text)) {
            samples.push(self.keys.sample("node_oom_kills_total", kills as f64));
        }
        let group = self.groups.own();
        if let Some(seconds) = group.cpu_s {
            samples.push(self.keys.sample("node_group_cpu_seconds_total", seconds));
        }
        if let Some(kills) = group.oom_kills {
            samples.push(self.keys.sample("node_group_oom_kills_total", kills as f64));
        }
    }
}

impl Default for HostSampler {
    fn default() -> Self {
        Self::new()
    }
}

/// A share in millionths: jiffies say no more, and short numbers take few bytes in the run store.
fn share(of: f64) -> f64 {
    (of.clamp(0.0, 1.0) * 1e6).round() / 1e6
}

impl Sampler for HostSampler {
    fn name(&self) -> &'static str {
        "host"
    }

    fn sample(&mut self) -> Local<'_, Result<Vec<Sample>, SampleError>> {
        let result = self.measure();
        Box::pin(std::future::ready(result))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/procfs/small")
    }

    fn value(samples: &[Sample], name: &str, label: &str) -> Option<f64> {
        let found = samples
            .iter()
            .find(|s| s.series.name == name && (label.is_empty() || s.series.labels.values().any(|v| v == label)));
        found.map(|sample| sample.value)
    }

    #[test]
    fn a_tree_of_files_becomes_samples() {
        let mut sampler = HostSampler::at(&fixture().join("proc"), &fixture().join("no-cgroup"));
        let samples = sampler.measure().unwrap();
        let ticks = procfs::current_system_info().ticks_per_second() as f64;
        assert_eq!(value(&samples, "node_cpu_seconds_total", "user"), Some(1000.0 / ticks));
        assert_eq!(value(&samples, "node_cpu_seconds_total", "steal"), Some(20.0 / ticks));
        assert_eq!(value(&samples, "node_memory_total_bytes", ""), Some(8_000_000.0 * 1024.0));
        assert_eq!(value(&samples, "node_memory_used_bytes", ""), Some(3_000_000.0 * 1024.0));
        assert_eq!(value(&samples, "node_load1", ""), Some(0.5));
        assert_eq!(value(&samples, "node_boot_time_seconds", ""), Some(1_700_000_000.0));
        assert_eq!(value(&samples, "node_pressure_seconds_total", "cpu"), Some(2.0));
        assert_eq!(
            value(&samples, "node_disk_read_bytes_total", ""),
            Some(100.0 * 512.0),
            "the partition is not counted again"
        );
        assert_eq!(value(&samples, "node_network_receive_bytes_total", ""), Some(5000.0), "loopback is not counted");
        assert_eq!(value(&samples, "node_cpu_utilization_ratio", ""), None, "one look gives no rate");
        assert_eq!(value(&samples, "node_cpu_limit_cores", ""), None);
        assert_eq!(value(&samples, "node_load15", ""), Some(0.3));
        assert_eq!(value(&samples, "node_swap_used_bytes", ""), Some(0.0));
        assert_eq!(value(&samples, "node_disk_busy_seconds_total", ""), Some(0.005));
        assert_eq!(value(&samples, "node_oom_kills_total", ""), Some(2.0));
        assert_eq!(value(&samples, "node_group_oom_kills_total", ""), None, "there is no control group");
    }

    #[test]
    fn the_limit_of_a_control_group_is_the_one_that_applies() {
        for (version, cores) in [("cgroup-v2", 1.5), ("cgroup-v1", 2.0)] {
            let mut sampler = HostSampler::at(&fixture().join("proc"), &fixture().join(version));
            let samples = sampler.measure().unwrap();
            assert_eq!(value(&samples, "node_memory_total_bytes", ""), Some(1_073_741_824.0), "{version}");
            assert_eq!(value(&samples, "node_memory_used_bytes", ""), Some(536_870_912.0), "{version}");
            assert_eq!(value(&samples, "node_cpu_limit_cores", ""), Some(cores), "{version}");
            assert_eq!(value(&samples, "node_group_cpu_seconds_total", ""), Some(12.5), "{version}");
            assert_eq!(value(&samples, "node_group_oom_kills_total", ""), Some(1.0), "{version}");
        }
    }

    #[test]
    fn a_machine_without_proc_is_unsupported() {
        let mut sampler = HostSampler::at(&fixture().join("nothing"), &fixture().join("nothing"));
        assert!(matches!(sampler.measure(), Err(SampleError::Unsupported(_))));
    }

    #[test]
    fn every_sample_of_this_machine_is_in_the_table() {
        let mut sampler = HostSampler::new();
        sampler.measure().unwrap();
        for sample in sampler.measure().unwrap() {
            let row = super::super::SERIES.iter().find(|series| series.name == sample.series.name);
            let labels: Vec<&str> = sample.series.labels.keys().map(String::as_str).collect();
            let mut known = row.unwrap_or_else(|| panic!("{} is not in the table", sample.series.name)).labels.to_vec();
            known.sort_unstable();
            assert_eq!(labels, known);
        }
    }
}
