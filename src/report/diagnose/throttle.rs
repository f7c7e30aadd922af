//! GPUs whose clock was held back.

use super::facts::mean;
use super::{FarmFacts, names};
use crate::report::summary::Diagnosis;
use crate::report::words;

/// Held back for less of the load is noise of every GPU at its power limit.
const LITTLE: f64 = 0.05;

/// Looks for throttled GPUs of nodes on which users work.
pub(super) fn find(farm: &FarmFacts) -> Option<Diagnosis> {
    let mut throttled: Vec<(String, String, f64, f64)> = Vec::new();
    for node in farm.nodes.iter().filter(|node| !node.tasks.is_empty()) {
        for gpu in &node.gpus {
            let share = mean(&gpu.throttled, farm.load_s).filter(|share| *share >= LITTLE);
            let since = gpu.throttled.iter().find(|(t, share)| *t >= farm.load_s.0 && *share > 0.5);
            if let (Some(share), Some((since, _))) = (share, since) {
                throttled.push((node.name.clone(), gpu.name.clone(), share, *since));
            }
        }
    }
    let since_s = throttled.iter().map(|one| one.3).min_by(f64::total_cmp)?;
    // Several nodes' users may have one GPU.
    let mut gpus: Vec<String> = throttled.iter().map(|one| one.1.clone()).collect();
    gpus.sort();
    gpus.dedup();
    let mut nodes: Vec<String> = throttled.iter().map(|one| one.0.clone()).collect();
    nodes.dedup();
    let share = throttled.iter().map(|one| one.2).sum::<f64>() / throttled.len() as f64;
    let workers = farm.nodes.iter().filter(|node| !node.tasks.is_empty()).count();
    Some(Diagnosis {
        key: "gpu_throttled".to_owned(),
        sentence: format!(
            "{} ({}) ran at a lowered clock for {} of the load, first {} after the start.",
            names(&gpus),
            names(&nodes),
            words::percent(share),
            words::lasting(since_s)
        ),
        remedy: "Look at cooling and power limit: its throttle reasons stand in the GPU table.".to_owned(),
        costs: Some(share * nodes.len() as f64 / workers.max(1) as f64 * 0.5),
        since_s: Some(since_s),
        nodes,
    })
}
