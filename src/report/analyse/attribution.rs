//! GPU time and energy of tasks: from tallies to rows.

use super::Facts;
use super::sample::Sample;
use crate::report::gather;
use crate::report::summary::{Attribution, EnergyMethod, Refused, SpentRow, Unit};

/// The figures; `None` in a run whose users have no GPUs that were sampled.
pub(super) fn attribution(facts: &Facts<'_>) -> Option<Attribution> {
    let found: &gather::Attribution = facts.attribution?;
    let row = |(notebook, spent): (&String, &gather::Spent)| SpentRow {
        notebook: notebook.clone(),
        joules: Sample::of([&spent.joules]).mean(Unit::Joules),
        gpu_seconds: Sample::of([&spent.gpu_s]).mean(Unit::Seconds),
    };
    let refused = found.refused.iter().map(|(gpu, why)| Refused { gpu: gpu.clone(), why: why.clone() });
    Some(Attribution {
        notebooks: found.notebooks.iter().map(row).collect(),
        unattributed: (found.all_j > 0.0).then(|| (1.0 - found.of_tasks_j / found.all_j).clamp(0.0, 1.0)),
        method: if found.integrated { EnergyMethod::IntegratedPower } else { EnergyMethod::Counter },
        refused: refused.collect(),
        too_short: found.short,
        unseen: found.unseen,
    })
}
