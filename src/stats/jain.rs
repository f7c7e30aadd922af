//! Evenness.

/// Jain's fairness index `(Σx)² / (n·Σx²)`: 1 where all are equal, `1/n` where one has everything.
///
/// `None` without values or where all are 0.
#[must_use]
pub fn jain_index(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().sum();
    let squares: f64 = values.iter().map(|v| v * v).sum();
    (squares > 0.0).then(|| sum * sum / (values.len() as f64 * squares))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jain_gives_the_textbook_values() {
        assert!((jain_index(&[1.0, 2.0, 3.0, 4.0]).unwrap() - 0.833_333_333_333).abs() < 1e-9);
        assert_eq!(jain_index(&[7.0, 7.0]), Some(1.0));
        assert_eq!(jain_index(&[1.0, 0.0, 0.0, 0.0]), Some(0.25));
        assert_eq!(jain_index(&[]), None);
        assert_eq!(jain_index(&[0.0]), None);
    }
}
