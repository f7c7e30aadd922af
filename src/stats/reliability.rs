//! How often something fails, and how long it takes to be back.

use super::Interval;
use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};

/// Mean time between failures, watched for `time` in which `failures` were seen: the estimate and its interval.
///
/// The estimate is `T/r`, absent without failures. Bounds of a watch that ended by the clock: `2T/χ²(1 − α/2; 2r + 2)` and `2T/χ²(α/2; 2r)`, the upper one
/// being absent (infinite) without failures (MIL-HDBK-338B, section 8.3.2.5.1). In the unit of `time`. `None` for a watch of no length.
#[must_use]
pub fn time_between_failures(time: f64, failures: u32, confidence: f64) -> Option<(Option<f64>, Interval)> {
    if time.is_nan() || time <= 0.0 {
        return None;
    }
    let tail = (1.0 - confidence) / 2.0;
    let count = f64::from(failures);
    let low = 2.0 * time / ChiSquared::new(2.0 * count + 2.0).ok()?.inverse_cdf(1.0 - tail);
    if failures == 0 {
        return Some((None, Interval { low, high: f64::INFINITY }));
    }
    let high = 2.0 * time / ChiSquared::new(2.0 * count).ok()?.inverse_cdf(tail);
    Some((Some(time / count), Interval { low, high }))
}

/// Mean time to repair of `repairs` whose lengths add up to `time`: the estimate and its interval, in the unit of `time`.
///
/// Each repair was seen from its beginning to its end, so that the sample is complete: `2T/χ²(1 − α/2; 2r)` and `2T/χ²(α/2; 2r)`. The interval is that of
/// lengths with an exponential distribution. `None` without repairs or time.
#[must_use]
pub fn time_to_repair(time: f64, repairs: u32, confidence: f64) -> Option<(f64, Interval)> {
    if repairs == 0 || time.is_nan() || time <= 0.0 {
        return None;
    }
    let tail = (1.0 - confidence) / 2.0;
    let chi = ChiSquared::new(2.0 * f64::from(repairs)).ok()?;
    let bound = |share: f64| 2.0 * time / chi.inverse_cdf(share);
    Some((time / f64::from(repairs), Interval { low: bound(1.0 - tail), high: bound(tail) }))
}

/// Interval of the share of the time in which something works that was up for `up` and down for `down`, in `outages` that were each seen whole.
///
/// A time of ticks cannot be taken for a count of trials: one outage makes all of its ticks fail. What is random are the outages, and with exponential times
/// between them and in them `MTTR/MTBF` lies between `(down/up)·F(α/2; 2r, 2r)` and `(down/up)·F(1 − α/2; 2r, 2r)`; the share is `1/(1 + MTTR/MTBF)`
/// (R. E. Barlow, F. Proschan, Statistical Theory of Reliability, 1975). `None` without outages, or without time of either kind.
#[must_use]
pub fn availability(up: f64, down: f64, outages: u32, confidence: f64) -> Option<Interval> {
    if outages == 0 || up.is_nan() || down.is_nan() || up <= 0.0 || down <= 0.0 {
        return None;
    }
    let tail = (1.0 - confidence) / 2.0;
    let freedom = 2.0 * f64::from(outages);
    let fisher = FisherSnedecor::new(freedom, freedom).ok()?;
    let share = |at: f64| 1.0 / (1.0 + down / up * fisher.inverse_cdf(at));
    Some(Interval { low: share(1.0 - tail), high: share(tail) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_tables() {
        let (mean, interval) = time_between_failures(1000.0, 3, 0.95).unwrap();
        assert!((mean.unwrap() - 333.333_333).abs() < 1e-5);
        assert!((interval.low - 114.060_551_3).abs() < 1e-3, "{interval:?}");
        assert!((interval.high - 1_616.365_055_1).abs() < 1e-2, "{interval:?}");
    }

    #[test]
    fn no_failure_gives_a_lower_bound_only() {
        let (mean, interval) = time_between_failures(1000.0, 0, 0.95).unwrap();
        assert_eq!(mean, None);
        assert!((interval.low - 271.085_030_7).abs() < 1e-3, "{interval:?}");
        assert!(interval.high.is_infinite());
        assert_eq!(time_between_failures(0.0, 0, 0.95), None);
    }

    #[test]
    fn the_time_to_repair_is_that_of_a_complete_sample() {
        // R 4.2: 2000 / qchisq(c(.975, .025), 6)
        let (mean, interval) = time_to_repair(1000.0, 3, 0.95).unwrap();
        assert!((mean - 333.333_333_333).abs() < 1e-8);
        assert!((interval.low - 138.414_288_062_2).abs() < 1e-3, "{interval:?}");
        assert!((interval.high - 1_616.365_055_079).abs() < 1e-2, "{interval:?}");
        assert_eq!((time_to_repair(1000.0, 0, 0.95), time_to_repair(0.0, 3, 0.95)), (None, None));
    }

    #[test]
    fn the_interval_of_availability_is_that_of_its_outages() {
        // R 4.2: 1 / (1 + 3/997 * qf(c(.975, .025), 6, 6)) and 1 / (1 + 10/990 * qf(c(.975, .025), 2, 2)), where qf(p, 2, 2) is p/(1 − p).
        for (up, down, outages, low, high) in
            [(997.0, 3.0, 3, 0.982_789_580_4, 0.999_483_230_6), (990.0, 10.0, 1, 0.717_391_304_3, 0.999_741_066_8)]
        {
            let interval = availability(up, down, outages, 0.95).unwrap();
            assert!((interval.low - low).abs() < 1e-6, "{interval:?}");
            assert!((interval.high - high).abs() < 1e-6, "{interval:?}");
        }
        assert_eq!((availability(990.0, 10.0, 0, 0.95), availability(1000.0, 0.0, 1, 0.95)), (None, None));
    }
}
