//! The farm: what limits it, and every node over time.

use super::{scrolling, section};
use crate::report::summary::{Diagnosis, MetricSet, Resource, Summary};
use crate::report::{roles, words};
use maud::{Markup, html};

/// Nodes that are drawn in a heat map; a greater farm has its table.
const DRAWN: usize = 128;

/// What limits it.
pub(super) fn limits(summary: &Summary) -> Markup {
    let Some(farm) = &summary.metric_sets else { return html! {} };
    let body = html! {
        (diagnosis(&farm.diagnosis))
        @if !farm.resources.is_empty() { (scrolling("what processors and GPUs could carry", &resources(&farm.resources))) }
    };
    section("diagnosis", "What limits the farm", "What costs most stands first.", &body)
}

fn resources(of: &[Resource]) -> Markup {
    html! {
        table.resources {
            thead { tr { th scope="col" { (roles::RESOURCES[0]) } @for name in &roles::RESOURCES[1..] { th.num scope="col" { (name) } } } }
            tbody {
                @for one in of {
                    tr { th scope="row" { (one.name) } @for text in roles::resource(one) { td.num { (text) } } }
                }
            }
        }
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

/// Heat maps of a role's nodes.
pub(super) fn maps(role: &str, summary: &Summary) -> Markup {
    let Some(farm) = &summary.metric_sets else { return html! {} };
    let nodes: Vec<&MetricSet> = farm.nodes.iter().filter(|node| node.role == role).collect();
    html! {
        @if !nodes.is_empty() && nodes.len() <= DRAWN && summary.header.load_s.is_some() {
            (map("GPU utilisation", &nodes, farm.cell_s, |node| &node.gpu_over_time))
            (map("Processors", &nodes, farm.cell_s, |node| &node.cpu_over_time))
        }
    }
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
        .map(|node| format!("Busiest in the mean: {} with {}.", node.name, words::percent(mean(node))))
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
