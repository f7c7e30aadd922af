//! Random choices as pure functions of (seed, scenario, user, iteration, purpose).
//!
//! Adding a draw in one place moves no other: each choice has a stream of its own, keyed by SHA-256 over its names, and the stream's
//! generator is ChaCha8. The same seed gives the same choices on any machine.

use crate::plan::Distribution;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// What a random choice is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Which notebook of the mix.
    Mix,
    /// Think time.
    Think,
    /// Pacing.
    Pace,
    /// Backoff before a retry.
    Retry,
    /// The simulated world.
    World,
    /// `math.random` of the scenario.
    Script,
    /// Whether a user follows one of its habits, and how.
    Habit,
}

/// Source of all random choices of a run.
#[derive(Debug, Clone)]
pub struct Chance {
    seed: u64,
    scenario: String,
}

impl Chance {
    /// Choices of one scenario under one seed.
    #[must_use]
    pub fn new(seed: u64, scenario: &str) -> Self {
        Self { seed, scenario: scenario.to_owned() }
    }

    /// The stream of one choice. `who` is a user or another name, `n` an iteration or another number.
    #[must_use]
    pub fn stream(&self, purpose: Purpose, who: &str, n: u64) -> Stream {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        hash.update([purpose as u8]);
        hash.update(n.to_le_bytes());
        hash.update((self.scenario.len() as u64).to_le_bytes());
        hash.update(self.scenario.as_bytes());
        hash.update(who.as_bytes());
        Stream(ChaCha8Rng::from_seed(hash.finalize().into()))
    }
}

/// A stream of random values.
#[derive(Debug, Clone)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// Evenly from 0 (included) to 1 (excluded).
    pub fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// A 64-bit number.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// An index into `weights`, drawn in proportion to them; 0 if none is above 0.
    pub fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let total: f64 = weights.clone().filter(|w| *w > 0.0).sum();
        let mut left = self.unit() * total;
        let mut last = 0;
        for (index, weight) in weights.enumerate().filter(|(_, w)| *w > 0.0) {
            last = index;
            if left < weight {
                return index;
            }
            left -= weight;
        }
        last
    }

    /// A value of a distribution, with the cuts that [`Distribution`] names.
    pub fn duration(&mut self, of: &Distribution) -> Duration {
        match of {
            Distribution::Constant { value } => *value,
            Distribution::Uniform { from, to } => *from + to.saturating_sub(*from).mul_f64(self.unit()),
            Distribution::Exponential { mean } => mean.mul_f64((-(1.0 - self.unit()).ln()).min(10.0)),
            Distribution::Lognormal { median, sigma } => {
                let normal: f64 = StandardNormal.sample(&mut self.0);
                median.mul_f64((sigma * normal).exp().min(100.0))
            }
            Distribution::Empirical { values_ns } if values_ns.is_empty() => Duration::ZERO,
            Distribution::Empirical { values_ns } => {
                let index = (self.unit() * values_ns.len() as f64) as usize;
                Duration::from_nanos(values_ns[index.min(values_ns.len() - 1)])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_depends_on_its_names_only() {
        let chance = Chance::new(7, "s");
        let a = chance.stream(Purpose::Mix, "agents/3", 12).bits();
        chance.stream(Purpose::Think, "agents/3", 12).bits();
        assert_eq!(chance.stream(Purpose::Mix, "agents/3", 12).bits(), a);
        assert_ne!(chance.stream(Purpose::Mix, "agents/3", 13).bits(), a);
        assert_ne!(chance.stream(Purpose::Think, "agents/3", 12).bits(), a);
        assert_ne!(Chance::new(8, "s").stream(Purpose::Mix, "agents/3", 12).bits(), a);
    }

    #[test]
    fn draws_follow_their_weights_and_means() {
        let mut stream = Chance::new(1, "s").stream(Purpose::World, "x", 0);
        let mut hits = [0u32; 3];
        for _ in 0..30_000 {
            hits[stream.weighted([5.0, 0.0, 1.0].into_iter())] += 1;
        }
        assert_eq!(hits[1], 0);
        assert!((24_600..25_400).contains(&hits[0]), "{hits:?}");
        let exponential = Distribution::Exponential { mean: Duration::from_secs(2) };
        let mean = (0..30_000).map(|_| stream.duration(&exponential).as_secs_f64()).sum::<f64>() / 30_000.0;
        assert!((mean - 2.0).abs() < 0.05, "{mean}");
        let lognormal = Distribution::Lognormal { median: Duration::from_secs(1), sigma: 0.5 };
        let mean = (0..30_000).map(|_| stream.duration(&lognormal).as_secs_f64()).sum::<f64>() / 30_000.0;
        assert!((mean - (0.125f64).exp()).abs() < 0.02, "{mean}");
    }
}
