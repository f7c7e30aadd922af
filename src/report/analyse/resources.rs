//! What a farm's processors and GPUs do for each task, and how many tasks they could carry.

use super::Facts;
use super::farm::mean_of;
use crate::plan::Role;
use crate::report::diagnose::{GpuFacts, NodeFacts, mean};
use crate::report::summary::Resource;
use std::collections::BTreeMap;

/// Under this share nothing was done with a resource that says what it could carry.
const SOME: f64 = 0.02;

/// The processors of each role and the GPUs, the busiest first; empty where no task was completed or nothing was measured.
///
/// By the utilisation law a resource of `n` units is busy for `D = n·U/X` with each task, and carries at most `n/D = X/U` of them (P. J. Denning,
/// J. P. Buzen, Computing Surveys 10 (1978) 225), whatever the number of users: both grow with it as long as tasks stay the same.
pub(super) fn resources(facts: &Facts<'_>) -> Vec<Resource> {
    let (Some(farm), Some(load_s)) = (facts.farm, facts.load_s().filter(|load_s| *load_s > 0.0)) else {
        return Vec::new();
    };
    let rate = facts.gathered.tasks.all.ok_in_load as f64 / load_s;
    let mut found = Vec::new();
    for role in Role::ALL {
        let of: Vec<&NodeFacts> = farm.nodes.iter().filter(|node| node.role == role.words()).collect();
        let busy =
            mean_of(of.iter().filter_map(|node| node.cpu_over_load.mean.or_else(|| mean(&node.cpu, farm.load_s))));
        let waits = mean_of(of.iter().filter_map(|node| mean(&node.cpu_waits, farm.load_s)));
        let cores = of.iter().map(|node| node.cores).sum::<Option<f64>>();
        found.extend(resource(processors(role, of.len()), cores, busy, waits, rate));
    }
    // GPUs that a server lends to microservers are the same devices on both.
    let gpus: BTreeMap<&str, &GpuFacts> =
        farm.nodes.iter().flat_map(|node| &node.gpus).map(|gpu| (gpu.name.as_str(), gpu)).collect();
    let busy = mean_of(gpus.values().filter_map(|gpu| gpu.busy_over_load.mean));
    found.extend(resource("GPUs".to_owned(), Some(gpus.len() as f64), busy, None, rate));
    found.sort_by(|a, b| b.utilization.total_cmp(&a.utilization));
    found
}

/// What the processors of a role's nodes are called.
pub(super) fn processors(role: Role, nodes: usize) -> String {
    format!("Processors of the {}{}", role.words(), if nodes == 1 { "" } else { "s" })
}

fn resource(
    name: String,
    units: Option<f64>,
    busy: Option<f64>,
    waits: Option<f64>,
    tasks_a_second: f64,
) -> Option<Resource> {
    let busy = busy.filter(|busy| *busy >= SOME && tasks_a_second > 0.0)?;
    Some(Resource {
        name,
        units,
        utilization: busy,
        waits,
        demand_s: units.map(|units| units * busy / tasks_a_second),
        at_most_per_minute: tasks_a_second / busy * 60.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_carries_what_its_demand_leaves_time_for() {
        // Four GPUs, half busy at 0.2 tasks a second: 10 GPU seconds a task, and 24 tasks a minute at most.
        let gpus = resource("GPUs".to_owned(), Some(4.0), Some(0.5), None, 0.2).unwrap();
        assert!((gpus.demand_s.unwrap() - 10.0).abs() < 1e-12 && (gpus.at_most_per_minute - 24.0).abs() < 1e-12);
        assert_eq!(resource("idle".to_owned(), Some(4.0), Some(0.001), None, 0.2), None);
        assert_eq!(resource("no task".to_owned(), Some(4.0), Some(0.5), None, 0.0), None);
        assert_eq!(resource("not measured".to_owned(), None, None, None, 0.2), None);
    }
}
