//! How many independent values a correlated sequence is worth.

/// Least number of batches of a level: fewer give a variance that is mostly chance.
const BATCHES_MIN: usize = 32;

/// Effective number of independent values by pairwise batch averaging.
///
/// Values are averaged in pairs again and again. At level `L = 2^k` the batches' variance is `L` times too large, in units of the plain
/// variance over `L`, by as much as neighbours resemble each other: `τ = max over L of L·Var(batch means)/Var(x)` and `n_eff = n/τ`
/// (H. Flyvbjerg, H. G. Petersen, J. Chem. Phys. 91 (1989) 461). τ is never under 1: anticorrelation is not sold as more data.
#[must_use]
pub fn effective_count(values: &[f64]) -> f64 {
    let count = values.len();
    let plain = variance(values);
    if count < 2 * BATCHES_MIN || plain <= 0.0 {
        return count as f64;
    }
    let mut tau = 1.0f64;
    let mut batches = values.to_vec();
    let mut length = 1.0f64;
    while batches.len() >= 2 * BATCHES_MIN {
        batches = batches.chunks_exact(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
        length *= 2.0;
        tau = tau.max(length * variance(&batches) / plain);
    }
    count as f64 / tau
}

fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0)
}

#[cfg(test)]
pub(crate) mod noise {
    //! Noise for checks of the maths: SplitMix64 and Box–Muller.

    pub(crate) struct Noise(pub u64);

    impl Noise {
        pub(crate) fn unit(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        }

        pub(crate) fn normal(&mut self) -> f64 {
            let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
            radius * (std::f64::consts::TAU * self.unit()).cos()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::noise::Noise;
    use super::*;

    fn median(mut values: Vec<f64>) -> f64 {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }

    #[test]
    fn an_ar1_sequence_is_worth_what_theory_says() {
        // n(1 − φ)/(1 + φ) = 455 for φ = 0.8 and n = 4096.
        let worth = (0..101).map(|seed| {
            let mut noise = Noise(seed);
            let mut x = noise.normal() / 0.6;
            let values: Vec<f64> = (0..4096)
                .map(|_| {
                    x = 0.8 * x + noise.normal();
                    x
                })
                .collect();
            effective_count(&values)
        });
        let worth = median(worth.collect());
        assert!((455.0..=499.0).contains(&worth), "{worth}");
    }

    #[test]
    fn independent_values_are_worth_nearly_their_number() {
        let mut noise = Noise(5);
        let worth: Vec<f64> = (0..101)
            .map(|_| effective_count(&(0..1024).map(|_| noise.normal()).collect::<Vec<_>>()) / 1024.0)
            .collect();
        assert!(median(worth) > 0.85);
        assert_eq!(effective_count(&[1.0; 500]), 500.0);
        assert_eq!(effective_count(&[1.0, 2.0]), 2.0);
    }
}
