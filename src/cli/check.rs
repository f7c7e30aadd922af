//! `hubmark check`: the plan, before anything is touched.

use super::Terminal;
use super::args::{Format, ScenarioArgs};
use super::error::CliResult;
use super::exit::Exit;
use super::nodes;
use super::progress::millis;
use super::scenario::Scenario;
use crate::plan::quantity::format_duration;
use crate::plan::{Accounts, Estimate, ExecutorKind, NotebookSpec, Plan, Target, place, warnings};
use serde_json::json;
use std::time::Duration;

/// Prints the plan of a scenario.
pub(crate) fn check(args: &ScenarioArgs, terminal: Terminal) -> CliResult<Exit> {
    let scenario = Scenario::load(args)?;
    let estimate = scenario.plan.estimate();
    scenario.say_printed(terminal);
    if terminal.format == Format::Json {
        let files: Vec<_> = scenario
            .files
            .iter()
            .map(|(path, sha256, bytes)| json!({"path": path, "sha256": sha256, "bytes": bytes}))
            .collect();
        terminal.json(&json!({
            "plan": &*scenario.plan, "plan_hash": scenario.plan.hash(), "source_hash": scenario.source_hash,
            "estimate": estimate, "files": files, "placements": place(&scenario.plan).unwrap_or_default(),
            "warnings": warnings(&scenario.plan).iter().map(ToString::to_string).collect::<Vec<_>>(),
        }));
    } else {
        terminal.result(&text(&scenario, &estimate, terminal));
    }
    Ok(Exit::Success)
}

fn text(scenario: &Scenario, estimate: &Estimate, terminal: Terminal) -> String {
    let plan = &scenario.plan;
    let style = terminal.out;
    let mut lines = vec![format!("{}  {}", style.bold(&plan.name), plan.about.as_deref().unwrap_or(""))];
    let mut row = |name: &str, value: String| lines.push(format!("  {} {value}", style.dim(&format!("{name:<12}"))));
    row(
        "length",
        estimate.length_ns.map_or("until the work is done".to_owned(), |ns| format_duration(Duration::from_nanos(ns))),
    );
    row("users", format!("{} at most  {}", estimate.peak_users, sparkline(estimate)));
    let iterations = match (estimate.iterations, estimate.iterations_exact) {
        (Some(count), true) => format!("{count}"),
        (Some(count), false) => format!("about {count} (from the notebooks' `expect` and think time)"),
        (None, _) if plan.users.values().any(|user| user.behaviour.is_some()) => {
            "as many as fit (how long users' own code takes is not in the plan)".to_owned()
        }
        (None, _) => "as many as fit (give notebooks an `expect` for an estimate)".to_owned(),
    };
    row("iterations", iterations);
    row("spawns", estimate.spawns.to_string());
    row(
        "kernels",
        estimate.kernels.map_or("–".to_owned(), |count| {
            format!("{}{count}", if estimate.iterations_exact { "" } else { "about " })
        }),
    );
    row("disk", disk(estimate));
    lines.push(style.bold("load"));
    lines.extend(plan.load.iter().map(|(key, executor)| format!("  {key}: {}", load_line(executor))));
    lines.push(style.bold("hubs"));
    lines.extend(hubs(plan, estimate));
    lines.extend(nodes::lines(plan, style));
    lines.extend(warnings(plan).iter().map(|warning| format!("  {} {}", style.yellow("warning:"), warning.why)));
    lines.push(style.bold("notebooks"));
    for (key, notebook) in &plan.notebooks {
        let expect = notebook.expect.map_or(String::new(), |e| format!(", expected {}", millis(e.as_nanos() as u64)));
        lines.push(format!(
            "  {key}: {} ({} code cells, kernel {}, timeout {}{expect})",
            notebook.path.display(),
            notebook.code_cells,
            notebook.kernel,
            format_duration(notebook.timeout)
        ));
        lines.extend(
            undeclared(notebook).into_iter().map(|warning| format!("    {} {warning}", style.yellow("warning:"))),
        );
    }
    if !plan.thresholds.is_empty() {
        lines.push(style.bold("thresholds"));
        lines.extend(plan.thresholds.iter().map(|threshold| format!("  {}", threshold.text)));
    }
    if !plan.params.is_empty() {
        lines.push(style.bold("parameters"));
        lines.extend(plan.params.iter().map(|(name, value)| format!("  {name} = {value}")));
    }
    lines.push(style.bold("files read"));
    lines.extend(scenario.files.iter().map(|(path, sha256, bytes)| {
        format!("  {path}  {bytes} bytes  {}", style.dim(&sha256[..12.min(sha256.len())]))
    }));
    lines.join("\n")
}

/// `about 12.4 MB for the record: events 6.2, samples 5.4 (GPUs 1.0), notebooks 0.2`.
fn disk(estimate: &Estimate) -> String {
    let mega = |bytes: u64| bytes as f64 / 1e6;
    let disk = &estimate.disk;
    let gpus = match disk.gpu_samples {
        0 => String::new(),
        bytes => format!(" (GPUs {:.1})", mega(bytes)),
    };
    format!(
        "about {:.1} MB for the record: events {:.1}, samples {:.1}{gpus}, notebooks {:.1}",
        mega(estimate.disk_bytes),
        mega(disk.events),
        mega(disk.host_samples + disk.gpu_samples),
        mega(disk.notebooks)
    )
}

/// A warning for parameters that the notebook does not declare.
pub(super) fn undeclared(notebook: &NotebookSpec) -> Option<String> {
    let names = notebook.undeclared.join(", ");
    let one = notebook.undeclared.len() == 1;
    let what = if one { "is a parameter" } else { "are parameters" };
    (!names.is_empty()).then(|| format!("{names} {what} that the notebook's cell tagged `parameters` does not assign"))
}

fn load_line(executor: &crate::plan::Executor) -> String {
    let mut line = match &executor.kind {
        ExecutorKind::ConstantUsers { users, duration, together } => {
            let how = if *together { ", all at one moment" } else { "" };
            format!("{users} users for {}{how}", format_duration(*duration))
        }
        ExecutorKind::RampingUsers { from, stages } => {
            let stages: Vec<String> =
                stages.iter().map(|s| format!("{} in {}", s.users, format_duration(s.duration))).collect();
            format!("ramp from {from} to {}", stages.join(", to "))
        }
        ExecutorKind::PerUserIterations { users, iterations, at_most } => {
            let limit = at_most.map_or(String::new(), |d| format!(", for {} at most", format_duration(d)));
            format!("{users} users, {iterations} iterations each{limit}")
        }
    };
    line.push_str(&nodes::spread(&executor.nodes, executor.per_node));
    if !executor.on.is_empty() {
        line.push_str(&format!(" on {}", executor.on.join(", ")));
    }
    if !executor.start.is_zero() {
        line.push_str(&format!(", after {}", format_duration(executor.start)));
    }
    line
}

fn hubs(plan: &Plan, estimate: &Estimate) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, target) in &plan.targets {
        let Some(hub) = estimate.hubs.get(name) else { continue };
        lines.push(format!("  {name}: {}  at most {} users, {}", target.url(), hub.peak_users, token(target)));
        if let Target::Hub(target) = target {
            let accounts = match &target.accounts {
                Accounts::Own => format!("named servers of the token's own user, at most {} at a time", hub.peak_users),
                Accounts::List { .. } => format!("{} existing ones, left as they are", hub.accounts),
                Accounts::Pattern { create: false, .. } => format!("{} existing ones, left as they are", hub.accounts),
                Accounts::Pattern { .. } => format!("{} made and removed by hubmark", hub.accounts_created),
            };
            lines.push(format!("    accounts {accounts}"));
            let each = if target.accounts.bring_tokens() { "  (of each account's token)" } else { "" };
            lines.push(format!("    rights   {}{each}", hub.scopes.join(" ")));
            if !target.options.is_empty() {
                lines.push(format!("    options  {}", serde_json::Value::Object(target.options.clone())));
            }
        }
    }
    lines
}

/// Where a target's token comes from. Accounts' own ones are in many places, of which the first is named.
fn token(target: &Target) -> String {
    let own = match target {
        Target::Hub(hub) => hub.accounts.tokens().next().map(|(_, token)| token),
        Target::Server(_) => None,
    };
    match (target.token(), own) {
        (Some(token), Some(own)) => format!("token from {token}, accounts' own from {own} …"),
        (Some(token), None) => format!("token from {token}"),
        (None, Some(own)) => format!("each account's own token, from {own} …"),
        (None, None) => "no token".to_owned(),
    }
}

/// Users over time as a row of blocks, 40 wide.
fn sparkline(estimate: &Estimate) -> String {
    const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const WIDTH: u64 = 40;
    let Some(length) = estimate.length_ns.filter(|length| *length > 0) else { return String::new() };
    let users_at =
        |at: u64| estimate.users.iter().take_while(|point| point.at_ns <= at).last().map_or(0, |point| point.users);
    (0..WIDTH)
        .map(|column| {
            let users = users_at(length / WIDTH * column + length / WIDTH / 2);
            BLOCKS[(users as usize * 8).div_ceil(estimate.peak_users.max(1) as usize).min(8)]
        })
        .collect()
}
