//! Where nodes' kernels were, and how far apart users began, for a terminal.

use super::{Page, TEXT_LINES};
use crate::report::summary::{MetricSet, Summary};
use crate::report::words;

impl Page {
    /// A line on placement, and one for each executor whose users were released together on nodes.
    pub(super) fn nodes(&mut self, summary: &Summary) {
        let mut lines = Vec::new();
        for role in summary.nodes.iter().flat_map(|nodes| &nodes.roles) {
            let working = role.nodes.iter().filter(|row| row.users > 0);
            let done = working.clone().map(|row| row.completed);
            let mut parts = vec![words::counted(role.nodes.len() as u64, "node")];
            parts.extend(words::placements(role).map(|placed| format!("placement {placed}")));
            if let Some((least, most)) = done.clone().min().zip(done.max()) {
                let range = if least == most { words::number(least as f64) } else { format!("{least} to {most}") };
                parts.push(format!("{range} tasks each"));
            }
            lines.push(format!("{}: {}", role.name, parts.join(" · ")));
            let sets = summary.metric_sets.iter().flat_map(|sets| &sets.roles);
            lines.extend(sets.filter(|set| set.role == role.role).map(metrics));
        }
        for row in &summary.together {
            if let Some(spread) = row.spread_s {
                let (begun, executor) = (row.begun, &row.executor);
                lines.push(format!(
                    "released together: {begun} users of {executor} began within {}",
                    words::duration(spread)
                ));
            }
        }
        if summary.nodes.is_some() {
            let title = self.title("Farm");
            self.lines.extend(title);
            for line in lines {
                let lines = self.wrap("  ", &line, 4, TEXT_LINES);
                self.lines.extend(lines);
            }
        }
    }
}

/// What the specification asks of a role; what was not measured is left out.
fn metrics(set: &MetricSet) -> String {
    let share = |name: &str, value: Option<f64>| value.map(|value| format!("{name} {}", words::percent(value)));
    let parts = [
        share("GPUs", set.gpu_utilization),
        share("memory", set.memory),
        share("CPU", set.cpu),
        Some(format!("{} tasks, {}", words::number(set.tasks as f64), words::figure(&set.tasks_per_minute))),
        set.availability.map(|share| format!("in reach {}", words::reached(share))),
        set.reboots.filter(|count| *count > 0).map(|count| words::counted(count, "reboot")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("its metrics: {}", parts.join(" · "))
}
