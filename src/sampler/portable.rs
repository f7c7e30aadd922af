//! The machine that hubmark runs on where there is no `/proc`: what `sysinfo` can tell.

use super::series::Keys;
use crate::event::Sample;
use crate::port::{Local, SampleError, Sampler};
use sysinfo::System;

/// Samples a machine that is not Linux. `sysinfo` gives percentages only, and none that is fresher than 200 ms.
pub struct PortableHost {
    keys: Keys,
    system: Option<System>,
    ticks: u64,
}

impl PortableHost {
    /// A sampler of this machine.
    #[must_use]
    pub fn new() -> Self {
        Self { keys: Keys::default(), system: System::new().ok(), ticks: 0 }
    }

    fn measure(&mut self) -> Result<Vec<Sample>, SampleError> {
        let Some(system) = &mut self.system else {
            return Err(SampleError::Unsupported("this platform tells nothing of the machine".to_owned()));
        };
        system.refresh_memory();
        system.refresh_cpu_usage();
        let mut samples = vec![
            self.keys.sample("node_memory_used_bytes", system.used_memory() as f64),
            self.keys.sample("node_memory_total_bytes", system.total_memory() as f64),
        ];
        // The first look has nothing to compare with.
        if self.ticks > 0 {
            let share = (f64::from(system.global_cpu_usage()) / 100.0).clamp(0.0, 1.0);
            samples.push(self.keys.sample("node_cpu_utilization_ratio", (share * 1e6).round() / 1e6));
        }
        self.ticks += 1;
        if let Ok(load) = System::load_average() {
            samples.push(self.keys.sample("node_load1", load.one));
        }
        if let Ok(boot) = System::boot_time() {
            samples.push(self.keys.sample("node_boot_time_seconds", boot as f64));
        }
        Ok(samples)
    }
}

impl Default for PortableHost {
    fn default() -> Self {
        Self::new()
    }
}

impl Sampler for PortableHost {
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

    #[test]
    fn memory_and_load_are_known_on_every_platform() {
        let mut sampler = PortableHost::new();
        let first = sampler.measure().unwrap();
        let value = |samples: &[Sample], name: &str| samples.iter().find(|s| s.series.name == name).map(|s| s.value);
        let (used, total) = (value(&first, "node_memory_used_bytes"), value(&first, "node_memory_total_bytes"));
        assert!(used > Some(1e6) && used < total, "{used:?} of {total:?}");
        assert_eq!(value(&first, "node_cpu_utilization_ratio"), None, "one look gives no rate");
        assert!(value(&sampler.measure().unwrap(), "node_cpu_utilization_ratio").is_some());
    }
}
