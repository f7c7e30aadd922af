//! The latest lines of a run's log, for who looks now and then.

use crate::event::{Event, EventKind, Ids, Level, LogLine};
use std::collections::VecDeque;
use std::sync::Arc;

/// Most lines of each level that wait to be looked at.
const LINES: usize = 50;

/// A line of the log with the event that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailLine {
    /// Number of its event.
    pub seq: u64,
    /// When it was said, nanoseconds of the run's clock.
    pub t_ns: u64,
    /// Whom it is about.
    pub ids: Ids,
    /// The line.
    pub line: Arc<LogLine>,
}

/// The latest lines, each level by itself, so that chatter does not push an error out.
#[derive(Debug, Clone, Default)]
pub struct LogTail {
    levels: [VecDeque<TailLine>; Level::ALL.len()],
    counts: [u64; Level::ALL.len()],
}

impl LogTail {
    /// Takes in an event, in the order of events.
    pub fn take(&mut self, event: &Event) {
        // How the run ended is said by who ends it.
        let ended = matches!(event.kind, EventKind::RunEnded { .. });
        let Some(line) = LogLine::of(&event.kind).filter(|_| !ended) else { return };
        let level = line.level as usize;
        self.counts[level] += 1;
        let lines = &mut self.levels[level];
        if lines.len() >= LINES {
            lines.pop_front();
        }
        let line = Arc::new(line.into_owned());
        lines.push_back(TailLine { seq: event.seq, t_ns: event.t_ns, ids: event.ids.clone(), line });
    }

    /// How many lines of a level there were since the run began.
    #[must_use]
    pub fn count(&self, level: Level) -> u64 {
        self.counts[level as usize]
    }

    /// What is left of the lines of at least a level that came after an event's number, in their order.
    #[must_use]
    pub fn after(&self, seq: u64, least: Level) -> Vec<&TailLine> {
        let wanted = Level::ALL.into_iter().filter(|level| *level >= least);
        let lines = wanted.flat_map(|level| &self.levels[level as usize]);
        let mut lines: Vec<_> = lines.filter(|line| line.seq > seq).collect();
        lines.sort_by_key(|line| line.seq);
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(seq: u64, level: Level) -> Event {
        let kind = EventKind::Log(LogLine::new(level, format!("line {seq}")));
        Event { seq, t_ns: seq, incarnation: 1, generation: 1, segment: 1, ids: Ids::default(), kind }
    }

    #[test]
    fn chatter_does_not_push_an_error_out_and_all_are_counted() {
        let mut tail = LogTail::default();
        tail.take(&said(1, Level::Error));
        (2..=200).for_each(|seq| tail.take(&said(seq, Level::Info)));
        tail.take(&said(201, Level::Warn));
        let seqs = |after, least| tail.after(after, least).iter().map(|line| line.seq).collect::<Vec<_>>();
        assert_eq!(seqs(0, Level::Warn), [1, 201]);
        assert_eq!(seqs(1, Level::Warn), [201]);
        assert_eq!(seqs(0, Level::Info).len(), 52);
        assert_eq!([Level::Info, Level::Warn, Level::Error].map(|level| tail.count(level)), [199, 1, 1]);
    }
}
