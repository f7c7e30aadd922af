//! What limits a farm, its metrics and how it scales, as Markdown.

use super::{Page, cell};
use crate::report::summary::{MetricSet, Summary};
use crate::report::words;

const METRIC_SET: [&str; 11] = [
    "node",
    "GPU utilisation",
    "GPU memory, most",
    "memory, most",
    "CPU",
    "tasks",
    "per minute",
    "reachable",
    "outages",
    "between outages",
    "reboots",
];

fn metric_set(set: &MetricSet) -> Vec<String> {
    let share = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), words::percent);
    let limited = |value: Option<f64>, above: Option<f64>| match above {
        Some(above) if above > 0.0 => {
            format!("{} (above its limit {} of the time)", share(value), words::percent(above))
        }
        _ => share(value),
    };
    vec![
        if set.nodes > 1 { format!("all {}", set.nodes) } else { set.name.clone() },
        share(set.gpu_utilization),
        limited(set.gpu_memory_max, set.gpu_memory_above_limit),
        limited(set.memory_max, set.memory_above_limit),
        limited(set.cpu, set.cpu_above_limit),
        words::number(set.tasks as f64),
        words::figure(&set.tasks_per_minute),
        share(set.availability),
        set.outages.map_or_else(|| "–".to_owned(), |count| words::number(count as f64)),
        words::between(&set.between_outages),
        set.reboots.map_or_else(|| "–".to_owned(), |count| words::number(count as f64)),
    ]
}

impl Page {
    pub(super) fn scalability(&mut self, summary: &Summary) {
        let Some(found) = &summary.scalability else { return };
        let rows = found.levels.iter().map(|level| {
            let efficiency = level.efficiency.map_or_else(|| "–".to_owned(), words::percent);
            vec![
                level.users.to_string(),
                words::number(level.tasks as f64),
                words::figure(&level.per_minute),
                efficiency,
            ]
        });
        self.table("Scalability", &["users", "tasks", "per minute", "efficiency"], true, rows);
        self.line(&format!("\n{}", cell(&found.says)));
    }

    pub(super) fn farm(&mut self, summary: &Summary) {
        let Some(farm) = &summary.metric_sets else { return };
        self.line("\n## What limits the farm\n");
        if farm.diagnosis.is_empty() {
            self.line("Nothing was found that limits the farm but its load.");
        }
        for one in &farm.diagnosis {
            self.line(&format!("1. **{}** {}", cell(&one.sentence), cell(&one.remedy)));
        }
        for set in &farm.roles {
            let nodes = farm.nodes.iter().filter(|node| node.role == set.role);
            let rows = std::iter::once(set).filter(|set| set.nodes > 1).chain(nodes).map(metric_set);
            let title =
                if set.role == "microserver" { "Metrics of the microservers" } else { "Metrics of the GPU server" };
            self.table(title, &METRIC_SET, true, rows);
        }
    }
}
