//! The table of series: from it come the samplers' keys and the reference page.

use crate::event::{Sample, SeriesKey};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whether a series only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeriesKind {
    /// Grows from the machine's or process's start; its rate is what matters.
    Counter,
    /// Any value at any time.
    Gauge,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Series {
    /// Name without `hubmark_`, its unit last.
    pub name: &'static str,
    /// Counter or gauge.
    pub kind: SeriesKind,
    /// Labels.
    pub labels: &'static [&'static str],
    /// What it is and where it comes from.
    pub about: &'static str,
}

use SeriesKind::{Counter, Gauge};

const fn row(name: &'static str, kind: SeriesKind, labels: &'static [&'static str], about: &'static str) -> Series {
    Series { name, kind, labels, about }
}

/// Labels of every series of a GPU: its number and its UUID.
const GPU: &[&str] = &["gpu", "uuid"];

/// Every series that hubmark samples.
pub const SERIES: &[Series] = &[
    row("node_up", Gauge, &[], "1 if the host was sampled at the last tick, else 0; on an agent's page only"),
    row(
        "build_info",
        Gauge,
        &["version", "driver"],
        "always 1; `driver` is that of the GPUs, where there is one; on an agent's page only",
    ),
    row(
        "node_cpu_seconds_total",
        Counter,
        &["mode"],
        "time of all processors by mode, `/proc/stat`; `steal` is time that a hypervisor gave to others",
    ),
    row(
        "node_cpu_utilization_ratio",
        Gauge,
        &[],
        "share of all processors that was neither idle nor waiting for I/O since the tick before",
    ),
    row(
        "node_cpu_steal_ratio",
        Gauge,
        &[],
        "share of all processors that a hypervisor gave to others since the tick before",
    ),
    row(
        "node_cpu_throttled_seconds_total",
        Counter,
        &[],
        "time for which the control group was held back, where it limits processor time",
    ),
    row("node_cpu_limit_cores", Gauge, &[], "processors that the control group allows, where it limits them"),
    row(
        "node_memory_used_bytes",
        Gauge,
        &[],
        "total less available, `/proc/meminfo`; inside a control group with a limit, its use without idle file cache",
    ),
    row(
        "node_memory_total_bytes",
        Gauge,
        &[],
        "memory of the machine, or the control group's limit where that is less",
    ),
    row("node_swap_used_bytes", Gauge, &[], "swap in use, `/proc/meminfo`"),
    row("node_load1", Gauge, &[], "load average over one minute"),
    row("node_load5", Gauge, &[], "load average over five minutes"),
    row("node_load15", Gauge, &[], "load average over fifteen minutes"),
    row(
        "node_pressure_seconds_total",
        Counter,
        &["resource", "kind"],
        "time that some or all tasks waited for cpu, memory or io, `/proc/pressure`",
    ),
    row("node_disk_read_bytes_total", Counter, &[], "bytes read from all disks, partitions not counted"),
    row("node_disk_written_bytes_total", Counter, &[], "bytes written to all disks, partitions not counted"),
    row("node_disk_reads_total", Counter, &[], "reads that all disks completed"),
    row("node_disk_writes_total", Counter, &[], "writes that all disks completed"),
    row("node_disk_busy_seconds_total", Counter, &[], "time for which disks had something to do, summed over disks"),
    row(
        "node_network_receive_bytes_total",
        Counter,
        &[],
        "bytes received on all interfaces but loopback, bridges and the host's ends of containers",
    ),
    row("node_network_transmit_bytes_total", Counter, &[], "bytes sent on the same interfaces"),
    row("node_network_packets_total", Counter, &["direction"], "packets on the same interfaces"),
    row("node_network_errors_total", Counter, &["direction"], "packets with errors on the same interfaces"),
    row("node_network_dropped_total", Counter, &["direction"], "packets that the same interfaces dropped"),
    row(
        "node_oom_kills_total",
        Counter,
        &[],
        "processes that the kernel ended because memory ran out, `/proc/vmstat`; Linux 4.13 and newer",
    ),
    row(
        "node_group_cpu_seconds_total",
        Counter,
        &[],
        "processor time of the control group that hubmark is in, which in a container is the container",
    ),
    row(
        "node_group_oom_kills_total",
        Counter,
        &[],
        "processes of that control group that were ended because its memory ran out",
    ),
    row("node_boot_time_seconds", Gauge, &[], "wall time of the boot, seconds since 1970"),
    row(
        "gpu_up",
        Gauge,
        GPU,
        "1 if the GPU answered at this tick, 0 if it was lost or its driver gave no answer for it",
    ),
    row(
        "gpu_busy_seconds_total",
        Counter,
        GPU,
        "integral of the utilisation at the sampling interval: each reading counts for the time since the one before",
    ),
    row(
        "gpu_utilization_ratio",
        Gauge,
        GPU,
        "share of the driver's window (a sixth of a second to a second) in which some kernel ran, however small; absent while the GPU is cut into instances (MIG)",
    ),
    row(
        "gpu_sm_activity_ratio",
        Gauge,
        GPU,
        "share of time for which SMs had work, averaged over SMs, since the tick before; Hopper and newer",
    ),
    row(
        "gpu_sm_occupancy_ratio",
        Gauge,
        GPU,
        "warps of all that SMs could hold, since the tick before; Hopper and newer",
    ),
    row("gpu_tensor_activity_ratio", Gauge, GPU, "share of time for which tensor cores worked; Hopper and newer"),
    row("gpu_dram_activity_ratio", Gauge, GPU, "share of the memory's bandwidth that was used; Hopper and newer"),
    row("gpu_memory_used_bytes", Gauge, GPU, "memory in use, without what the driver keeps for itself"),
    row("gpu_memory_total_bytes", Gauge, GPU, "memory of the GPU"),
    row("gpu_power_watts", Gauge, GPU, "power at this instant; on drivers that do not tell it, their mean of a second"),
    row("gpu_energy_joules_total", Counter, GPU, "the device's energy counter, from when its driver was loaded"),
    row(
        "gpu_power_joules_total",
        Counter,
        GPU,
        "power integrated by trapezoids at the sampling interval, from the run's start: what energy is taken from where the counter is absent or wrong",
    ),
    row("gpu_temperature_celsius", Gauge, GPU, "temperature of the GPU"),
    row("gpu_clock_hertz", Gauge, &["gpu", "uuid", "domain"], "clock of the SMs, the memory and the video engine"),
    row(
        "gpu_throttle_seconds_total",
        Counter,
        &["gpu", "uuid", "reason"],
        "time for which clocks were held down, by reason: each look counts for the time since the one before",
    ),
    row(
        "gpu_xid_errors_total",
        Counter,
        &["gpu", "uuid", "xid"],
        "XID errors that the driver reported since the run's start",
    ),
    row("gpu_ecc_errors_total", Counter, &["gpu", "uuid", "kind"], "ECC errors since the driver was loaded"),
    row(
        "gpu_pcie_bytes_total",
        Counter,
        &["gpu", "uuid", "direction"],
        "bytes that the GPU sent (`transmit`) and received over PCIe",
    ),
    row("self_cpu_seconds_total", Counter, &[], "processor time of hubmark, all threads"),
    row("self_cpu_utilization_ratio", Gauge, &[], "share of one processor that hubmark used since the tick before"),
    row("self_resident_bytes", Gauge, &[], "resident memory of hubmark"),
    row("self_open_files", Gauge, &[], "open file descriptors of hubmark"),
    row(
        "self_context_switches_total",
        Counter,
        &["kind"],
        "times that hubmark's main thread, which runs the load, gave up its processor (`voluntary`) or lost it (`involuntary`)",
    ),
    row("self_threads", Gauge, &[], "threads of hubmark"),
    row(
        "self_lateness_seconds",
        Gauge,
        &[],
        "greatest lateness of hubmark's own timers since the tick before, looked at every 100 ms",
    ),
    row(
        "sampler_up",
        Gauge,
        &["sampler"],
        "1 if the sampler gave values at this tick, else 0; samplers of other nodes carry `node`, `role` and `instance` too",
    ),
    row("sampler_duration_seconds", Gauge, &["sampler"], "how long the sampler took at this tick"),
    row(
        "sampler_missed_ticks_total",
        Counter,
        &["sampler"],
        "ticks that were skipped because the one before took too long",
    ),
];

/// The reference page.
#[must_use]
pub fn reference_markdown() -> String {
    let mut page = String::from(
        "# Metrics\n\nGenerated from `src/sampler/series.rs`. Names are those of the run store; units stand last. `node_*` is the machine that \
         hubmark runs on,\n`self_*` hubmark itself. Series of GPUs that are made up carry `simulated=\"true\"` besides.\n\n| series | kind | labels | what it is |\n| --- | --- | --- | --- |\n",
    );
    for series in SERIES {
        let kind = match series.kind {
            Counter => "counter",
            Gauge => "gauge",
        };
        page.push_str(&format!("| `{}` | {kind} | {} | {} |\n", series.name, series.labels.join(", "), series.about));
    }
    page
}

/// Makes samples, with one shared key per series.
#[derive(Debug, Default)]
pub(super) struct Keys(BTreeMap<(&'static str, &'static str, &'static str), Arc<SeriesKey>>);

impl Keys {
    pub(super) fn sample(&mut self, name: &'static str, value: f64) -> Sample {
        self.labelled(name, "", "", value)
    }

    /// A sample of a series whose label values stand in the order of the table, at most two.
    pub(super) fn labelled(
        &mut self,
        name: &'static str,
        first: &'static str,
        second: &'static str,
        value: f64,
    ) -> Sample {
        let key = self.0.entry((name, first, second)).or_insert_with(|| {
            let labels = SERIES.iter().find(|series| series.name == name).map_or(&[][..], |series| series.labels);
            let key = labels
                .iter()
                .zip([first, second])
                .fold(SeriesKey::plain(name), |key, (label, value)| key.with(label, value));
            Arc::new(key)
        });
        Sample { series: Arc::clone(key), value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_in_the_order_of_the_table() {
        let sample = Keys::default().labelled("node_pressure_seconds_total", "cpu", "some", 1.0);
        assert_eq!(sample.series.labels["resource"], "cpu");
        assert_eq!(sample.series.labels["kind"], "some");
    }
}
