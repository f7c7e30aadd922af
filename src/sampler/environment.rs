//! The machine as the manifest describes it.

use std::collections::BTreeMap;
use sysinfo::System;

/// Facts about this machine, by name. Names follow the MLPerf system description where it has one; a fact that cannot be had is absent.
/// The machine's own name is nobody's business and not among them.
#[must_use]
pub fn environment() -> BTreeMap<String, String> {
    let mut facts = Facts::default();
    facts.put("operating_system", System::long_os_version().ok());
    facts.put("kernel", System::kernel_version().ok());
    facts.put("architecture", Some(System::cpu_arch()));
    facts.put("host_processor_core_count", System::physical_core_count().ok().map(|count| count.to_string()));
    let usable = std::thread::available_parallelism().ok();
    facts.put("usable_processor_count", usable.map(|count| count.to_string()));
    facts.put("boot_time_unix_seconds", System::boot_time().ok().map(|seconds| seconds.to_string()));
    let memory = System::new().ok().map(|mut system| {
        system.refresh_memory();
        gibibytes(system.total_memory())
    });
    facts.put("host_memory_capacity", memory);
    platform(&mut facts);
    facts.0
}

#[derive(Default)]
struct Facts(BTreeMap<String, String>);

impl Facts {
    fn put(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.0.insert(name.to_owned(), value);
        }
    }
}

fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / (1u64 << 30) as f64)
}

#[cfg(target_os = "linux")]
fn platform(facts: &mut Facts) {
    use super::cgroup::ControlGroups;
    use procfs::{CpuInfo, FromRead};
    use std::path::Path;

    let read = |path: &str| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    if let Ok(cpu) = CpuInfo::from_file("/proc/cpuinfo") {
        facts.put("host_processor_model_name", cpu.model_name(0).map(str::to_owned));
        let hypervisor = cpu.flags(0).is_some_and(|flags| flags.contains(&"hypervisor"));
        facts.put("virtualised", Some(if hypervisor { "yes" } else { "no" }.to_owned()));
    }
    facts.put(
        "virtualisation_product",
        read("/sys/class/dmi/id/product_name").filter(|_| facts.is("virtualised", "yes")),
    );
    facts.put("processor_governor", read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
    facts.put("clock_source", read("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
    let container = ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists());
    facts.put("container", container.then(|| "yes".to_owned()));
    let groups = ControlGroups::find(Path::new("/proc"), Path::new("/sys/fs/cgroup"));
    let total = System::new().map_or(u64::MAX, |mut system| {
        system.refresh_memory();
        system.total_memory()
    });
    let limit = groups.memory().filter(|group| group.limit < total);
    facts.put("control_group_memory_limit", limit.map(|group| gibibytes(group.limit)));
    facts.put("control_group_processor_limit", groups.cpu().map(|group| format!("{:.2}", group.cores)));
}

#[cfg(target_os = "linux")]
impl Facts {
    fn is(&self, name: &str, value: &str) -> bool {
        self.0.get(name).is_some_and(|known| known == value)
    }
}

#[cfg(not(target_os = "linux"))]
fn platform(facts: &mut Facts) {
    let system =
        System::new_with_specifics(sysinfo::RefreshKind::nothing().with_cpu(sysinfo::CpuRefreshKind::nothing()));
    let brand = system.ok().and_then(|system| system.cpus().first().map(|cpu| cpu.brand().to_owned()));
    facts.put("host_processor_model_name", brand);
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_machine_has_a_kernel_and_processors() {
        let facts = super::environment();
        for name in ["operating_system", "kernel", "host_memory_capacity"] {
            assert!(facts.contains_key(name), "{facts:?}");
        }
        assert!(facts["usable_processor_count"].parse::<u32>().unwrap() >= 1);
    }
}
