//! What limits a farm, its metrics and how it scales, as Markdown.

use super::{Page, cell};
use crate::report::summary::{DriftRow, MetricSet, Summary};
use crate::report::{drift, roles, words};

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
                level.at_most_per_minute.map_or_else(|| "–".to_owned(), |most| format!("{}/min", words::number(most))),
            ]
        });
        self.table("Scalability", &["users", "tasks", "per minute", "efficiency", "at most"], true, rows);
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
        let rows = farm.resources.iter().map(|one| {
            let mut cells = vec![one.name.clone()];
            cells.extend(roles::resource(one));
            cells
        });
        self.table("What processors and GPUs could carry", &roles::RESOURCES, true, rows);
        if let Some(says) = roles::spread(summary) {
            self.line(&format!("\n## Tasks by node\n\n{}", cell(&says)));
        }
        self.uptime(summary);
    }

    pub(super) fn drift(&mut self, summary: &Summary) {
        let Some(found) = summary.drift.as_ref().filter(|found| !found.rows.is_empty() || !found.says.is_empty())
        else {
            return;
        };
        let heads = drift::columns(found);
        let columns: Vec<&str> = std::iter::once("figure").chain(heads.iter().map(String::as_str)).collect();
        let row = |row: &DriftRow| {
            let mut cells = vec![row.name.clone()];
            cells.extend(drift::cells(row));
            cells
        };
        if found.rows.is_empty() {
            self.line("\n## Drift");
        }
        self.table("Drift", &columns, true, found.rows.iter().map(row));
        let says = if found.says.is_empty() { drift::NOTHING.to_owned() } else { found.says.join(" ") };
        self.line(&format!("\n{} {}", cell(&says), cell(&drift::lead(found))));
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
