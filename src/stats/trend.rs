//! Whether values only grow or only fall.

use statrs::distribution::{ContinuousCDF, Normal};

/// A trend in values at regular times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Median growth from one value to the next (P. K. Sen, JASA 63 (1968) 1379).
    pub slope: f64,
    /// Kendall's τ: 1 where each value is greater than all before it, −1 where each is less.
    pub tau: f64,
    /// Two-sided probability of at least this much order by chance (H. B. Mann, Econometrica 13 (1945) 245), with its correction for ties.
    pub p: f64,
}

/// The trend of independent values; `None` with fewer than 8, where the normal approximation does not hold.
///
/// Neighbours that resemble each other have to be averaged first. All pairs are looked at.
#[must_use]
pub fn trend(values: &[f64]) -> Option<Trend> {
    let count = values.len();
    if count < 8 {
        return None;
    }
    let mut order = 0i64;
    let mut slopes = Vec::with_capacity(count * (count - 1) / 2);
    for (i, a) in values.iter().enumerate() {
        for (distance, b) in values[i + 1..].iter().enumerate() {
            order += i64::from(b > a) - i64::from(b < a);
            slopes.push((b - a) / (distance as f64 + 1.0));
        }
    }
    slopes.sort_by(f64::total_cmp);
    let (middle, pairs) = (slopes.len() / 2, slopes.len() as f64);
    let slope = if slopes.len() % 2 == 1 { slopes[middle] } else { f64::midpoint(slopes[middle - 1], slopes[middle]) };
    let n = count as f64;
    let of = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let variance = (of(n) - ties(values).map(of).sum::<f64>()) / 18.0;
    // Continuity: one pair less.
    let z = if variance > 0.0 { ((order.abs() - 1).max(0) as f64) / variance.sqrt() } else { 0.0 };
    let p = 2.0 * Normal::new(0.0, 1.0).ok()?.cdf(-z);
    Some(Trend { slope, tau: order as f64 / pairs, p })
}

/// Sizes of groups of equal values.
fn ties(values: &[f64]) -> impl Iterator<Item = f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let sizes: Vec<f64> = sorted.chunk_by(|a, b| a == b).map(|group| group.len() as f64).collect();
    sizes.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trend_is_that_of_the_textbook() {
        // cor.test(1:10, x, method = "kendall", exact = FALSE, continuity = TRUE) of R 4.2.
        let found = trend(&[1.2, 1.0, 1.7, 2.1, 1.6, 2.6, 2.4, 1.9, 3.1, 2.8]).unwrap();
        assert!((found.tau - 0.644_444_444_444).abs() < 1e-11, "{found:?}");
        assert!((found.p - 0.012_266_061_386_2).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn a_line_has_its_own_slope_and_flat_values_have_none() {
        let line: Vec<f64> = (0..20).map(|i| 3.0 + 0.5 * f64::from(i)).collect();
        let found = trend(&line).unwrap();
        assert!((found.slope - 0.5).abs() < 1e-12 && found.tau == 1.0 && found.p < 1e-8, "{found:?}");
        let flat = trend(&[2.0; 20]).unwrap();
        assert_eq!((flat.slope, flat.tau, flat.p), (0.0, 0.0, 1.0));
        assert_eq!(trend(&[1.0; 7]), None);
    }
}
