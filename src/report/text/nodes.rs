//! Where nodes' kernels were, and how far apart users began, for a terminal.

use super::Page;
use crate::report::summary::Summary;
use crate::report::words;

/// Most lines of one sentence.
const LINES: usize = 2;

impl Page {
    /// A line on placement, and one for each executor whose users were released together on nodes.
    pub(super) fn nodes(&mut self, summary: &Summary) {
        let Some(nodes) = &summary.nodes else { return };
        let placed = nodes.roles.iter().filter(|role| role.nodes.iter().any(|row| row.users > 0));
        for (role, placed) in placed.filter_map(|role| Some((role, words::placements(role)?))) {
            let lines = self.wrap("  ", &format!("{}: placement {placed}", role.name.to_lowercase()), 4, LINES);
            self.lines.extend(lines);
        }
        for row in &summary.together {
            let Some(spread) = row.spread_s else { continue };
            let text = format!("{} users of {} began within {}", row.begun, row.executor, words::duration(spread));
            let lines = self.wrap("  ", &text, 4, LINES);
            self.lines.extend(lines);
        }
    }
}
