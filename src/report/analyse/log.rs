//! What the scenario said in the run's log.

use super::Facts;
use crate::event::Level;
use crate::report::gather::seconds;
use crate::report::summary::{Log, LogText};

/// The log with its errors first; texts of one level in the order in which they were said first.
pub(super) fn log(facts: &Facts<'_>) -> Log {
    let levels = &facts.gathered.log.levels;
    let lines = |level| levels.get(&level).map_or(0, |of| of.lines);
    let mut texts = Vec::new();
    for (level, of) in levels.iter().rev() {
        let mut said: Vec<_> = of.texts.values().collect();
        said.sort_by_key(|text| text.first_ns);
        texts.extend(said.into_iter().map(|text| LogText {
            level: *level,
            text: text.text.clone(),
            place: text.place.clone(),
            count: text.count,
            first_s: seconds(text.first_ns),
        }));
    }
    Log {
        errors: lines(Level::Error),
        warnings: lines(Level::Warn),
        infos: lines(Level::Info),
        texts,
        left_out: levels.values().map(|of| of.left_out).sum(),
    }
}
