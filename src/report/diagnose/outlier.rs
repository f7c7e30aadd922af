//! Nodes that differ from the others: slow ones, and such that execute another mix.

use super::{FarmFacts, NodeFacts, P, names};
use crate::report::summary::Diagnosis;
use crate::report::words;
use crate::stats::{CONFIDENCE, Difference, Moments, counts_against_shares, effective_count, welch};

/// Tasks that a node needs at least to be judged.
const TASKS: usize = 12;
/// Nodes that there must be at least: with fewer there is no "others".
const NODES: usize = 3;
/// A node whose tasks take this much longer is slow; what is less is not worth a sentence.
const SLOWER: f64 = 1.1;
/// A share of the mix that is off by less is not worth a sentence.
const OFF: f64 = 0.15;

/// A node's tasks' times, each as the logarithm of its ratio to the median of its notebook.
struct Ratios<'f> {
    node: &'f NodeFacts,
    own: Moments,
    sums: Sums,
}

/// What the moments of several nodes together are made of.
#[derive(Clone, Copy, Default)]
struct Sums {
    count: f64,
    sum: f64,
    squares: f64,
    effective: f64,
}

impl Sums {
    fn plus(self, other: Self, sign: f64) -> Self {
        Self {
            count: self.count + sign * other.count,
            sum: self.sum + sign * other.sum,
            squares: self.squares + sign * other.squares,
            effective: self.effective + sign * other.effective,
        }
    }

    fn moments(self) -> Moments {
        let mean = self.sum / self.count;
        let variance = (self.squares - self.sum * mean).max(0.0) / (self.count - 1.0);
        Moments { mean, variance, effective: self.effective }
    }
}

impl<'f> Ratios<'f> {
    fn of(node: &'f NodeFacts, medians: &[f64]) -> Option<Self> {
        let logs: Vec<f64> =
            node.tasks.iter().map(|task| (task.took_s.max(1e-6) / medians[task.notebook]).ln()).collect();
        let effective = effective_count(&logs);
        let own = Moments::of(&logs, effective)?;
        let (count, sum, squares) = (logs.len() as f64, logs.iter().sum(), logs.iter().map(|log| log * log).sum());
        Some(Self { node, own, sums: Sums { count, sum, squares, effective } })
    }
}

/// Looks for slow nodes and uneven mixes.
pub(super) fn find(farm: &FarmFacts) -> Vec<Diagnosis> {
    let nodes: Vec<&NodeFacts> = farm.nodes.iter().filter(|node| node.tasks.len() >= TASKS).collect();
    if nodes.len() < NODES {
        return Vec::new();
    }
    slow(&nodes).into_iter().chain(mixes(&nodes)).collect()
}

/// Nodes whose tasks take longer than the same notebooks' elsewhere. A node that is slow moves the medians little, being one of many; where half of
/// the nodes are slow, that is the farm's speed.
fn slow(nodes: &[&NodeFacts]) -> Vec<Diagnosis> {
    let medians = medians(nodes);
    let ratios: Vec<Ratios<'_>> = nodes.iter().filter_map(|node| Ratios::of(node, &medians)).collect();
    let all = ratios.iter().fold(Sums::default(), |all, one| all.plus(one.sums, 1.0));
    let slow = ratios.iter().filter_map(|one| {
        let difference = welch(all.plus(one.sums, -1.0).moments(), one.own, CONFIDENCE)?;
        let chance = difference.p * nodes.len() as f64;
        (chance < P && difference.difference.exp() >= SLOWER).then(|| of_slow(one.node, &difference, nodes.len()))
    });
    slow.collect()
}

fn of_slow(node: &NodeFacts, difference: &Difference, nodes: usize) -> Diagnosis {
    let times = difference.difference.exp();
    Diagnosis {
        key: "node_slow".to_owned(),
        nodes: vec![node.name.clone()],
        sentence: format!(
            "{} is slow: its tasks take {} times as long as the same notebooks on the other {} nodes ({} to {} at 95 %).",
            node.name,
            words::number(times),
            nodes - 1,
            words::number(difference.interval.low.exp()),
            words::number(difference.interval.high.exp())
        ),
        remedy: "Compare its clocks, power limit, cooling and other load with a node beside it.".to_owned(),
        costs: Some((1.0 - 1.0 / times) / nodes as f64),
        since_s: None,
    }
}

/// Median time of each notebook over all nodes.
fn medians(nodes: &[&NodeFacts]) -> Vec<f64> {
    let kinds = nodes.iter().flat_map(|node| &node.tasks).map(|task| task.notebook + 1).max().unwrap_or(0);
    let mut times = vec![Vec::new(); kinds];
    for task in nodes.iter().flat_map(|node| &node.tasks) {
        times[task.notebook].push(task.took_s.max(1e-6));
    }
    let middle = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or(1.0)
    };
    times.into_iter().map(middle).collect()
}

/// Nodes that execute notebooks in other shares than the others do.
fn mixes(nodes: &[&NodeFacts]) -> Option<Diagnosis> {
    let kinds = nodes.iter().flat_map(|node| &node.tasks).map(|task| task.notebook + 1).max()?;
    let counts = |node: &NodeFacts| {
        let mut counts = vec![0u64; kinds];
        node.tasks.iter().for_each(|task| counts[task.notebook] += 1);
        counts
    };
    let all: Vec<Vec<u64>> = nodes.iter().map(|node| counts(node)).collect();
    let uneven: Vec<String> = nodes
        .iter()
        .zip(&all)
        .enumerate()
        .filter(|(index, (_, own))| {
            let others: Vec<u64> = (0..kinds)
                .map(|kind| all.iter().enumerate().filter(|(i, _)| i != index).map(|(_, counts)| counts[kind]).sum())
                .collect();
            let sum: u64 = others.iter().sum();
            let shares: Vec<f64> = others.iter().map(|count| *count as f64 / sum.max(1) as f64).collect();
            let total: u64 = own.iter().sum();
            let off = own.iter().zip(&shares).map(|(count, share)| (*count as f64 / total as f64 - share).abs());
            off.fold(0.0, f64::max) > OFF
                && counts_against_shares(own, &shares).is_some_and(|p| p * (nodes.len() as f64) < P)
        })
        .map(|(_, (node, _))| node.name.clone())
        .collect();
    if uneven.is_empty() {
        return None;
    }
    let verb = if uneven.len() == 1 { "executes" } else { "execute" };
    Some(Diagnosis {
        key: "mix_uneven".to_owned(),
        sentence: format!(
            "{} {verb} another mix of notebooks than the other nodes, so completions do not compare.",
            names(&uneven)
        ),
        remedy: "Give all nodes one mix, or compare times of each notebook instead of completions.".to_owned(),
        costs: None,
        since_s: None,
        nodes: uneven,
    })
}
