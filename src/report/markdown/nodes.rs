//! The farm, as Markdown.

use super::Page;
use crate::report::roles::{self, Cell, Row};
use crate::report::summary::Summary;
use crate::report::words;

impl Page {
    /// A table of nodes for each role, and one of users that were released together.
    pub(super) fn nodes(&mut self, summary: &Summary) {
        if let Some(nodes) = &summary.nodes {
            for role in &nodes.roles {
                let table = roles::table(role, summary);
                let columns: Vec<&str> = ["node", "placement"]
                    .into_iter()
                    .chain(table.columns.iter().copied())
                    .chain(["what was compared"])
                    .collect();
                self.table(&role.name, &columns, false, table.rows.iter().map(row));
                let placed = words::placements(role).map(|placed| format!("Placement: {placed}."));
                let packages = words::packages(role).map(|packages| format!(" Kernels have {packages}."));
                let said = [placed, packages].map(Option::unwrap_or_default).concat();
                if !said.is_empty() {
                    self.line(&format!("\n{said}"));
                }
            }
            for note in &nodes.notes {
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

fn row(row: &Row<'_>) -> Vec<String> {
    let placement = row.node.and_then(|node| node.placement.clone()).unwrap_or_default();
    let mut cells = vec![row.name.clone(), placement];
    cells.extend(row.cells.iter().map(Cell::whole));
    let compared = row.node.and_then(|node| node.placement_why.clone().or_else(|| words::node(node)));
    cells.push(compared.unwrap_or_default());
    cells
}
