//! How much of the run's log is kept, so that a line in a loop of a thousand users fills neither the disk nor a screen.

use crate::event::{Level, LogLine};
use std::cell::Cell;

/// Lines of one level that may come at once.
const BURST: u64 = 1000;
/// Time after which one line more may come, nanoseconds: 20 a second in the long run.
const EVERY_NS: u64 = 50_000_000;

/// The limits of one run. Each level has its own, so that chatter cannot drown an error.
#[derive(Default)]
pub(super) struct LogLimit {
    levels: [Gate; Level::ALL.len()],
}

/// One level: a bucket of [`BURST`] tokens, kept as the time at which it will be full again.
#[derive(Default)]
struct Gate {
    full_ns: Cell<u64>,
    left_out: Cell<u64>,
}

/// What becomes of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It is kept.
    Kept,
    /// It is left out, and this says so: it is the first of its level.
    First(LogLine),
    /// It is left out and counted.
    LeftOut,
}

impl LogLimit {
    /// Asks for room for a line of now.
    pub(super) fn admit(&self, level: Level, now_ns: u64) -> Admission {
        let gate = &self.levels[level as usize];
        let full_ns = gate.full_ns.get().max(now_ns) + EVERY_NS;
        if full_ns - now_ns <= BURST * EVERY_NS {
            gate.full_ns.set(full_ns);
            return Admission::Kept;
        }
        gate.left_out.set(gate.left_out.get() + 1);
        if gate.left_out.get() > 1 {
            return Admission::LeftOut;
        }
        let rate = 1_000_000_000 / EVERY_NS;
        let text =
            format!("the log takes {rate} lines of level {level} a second: from here on some are left out and counted");
        Admission::First(LogLine::new(Level::Warn, text))
    }

    /// What is to be said at the end about lines that were left out.
    pub(super) fn left_out(&self) -> Vec<LogLine> {
        let said = |(level, gate): (Level, &Gate)| {
            let text = format!("{} lines of level {level} were left out of the log", gate.left_out.get());
            (gate.left_out.get() > 0).then(|| LogLine::new(Level::Warn, text))
        };
        Level::ALL.into_iter().zip(&self.levels).filter_map(said).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_level_is_cut_and_counted_and_hides_no_other() {
        let limit = LogLimit::default();
        let kept = |level, now_ns| limit.admit(level, now_ns) == Admission::Kept;
        assert_eq!((0..1500).filter(|_| kept(Level::Info, 0)).count(), 1000);
        assert!(kept(Level::Error, 0), "errors have room of their own");
        let second = (0..100).filter(|_| kept(Level::Info, 1_000_000_000)).count();
        assert_eq!(second, 20, "one second makes room for 20");
        let texts: Vec<_> = limit.left_out().into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["580 lines of level info were left out of the log"]);
    }

    #[test]
    fn that_lines_are_left_out_is_said_once() {
        let limit = LogLimit::default();
        let all: Vec<_> = (0..1003).map(|_| limit.admit(Level::Warn, 5)).collect();
        assert!(matches!(&all[1000], Admission::First(line) if line.text.contains("20 lines of level warn a second")));
        assert_eq!(all[1001..], [Admission::LeftOut, Admission::LeftOut]);
    }
}
