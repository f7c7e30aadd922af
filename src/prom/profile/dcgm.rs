//! NVIDIA's dcgm-exporter: GPUs.
//!
//! Its traps: memory is in MiB, energy in mJ, clocks in MHz, utilisation in percent, `DCGM_FI_PROF_PCIE_*` are bytes per second (gauges) while
//! `DCGM_FI_DEV_PCIE_*_THROUGHPUT` are not to be trusted, the host's label changed from `Hostname` to `hostname` (neither is read: the source
//! knows its node), a field without a value is a huge number, and instances of a GPU that is cut up (MIG) have points of their own.

use super::{Field, Reading, field};
use crate::prom::page::{Page, Point};
use std::collections::BTreeMap;

/// Names that are read.
pub(super) const NAMES: &[&str] = &[
    "DCGM_FI_DEV_GPU_UTIL",
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
    "DCGM_FI_PROF_SM_ACTIVE",
    "DCGM_FI_PROF_SM_OCCUPANCY",
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
    "DCGM_FI_PROF_DRAM_ACTIVE",
    "DCGM_FI_DEV_FB_USED",
    "DCGM_FI_DEV_FB_FREE",
    "DCGM_FI_DEV_FB_RESERVED",
    "DCGM_FI_DEV_FB_TOTAL",
    "DCGM_FI_DEV_POWER_USAGE",
    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
    "DCGM_FI_DEV_GPU_TEMP",
    "DCGM_FI_DEV_SM_CLOCK",
    "DCGM_FI_DEV_MEM_CLOCK",
    "DCGM_FI_DEV_ECC_SBE_VOL_TOTAL",
    "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL",
    "DCGM_FI_PROF_PCIE_TX_BYTES",
    "DCGM_FI_PROF_PCIE_RX_BYTES",
];

/// From here on a number is one of DCGM's marks for "no value" (`DCGM_FP64_BLANK` is 2^47, `DCGM_INT64_BLANK` close to 2^63).
const BLANK: f64 = 140_737_488_355_328.0;

const MIB: f64 = 1_048_576.0;

/// Fields that become one series each, and the factor to its base unit.
const FIELDS: &[(Field, f64)] = &[
    (field("DCGM_FI_PROF_SM_ACTIVE", "gpu_sm_activity_ratio"), 1.0),
    (field("DCGM_FI_PROF_SM_OCCUPANCY", "gpu_sm_occupancy_ratio"), 1.0),
    (field("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "gpu_tensor_activity_ratio"), 1.0),
    (field("DCGM_FI_PROF_DRAM_ACTIVE", "gpu_dram_activity_ratio"), 1.0),
    (field("DCGM_FI_DEV_FB_USED", "gpu_memory_used_bytes"), MIB),
    (field("DCGM_FI_DEV_POWER_USAGE", "gpu_power_watts"), 1.0),
    (field("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "gpu_energy_joules_total"), 1e-3),
    (field("DCGM_FI_DEV_GPU_TEMP", "gpu_temperature_celsius"), 1.0),
    (field("DCGM_FI_DEV_SM_CLOCK", "gpu_clock_hertz").with("domain", "sm"), 1e6),
    (field("DCGM_FI_DEV_MEM_CLOCK", "gpu_clock_hertz").with("domain", "memory"), 1e6),
    (field("DCGM_FI_DEV_ECC_SBE_VOL_TOTAL", "gpu_ecc_errors_total").with("kind", "corrected"), 1.0),
    (field("DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "gpu_ecc_errors_total").with("kind", "uncorrected"), 1.0),
];

/// Rates that become counters: power beside the device's own energy counter, which may be absent or wrong. The directions are the device's: it transmits and receives.
const RATES: &[Field] = &[
    field("DCGM_FI_DEV_POWER_USAGE", "gpu_power_joules_total"),
    field("DCGM_FI_PROF_PCIE_TX_BYTES", "gpu_pcie_bytes_total").with("direction", "transmit"),
    field("DCGM_FI_PROF_PCIE_RX_BYTES", "gpu_pcie_bytes_total").with("direction", "receive"),
];

/// The fields of one GPU by name.
type Fields<'p> = BTreeMap<&'p str, f64>;

pub(super) fn read<'p>(page: &'p Page<'_>) -> Vec<Reading<'p>> {
    let mut gpus: BTreeMap<(&str, &str), Fields<'p>> = BTreeMap::new();
    for point in page.points().filter(|point| is_of_whole_gpu(point)) {
        let (Some(gpu), Some(uuid)) = (point.label("gpu"), point.label("UUID")) else { continue };
        if point.value < BLANK {
            // A GPU that several pods share has a line for each, with the same value.
            gpus.entry((gpu, uuid)).or_default().entry(point.name.as_ref()).or_insert(point.value);
        }
    }
    gpus.into_iter().flat_map(|((gpu, uuid), fields)| of_one(gpu, uuid, &fields)).collect()
}

fn is_of_whole_gpu(point: &Point<'_>) -> bool {
    point.name.starts_with("DCGM_FI_") && point.label("GPU_I_ID").is_none_or(str::is_empty)
}

fn of_one<'p>(gpu: &'p str, uuid: &'p str, fields: &Fields<'p>) -> Vec<Reading<'p>> {
    let named = |name: &'p str, value: f64| Reading::plain(name, value).with("gpu", gpu).with("uuid", uuid);
    let mut readings = Vec::with_capacity(16);
    // The share of time that an engine was active is what `GPU_UTIL` estimates; it exists with MIG too.
    let engine = fields.get("DCGM_FI_PROF_GR_ENGINE_ACTIVE").copied();
    let busy = engine.or_else(|| fields.get("DCGM_FI_DEV_GPU_UTIL").map(|percent| percent / 100.0));
    if let Some(busy) = busy {
        readings.push(named("gpu_utilization_ratio", busy));
        readings.push(Reading { rate: true, ..named("gpu_busy_seconds_total", busy) });
    }
    if let Some(total) = memory_total(fields) {
        readings.push(named("gpu_memory_total_bytes", total * MIB));
    }
    for (field, factor) in FIELDS {
        if let Some(value) = fields.get(field.theirs) {
            // Divided where the factor is a fraction: 3,875,000 mJ are 3,875 J and not 3,875.0000000000005.
            let value = if *factor < 1.0 { value / (1.0 / factor).round() } else { value * factor };
            readings.push(field.labelled(named(field.ours, value)));
        }
    }
    for field in RATES {
        if let Some(value) = fields.get(field.theirs) {
            readings.push(Reading { rate: true, ..field.labelled(named(field.ours, *value)) });
        }
    }
    readings
}

/// MiB in all: told, or used, free and reserved together. Without the reserved part the sum would be too small, as in old exporters.
fn memory_total(fields: &Fields<'_>) -> Option<f64> {
    let field = |name: &str| fields.get(name).copied();
    let sum = || Some(field("DCGM_FI_DEV_FB_USED")? + field("DCGM_FI_DEV_FB_FREE")?);
    field("DCGM_FI_DEV_FB_TOTAL").or_else(|| Some(sum()? + field("DCGM_FI_DEV_FB_RESERVED").unwrap_or(0.0)))
}
