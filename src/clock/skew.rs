//! How far the clock of another machine is from this one's.

use super::wall::WallTime;

/// How far another clock is ahead of this machine's, as well as one answer of that machine tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skew {
    /// Nanoseconds that it is ahead; negative where it is behind.
    pub ahead_ns: i64,
    /// The truth is within this of `ahead_ns`, nanoseconds: half the time that the answer took, and half the step of the clock that was shown.
    pub within_ns: u64,
}

impl Skew {
    /// From a time that the other side read between a request and its answer. `step_ns` is by how much its times are rounded down.
    ///
    /// The other clock showed something between `theirs_ns` and a step later, at a moment between `sent_ns` and `received_ns` of this one. What lies
    /// between the extremes is possible, and nothing else.
    #[must_use]
    pub fn seen(theirs_ns: WallTime, step_ns: u64, sent_ns: WallTime, received_ns: WallTime) -> Self {
        let step = i64::try_from(step_ns).unwrap_or(i64::MAX);
        let least = theirs_ns.saturating_sub(received_ns);
        let most = theirs_ns.saturating_add(step).saturating_sub(sent_ns);
        let within = most.saturating_sub(least).max(0) / 2;
        Self { ahead_ns: least.saturating_add(within), within_ns: within.unsigned_abs() }
    }

    /// From the header `Date` of an answer, which has whole seconds; `None` where it holds no time.
    #[must_use]
    pub fn of_date(date: &str, sent_ns: WallTime, received_ns: WallTime) -> Option<Self> {
        let theirs = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
        let theirs_ns = i64::try_from(theirs.as_nanosecond()).ok()?;
        Some(Self::seen(theirs_ns, 1_000_000_000, sent_ns, received_ns))
    }

    /// How far a third clock is ahead of this machine's, which is so far ahead of this one.
    #[must_use]
    pub fn and(self, further: Self) -> Self {
        Self {
            ahead_ns: self.ahead_ns.saturating_add(further.ahead_ns),
            within_ns: self.within_ns.saturating_add(further.within_ns),
        }
    }

    /// How far the clocks are apart at least, nanoseconds.
    #[must_use]
    pub fn at_least_ns(self) -> u64 {
        self.ahead_ns.unsigned_abs().saturating_sub(self.within_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000_000;

    #[test]
    fn the_truth_is_within_what_is_told() {
        for (ahead, step, sent, took, read_at) in [
            (0, 0, 100 * S, 0, 0),
            (0, S, 100 * S + 7, 20, 9),
            (40 * S, S, 100 * S + 999, 2 * S, S),
            (-3 * S - 5, 1, 5 * S, S / 10, S / 10),
        ] {
            let shown = sent + read_at + ahead;
            let theirs = if step > 1 { shown - shown.rem_euclid(step) } else { shown };
            let skew = Skew::seen(theirs, step.unsigned_abs(), sent, sent + took);
            assert!((skew.ahead_ns - ahead).unsigned_abs() <= skew.within_ns + 1, "{ahead}: {skew:?}");
            assert!(skew.within_ns <= (step + took).unsigned_abs() / 2 + 1, "{skew:?}");
        }
    }

    #[test]
    fn a_date_is_as_servers_write_it() {
        let at = 784_111_777 * S;
        let skew = Skew::of_date("Sun, 06 Nov 1994 08:49:37 GMT", at - 10 * S, at - 10 * S).unwrap();
        assert_eq!(skew, Skew { ahead_ns: 10 * S + S / 2, within_ns: (S / 2).unsigned_abs() });
        assert_eq!(skew.at_least_ns(), (10 * S).unsigned_abs());
        assert_eq!(Skew::of_date("now", 0, 0), None);
        let third = skew.and(Skew { ahead_ns: -S, within_ns: 5 });
        assert_eq!(third, Skew { ahead_ns: 9 * S + S / 2, within_ns: (S / 2).unsigned_abs() + 5 });
    }
}
