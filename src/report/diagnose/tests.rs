//! Farms whose truth is known.

use super::*;
use crate::stats::noise::Noise;

const HOURS_S: f64 = 4.0 * 3600.0;
const GIB: f64 = 1_073_741_824.0;
const TIMES_S: [f64; 3] = [120.0, 45.0, 20.0];

/// What a node answered every half minute.
fn asked(up: impl Fn(f64) -> bool) -> Presence {
    Presence::of(&(0..480).map(|k| f64::from(k) * 30.0).map(|t| (t, up(t))).collect::<Vec<_>>())
}

/// A farm of 45 microservers and a GPU server with nothing wrong: three notebooks, lognormal times, think time, memory that comes and goes.
fn healthy(seed: u64) -> FarmFacts {
    let mut noise = Noise(seed * 7919 + 1);
    let ticks = |noise: &mut Noise, level: f64, spread: f64| -> Series {
        (0..480).map(|k| (f64::from(k) * 30.0, (level + spread * noise.normal()).clamp(0.0, 1.0))).collect()
    };
    let mut nodes: Vec<NodeFacts> = (0..45)
        .map(|n| {
            let mut t = 0.0;
            let mut tasks = Vec::new();
            while t < HOURS_S {
                let notebook = [0, 0, 0, 0, 0, 1, 1, 1, 2, 2][(noise.unit() * 10.0) as usize % 10];
                let took_s = TIMES_S[notebook] * (0.2 * noise.normal()).exp();
                t += took_s + 30.0 * -(1.0 - noise.unit()).ln();
                tasks.push(TaskFact { ended_s: t, took_s, notebook });
            }
            let gpu = GpuFacts {
                name: format!("gx8 GPU {}", n % 16),
                busy: ticks(&mut noise, 0.55, 0.15),
                throttled: ticks(&mut noise, 0.0, 0.0),
                memory: ticks(&mut noise, 0.4, 0.05),
                ..GpuFacts::default()
            };
            NodeFacts {
                name: format!("ms-{:02}", n + 1),
                role: "microserver",
                tasks,
                cpu: ticks(&mut noise, 0.1, 0.03),
                memory: ticks(&mut noise, 0.3, 0.05).into_iter().map(|(t, v)| (t, v * 8.0 * GIB)).collect(),
                memory_total: Some(8.0 * GIB),
                boots: vec![(-86_400.0, 0.0)],
                presence: asked(|_| true),
                gpus: vec![gpu],
                ..NodeFacts::default()
            }
        })
        .collect();
    let served = nodes.iter().map(|node| node.tasks.len() as u64).sum();
    nodes.push(NodeFacts {
        name: "gx8".to_owned(),
        role: "GPU server",
        tasks_served: served,
        cpu: ticks(&mut noise, 0.5, 0.1),
        cpu_waits: ticks(&mut noise, 0.05, 0.02),
        cores: Some(64.0),
        memory: ticks(&mut noise, 0.5, 0.05).into_iter().map(|(t, v)| (t, v * 512.0 * GIB)).collect(),
        memory_total: Some(512.0 * GIB),
        boots: vec![(-86_400.0, 0.0)],
        presence: asked(|_| true),
        ..NodeFacts::default()
    });
    let spawns = (0..45).map(|_| (1.0, 1.0 + 8.0 * (0.3 * noise.normal()).exp())).collect();
    FarmFacts { load_s: (0.0, HOURS_S), nodes, spawns, refused: 0 }
}

const SEEDS: u64 = 40;

/// In how many of the farms exactly this was found.
fn found(key: &str, plant: impl Fn(&mut FarmFacts)) -> usize {
    (0..SEEDS)
        .filter(|seed| {
            let mut farm = healthy(*seed);
            plant(&mut farm);
            let said = diagnose(&farm);
            said.len() == 1 && said[0].key == key
        })
        .count()
}

#[test]
fn healthy_farms_are_called_healthy() {
    let alarms: Vec<String> = (0..SEEDS).flat_map(|seed| diagnose(&healthy(seed))).map(|one| one.sentence).collect();
    assert!(alarms.is_empty(), "{alarms:#?}");
}

#[test]
fn a_slow_node_is_named() {
    let right = found("node_slow", |farm| farm.nodes[6].tasks.iter_mut().for_each(|task| task.took_s *= 1.25));
    assert_eq!(right, 40);
    let mut farm = healthy(1);
    farm.nodes[6].tasks.iter_mut().for_each(|task| task.took_s *= 1.6);
    let said = diagnose(&farm);
    assert_eq!(said[0].nodes, ["ms-07"]);
    assert!(said[0].sentence.starts_with("ms-07 is slow: its tasks take 1."), "{}", said[0].sentence);
    assert!((said[0].costs.unwrap() * 45.0 - (1.0 - 1.0 / 1.6)).abs() < 0.03, "{said:?}");
}

#[test]
fn a_throttled_gpu_is_the_reason_and_not_a_slow_node_beside_it() {
    let right = found("gpu_throttled", |farm| {
        let node = &mut farm.nodes[3];
        node.gpus[0].throttled.iter_mut().filter(|(t, _)| *t > 3600.0).for_each(|(_, v)| *v = 1.0);
        node.tasks.iter_mut().filter(|task| task.ended_s > 3600.0).for_each(|task| task.took_s *= 1.5);
    });
    assert_eq!(right, 40);
}

#[test]
fn a_leak_is_told_from_memory_that_comes_and_goes() {
    let right = found("memory_leak", |farm| {
        farm.nodes[45].memory.iter_mut().for_each(|(t, v)| *v += *t / HOURS_S * 60.0 * GIB);
    });
    assert_eq!(right, 40);
}

#[test]
fn saturated_processors_of_the_gpu_server_come_with_their_ceiling() {
    let plant = |farm: &mut FarmFacts| {
        farm.nodes[45].cpu.iter_mut().for_each(|(_, v)| *v = 0.98);
        farm.nodes[45].cpu_waits.iter_mut().for_each(|(_, v)| *v = 0.7);
    };
    assert_eq!(found("cpu_saturated", plant), 40);
    let mut farm = healthy(2);
    plant(&mut farm);
    let rate = farm.nodes[45].tasks_served as f64 / HOURS_S;
    let wanted = format!("carry at most {} tasks a minute", crate::report::words::number(rate / 0.98 * 60.0));
    assert!(diagnose(&farm)[0].sentence.contains(&wanted), "{wanted}: {}", diagnose(&farm)[0].sentence);
}

#[test]
fn a_reboot_a_limit_on_spawns_and_an_uneven_mix_are_each_named() {
    let reboot = found("rebooted", |farm| {
        let node = &mut farm.nodes[11];
        node.boots.push((4300.0, 4320.0));
        node.presence = asked(|t| !(4200.0..4320.0).contains(&t));
    });
    let spawns = found("spawns_limited", |farm| {
        farm.spawns
            .iter_mut()
            .enumerate()
            .for_each(|(k, (asked, ready))| *ready = *asked + 8.0 * (1.0 + (k / 2) as f64));
    });
    let mix = found("mix_uneven", |farm| {
        let mut noise = Noise(3);
        farm.nodes[20].tasks.iter_mut().for_each(|task| {
            task.notebook = if noise.unit() < 0.9 { 0 } else { 1 };
            task.took_s = TIMES_S[task.notebook] * (0.2 * noise.normal()).exp();
        });
    });
    assert_eq!((reboot, spawns, mix), (40, 40, 40));
}

#[test]
fn full_gpus_of_all_nodes_are_one_sentence() {
    let right = found("gpu_saturated", |farm| {
        farm.nodes
            .iter_mut()
            .flat_map(|node| &mut node.gpus)
            .for_each(|gpu| gpu.busy.iter_mut().for_each(|(_, v)| *v = 0.97));
    });
    assert_eq!(right, 40);
}
