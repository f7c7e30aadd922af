//! nvidia_gpu_exporter: GPUs by `nvidia-smi`. Its units are base units already; UUIDs stand there without `GPU-`.

use super::{Field, Reading, field};
use crate::prom::page::Page;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Fields that become one series each, less the prefix `nvidia_smi_`.
const FIELDS: &[Field] = &[
    field("utilization_gpu_ratio", "gpu_utilization_ratio"),
    field("memory_used_bytes", "gpu_memory_used_bytes"),
    field("memory_total_bytes", "gpu_memory_total_bytes"),
    field("power_draw_watts", "gpu_power_watts"),
    field("temperature_gpu", "gpu_temperature_celsius"),
    field("clocks_current_sm_clock_hz", "gpu_clock_hertz").with("domain", "sm"),
    field("clocks_current_memory_clock_hz", "gpu_clock_hertz").with("domain", "memory"),
    field("ecc_errors_corrected_volatile_total", "gpu_ecc_errors_total").with("kind", "corrected"),
    field("ecc_errors_uncorrected_volatile_total", "gpu_ecc_errors_total").with("kind", "uncorrected"),
];

/// Fields whose integral is a counter of hubmark's.
const RATES: &[Field] =
    &[field("utilization_gpu_ratio", "gpu_busy_seconds_total"), field("power_draw_watts", "gpu_power_joules_total")];

/// Reasons for lower clocks, 0 or 1 at this moment; older drivers call them `clocks_throttle_reasons_*`. An idle GPU is no reason.
const REASONS: &[(&str, &str)] = &[
    ("applications_clocks_setting", "applications_clocks"),
    ("sw_power_cap", "power_cap"),
    ("hw_slowdown", "hw_slowdown"),
    ("sync_boost", "sync_boost"),
    ("sw_thermal_slowdown", "sw_thermal"),
    ("hw_thermal_slowdown", "hw_thermal"),
    ("hw_power_brake_slowdown", "power_brake"),
];

pub(super) fn read<'p>(page: &'p Page<'_>) -> Vec<Reading<'p>> {
    let indexes: BTreeMap<&str, String> = page
        .named("nvidia_smi_index")
        .filter_map(|point| Some((point.label("uuid")?, format!("{}", point.value))))
        .collect();
    let mut readings = Vec::new();
    for point in page.points() {
        let Some((name, uuid)) = point.name.strip_prefix("nvidia_smi_").zip(point.label("uuid")) else { continue };
        let named = |ours: &'static str, value: f64| {
            let gpu = indexes.get(uuid).cloned().unwrap_or_else(|| uuid.to_owned());
            let whole = if uuid.starts_with("GPU-") { Cow::Borrowed(uuid) } else { Cow::Owned(format!("GPU-{uuid}")) };
            Reading::plain(ours, value).with("gpu", gpu).with("uuid", whole)
        };
        if let Some(known) = FIELDS.iter().find(|known| known.theirs == name) {
            readings.push(known.labelled(named(known.ours, point.value)));
        }
        if let Some(known) = RATES.iter().find(|known| known.theirs == name) {
            readings.push(Reading { rate: true, ..named(known.ours, point.value) });
        }
        if let Some((_, reason)) = reason_of(name) {
            let reading = named("gpu_throttle_seconds_total", point.value).with("reason", *reason);
            readings.push(Reading { rate: true, ..reading });
        }
    }
    readings
}

fn reason_of(field: &str) -> Option<&'static (&'static str, &'static str)> {
    let reason =
        field.strip_prefix("clocks_event_reasons_").or_else(|| field.strip_prefix("clocks_throttle_reasons_"))?;
    REASONS.iter().find(|(theirs, _)| *theirs == reason)
}
