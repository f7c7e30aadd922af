//! The farm as `hubmark check` prints it: machines, and who works where.

use super::style::Style;
use crate::plan::{Farm, GpuName, GpuRef, MetricsSource, NodesOfUsers, PlacementRule, Plan, Role, place};
use std::collections::BTreeMap;

/// Most nodes that are printed one by one.
const NODES_MAX: usize = 100;

/// Lines about a plan's farm; none where it has no nodes.
pub(super) fn lines(plan: &Plan, style: Style) -> Vec<String> {
    if plan.farm.is_empty() {
        return vec![];
    }
    let mut lines = vec![style.bold("farm")];
    lines.extend(Role::ALL.map(|role| format!("  {:<12} {}", role.name(), plan.farm.of(role).count())));
    lines.push(format!("  {:<12} {}", "kernels on", kernels_on(&plan.farm)));
    lines.push(format!("  {:<12} {}", "placement", rule(plan.farm.placement)));
    lines.push(style.bold("nodes"));
    let rows = rows(plan);
    let widths: Vec<usize> =
        (0..COLUMNS).map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)).collect();
    for row in rows.iter().take(NODES_MAX + 1) {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        lines.push(format!("  {}", cells.join("  ").trim_end()));
    }
    if rows.len() > NODES_MAX + 1 {
        lines.push(format!("  … and {} more; --format json has them all", rows.len() - NODES_MAX - 1));
    }
    lines
}

/// How an executor's users are spread, in words: `on ms-01 … ms-16 (16 nodes)`.
pub(super) fn spread(nodes: &[String], per_node: u32) -> String {
    let which = match nodes {
        [] => return String::new(),
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        [first, .., last] => format!("{first} … {last} ({} nodes)", nodes.len()),
    };
    let each = if per_node > 1 { format!(", at most {per_node} on each") } else { String::new() };
    format!(" on {which}{each}")
}

fn kernels_on(farm: &Farm) -> String {
    match farm.kernels_on {
        None => "each node itself".to_owned(),
        Some(Role::GpuServer) => "gpu_server: the microservers' own processors are not exercised by kernels".to_owned(),
        Some(role) => role.name().to_owned(),
    }
}

fn rule(rule: PlacementRule) -> &'static str {
    match rule {
        PlacementRule::Declared => {
            "verified by the first kernel of each node; what contradicts it ends the run before the load"
        }
        PlacementRule::Any => "looked at by the first kernel of each node; the run goes on whatever is found",
    }
}

const COLUMNS: usize = 7;

/// A row of words for each node, below the columns' names.
fn rows(plan: &Plan) -> Vec<[String; COLUMNS]> {
    let nodes = NodesOfUsers::of(plan);
    let mut users: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (executor, user, node) in nodes.iter() {
        users.entry(node).or_default().push(format!("{executor}/{user}"));
    }
    let mut accounts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for placement in place(plan).unwrap_or_default() {
        if let (Some(node), Some(account)) = (placement.node, placement.account) {
            let server = placement.home.map(|name| format!(" ({name})")).unwrap_or_default();
            accounts.entry(node).or_default().push(format!("{account}{server}"));
        }
    }
    let mut rows = vec![["node", "role", "hub", "users", "accounts", "GPUs", "metrics"].map(str::to_owned)];
    for node in &plan.farm.nodes {
        rows.push([
            node.name.clone(),
            node.role.name().to_owned(),
            node.hub.clone().unwrap_or_else(none),
            users.get(node.name.as_str()).map_or_else(none, |users| some(users)),
            accounts.get(&node.name).map_or_else(none, |accounts| some(accounts)),
            gpus(&node.gpus),
            node.metrics.as_ref().map_or_else(none, metrics),
        ]);
    }
    rows
}

fn none() -> String {
    "–".to_owned()
}

/// The first of a list of words, and how many more there are.
fn some(words: &[String]) -> String {
    match words {
        [first, _, _, ..] => format!("{first} +{}", words.len() - 1),
        _ => words.join(" "),
    }
}

/// GPUs by the machine that holds them: `gx8 0 1 2`.
fn gpus(gpus: &[GpuRef]) -> String {
    let mut by_node: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for gpu in gpus {
        by_node.entry(&gpu.node).or_default().push(match &gpu.gpu {
            GpuName::Index(index) => index.to_string(),
            GpuName::Uuid(uuid) => uuid.clone(),
        });
    }
    let words: Vec<String> = by_node
        .iter()
        .map(|(node, names)| match names.as_slice() {
            [first, _, _, .., last] => format!("{node} {first} … {last} ({})", names.len()),
            _ => format!("{node} {}", names.join(" ")),
        })
        .collect();
    if words.is_empty() { none() } else { words.join(", ") }
}

/// Where a node's metrics come from, in words.
pub(super) fn metrics(source: &MetricsSource) -> String {
    match source {
        MetricsSource::Exporter { url, profile, .. } => {
            let profile = profile.as_ref().map(|profile| format!(" ({profile})")).unwrap_or_default();
            format!("{url}{profile}")
        }
        MetricsSource::Prometheus { url, selector, .. } => {
            let labels: Vec<String> = selector.iter().map(|(label, value)| format!("{label}={value:?}")).collect();
            format!("{url} {{{}}}", labels.join(","))
        }
        MetricsSource::Here => "this machine".to_owned(),
    }
}
