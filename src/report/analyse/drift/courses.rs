//! What is looked at over time.

use super::compare::Course;
use crate::plan::Role;
use crate::report::analyse::Facts;
use crate::report::analyse::figures::batches;
use crate::report::analyse::resources::processors;
use crate::report::diagnose::{Series, within};
use crate::report::gather::seconds;
use crate::report::summary::Unit;
use std::collections::BTreeMap;

/// Every course of which something is known between two times.
pub(super) fn courses(facts: &Facts<'_>, between: (f64, f64)) -> Vec<Course> {
    let mut courses = vec![completions(facts, between), times(facts, between)];
    for role in Role::ALL {
        let of = || facts.farm.iter().flat_map(|farm| &farm.nodes).filter(|node| node.role == role.words());
        courses.push(sampled(
            format!("cpu:{}", role.name()),
            processors(role, of().count()),
            together(of().map(|node| &node.cpu)),
            between,
        ));
    }
    // GPUs that a server lends to microservers are the same devices on both.
    let nodes = facts.farm.iter().flat_map(|farm| &farm.nodes);
    let gpus: BTreeMap<&str, &Series> =
        nodes.flat_map(|node| &node.gpus).map(|gpu| (gpu.name.as_str(), &gpu.busy)).collect();
    let gpus = together(gpus.into_values());
    courses.push(sampled("gpu_utilization".to_owned(), "GPU utilisation".to_owned(), gpus, between));
    courses
}

/// Completions a minute, in equal stretches of time.
fn completions(facts: &Facts<'_>, (from_s, to_s): (f64, f64)) -> Course {
    let work = facts.tasks();
    let width_ns = work.over_time.width();
    let width_s = seconds(width_ns);
    let (from, to) = ((from_s * 1e9) as u64, (to_s * 1e9) as u64);
    let first = from.div_ceil(width_ns) as f64;
    let counts = batches(&work, from, to);
    let value = |(index, count): (usize, &f64)| ((first + index as f64 + 0.5) * width_s, count * 60.0 / width_s);
    Course {
        key: "completion_rate".to_owned(),
        name: "Tasks completed".to_owned(),
        unit: Unit::PerMinute,
        ratios: false,
        values: counts.iter().enumerate().map(value).collect(),
    }
}

/// Time of each task over the median of its notebook, as a logarithm: free of the mix.
fn times(facts: &Facts<'_>, between: (f64, f64)) -> Course {
    let mut by_notebook: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for (key, tally) in &facts.gathered.tasks.by_key {
        let values = within(&tally.service.values, between).iter().filter(|(_, took)| took.is_finite() && *took > 0.0);
        by_notebook.entry(&key.notebook).or_default().extend(values);
    }
    let mut values = Vec::new();
    for of in by_notebook.into_values() {
        let mut sorted: Vec<f64> = of.iter().map(|(_, took)| *took).collect();
        sorted.sort_by(f64::total_cmp);
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or(1.0);
        values.extend(of.iter().map(|(t, took)| (*t, (took / median).ln())));
    }
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    Course {
        key: "task_time".to_owned(),
        name: "Task time over its notebook’s median".to_owned(),
        unit: Unit::Ratio,
        ratios: true,
        values,
    }
}

fn sampled(key: String, name: String, all: Series, between: (f64, f64)) -> Course {
    let values = within(&all, between).to_vec();
    Course { key, name, unit: Unit::Ratio, ratios: false, values }
}

/// Their mean at the times that they share; a time that some lack would compare other machines.
fn together<'s>(all: impl Iterator<Item = &'s Series>) -> Series {
    let mut sums: BTreeMap<u64, (f64, f64, usize)> = BTreeMap::new();
    let mut count = 0;
    for series in all {
        count += 1;
        for (t, value) in series {
            let cell = sums.entry((t * 1e3).round().max(0.0) as u64).or_insert((*t, 0.0, 0));
            cell.1 += value;
            cell.2 += 1;
        }
    }
    // Most of them will do: one machine that was away for a while does not hide the others.
    let most = |cell: &&(f64, f64, usize)| cell.2 * 10 >= count * 9;
    sums.values().filter(most).map(|(t, sum, of)| (*t, sum / *of as f64)).collect()
}
