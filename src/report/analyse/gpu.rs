//! GPUs: from samples to rows.

use super::Facts;
use super::timeline::line;
use crate::report::gather::{DISAGREEMENT_MAX, GpuSeries};
use crate::report::summary::{EnergyMethod, GpuRow, Line, Unit};

/// From how many seconds of load on the energy counter is judged by integrated power.
const JUDGED_FROM_S: f64 = 5.0;

/// One row for each GPU.
pub(super) fn gpus(facts: &Facts<'_>) -> Vec<GpuRow> {
    facts.gpus.iter().map(|((number, uuid), series)| row(facts, *number, uuid, series)).collect()
}

fn row(facts: &Facts<'_>, number: u32, uuid: &str, series: &GpuSeries) -> GpuRow {
    let known = facts.manifest.environment_start.gpus.iter().find(|gpu| gpu.uuid == uuid);
    let share = |part_s: f64| (series.busy_mean.seconds > 0.0).then(|| part_s / series.busy_mean.seconds);
    let (energy_joules, energy_method, energy_disagreement) = energy(series);
    let busy = (series.busy.tally.ok > 0).then(|| {
        let mark = if known.is_some_and(|gpu| gpu.simulated) { "SIMULATED " } else { "" };
        let name = format!("{mark}GPU {number}: utilisation");
        let line = line(facts, &format!("gpu_{number}"), &name, Unit::Ratio, &series.busy, Some(1.0));
        // Beside the figures of the load, the mean over the whole run would be another number for one thing.
        Line { mean: series.busy_mean.mean(), ..line }
    });
    GpuRow {
        gpu: number,
        uuid: uuid.to_owned(),
        name: known.map(|gpu| gpu.name.clone()),
        simulated: known.is_some_and(|gpu| gpu.simulated),
        utilization_mean: series.busy_mean.mean(),
        utilization_above_95: share(series.full_s),
        utilization_below_5: share(series.unused_s),
        sm_activity_mean: series.sm_mean.mean(),
        memory_peak_bytes: series.memory_peak,
        memory_total_bytes: series.memory_total,
        power_mean_watts: series.power_mean.mean(),
        power_limit_watts: known.and_then(|gpu| gpu.power_limit_w),
        energy_joules,
        energy_method,
        energy_disagreement,
        temperature_max_celsius: series.temperature_max,
        throttle_seconds: series.throttled_s.iter().filter(|(_, s)| **s > 0.0).map(|(r, s)| (r.clone(), *s)).collect(),
        xid_errors: series.xids.clone(),
        ecc_errors: series.ecc.clone(),
        answered: if series.looks > 0 { 1.0 - series.silent as f64 / series.looks as f64 } else { 1.0 },
        utilization: busy,
    }
}

/// Energy, where it is from, and what the counter says more than power. A counter that moves and agrees with integrated power is
/// better than trapezoids, which miss what happens between two looks; one that does not is not believed.
fn energy(series: &GpuSeries) -> (Option<f64>, Option<EnergyMethod>, Option<f64>) {
    let integrated = series.integrated_j.filter(|joules| *joules > 0.0);
    let (Some(counted), Some(integrated)) = (series.counted_j, integrated) else {
        return match (series.counted_j.filter(|joules| *joules > 0.0), integrated) {
            (Some(counted), _) => (Some(counted), Some(EnergyMethod::Counter), None),
            (None, Some(integrated)) => (Some(integrated), Some(EnergyMethod::IntegratedPower), None),
            (None, None) => (None, None, None),
        };
    };
    let disagreement = counted / integrated - 1.0;
    if disagreement.abs() > DISAGREEMENT_MAX && series.power_mean.seconds >= JUDGED_FROM_S {
        (Some(integrated), Some(EnergyMethod::IntegratedPower), Some(disagreement))
    } else {
        (Some(counted), Some(EnergyMethod::Counter), Some(disagreement))
    }
}
