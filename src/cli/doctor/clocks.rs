//! How far clocks are apart, and what comes of it.

use super::document::ClockSeen;
use crate::cli::checkup::{Finding, Level};
use crate::clock::Skew;
use crate::engine::CLOCKS_APART;
use std::time::Duration;

/// From here on clocks are worth setting: series of one moment lie apart by more than an interval of sampling.
const WORTH_SETTING: Duration = Duration::from_secs(2);

/// What was seen of a clock.
pub(super) fn seen(skew: Skew) -> ClockSeen {
    // Not minus zero: nobody is behind by nothing.
    let seconds = |ns: f64| (ns / 1e6).round() / 1e3 + 0.0;
    ClockSeen { ahead_s: seconds(skew.ahead_ns as f64), within_s: seconds(skew.within_ns as f64) }
}

/// `+0.2 s ± 0.5 s`.
pub(super) fn words(clock: ClockSeen) -> String {
    let ClockSeen { ahead_s, within_s } = clock;
    let ahead_s = if ahead_s.abs() < 0.05 { 0.0 } else { ahead_s };
    if ahead_s.abs() < 1000.0 { format!("{ahead_s:+.1} s ± {within_s:.1} s") } else { format!("{ahead_s:+.0} s") }
}

/// Whether the clock of a machine is right; of a hub, also whether what a run made there can be told by its times.
pub(super) fn judge(skew: Skew, of_hub: bool) -> Finding {
    let apart = Duration::from_nanos(skew.at_least_ns());
    let text = format!("{} from this machine's", words(seen(skew)));
    if apart <= WORTH_SETTING {
        return Finding::new(Level::Ok, "clock", text);
    }
    let set = "set the clocks of all machines by one server: timedatectl set-ntp true, or chrony";
    if of_hub && apart > CLOCKS_APART {
        let why = format!("{text}: what a run made there can no longer be told from what others made, by its times");
        return Finding::new(Level::Fail, "clock", why).hint(set);
    }
    Finding::new(Level::Warn, "clock", text).hint(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_wrong_by_what_is_certain_only() {
        let level = |ahead_s: f64, within_s: f64, of_hub| {
            let skew = Skew { ahead_ns: (ahead_s * 1e9) as i64, within_ns: (within_s * 1e9) as u64 };
            judge(skew, of_hub).level
        };
        assert_eq!(level(2.4, 0.5, true), Level::Ok);
        assert_eq!(level(-2.6, 0.5, true), Level::Warn);
        assert_eq!(level(-7200.0, 0.5, false), Level::Warn);
        assert_eq!(level(-7200.0, 0.5, true), Level::Fail);
        assert_eq!(words(ClockSeen { ahead_s: 0.21, within_s: 0.5 }), "+0.2 s ± 0.5 s");
        assert_eq!(words(ClockSeen { ahead_s: -7200.4, within_s: 0.5 }), "-7200 s");
    }
}
