//! Two bounds around an estimate, and the one of a mean.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// Bounds between which the true value lies, at a stated confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// Mean of values with its Student interval for `effective` independent values: `x̄ ± t(n_eff − 1) · s / √n_eff`.
///
/// `None` for the interval under two effective values, `None` at all without values.
#[must_use]
pub fn mean_interval(values: &[f64], effective: f64, confidence: f64) -> Option<(f64, Option<Interval>)> {
    if values.is_empty() {
        return None;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    if effective < 2.0 || values.len() < 2 {
        return Some((mean, None));
    }
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let Ok(student) = StudentsT::new(0.0, 1.0, effective - 1.0) else {
        return Some((mean, None));
    };
    let reach = student.inverse_cdf(0.5 + confidence / 2.0) * (variance / effective).sqrt();
    Some((mean, Some(Interval { low: mean - reach, high: mean + reach })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_mean_is_students() {
        // scipy.stats.t.interval(0.95, 9, loc=5.5, scale=scipy.stats.sem(range(1, 11)))
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        let (mean, interval) = mean_interval(&values, 10.0, 0.95).unwrap();
        let interval = interval.unwrap();
        assert!((mean - 5.5).abs() < 1e-12);
        assert!((interval.low - 3.334_149_405_815_66).abs() < 1e-6, "{interval:?}");
        assert!((interval.high - 7.665_850_594_184_34).abs() < 1e-6, "{interval:?}");
    }

    #[test]
    fn one_value_has_a_mean_and_no_interval() {
        assert_eq!(mean_interval(&[2.0], 1.0, 0.95), Some((2.0, None)));
        assert_eq!(mean_interval(&[], 0.0, 0.95), None);
    }
}
