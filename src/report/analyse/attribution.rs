//! GPU time and energy of tasks: from tallies to rows.

use super::Facts;
use super::sample::Sample;
use crate::report::gather::{self, Tally};
use crate::report::summary::{Attribution, EnergyMethod, Figure, Refused, SpentRow, Unit};

/// Largest share of a notebook's tasks that may be too short to be seen: a mean of the longer ones alone is too high.
const SHORT_MAX: f64 = 0.05;

fn mean(spent: &gather::Spent, of: &Tally, unit: Unit) -> Figure {
    let all = spent.short + spent.joules.count();
    let figure = Sample::of([of]).mean(unit);
    if spent.short as f64 > SHORT_MAX * all as f64 { Figure::none(unit) } else { figure }
}

/// The figures; `None` in a run whose users have no GPUs that were sampled.
pub(super) fn attribution(facts: &Facts<'_>) -> Option<Attribution> {
    let found: &gather::Attribution = facts.attribution?;
    let row = |(notebook, spent): (&String, &gather::Spent)| SpentRow {
        notebook: notebook.clone(),
        too_short: spent.short,
        joules: mean(spent, &spent.joules, Unit::Joules),
        gpu_seconds: mean(spent, &spent.gpu_s, Unit::Seconds),
    };
    let refused = found.refused.iter().map(|(gpu, why)| Refused { gpu: gpu.clone(), why: why.clone() });
    Some(Attribution {
        notebooks: found.notebooks.iter().map(row).collect(),
        unattributed: (found.all_j > 0.0).then(|| (1.0 - found.of_tasks_j / found.all_j).clamp(0.0, 1.0)),
        method: if found.integrated { EnergyMethod::IntegratedPower } else { EnergyMethod::Counter },
        refused: refused.collect(),
        unseen: found.unseen,
    })
}
