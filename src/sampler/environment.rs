//! The machine as the manifest describes it.

use procfs::{CpuInfo, FromRead};
use std::collections::BTreeMap;

/// Facts about this machine, by name. Names follow the MLPerf system description where it has one; a fact that cannot be had is absent.
#[must_use]
pub fn environment() -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.insert(name.to_owned(), value);
        }
    };
    put("operating_system", sysinfo::System::long_os_version().ok());
    put("kernel", sysinfo::System::kernel_version().ok());
    put("architecture", Some(sysinfo::System::cpu_arch()));
    put("host_processor_core_count", std::thread::available_parallelism().ok().map(|count| count.to_string()));
    let cpu = CpuInfo::from_file("/proc/cpuinfo").ok();
    put("host_processor_model_name", cpu.as_ref().and_then(|cpu| cpu.model_name(0)).map(str::to_owned));
    let memory = sysinfo::System::new().ok().map(|mut system| {
        system.refresh_memory();
        format!("{:.1} GiB", system.total_memory() as f64 / (1u64 << 30) as f64)
    });
    put("host_memory_capacity", memory);
    put("boot_time_unix_seconds", sysinfo::System::boot_time().ok().map(|seconds| seconds.to_string()));
    put("processor_governor", read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
    let hypervisor = cpu.as_ref().and_then(|cpu| cpu.flags(0)).is_some_and(|flags| flags.contains(&"hypervisor"));
    put("virtualised", cpu.is_some().then(|| if hypervisor { "yes" } else { "no" }.to_owned()));
    put("control_group_memory_limit_bytes", read("/sys/fs/cgroup/memory.max").filter(|limit| limit != "max"));
    facts
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_machine_has_a_kernel_and_processors() {
        let facts = super::environment();
        assert!(facts.contains_key("operating_system"), "{facts:?}");
        assert!(facts["host_processor_core_count"].parse::<u32>().unwrap() >= 1);
    }
}
