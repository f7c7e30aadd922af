//! A farm in the report: figures of each node beside whether its kernels were where the scenario says.

use super::{Made, World};
use crate::event::{EventKind, KernelHome, PlacementRecord, PlacementVerdict, SeriesKey, UserId};
use crate::plan::{Farm, Node, Role};
use crate::report::*;
use std::collections::BTreeMap;

fn node(name: &str, role: Role, hub: Option<&str>) -> Node {
    serde_json::from_value(serde_json::json!({"name": name, "role": role, "hub": hub})).unwrap()
}

fn found(node: u32, verdict: PlacementVerdict, why: &str) -> EventKind {
    let versions = BTreeMap::from([("numpy".to_owned(), if node == 3 { "1.0" } else { "2.0" }.to_owned())]);
    let seen = Some(KernelHome { host: "gx8".to_owned(), versions, ..KernelHome::default() });
    EventKind::PlacementFound(Box::new(PlacementRecord { node: name(node), verdict, why: why.to_owned(), seen }))
}

fn name(index: u32) -> String {
    format!("ms-{:02}", index + 1)
}

/// Eight users, two on each of four nodes, whose kernels are on a GPU server; the second node is somewhere else.
fn run() -> Made {
    let mut made = World { failing: 0.05, ..World::default() }.run();
    let mut nodes = vec![node("gx8", Role::GpuServer, None)];
    nodes.extend((0..4).map(|index| node(&name(index), Role::Microserver, Some("farm"))));
    made.manifest.plan.farm = Farm { kernels_on: Some(Role::GpuServer), nodes, ..Farm::default() };
    let executor = made.manifest.plan.load.get_mut("agents").unwrap();
    executor.nodes = (0..4).map(name).collect();
    executor.per_node = 2;
    for index in 0..4 {
        let (verdict, why) = match index {
            1 => (PlacementVerdict::Contradicted, "its kernel is on ms-04, not on gx8"),
            2 => (
                PlacementVerdict::Unverified,
                "its kernel's host calls itself 3f0c, which no node of the farm is called",
            ),
            _ => (PlacementVerdict::Verified, "its kernel is on host gx8"),
        };
        made.push(1_000_000, &UserId { executor: "agents".into(), index }, found(index, verdict, why));
    }
    made.number();
    made
}

#[test]
fn nodes_add_up_to_the_run_and_the_gpu_server_has_the_tasks_of_those_whose_kernels_it_runs() {
    let summary = analyse(&run()).unwrap();
    let farm = summary.nodes.as_ref().unwrap();
    let [microservers, gpu] = farm.roles.as_slice() else { panic!("{:?}", farm.roles) };
    assert_eq!((microservers.name.as_str(), gpu.name.as_str()), ("Microservers", "GPU server"));
    let sum: f64 = microservers.nodes.iter().filter_map(|row| row.per_minute.value).sum();
    let rate = summary.key_figure("completion_rate").unwrap().value.unwrap();
    assert!((sum - rate).abs() < 1e-9, "{sum} of the nodes, {rate} of the run");
    let notebooks = summary
        .notebooks
        .iter()
        .fold((0, 0, 0), |sum, row| (sum.0 + row.ok, sum.1 + row.failed, sum.2 + row.interrupted));
    let nodes = |rows: &[NodeRow]| {
        rows.iter().fold((0, 0, 0), |sum, row| (sum.0 + row.completed, sum.1 + row.failed, sum.2 + row.interrupted))
    };
    assert_eq!(nodes(&microservers.nodes), notebooks);
    assert_eq!(nodes(&gpu.nodes), notebooks);
    assert!(notebooks.1 > 0, "some failed");
    let gx8 = &gpu.nodes[0];
    assert_eq!((gx8.kernels_of, gx8.users), (4, 0));
    assert_eq!(gx8.placement.as_deref(), Some("contradicted"), "it is as sure as the least sure of its nodes");
    assert_eq!(gx8.placement_why.as_deref(), Some("the kernels of 1 of its 4 nodes are contradicted"));
    assert!(microservers.nodes.iter().all(|row| row.users == 2 && row.spawn_mean.samples == 2));
    let shares: f64 = microservers.nodes.iter().filter_map(|row| row.share.value).sum();
    assert!((shares - 1.0).abs() < 1e-9);
}

#[test]
fn every_form_has_the_nodes_with_their_placement() {
    let summary = analyse(&run()).unwrap();
    let text = text(&summary, Style { colour: false, width: 140 });
    assert!(text.contains("placement 1 contradicted, 1 unverified, 2 verified"), "{text}");
    for page in [markdown(&summary), html(&summary)] {
        for wanted in [
            "Microservers",
            "GPU server",
            "its kernel is on ms-04, not on gx8",
            "calls itself 3f0c",
            "Kernels have numpy 1.0 (1 of 4 nodes), numpy 2.0 (3 of 4 nodes).",
            "own processors are not exercised by them",
        ] {
            assert!(page.contains(wanted), "{wanted} is missing in {page}");
        }
    }
}

#[test]
fn kernels_that_are_elsewhere_are_a_warning_and_make_a_run_with_dedicated_gpus_invalid() {
    let mut made = run();
    let check = |made: &Made| {
        let summary = analyse(made).unwrap();
        let check = summary.quality.checks.iter().find(|check| check.key == "placement").unwrap().clone();
        (summary.header.valid, check)
    };
    let (valid, found) = check(&made);
    assert!(valid);
    assert_eq!((found.finding, found.measured.value), (Finding::Warning, Some(1.0)));
    made.manifest.plan.farm.dedicated = true;
    let (valid, found) = check(&made);
    assert!(!valid);
    assert_eq!(found.says, "the kernels of 1 node were somewhere else than the farm says, whose GPUs are dedicated");
    made.events.retain(|event| !matches!(event.kind, EventKind::PlacementFound(_)));
    made.number();
    assert_eq!(check(&made).1.finding, Finding::Unknown, "nobody was asked");
}

/// A counter that grows by `rate(t)` a second, sampled every ten seconds.
fn counter(rate: impl Fn(u64) -> f64) -> Vec<(u64, f64)> {
    let grown = |to: u64| (0..to).map(|step| 10.0 * rate(step * 10)).sum();
    (0..=8).map(|step| (step * 10_000_000_000, grown(step))).collect()
}

#[test]
fn a_metric_set_is_over_the_load_to_the_second_whatever_the_interval_of_samples() {
    let mut made = World { load_s: 60.0, ramp_s: 0.0, ..World::default() }.run();
    let nodes = vec![node("gx8", Role::GpuServer, None), node("ms-01", Role::Microserver, Some("farm"))];
    made.manifest.plan.farm = Farm { kernels_on: Some(Role::GpuServer), nodes, ..Farm::default() };
    // Two processors; the load is from second 3 to second 63.
    let user = |t: u64| {
        if t == 0 {
            0.0
        } else if t < 60 {
            1.6
        } else {
            0.4
        }
    };
    let key = |name: &str| SeriesKey::plain(name).with("node", "gx8").with("role", "gpu_server");
    let mode = |mode: &str| key("node_cpu_seconds_total").with("mode", mode);
    let gpu = key("gpu_busy_seconds_total").with("gpu", "0").with("uuid", "GPU-0");
    let outside = |step: u64| step == 0 || step > 6;
    let used = (0..=8).map(|step| (step * 10_000_000_000, if outside(step) { 90.0 } else { 50.0 + step as f64 }));
    made.series.extend([
        (mode("user"), counter(user)),
        (mode("steal"), counter(|_| 0.2)),
        (mode("idle"), counter(|t| 1.8 - user(t))),
        (gpu, counter(|t| user(t) / 4.0)),
        (key("node_memory_used_bytes"), used.collect()),
        (key("node_memory_total_bytes"), vec![(0, 100.0)]),
    ]);
    let summary = analyse(&made).unwrap();
    let rate = summary.key_figure("completion_rate").unwrap().value.unwrap();
    let sets = summary.metric_sets.unwrap();
    let [cpu, gpus] = sets.resources.as_slice() else { panic!("{:?}", sets.resources) };
    for (resource, units) in [(cpu, 2.0), (gpus, 1.0)] {
        assert_eq!(resource.units, Some(units));
        // The busy time of a minute is that of its tasks, and a minute of all units is all that there is.
        let busy_s = resource.demand_s.unwrap() * rate;
        assert!((busy_s - units * 60.0 * resource.utilization).abs() < 1e-9, "{resource:?}");
        assert!((resource.at_most_per_minute * resource.demand_s.unwrap() - 60.0 * units).abs() < 1e-9);
    }
    assert!((gpus.utilization - (50.0 * 0.4 + 3.0 * 0.1) / 60.0).abs() < 1e-9);
    let gx8 = sets.roles.iter().find(|set| set.role == "gpu_server").unwrap();
    let close = |seen: Option<f64>, wanted: f64| {
        let seen = seen.unwrap();
        assert!((seen - wanted).abs() < 1e-9, "{seen}, not {wanted}");
    };
    // Time that the machine's host took away is no time in which the node could have worked: it is not idle.
    close(gx8.cpu, (50.0 * 1.6 + 3.0 * 0.4 + 60.0 * 0.2) / 120.0);
    close(gx8.gpu_utilization, (50.0 * 0.4 + 3.0 * 0.1) / 60.0);
    close(gx8.memory, 0.535);
    close(gx8.memory_max, 0.56);
}

#[test]
fn a_run_without_nodes_has_nothing_of_a_farm() {
    let summary = analyse(&World::default().run()).unwrap();
    assert_eq!(summary.nodes, None);
    assert!(!html(&summary).contains("id=\"nodes-"));
}

#[test]
fn users_that_are_released_together_have_the_spread_of_their_starts() {
    let mut made = World::default().run();
    let id = |index| crate::event::IterationId { user: UserId { executor: "more".into(), index }, n: 1 };
    let executor = crate::event::Ids { executor: Some("more".into()), ..crate::event::Ids::default() };
    made.push(50_000_000_000, executor, EventKind::ExecutorStarted { ready: 3, waited_ns: 4_000_000_000 });
    for (index, ms) in [(0, 2), (1, 31), (2, 9)] {
        let scheduled_ns = 50_000_000_000;
        made.push(scheduled_ns + ms * 1_000_000, &id(index), EventKind::IterationStarted { scheduled_ns });
    }
    // A task begins with its first cell, which is later than its iteration.
    let task = crate::event::TaskId { iteration: id(1), k: 1 };
    made.push(50_040_000_000, &task, EventKind::TaskStarted { notebook: "explore".to_owned() });
    made.number();
    let summary = analyse(&made).unwrap();
    let [row] = summary.together.as_slice() else { panic!("{:?}", summary.together) };
    assert_eq!((row.ready, row.begun, row.waited_s), (3, 3, 4.0));
    assert_eq!((row.first_s, row.spread_s), (Some(0.002), Some(0.038)));
    assert!(html(&summary).contains("Spread of the starts"));
}
