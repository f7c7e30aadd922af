//! Memory that grows and does not come back.

use super::facts::mean;
use super::{FarmFacts, NodeFacts, P};
use crate::report::summary::Diagnosis;
use crate::report::words;
use crate::stats::trend;

/// Averages that the load is cut into. Each spans many tasks, whose own memory comes and goes.
const PARTS: u32 = 32;
/// What is in use grows while users start; that part of the load is not looked at.
const START: f64 = 0.1;
/// Order of the averages from which on memory "only grows".
const TAU: f64 = 0.6;
/// Growth over the rest of less than this share of the memory is no leak that matters.
const LITTLE: f64 = 0.02;

/// Looks for nodes whose memory in use only grows.
pub(super) fn find(farm: &FarmFacts) -> Vec<Diagnosis> {
    let limit = P / farm.nodes.len().max(1) as f64;
    farm.nodes.iter().filter_map(|node| of_node(farm, node, limit)).collect()
}

fn of_node(farm: &FarmFacts, node: &NodeFacts, limit: f64) -> Option<Diagnosis> {
    let total = node.memory_total.filter(|total| *total > 0.0)?;
    let from = farm.load_s.0 + START * (farm.load_s.1 - farm.load_s.0);
    let step = (farm.load_s.1 - from) / f64::from(PARTS);
    let part = |k: u32| mean(&node.memory, (from + f64::from(k) * step, from + f64::from(k + 1) * step));
    let averages: Vec<f64> = (0..PARTS).filter_map(part).collect();
    let found = trend(&averages).filter(|found| found.p < limit && found.tau > TAU)?;
    let (grown, last) = (found.slope * averages.len() as f64, *averages.last()?);
    if grown < LITTLE * total {
        return None;
    }
    let per_hour = found.slope / step * 3600.0;
    let left_s = (total - last).max(0.0) / (found.slope / step);
    let end = if last > 0.98 * total {
        "and it is full".to_owned()
    } else {
        format!("and at that rate it is full {} later", words::lasting(left_s))
    };
    Some(Diagnosis {
        key: "memory_leak".to_owned(),
        nodes: vec![node.name.clone()],
        sentence: format!(
            "Memory of {} ({}) only grows, by {} an hour to {} of {} at the end, {end}.",
            node.name,
            node.role,
            words::bytes(per_hour),
            words::bytes(last),
            words::bytes(total)
        ),
        remedy: "Find the process that grows; kernels that are not shut down are the usual one.".to_owned(),
        costs: None,
        since_s: None,
    })
}
