//! Whether counts are spread as they should be.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Pearson's χ² test of counts against shares that add up to 1: the probability of a spread at least as far from them by chance.
///
/// Kinds of which fewer than five are expected are put together, as the approximation needs it (W. G. Cochran, Biometrics 10 (1954) 417). `None` where
/// fewer than two kinds are left.
#[must_use]
pub fn counts_against_shares(counts: &[u64], shares: &[f64]) -> Option<f64> {
    let all: f64 = counts.iter().map(|count| *count as f64).sum();
    let mut kinds: Vec<(f64, f64)> = Vec::new();
    let mut rest = (0.0, 0.0);
    for (count, share) in counts.iter().zip(shares) {
        let (seen, expected) = (*count as f64, share * all);
        if expected >= 5.0 {
            kinds.push((seen, expected));
        } else {
            rest = (rest.0 + seen, rest.1 + expected);
        }
    }
    if rest.1 >= 5.0 {
        kinds.push(rest);
    }
    if kinds.len() < 2 {
        return None;
    }
    let distance: f64 = kinds.iter().map(|(seen, expected)| (seen - expected).powi(2) / expected).sum();
    Some(1.0 - ChiSquared::new(kinds.len() as f64 - 1.0).ok()?.cdf(distance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probability_is_rs() {
        // chisq.test(c(48, 35, 17), p = c(0.5, 0.3, 0.2)) of R 4.2
        let p = counts_against_shares(&[48, 35, 17], &[0.5, 0.3, 0.2]).unwrap();
        assert!((p - 0.505_773_333_956).abs() < 1e-9, "{p}");
        assert!(counts_against_shares(&[80, 15, 5], &[0.5, 0.3, 0.2]).unwrap() < 1e-7);
    }

    #[test]
    fn few_counts_say_nothing() {
        assert_eq!(counts_against_shares(&[4, 3], &[0.5, 0.5]), None);
        assert_eq!(counts_against_shares(&[], &[]), None);
    }
}
