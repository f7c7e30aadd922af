//! What limits a farm, and what is wrong with it, in sentences with their evidence.
//!
//! Each file looks for one thing. What it finds is worded for a reader who has not seen the figures, and carries the figures that it rests on. Tests of
//! chance keep their error of one in a thousand over all nodes together, so that a healthy farm of 45 nodes is called healthy.

mod facts;
mod incidents;
mod leak;
mod outlier;
mod presence;
mod saturation;
mod spawns;
mod throttle;

pub(in crate::report) use facts::{FarmFacts, GpuFacts, NodeFacts, OverLoad, Series, TaskFact, mean, within};
pub(in crate::report) use presence::{Outage, Presence};

use crate::report::summary::Diagnosis;

/// Error of all tests of one kind together, over all nodes.
const P: f64 = 0.001;

/// Looks for everything, what costs the farm most first.
#[must_use]
pub(in crate::report) fn diagnose(farm: &FarmFacts) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    found.extend(saturation::find(farm));
    found.extend(spawns::find(farm));
    found.extend(throttle::find(farm));
    let known: Vec<String> =
        found.iter().filter(|one| one.key == "gpu_throttled").flat_map(|one| one.nodes.clone()).collect();
    found.extend(outlier::find(farm).into_iter().filter(|one| !one.nodes.iter().all(|node| known.contains(node))));
    found.extend(leak::find(farm));
    found.extend(incidents::find(farm));
    found.sort_by(|a, b| b.costs.unwrap_or(0.0).total_cmp(&a.costs.unwrap_or(0.0)));
    found
}

/// Names in a sentence: the first three, and how many more.
fn names(nodes: &[String]) -> String {
    match nodes {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} others", rest.len()),
    }
}

#[cfg(test)]
mod tests;
