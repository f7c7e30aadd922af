//! Counters out of momentary rates.

use crate::event::SeriesKey;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest time that a rate is held for, as a multiple of the time between the two looks before. A longer silence is a gap, of which nothing is
/// known: the counter begins again at zero, as one does whose process was restarted.
const HELD_FOR: f64 = 2.5;

/// The sum so far of each series.
#[derive(Debug, Default)]
pub(super) struct Integrals(BTreeMap<Arc<SeriesKey>, State>);

#[derive(Debug)]
struct State {
    total: f64,
    rate: f64,
    at_s: f64,
    step_s: Option<f64>,
}

impl Integrals {
    /// The counter after a rate was seen at a time, seconds of a monotonic clock. Between two looks the rate is the mean of both.
    pub(super) fn add(&mut self, key: &Arc<SeriesKey>, rate: f64, at_s: f64) -> f64 {
        let begin = State { total: 0.0, rate, at_s, step_s: None };
        let state = self.0.entry(Arc::clone(key)).or_insert(begin);
        let step_s = at_s - state.at_s;
        if step_s <= 0.0 {
            return state.total;
        }
        if state.step_s.is_some_and(|before| step_s > before * HELD_FOR) {
            // The wait after a gap says nothing about the interval.
            *state = State { total: 0.0, rate, at_s, step_s: state.step_s };
            return 0.0;
        }
        state.total += (state.rate + rate) / 2.0 * step_s;
        (state.rate, state.at_s, state.step_s) = (rate, at_s, Some(step_s));
        state.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_rate_counts_its_time_and_a_gap_begins_anew() {
        let key = Arc::new(SeriesKey::plain("gpu_busy_seconds_total"));
        let mut integrals = Integrals::default();
        let totals: Vec<f64> = (0..5).map(|second| integrals.add(&key, 0.5, f64::from(second))).collect();
        assert_eq!(totals, [0.0, 0.5, 1.0, 1.5, 2.0]);
        assert_eq!(integrals.add(&key, 1.0, 5.0), 2.75, "the mean of both looks");
        assert_eq!(integrals.add(&key, 1.0, 5.0), 2.75, "the same look twice adds nothing");
        assert_eq!(integrals.add(&key, 1.0, 65.0), 0.0, "nobody knows what happened in that minute");
        assert_eq!(integrals.add(&key, 1.0, 66.0), 1.0);
    }
}
