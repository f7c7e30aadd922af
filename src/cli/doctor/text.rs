//! The findings for people. Tables are 80 columns wide at most; sentences stay on one line, so that addresses and commands in them can be copied.

use super::clocks;
use super::document::{Document, KernelSeen, MetricSeen, NodeSeen};
use crate::cli::checkup::{Finding, Level, names};
use crate::cli::style::Style;
use crate::plan::Role;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that was found.
pub(super) fn text(document: &Document, style: Style) -> String {
    let mut lines = vec![format!("tested with {}", document.tested)];
    for (name, target) in &document.targets {
        lines.push(format!("{} {}", style.bold(name), target.url));
        lines.extend(target.findings.iter().flat_map(|finding| of_finding(finding, "", style)));
    }
    for role in Role::ALL {
        let nodes: Vec<&NodeSeen> = document.nodes.iter().filter(|node| node.role == role.name()).collect();
        if !nodes.is_empty() {
            lines.push(style.bold(&format!("{}s", role.words())));
            lines.extend(of_nodes(&nodes, style));
        }
    }
    lines.extend(of_kernels(document, style));
    // What would help is said once: where it stands above, it is not said again.
    let mut said: BTreeSet<String> =
        document.nodes.iter().flat_map(|node| &node.findings).flat_map(|finding| &finding.hints).cloned().collect();
    for role in Role::ALL {
        let metrics: Vec<&MetricSeen> = document.metrics.iter().filter(|metric| metric.role == role.name()).collect();
        if !metrics.is_empty() {
            lines.push(style.bold(&format!("metrics of the {}s", role.words())));
            lines.extend(of_metrics(&metrics, &mut said, style));
        }
    }
    lines.push(match document.ready {
        true => style.green("ready: nothing is missing that the run needs"),
        false => style.red("not ready: see the lines that begin with `fail`"),
    });
    lines.join("\n")
}

fn of_finding(finding: &Finding, whose: &str, style: Style) -> Vec<String> {
    let level = match finding.level {
        Level::Ok => style.green("ok  "),
        Level::Warn => style.yellow("warn"),
        Level::Fail => style.red("fail"),
    };
    let mut lines = vec![format!("  {level} {whose}{:<9} {}", finding.topic, finding.text)];
    lines.extend(finding.causes.iter().map(|cause| format!("       {} {cause}", style.bold("caused by:"))));
    lines.extend(finding.hints.iter().map(|hint| format!("       {} {hint}", style.cyan("hint:"))));
    lines
}

/// Findings that are not as they should be, each with its machine. Several of one kind are one, so that a switch that is off is not 45 lines.
fn troubles<'d>(of: impl Iterator<Item = (&'d str, &'d Finding)>, style: Style) -> Vec<String> {
    let mut groups: Vec<(&Finding, Vec<String>)> = Vec::new();
    for (name, finding) in of.filter(|(_, finding)| finding.level != Level::Ok) {
        // What is said of a clock or of a cause differs from machine to machine in its numbers.
        let same = |group: &&mut (&Finding, Vec<String>)| {
            let first = group.0;
            (first.level, first.topic, &first.text) == (finding.level, finding.topic, &finding.text)
        };
        match groups.iter_mut().find(same) {
            Some((_, nodes)) => nodes.push(name.to_owned()),
            None => groups.push((finding, vec![name.to_owned()])),
        }
    }
    groups
        .iter()
        .flat_map(|(finding, nodes)| of_finding(finding, &format!("{}: ", names(nodes.iter())), style))
        .collect()
}

fn of_nodes(nodes: &[&NodeSeen], style: Style) -> Vec<String> {
    let mut rows = vec![["node", "source", "series", "GPUs", "driver", "clock"].map(str::to_owned)];
    rows.extend(nodes.iter().map(|node| {
        let made_up = if node.gpus.iter().any(|gpu| gpu.simulated) { " SIM" } else { "" };
        let gpus = (!node.gpus.is_empty()).then(|| format!("{}{made_up}", node.gpus.len()));
        let series = (!node.series.is_empty()).then(|| node.series.len().to_string());
        let clock = node.clock.map(clocks::words);
        [Some(node.name.clone()), node.origin(), series, gpus, node.driver.clone(), clock].map(or_dash)
    }));
    let mut lines = table(&rows, [16, 18, 6, 6, 10, 14]);
    lines.extend(troubles(nodes.iter().flat_map(|node| node.findings.iter().map(|f| (node.name.as_str(), f))), style));
    lines
}

fn of_metrics(metrics: &[&MetricSeen], said: &mut BTreeSet<String>, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    for metric in metrics {
        let from: Vec<String> = metric
            .from
            .iter()
            .map(|from| match metric.from.len() {
                1 => from.source.clone(),
                _ => format!("{} ({})", from.source, from.nodes.len()),
            })
            .collect();
        let known = format!("{}/{}", metric.known, metric.nodes);
        let from = if from.is_empty() { "–".to_owned() } else { from.join(", ") };
        lines.push(format!("  {:<21} {known:>7}  {}", metric.metric, cut(&from, 48)));
        for missing in &metric.missing {
            lines.push(format!("       {} {}: {}", style.yellow("missing:"), names(missing.nodes.iter()), missing.why));
            if said.insert(missing.how.clone()) {
                lines.push(format!("       {} {}", style.cyan("hint:"), missing.how));
            }
        }
    }
    lines
}

fn of_kernels(document: &Document, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    let Some(kernels) = &document.kernels else {
        if !document.needs.is_empty() {
            let needed: Vec<&str> = document.needs.iter().map(|need| need.package.as_str()).collect();
            lines.push(style.bold("kernels"));
            lines.push(format!(
                "  not asked; notebooks import {}: --ask-kernels looks whether they are there",
                needed.join(", ")
            ));
        }
        return lines;
    };
    lines.push(style.bold("kernels"));
    if kernels.is_empty() {
        lines.push("  not asked: first mend what failed above".to_owned());
        return lines;
    }
    let name = |kernel: &KernelSeen| kernel.node.clone().unwrap_or_else(|| kernel.target.clone());
    let mut rows = vec![["kernel of", "host", "placement", "GPUs", "driver", "Python"].map(str::to_owned)];
    rows.extend(kernels.iter().map(|kernel| {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        let gpus = (!kernel.gpus.is_empty()).then(|| kernel.gpus.len().to_string());
        let placement = kernel.placement.clone();
        [Some(name(kernel)), some(&kernel.host), placement, gpus, kernel.driver.clone(), some(&kernel.python)]
            .map(or_dash)
    }));
    lines.extend(table(&rows, [16, 20, 12, 4, 10, 8]));
    lines.extend(packages(document, kernels));
    let named: Vec<(String, &Finding)> =
        kernels.iter().flat_map(|kernel| kernel.findings.iter().map(move |finding| (name(kernel), finding))).collect();
    lines.extend(troubles(named.iter().map(|(name, finding)| (name.as_str(), *finding)), style));
    lines
}

/// A row for each package and version: on how many kernels it is.
fn packages(document: &Document, kernels: &[KernelSeen]) -> Vec<String> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for need in &document.needs {
        counts.insert((&need.package, "–"), 0);
    }
    for kernel in kernels {
        for (package, version) in &kernel.packages {
            *counts.entry((package, version)).or_default() += 1;
        }
    }
    let there: Vec<&str> = counts.iter().filter(|(_, count)| **count > 0).map(|((package, _), _)| *package).collect();
    counts.retain(|(package, _), count| *count > 0 || !there.contains(package));
    if counts.is_empty() {
        return vec![];
    }
    let mut rows = vec![["package", "version", "kernels", "imported by"].map(str::to_owned)];
    rows.extend(counts.iter().map(|((package, version), count)| {
        let need = document.needs.iter().find(|need| need.package == *package);
        let by = need.map(|need| need.notebooks.join(", "));
        [(*package).to_owned(), (*version).to_owned(), format!("{count}/{}", kernels.len()), or_dash(by)]
    }));
    table(&rows, [14, 20, 8, 30])
}

fn or_dash(cell: Option<String>) -> String {
    cell.unwrap_or_else(|| "–".to_owned())
}

/// Rows with their columns aligned, none wider than given; what is cut ends with an ellipsis.
fn table<const N: usize>(rows: &[[String; N]], most: [usize; N]) -> Vec<String> {
    let cells: Vec<[String; N]> =
        rows.iter().map(|row| std::array::from_fn(|column| cut(&row[column], most[column]))).collect();
    let widths: [usize; N] =
        std::array::from_fn(|column| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    let line = |row: &[String; N]| {
        let parts: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("  {}", parts.join("  ").trim_end())
    };
    cells.iter().map(line).collect()
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
