//! Where a measurement becomes steady.

/// What MSER-5 says about a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steady {
    /// Too few values to say.
    TooFew,
    /// Steady from this index on.
    From(usize),
    /// The best cut is in the second half: it never became steady.
    Never,
}

/// Values in a batch.
const BATCH: usize = 5;

/// MSER-5: cuts the values off the front whose removal makes the standard error of the rest least.
///
/// Batches of five are averaged; the cut `d` minimises `Σ_{i>d}(y_i − ȳ_d)² / (m − d)²` (K. P. White, M. J. Cobb, S. C. Spratt, WSC 2000).
/// Cuts up to the half are looked at; the half itself means that no steady part was found.
#[must_use]
pub fn mser5(values: &[f64]) -> Steady {
    let batches: Vec<f64> = values.chunks_exact(BATCH).map(|five| five.iter().sum::<f64>() / BATCH as f64).collect();
    let count = batches.len();
    if count < 10 {
        return Steady::TooFew;
    }
    // From the back, so that sums grow by one value for each cut.
    let (mut sum, mut squares) = (0.0f64, 0.0f64);
    let mut best = (f64::INFINITY, 0usize);
    for cut in (0..count).rev() {
        sum += batches[cut];
        squares += batches[cut] * batches[cut];
        let left = (count - cut) as f64;
        let error = (squares - sum * sum / left).max(0.0) / (left * left);
        // Past the half, few batches win by having no spread.
        if cut <= count / 2 && error <= best.0 {
            best = (error, cut);
        }
    }
    if best.1 == count / 2 { Steady::Never } else { Steady::From(best.1 * BATCH) }
}

#[cfg(test)]
mod tests {
    use super::super::effective::noise::Noise;
    use super::*;

    #[test]
    fn a_ramp_is_cut_where_it_is_over() {
        let mut cuts: Vec<usize> = (0..51)
            .map(|seed| {
                let mut noise = Noise(seed);
                let ramp: Vec<f64> =
                    (0..1200).map(|t| 1.0 - (-f64::from(t) / 40.0).exp() + 0.05 * noise.normal()).collect();
                match mser5(&ramp) {
                    Steady::From(index) => index,
                    other => panic!("{other:?}"),
                }
            })
            .collect();
        cuts.sort_unstable();
        let middle = cuts[cuts.len() / 2];
        assert!((120..=200).contains(&middle), "{middle}: {cuts:?}");
    }

    #[test]
    fn what_keeps_growing_is_never_steady() {
        let growing: Vec<f64> = (0..400).map(f64::from).collect();
        assert_eq!(mser5(&growing), Steady::Never);
        assert_eq!(mser5(&[1.0; 400]), Steady::From(0));
        assert_eq!(mser5(&[1.0; 12]), Steady::TooFew);
    }
}
