//! A hub that starts servers more slowly than they are asked for.

use super::FarmFacts;
use crate::report::summary::Diagnosis;
use crate::report::words;

/// Least number of servers that were asked for together.
const TOGETHER: usize = 8;
/// A rush in which the last quarter waited this many times as long as the first quarter was limited by the hub.
const LONGER: f64 = 4.0;
/// What is over in less is no limit of a farm that works for hours.
const SHORT_S: f64 = 60.0;

/// Looks at the first rush of spawns: where the hub takes a few at a time, the times from asking to ready grow in steps.
pub(super) fn find(farm: &FarmFacts) -> Option<Diagnosis> {
    let first = farm.spawns.iter().map(|(asked, _)| *asked).min_by(f64::total_cmp)?;
    let mut took: Vec<f64> =
        farm.spawns.iter().filter(|(asked, _)| asked - first < 10.0).map(|(asked, ready)| ready - asked).collect();
    took.sort_by(f64::total_cmp);
    if took.len() < TOGETHER {
        return None;
    }
    let quarter = took.len() / 4;
    let mean = |times: &[f64]| times.iter().sum::<f64>() / times.len() as f64;
    let (early, late) = (mean(&took[..quarter]), mean(&took[took.len() - quarter..]));
    let last = took[took.len() - 1];
    if late < LONGER * early || last < SHORT_S {
        return None;
    }
    let refused = match farm.refused {
        0 => String::new(),
        count => format!("; it refused {} with 429", words::counted(count, "request")),
    };
    let load_s = farm.load_s.1 - farm.load_s.0;
    Some(Diagnosis {
        key: "spawns_limited".to_owned(),
        nodes: vec![],
        sentence: format!(
            "The hub's limit on spawns holds the start up: of {} servers asked for together the first quarter was ready after {}, the last after {}{}.",
            took.len(),
            words::lasting(early),
            words::lasting(last),
            refused
        ),
        remedy: "A higher concurrent_spawn_limit (and rate limits of the spawner) on the hub.".to_owned(),
        costs: Some((mean(&took) - early).max(0.0) / (load_s + mean(&took))),
        since_s: Some(first),
    })
}
