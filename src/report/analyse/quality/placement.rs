//! Whether kernels were where the farm says.

use super::{Limit, UNKNOWN, check};
use crate::event::PlacementVerdict;
use crate::report::analyse::Facts;
use crate::report::summary::{Check, Figure, Finding, Unit};
use crate::report::words::counted;

/// The check; `None` for a run without nodes. The author may say that kernels can be anywhere, but not that GPUs are dedicated as well.
pub(super) fn placement(facts: &Facts<'_>) -> Option<Check> {
    let farm = &facts.manifest.plan.farm;
    if farm.is_empty() {
        return None;
    }
    let asked = facts.gathered.nodes.by_name.values().filter_map(|tally| tally.placement.as_ref());
    let elsewhere = asked.clone().filter(|found| found.verdict == PlacementVerdict::Contradicted).count() as u64;
    let asked = asked.count() as u64;
    let nodes = counted(elsewhere, "node");
    let limit = Limit {
        key: "placement",
        name: "Kernels elsewhere",
        limit: "none".to_owned(),
        over: if farm.dedicated { Finding::Invalid } else { Finding::Warning },
        good: "no kernel that was asked was somewhere else than the farm says",
        unknown: UNKNOWN,
        bad: match farm.dedicated {
            true => format!("the kernels of {nodes} were somewhere else than the farm says, whose GPUs are dedicated"),
            false => format!(
                "the kernels of {nodes} were somewhere else than the farm says: what these nodes measured is of elsewhere"
            ),
        },
    };
    let measured =
        if asked == 0 { Figure::none(Unit::Count) } else { Figure::exact(Unit::Count, elsewhere as f64, asked) };
    Some(check(limit, measured, elsewhere > 0))
}
