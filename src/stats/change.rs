//! Where the level of a sequence changed.

use super::{Moments, welch};

/// Autocorrelation times that one averaged value spans, beyond the one value that each sequence has: fewer leave neighbours alike, and what is alike looks
/// like steps.
const TIMES: f64 = 5.0;
/// Averages on each side of a change at least.
const SIDE: usize = 5;
/// Averages at most. The method looks at all pairs; a day of seconds has to be joined anyway.
const MOST: usize = 400;
/// A change has a probability below this of being chance.
const P: f64 = 0.001;

/// A change of level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Index of the first value of the new level.
    pub at: usize,
    /// Mean of the stretch before, back to the change before it.
    pub before: f64,
    /// Mean of the stretch behind, up to the next change.
    pub after: f64,
    /// Two-sided probability that both stretches have one mean.
    pub p: f64,
}

/// Changes of level in values at regular times, by E-divisive means (D. S. Matteson, N. A. James, JASA 109 (2014) 334) on averages over at least five
/// autocorrelation times, each kept only if Welch's test says p < 0.001 (D. Daly et al., ICPE 2020, for the test instead of permutations).
///
/// Without the averaging a slowly wandering sequence is full of changes: see the tests.
#[must_use]
pub fn changes(values: &[f64]) -> Vec<Change> {
    let count = values.len();
    let length = ((TIMES * (correlation_time(values) - 1.0)).ceil() as usize).max(count.div_ceil(MOST)).max(1);
    let averages: Vec<f64> =
        values.chunks_exact(length).map(|chunk| chunk.iter().sum::<f64>() / length as f64).collect();
    let mut cuts = vec![0, averages.len()];
    while let Some(cut) = next_cut(&averages, &cuts) {
        cuts.push(cut);
        cuts.sort_unstable();
    }
    cuts.windows(3)
        .filter_map(|three| {
            let (before, after) = (&averages[three[0]..three[1]], &averages[three[1]..three[2]]);
            let p = probability(before, after);
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            (p < P).then(|| Change { at: three[1] * length, before: mean(before), after: mean(after), p })
        })
        .collect()
}

/// Autocorrelation time `1 + 2·Σρ_k` in values, 1 where neighbours do not resemble each other.
///
/// The usual estimators take a step for correlation, so that the averages become long enough to hide it. This one takes `ρ_k = 1 − D(k)/D(∞)` from the
/// mean squares of differences over a lag, `D(k)`, without their greatest twentieth: a step is in no more of them than the lag is long.
fn correlation_time(values: &[f64]) -> f64 {
    let lags = (values.len() / 50).max(2);
    if values.len() < 4 * lags {
        return 1.0;
    }
    let spreads: Vec<f64> = (1..=lags).map(|lag| spread(values, lag)).collect();
    let far = &spreads[lags / 2..];
    let plateau = far.iter().sum::<f64>() / far.len() as f64;
    if plateau <= 0.0 {
        return 1.0;
    }
    let alike = spreads.iter().map(|spread| 1.0 - spread / plateau).take_while(|alike| *alike > 0.05);
    1.0 + 2.0 * alike.sum::<f64>()
}

/// Mean square of the differences over a lag, without the greatest twentieth.
fn spread(values: &[f64], lag: usize) -> f64 {
    let mut squares: Vec<f64> = values.iter().zip(&values[lag..]).map(|(a, b)| (b - a).powi(2)).collect();
    squares.sort_by(f64::total_cmp);
    squares.truncate(squares.len() - squares.len() / 20);
    squares.iter().sum::<f64>() / squares.len() as f64
}

/// The place with the greatest divergence among all stretches between cuts, if its sides differ beyond chance.
fn next_cut(averages: &[f64], cuts: &[usize]) -> Option<usize> {
    let best = cuts.windows(2).filter_map(|two| {
        let (cut, divergence) = best_cut(&averages[two[0]..two[1]])?;
        let p = probability(&averages[two[0]..two[0] + cut], &averages[two[0] + cut..two[1]]);
        (p < P).then_some((two[0] + cut, divergence))
    });
    best.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(cut, _)| cut)
}

/// Cut of a stretch with the greatest energy statistic `(mn/(m + n)) · (2·mean|x − y| − mean|x − x′| − mean|y − y′|)`.
fn best_cut(values: &[f64]) -> Option<(usize, f64)> {
    let count = values.len();
    if count < 2 * SIDE {
        return None;
    }
    // Sums of distances of pairs: both in the left part, one in each, both in the right part. A cut that moves by one value moves that value's.
    let (mut within_left, mut between) = (0.0f64, 0.0f64);
    let mut within_right: f64 =
        (0..count).map(|i| values[i + 1..].iter().map(|other| (values[i] - other).abs()).sum::<f64>()).sum();
    let mut best = None;
    for cut in 1..=count - SIDE {
        let moved = values[cut - 1];
        let to_left: f64 = values[..cut - 1].iter().map(|other| (moved - other).abs()).sum();
        let to_right: f64 = values[cut..].iter().map(|other| (moved - other).abs()).sum();
        within_left += to_left;
        within_right -= to_right;
        between += to_right - to_left;
        if cut < SIDE {
            continue;
        }
        let (m, n) = (cut as f64, (count - cut) as f64);
        let pairs = |n: f64| n * (n - 1.0) / 2.0;
        let energy = 2.0 * between / (m * n) - within_left / pairs(m) - within_right / pairs(n);
        let divergence = m * n / (m + n) * energy;
        if best.is_none_or(|(_, greatest)| divergence > greatest) {
            best = Some((cut, divergence));
        }
    }
    best
}

fn probability(before: &[f64], after: &[f64]) -> f64 {
    let (a, b) = (Moments::of(before, before.len() as f64), Moments::of(after, after.len() as f64));
    match (a, b) {
        // Both flat: they differ for certain, or not at all.
        (Some(a), Some(b)) => {
            welch(a, b, super::CONFIDENCE).map_or(f64::from(u8::from(a.mean == b.mean)), |said| said.p)
        }
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::effective::noise::Noise;
    use super::*;

    /// A wandering sequence: each value remembers 0.6 of the one before; its standard deviation is 1.25.
    fn wandering(seed: u64, count: usize) -> Vec<f64> {
        let mut noise = Noise(seed);
        let mut x = noise.normal() * 1.25;
        (0..count)
            .map(|_| {
                x = 0.6 * x + noise.normal();
                x
            })
            .collect()
    }

    #[test]
    fn a_wandering_sequence_has_few_false_changes() {
        let false_alarms = (0..60).filter(|seed| !changes(&wandering(*seed, 1200)).is_empty()).count();
        assert!(false_alarms <= 4, "{false_alarms} of 60");
    }

    #[test]
    fn the_correlation_time_is_that_of_theory_with_and_without_a_step() {
        // (1 + φ)/(1 − φ) = 4 for φ = 0.6.
        for step in [0.0, 6.0] {
            let times = (0..60).map(|seed| {
                let mut values = wandering(seed, 1200);
                values[700..].iter_mut().for_each(|v| *v += step);
                correlation_time(&values)
            });
            let mean = times.sum::<f64>() / 60.0;
            assert!((3.2..=5.0).contains(&mean), "step {step}: {mean}");
        }
    }

    #[test]
    fn every_step_of_one_and_a_half_deviations_is_found_near_its_place() {
        for seed in 0..60 {
            let mut values = wandering(seed, 1200);
            values[700..].iter_mut().for_each(|v| *v += 1.5 * 1.25);
            let found = changes(&values);
            assert!(
                found.iter().any(|change| change.at.abs_diff(700) <= 60 && change.after > change.before),
                "{seed}: {found:?}"
            );
        }
    }

    #[test]
    fn levels_between_several_changes_are_told_apart() {
        let values: Vec<f64> =
            (0..300).map(|i| [1.0, 5.0, 2.0][i / 100] + if i % 2 == 0 { 0.1 } else { -0.1 }).collect();
        let found = changes(&values);
        assert_eq!(found.iter().map(|change| change.at).collect::<Vec<_>>(), [100, 200], "{found:?}");
        assert!((found[0].before - 1.0).abs() < 0.05 && (found[1].after - 2.0).abs() < 0.05, "{found:?}");
    }

    #[test]
    fn nothing_changes_in_flat_or_short_sequences() {
        assert_eq!(changes(&[2.0; 500]), []);
        assert_eq!(changes(&[1.0, 9.0, 1.0]), []);
        assert_eq!(changes(&[]), []);
    }
}
