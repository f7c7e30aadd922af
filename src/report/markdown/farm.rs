//! What limits a farm, its metrics and how it scales, as Markdown.

use super::{Page, cell};
use crate::report::summary::{MetricSet, Summary};
use crate::report::{roles, words};

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
        if let Some(says) = roles::spread(summary) {
            self.line(&format!("\n## Tasks by node\n\n{}", cell(&says)));
        }
        self.uptime(summary);
    }

    fn uptime(&mut self, summary: &Summary) {
        let (sets, others) = roles::away(summary);
        let name = |set: &MetricSet| match (set.nodes, set.role.as_str()) {
            (1, _) => set.name.clone(),
            (count, "microserver") => format!("all {count} microservers"),
            (count, _) => format!("all {count} GPU servers"),
        };
        let rows = sets.iter().map(|set| {
            let mut cells = vec![name(set)];
            cells.extend(roles::outages(set).iter().map(roles::Cell::whole));
            cells
        });
        let columns: Vec<&str> = std::iter::once("machines").chain(roles::REACH).collect();
        self.table("Uptime", &columns, true, rows);
        if others > 0 {
            let title = if sets.is_empty() { "\n## Uptime\n\n" } else { "\n" };
            let others = words::counted(others as u64, "machine");
            self.line(&format!("{title}{others} in reach all the time, without a reboot."));
        }
    }
}
