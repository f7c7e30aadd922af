//! The farm, for a terminal.

use super::{Ink, Page};
use crate::report::summary::Summary;
use crate::report::words;

impl Page {
    /// A line for each role, and one for users that were released together.
    pub(super) fn nodes(&mut self, summary: &Summary) {
        let mut lines = Vec::new();
        for role in summary.farm.iter().flat_map(|farm| &farm.roles) {
            let working = role.nodes.iter().filter(|row| row.users > 0);
            let done = working.clone().map(|row| row.completed);
            let mut parts = vec![words::counted(role.nodes.len() as u64, "node")];
            parts.extend(words::placements(role).map(|placed| format!("placement {placed}")));
            if let Some((least, most)) = done.clone().min().zip(done.max()) {
                let range = if least == most { words::number(least as f64) } else { format!("{least} to {most}") };
                parts.push(format!("{range} tasks each"));
            }
            parts.extend(role.evenness.map(|index| format!("evenness {index:.3}")));
            lines.push(format!("{}: {}", role.name, parts.join(" · ")));
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
        if summary.farm.is_some() {
            self.title("Farm");
            for line in lines {
                let line = self.ink(Ink::Dim, &self.cut(&line, 2));
                self.lines.push(format!("  {line}"));
            }
        }
    }
}
