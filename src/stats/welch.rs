//! Whether two means differ.

use super::Interval;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A sample in the three numbers that its mean's comparison needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Arithmetic mean.
    pub mean: f64,
    /// Unbiased variance of one value.
    pub variance: f64,
    /// Number of independent values that the sample is worth ([`super::effective_count`]).
    pub effective: f64,
}

impl Moments {
    /// Those of `values`, worth `effective` independent ones; `None` under two of either.
    #[must_use]
    pub fn of(values: &[f64], effective: f64) -> Option<Self> {
        if values.len() < 2 || effective < 2.0 {
            return None;
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
        Some(Self { mean, variance, effective })
    }
}

/// What Welch's test says of `mean(b) − mean(a)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// `mean(b) − mean(a)`.
    pub difference: f64,
    /// Its interval.
    pub interval: Interval,
    /// Two-sided probability of a difference at least as large if there were none.
    pub p: f64,
}

/// Compares two means whose variances need not be alike.
///
/// `t = (x̄_b − x̄_a) / √(s_a²/n_a + s_b²/n_b)` with Satterthwaite's degrees of freedom (B. L. Welch, Biometrika 34 (1947) 28), each `n` being the
/// effective number. `None` where neither sample has any spread.
#[must_use]
pub fn welch(a: Moments, b: Moments, confidence: f64) -> Option<Difference> {
    let (of_a, of_b) = (a.variance / a.effective, b.variance / b.effective);
    let error = (of_a + of_b).sqrt();
    if error <= 0.0 {
        return None;
    }
    let freedom = (of_a + of_b).powi(2) / (of_a.powi(2) / (a.effective - 1.0) + of_b.powi(2) / (b.effective - 1.0));
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    let difference = b.mean - a.mean;
    let reach = student.inverse_cdf(0.5 + confidence / 2.0) * error;
    let p = 2.0 * student.cdf(-(difference / error).abs());
    Some(Difference { difference, interval: Interval { low: difference - reach, high: difference + reach }, p })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn welch_agrees_with_r() {
        // t.test(a, b) of R 4.2: p = 0.00237487979240885, interval of a − b from -1.47085284476910 to -0.44581382189757.
        let a = [3.1, 2.9, 3.4, 3.7, 2.8, 3.3, 3.0, 3.6];
        let b = [4.2, 3.9, 4.8, 4.1, 3.5, 4.6];
        let said = welch(Moments::of(&a, 8.0).unwrap(), Moments::of(&b, 6.0).unwrap(), 0.95).unwrap();
        assert!((said.p - 0.002_374_879_792_408_85).abs() < 1e-8, "{said:?}");
        assert!((said.interval.low - 0.445_813_821_897_57).abs() < 1e-8, "{said:?}");
        assert!((said.interval.high - 1.470_852_844_769_1).abs() < 1e-8, "{said:?}");
    }

    #[test]
    fn samples_without_spread_or_with_one_value_say_nothing() {
        let flat = Moments::of(&[1.0, 1.0], 2.0).unwrap();
        assert_eq!(welch(flat, flat, 0.95), None);
        assert_eq!(Moments::of(&[1.0], 1.0), None);
        assert_eq!(Moments::of(&[1.0, 2.0, 3.0], 1.5), None);
    }
}
