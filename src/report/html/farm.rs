//! The farm: what limits it, its two metric sets, and every node over time.

use super::{scrolling, section};
use crate::report::summary::{Diagnosis, MetricSet, MetricSets, Summary};
use crate::report::words;
use maud::{Markup, html};

/// Nodes that are drawn in a heat map; a greater farm has its table.
const DRAWN: usize = 128;

/// What limits it.
pub(super) fn limits(summary: &Summary) -> Markup {
    let Some(farm) = &summary.metric_sets else { return html! {} };
    section("diagnosis", "What limits the farm", "What costs most stands first.", &diagnosis(&farm.diagnosis))
}

/// A section for each role.
pub(super) fn roles(summary: &Summary) -> Markup {
    let Some(farm) = &summary.metric_sets else { return html! {} };
    html! {
        @for set in &farm.roles {
            @let nodes: Vec<&MetricSet> = farm.nodes.iter().filter(|node| node.role == set.role).collect();
            (section(&format!("metrics-{}", set.role.replace('_', "-")), title(&set.role), lead(&set.role), &role(set, &nodes, farm, summary)))
        }
    }
}

fn title(role: &str) -> &'static str {
    if role == "microserver" { "Metrics of the microservers" } else { "Metrics of the GPU server" }
}

fn lead(role: &str) -> &'static str {
    if role == "microserver" {
        "GPU figures are those of the GPUs assigned to each; tasks those of its own users."
    } else {
        "GPU figures are those of all GPUs that it holds; tasks those of all users whose kernels run there."
    }
}

fn diagnosis(found: &[Diagnosis]) -> Markup {
    html! {
        @if found.is_empty() {
            p.nothing { span aria-hidden="true" { "✓ " } "Nothing was found that limits the farm but its load." }
        }
        ol.diagnosis {
            @for one in found {
                li {
                    p { b { (one.sentence) } }
                    p.small {
                        (one.remedy)
                        @if let Some(costs) = one.costs.filter(|costs| *costs > 0.0005) { " Estimated cost: " (words::percent(costs)) " of the farm’s completions." }
                    }
                }
            }
        }
    }
}

fn role(set: &MetricSet, nodes: &[&MetricSet], farm: &MetricSets, summary: &Summary) -> Markup {
    html! {
        (scrolling(title(&set.role), &table(set, nodes)))
        @if set.outages.is_some() { p.small { (uptime(set)) } }
        @if !nodes.is_empty() && nodes.len() <= DRAWN && summary.header.load_s.is_some() {
            (map("GPU utilisation", nodes, farm.cell_s, |node| &node.gpu_over_time))
            (map("Processors", nodes, farm.cell_s, |node| &node.cpu_over_time))
            (map("Out of reach", nodes, farm.cell_s, |node| &node.away_over_time))
        }
    }
}

/// How often a role's machines went away, with the time between.
fn uptime(set: &MetricSet) -> String {
    let outages = set.outages.unwrap_or(0);
    let machines = words::counted(set.nodes, "machine");
    let times = words::counted(outages, "outage");
    format!(
        "Uptime of {machines}: {times}; time in reach between two outages {}.",
        words::between(&set.between_outages)
    )
}

fn table(set: &MetricSet, nodes: &[&MetricSet]) -> Markup {
    let columns = [
        "GPU utilisation",
        "GPU memory, most",
        "Memory, most",
        "CPU",
        "Tasks",
        "Per minute",
        "Reachable",
        "Outages",
        "Reboots",
        "Up for",
    ];
    html! {
        table.nodes {
            thead { tr { th scope="col" { "Node" } @for name in columns { th.num scope="col" { (name) } } } }
            tbody {
                @if nodes.len() > 1 { (row(&format!("all {}", nodes.len()), set)) }
                @for node in nodes { (row(&node.name, node)) }
            }
        }
    }
}

fn row(name: &str, set: &MetricSet) -> Markup {
    let share = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), words::percent);
    let limited = |value: Option<f64>, above: Option<f64>| {
        html! {
            td.num.bad[above.is_some_and(|above| above > 0.0)] {
                (share(value))
                @if let Some(above) = above.filter(|above| *above > 0.0) { span.interval { "above limit " (words::percent(above)) " of the time" } }
            }
        }
    };
    html! {
        tr {
            th scope="row" { (name) }
            td.num { (share(set.gpu_utilization)) }
            (limited(set.gpu_memory_max, set.gpu_memory_above_limit))
            (limited(set.memory_max, set.memory_above_limit))
            (limited(set.cpu, set.cpu_above_limit))
            td.num { (words::number(set.tasks as f64)) }
            td.num { (words::figure(&set.tasks_per_minute)) }
            td.num.bad[set.availability.is_some_and(|up| up < 1.0)] { (set.availability.map_or_else(|| "–".to_owned(), reached)) }
            td.num.bad[set.outages.is_some_and(|count| count > 0)] { (set.outages.map_or_else(|| "–".to_owned(), |count| words::number(count as f64))) }
            td.num.bad[set.reboots.is_some_and(|count| count > 0)] { (set.reboots.map_or_else(|| "–".to_owned(), |count| words::number(count as f64))) }
            td.num { (set.uptime_s.map_or_else(|| "–".to_owned(), words::lasting)) }
        }
    }
}

/// A share of time in reach; what is short of the whole never reads as the whole.
fn reached(share: f64) -> String {
    if share < 1.0 { format!("{:.1} %", (share * 1e3).floor() / 10.0) } else { words::percent(share) }
}

/// Shades of a heat map, beside the one of nothing.
const LEVELS: usize = 16;

/// One path for each shade, of the cells that have it; neighbours of one shade are one rectangle.
fn levels(
    nodes: &[&MetricSet],
    of: fn(&MetricSet) -> &Vec<Option<f64>>,
    left: f64,
    step: f64,
    high: f64,
) -> Vec<String> {
    let mut paths = vec![String::new(); LEVELS + 1];
    for (row, node) in nodes.iter().enumerate() {
        let shade = |value: &Option<f64>| value.map(|value| (value.clamp(0.0, 1.0) * LEVELS as f64).round() as usize);
        let mut from = 0;
        for stretch in of(node).chunk_by(|a, b| shade(a) == shade(b)) {
            if let Some(path) = shade(&stretch[0]).and_then(|level| paths.get_mut(level)) {
                let (x, wide) = (left + from as f64 * step, stretch.len() as f64 * step);
                path.push_str(&format!("M{x:.1} {:.0}h{wide:.1}v{:.0}H{x:.1}z", row as f64 * high, high - 1.0));
            }
            from += stretch.len();
        }
    }
    paths
}

/// Under this share everywhere a map shows nothing.
const SOME: f64 = 0.02;

/// A heat map: a row for each node, time to the right, the darker the busier; where nothing was measured the cell is left out.
fn map(name: &str, nodes: &[&MetricSet], cell_s: f64, of: fn(&MetricSet) -> &Vec<Option<f64>>) -> Markup {
    if nodes.iter().all(|node| of(node).iter().all(|value| value.is_none_or(|value| value < SOME))) {
        return html! {};
    }
    let cells = nodes.iter().map(|node| of(node).len()).max().unwrap_or(1).max(1);
    let (left, width, high) = (96.0, 860.0, if nodes.len() > 24 { 10.0 } else { 16.0 });
    let height = high * nodes.len() as f64;
    let mean = |node: &MetricSet| {
        let values: Vec<f64> = of(node).iter().copied().flatten().collect();
        values.iter().sum::<f64>() / values.len().max(1) as f64
    };
    let busiest = nodes.iter().max_by(|a, b| mean(a).total_cmp(&mean(b)));
    let said = busiest
        .map(|node| format!("Most in the mean: {} with {}.", node.name, words::percent(mean(node))))
        .unwrap_or_default();
    let lasts = format!("One cell is {}; 0 % is empty, 100 % is full.", words::lasting(cell_s));
    let id = format!("map-{}", name.to_lowercase().replace(' ', "-"));
    html! {
        figure.heat {
            figcaption { b { (name) " over time" } span { (said) " " (lasts) } }
            svg viewBox=(format!("0 0 {} {}", left + width, height)) role="img" aria-labelledby=(format!("{id}-{}-t {id}-{}-d", nodes[0].role, nodes[0].role)) {
                title id=(format!("{id}-{}-t", nodes[0].role)) { (name) " over time, by node" }
                desc id=(format!("{id}-{}-d", nodes[0].role)) { (said) }
                @for (index, node) in nodes.iter().enumerate() {
                    text.tick x=(left - 6.0) y=(format!("{:.1}", (index as f64 + 0.78) * high)) text-anchor="end" font-size=(format!("{:.0}", (high * 0.8).min(12.0))) { (node.name) }
                }
                @for (level, path) in levels(nodes, of, left, width / cells as f64, high).iter().enumerate().filter(|(_, path)| !path.is_empty()) {
                    path.cell d=(path) fill-opacity=(format!("{:.2}", 0.04 + 0.96 * level as f64 / LEVELS as f64)) {}
                }
            }
        }
    }
}
