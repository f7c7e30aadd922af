//! hubmark itself: a load generator that is the bottleneck measures itself.

use super::series::Keys;
use crate::clock::Deadline;
use crate::event::Sample;
use crate::port::{Local, SampleError, Sampler};
#[cfg(target_os = "linux")]
use procfs::process::Process;
use std::time::Duration;

/// Samples hubmark's own process: from `/proc/self` where there is one, from `sysinfo` elsewhere.
pub struct SelfSampler {
    keys: Keys,
    /// Processor seconds at the tick before, and a watch that has run since.
    before: Option<(f64, Deadline)>,
    system: Option<sysinfo::System>,
}

impl SelfSampler {
    /// A sampler of this process.
    #[must_use]
    pub fn new() -> Self {
        Self { keys: Keys::default(), before: None, system: sysinfo::System::new().ok() }
    }

    fn measure(&mut self) -> Result<Vec<Sample>, SampleError> {
        let mut samples = Vec::with_capacity(6);
        let cpu_s = self.process(&mut samples)?;
        samples.push(self.keys.sample("self_cpu_seconds_total", cpu_s));
        let watch = Deadline::after(Duration::MAX);
        if let Some((before_s, watch)) = self.before.replace((cpu_s, watch)) {
            let span = watch.elapsed().as_secs_f64();
            if span > 0.0 {
                let share = (cpu_s - before_s).max(0.0) / span;
                samples.push(self.keys.sample("self_cpu_utilization_ratio", (share * 1e6).round() / 1e6));
            }
        }
        Ok(samples)
    }

    /// What `/proc/self` says; processor seconds.
    #[cfg(target_os = "linux")]
    fn process(&mut self, samples: &mut Vec<Sample>) -> Result<f64, SampleError> {
        use rustix::time::{ClockId, clock_gettime};
        let Ok(me) = Process::myself() else { return self.portable(samples) };
        let Ok(stat) = me.stat() else { return self.portable(samples) };
        samples.push(self.keys.sample("self_resident_bytes", (stat.rss * procfs::page_size()) as f64));
        samples.push(self.keys.sample("self_threads", stat.num_threads as f64));
        if let Ok(files) = me.fd_count() {
            samples.push(self.keys.sample("self_open_files", files as f64));
        }
        if let Ok(status) = me.status() {
            let kinds =
                [("voluntary", status.voluntary_ctxt_switches), ("involuntary", status.nonvoluntary_ctxt_switches)];
            for (kind, count) in kinds.into_iter().filter_map(|(kind, count)| Some((kind, count?))) {
                samples.push(self.keys.labelled("self_context_switches_total", kind, "", count as f64));
            }
        }
        // The process's own clock counts nanoseconds; `/proc/self/stat` counts hundredths of a second.
        let time = clock_gettime(ClockId::ProcessCPUTime);
        Ok((time.tv_sec as f64 * 1e6 + (time.tv_nsec / 1000) as f64) / 1e6)
    }

    #[cfg(not(target_os = "linux"))]
    fn process(&mut self, samples: &mut Vec<Sample>) -> Result<f64, SampleError> {
        self.portable(samples)
    }

    /// The same from `sysinfo`, for hosts without `/proc`.
    fn portable(&mut self, samples: &mut Vec<Sample>) -> Result<f64, SampleError> {
        let pid = sysinfo::get_current_pid().map_err(|error| SampleError::Unsupported(error.to_string()))?;
        let Some(system) = &mut self.system else {
            return Err(SampleError::Unsupported("this platform tells nothing of processes".to_owned()));
        };
        system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&[pid]), true);
        let Some(process) = system.process(pid) else {
            return Err(SampleError::Failed("hubmark's own process was not found".to_owned()));
        };
        samples.push(self.keys.sample("self_resident_bytes", process.memory() as f64));
        Ok(process.accumulated_cpu_time() as f64 / 1000.0)
    }
}

impl Default for SelfSampler {
    fn default() -> Self {
        Self::new()
    }
}

impl Sampler for SelfSampler {
    fn name(&self) -> &'static str {
        "self"
    }

    fn sample(&mut self) -> Local<'_, Result<Vec<Sample>, SampleError>> {
        let result = self.measure();
        Box::pin(std::future::ready(result))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_in_the_table() {
        let mut sampler = SelfSampler::new();
        let mut samples = sampler.measure().unwrap();
        sampler.portable(&mut samples).unwrap();
        for sample in samples {
            let row = super::super::SERIES.iter().find(|series| series.name == sample.series.name);
            let labels: Vec<&str> = sample.series.labels.keys().map(String::as_str).collect();
            assert_eq!(labels, row.unwrap().labels, "{}", sample.series.name);
        }
    }

    #[test]
    fn a_busy_process_is_seen_to_be_busy() {
        let mut sampler = SelfSampler::new();
        let cpu = |samples: &[Sample], name: &str| samples.iter().find(|s| s.series.name == name).map(|s| s.value);
        let before = cpu(&sampler.measure().unwrap(), "self_cpu_seconds_total").unwrap();
        let mut x = 1u64;
        loop {
            (0..1_000_000).for_each(|_| x = x.wrapping_mul(6364136223846793005).wrapping_add(1));
            let samples = sampler.measure().unwrap();
            if cpu(&samples, "self_cpu_seconds_total").unwrap() > before {
                assert!(cpu(&samples, "self_resident_bytes").unwrap() > 1e6);
                assert!(cpu(&samples, "self_cpu_utilization_ratio").is_some());
                break;
            }
        }
        assert_ne!(x, 0);
    }
}
