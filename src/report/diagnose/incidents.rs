//! Nodes that went away.

use super::FarmFacts;
use crate::report::summary::Diagnosis;
use crate::report::words;

/// Looks for reboots, and for nodes that could not be reached.
pub(super) fn find(farm: &FarmFacts) -> Vec<Diagnosis> {
    let workers = farm.nodes.iter().filter(|node| !node.tasks.is_empty()).count().max(1) as f64;
    let mut found = Vec::new();
    for node in &farm.nodes {
        let boots = node.reboots();
        let (up_s, down_s) = node.presence.seconds(farm.load_s);
        let away = if up_s + down_s > 0.0 { down_s / (up_s + down_s) } else { 0.0 };
        let gone = words::lasting(down_s);
        let costs = Some(away / workers);
        if let Some((_, first)) = boots.first() {
            found.push(Diagnosis {
                key: "rebooted".to_owned(),
                nodes: vec![node.name.clone()],
                sentence: format!(
                    "{} ({}) rebooted {} during the load, seen {} after the start; it was away for {gone} in all, and in reach for {} of the load.",
                    node.name,
                    node.role,
                    times(boots.len()),
                    words::lasting(*first),
                    words::reached(1.0 - away)
                ),
                remedy: "Its system log says why; figures after it come from a machine that began anew.".to_owned(),
                costs,
                since_s: Some(*first),
            });
        } else if away > 0.01 {
            found.push(Diagnosis {
                key: "unreachable".to_owned(),
                nodes: vec![node.name.clone()],
                sentence: format!(
                    "{} ({}) gave no metrics for {gone} of the load, without a reboot.",
                    node.name, node.role
                ),
                remedy: "Look at its exporter or agent and at the network to it.".to_owned(),
                // Work went on as far as anybody knows.
                costs: None,
                since_s: None,
            });
        }
    }
    found
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}
