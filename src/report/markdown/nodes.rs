//! The farm, as Markdown.

use super::Page;
use crate::report::summary::{NodeRow, Summary};
use crate::report::words;

impl Page {
    /// A table of nodes for each role, and one of users that were released together.
    pub(super) fn nodes(&mut self, summary: &Summary) {
        if let Some(farm) = &summary.farm {
            let columns = [
                "node",
                "placement",
                "completed",
                "per minute",
                "share",
                "failed",
                "median",
                "server start",
                "what was compared",
            ];
            for role in &farm.roles {
                self.table(&role.name, &columns, false, role.nodes.iter().map(row));
                let evenness = role.evenness.map(|index| format!("Jain's index of completed tasks: {index:.3}. "));
                let placed = words::placements(role).map(|placed| format!("Placement: {placed}."));
                let packages = words::packages(role).map(|packages| format!(" Kernels have {packages}."));
                let said = [evenness, placed, packages].map(Option::unwrap_or_default).concat();
                if !said.is_empty() {
                    self.line(&format!("\n{said}"));
                }
            }
            for note in &farm.notes {
                self.line(&format!("\n{note}"));
            }
        }
        let seconds = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), words::duration);
        let rows = summary.together.iter().map(|row| {
            vec![
                row.executor.clone(),
                format!("{} of {}", row.ready, row.users),
                words::lasting(row.waited_s),
                row.begun.to_string(),
                seconds(row.first_s),
                seconds(row.spread_s),
            ]
        });
        let columns = ["executor", "ready", "wait for the slowest", "began", "first after", "spread of the starts"];
        self.table("Released together", &columns, true, rows);
    }
}

fn row(row: &NodeRow) -> Vec<String> {
    let placement = row.placement.clone().unwrap_or_else(|| "–".to_owned());
    let mut cells = vec![row.node.clone(), placement];
    if row.users == 0 && row.kernels_of == 0 {
        cells.extend(std::iter::repeat_n("–".to_owned(), 6));
    } else {
        cells.extend([
            words::number(row.completed as f64),
            words::figure(&row.per_minute),
            words::figure(&row.share),
            words::number(row.failed as f64),
            words::figure(&row.task_p50),
            words::figure(&row.spawn_mean),
        ]);
    }
    cells.push(row.placement_why.clone().or_else(|| words::node(row)).unwrap_or_default());
    cells
}
