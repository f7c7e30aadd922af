//! Resources that are busy all the time.

use super::facts::mean;
use super::{FarmFacts, NodeFacts, names};
use crate::report::summary::Diagnosis;
use crate::report::words;

/// A resource busier than this has no room left: what comes more, waits.
const FULL: f64 = 0.9;
/// Where something waits for a processor for more than this share of the time, processors are short, whatever their mean says.
const WAITS: f64 = 0.5;

/// Looks for saturated processors and GPUs.
pub(super) fn find(farm: &FarmFacts) -> Vec<Diagnosis> {
    let mut found: Vec<Diagnosis> = farm.nodes.iter().filter_map(|node| processors(farm, node)).collect();
    found.extend(gpus(farm));
    found
}

/// The utilisation law: `n` processors that are busy for a share U while X tasks a second complete work `D = nU/X` seconds for each, and carry at
/// most `n/D` tasks a second (P. J. Denning, J. P. Buzen, Computing Surveys 10 (1978) 225).
fn processors(farm: &FarmFacts, node: &NodeFacts) -> Option<Diagnosis> {
    let busy = mean(&node.cpu, farm.load_s)?;
    let waits = mean(&node.cpu_waits, farm.load_s);
    if busy < FULL && !(busy > 0.7 && waits.is_some_and(|waits| waits > WAITS)) {
        return None;
    }
    let waited = waits.map(|waits| format!(", and something waited for one {} of it", words::percent(waits)));
    let rate = node.tasks_served as f64 / (farm.load_s.1 - farm.load_s.0);
    let demand = node.cores.filter(|_| rate > 0.0).map(|cores| (cores, cores * busy / rate));
    let bound = demand.map(|(cores, demand)| {
        format!(
            ": each task keeps one busy for {}, so {} processors carry at most {} tasks a minute",
            words::duration(demand),
            words::number(cores),
            words::number(cores / demand * 60.0)
        )
    });
    Some(Diagnosis {
        key: "cpu_saturated".to_owned(),
        nodes: vec![node.name.clone()],
        sentence: format!(
            "The processors of {} ({}) limit the farm: they were busy {} of the time{}{}.",
            node.name,
            node.role,
            words::percent(busy),
            waited.unwrap_or_default(),
            bound.unwrap_or_default()
        ),
        remedy: format!("More processors for {}, or notebooks that prepare their data elsewhere.", node.name),
        costs: Some(waits.unwrap_or(busy)),
        since_s: None,
    })
}

/// GPUs together: where each node has its own, one sentence says how many are full.
fn gpus(farm: &FarmFacts) -> Option<Diagnosis> {
    let of_users = farm.nodes.iter().filter(|node| !node.tasks.is_empty());
    let all: Vec<(&NodeFacts, f64)> = of_users
        .filter_map(|node| {
            let means: Vec<f64> = node.gpus.iter().filter_map(|gpu| mean(&gpu.busy, farm.load_s)).collect();
            (!means.is_empty()).then(|| (node, means.iter().sum::<f64>() / means.len() as f64))
        })
        .collect();
    let full: Vec<&(&NodeFacts, f64)> = all.iter().filter(|(_, busy)| *busy >= FULL).collect();
    if full.is_empty() {
        return None;
    }
    let nodes: Vec<String> = full.iter().map(|(node, _)| node.name.clone()).collect();
    let busy = full.iter().map(|(_, busy)| busy).sum::<f64>() / full.len() as f64;
    let of = if full.len() == all.len() && all.len() > 1 {
        format!("All {} nodes' GPUs are full", all.len())
    } else {
        let verb = if full.len() == 1 { "is" } else { "are" };
        format!(
            "The GPU of {} ({} of {}) {verb} full",
            names(&nodes),
            full.len(),
            words::counted(all.len() as u64, "node")
        )
    };
    Some(Diagnosis {
        key: "gpu_saturated".to_owned(),
        sentence: format!(
            "{of}: busy {} of the time in the mean, so more load would only wait for them.",
            words::percent(busy)
        ),
        remedy: "More or faster GPUs, or fewer users for each.".to_owned(),
        costs: Some(full.len() as f64 / all.len() as f64 * busy),
        since_s: None,
        nodes,
    })
}
