//! node_exporter: the host.

use super::Reading;
use crate::prom::page::{Page, Point};
use std::collections::BTreeMap;

/// Names that are read.
pub(super) const NAMES: &[&str] = &[
    "node_cpu_seconds_total",
    "node_memory_MemTotal_bytes",
    "node_memory_MemAvailable_bytes",
    "node_memory_MemFree_bytes",
    "node_load1",
    "node_boot_time_seconds",
    "node_vmstat_oom_kill",
    "node_pressure_cpu_waiting_seconds_total",
    "node_pressure_memory_waiting_seconds_total",
    "node_pressure_memory_stalled_seconds_total",
    "node_pressure_io_waiting_seconds_total",
    "node_pressure_io_stalled_seconds_total",
    "node_disk_read_bytes_total",
    "node_disk_written_bytes_total",
    "node_network_receive_bytes_total",
    "node_network_transmit_bytes_total",
];

/// Names that are hubmark's own, or mean the same under another.
const SAME: &[(&str, &str)] = &[
    ("node_load1", "node_load1"),
    ("node_boot_time_seconds", "node_boot_time_seconds"),
    ("node_vmstat_oom_kill", "node_oom_kills_total"),
];

/// node_exporter's pressure, as resource and kind.
const PRESSURE: &[(&str, &str, &str)] = &[
    ("node_pressure_cpu_waiting_seconds_total", "cpu", "some"),
    ("node_pressure_memory_waiting_seconds_total", "memory", "some"),
    ("node_pressure_memory_stalled_seconds_total", "memory", "full"),
    ("node_pressure_io_waiting_seconds_total", "io", "some"),
    ("node_pressure_io_stalled_seconds_total", "io", "full"),
];

/// Counters of devices, whose sum is hubmark's series.
const DISKS: &[&str] = &["node_disk_read_bytes_total", "node_disk_written_bytes_total"];
const INTERFACES: &[&str] = &["node_network_receive_bytes_total", "node_network_transmit_bytes_total"];

pub(super) fn read<'p>(page: &'p Page<'_>) -> Vec<Reading<'p>> {
    let mut modes: BTreeMap<&str, f64> = BTreeMap::new();
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    let (mut total, mut available, mut free) = (None, None, None);
    let mut readings = Vec::with_capacity(32);
    for point in page.points() {
        match point.name.as_ref() {
            "node_cpu_seconds_total" => {
                *modes.entry(point.label("mode").unwrap_or_default()).or_default() += point.value
            }
            "node_memory_MemTotal_bytes" => total = Some(point.value),
            "node_memory_MemAvailable_bytes" => available = Some(point.value),
            "node_memory_MemFree_bytes" => free = Some(point.value),
            _ => other(point, &mut sums, &mut readings),
        }
    }
    readings.extend(
        modes.into_iter().map(|(mode, value)| Reading::plain("node_cpu_seconds_total", value).with("mode", mode)),
    );
    readings.extend(sums.into_iter().map(|(name, value)| Reading::plain(name, value)));
    if let Some(total) = total {
        readings.push(Reading::plain("node_memory_total_bytes", total));
        // Kernels before 3.14 know no `MemAvailable`.
        if let Some(available) = available.or(free) {
            readings.push(Reading::plain("node_memory_used_bytes", (total - available).max(0.0)));
        }
    }
    readings
}

fn other<'p>(point: &'p Point<'_>, sums: &mut BTreeMap<&'p str, f64>, readings: &mut Vec<Reading<'p>>) {
    let name = point.name.as_ref();
    if let Some((_, own)) = SAME.iter().find(|(theirs, _)| *theirs == name) {
        readings.push(Reading::plain(own, point.value));
    } else if let Some((_, resource, kind)) = PRESSURE.iter().find(|(theirs, _, _)| *theirs == name) {
        let reading = Reading::plain("node_pressure_seconds_total", point.value);
        readings.push(reading.with("resource", *resource).with("kind", *kind));
    } else {
        let is_on = |names: &[&str], counts: fn(&str) -> bool| {
            names.contains(&name) && point.label("device").is_some_and(counts)
        };
        if is_on(DISKS, is_disk) || is_on(INTERFACES, is_interface) {
            *sums.entry(name).or_default() += point.value;
        }
    }
}

/// Disks themselves. node_exporter leaves partitions out; devices that stand on others would count bytes twice.
fn is_disk(device: &str) -> bool {
    !["dm-", "md", "loop", "ram", "zram", "sr", "fd", "bcache"].iter().any(|stacked| device.starts_with(stacked))
}

/// Everything but the way back to the machine itself.
fn is_interface(device: &str) -> bool {
    device != "lo"
}
