//! Kinds of virtual user.

use super::quantity::duration_ns;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The built-in user: each iteration draws one notebook from the mix, executes it, then thinks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserSpec {
    /// What to draw from, sorted by notebook key.
    pub mix: Vec<MixEntry>,
    /// Time between the end of a task and the next iteration.
    pub think: Distribution,
    /// Least time from the start of one iteration to the start of the next.
    pub pacing: Option<Distribution>,
    /// Iterations between opening and closing a kernel.
    pub notebooks_per_session: u32,
}

/// One notebook of a mix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MixEntry {
    /// Key in the plan's notebooks.
    pub notebook: String,
    /// Weight beside the others; its share is weight over the sum of weights.
    pub weight: f64,
}

/// A random duration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Distribution {
    /// Always the same.
    Constant {
        /// The value.
        #[serde(with = "duration_ns")]
        value: Duration,
    },
    /// Evenly between two bounds.
    Uniform {
        /// Least value.
        #[serde(with = "duration_ns")]
        from: Duration,
        /// Greatest value.
        #[serde(with = "duration_ns")]
        to: Duration,
    },
    /// Exponential with this mean, cut at ten times the mean.
    Exponential {
        /// Mean before the cut.
        #[serde(with = "duration_ns")]
        mean: Duration,
    },
    /// Lognormal with this median and shape, cut at a hundred times the median.
    Lognormal {
        /// Median.
        #[serde(with = "duration_ns")]
        median: Duration,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// One of these values, each as likely as another.
    Empirical {
        /// Observed values in nanoseconds.
        values_ns: Vec<u64>,
    },
}

impl Distribution {
    /// No time at all.
    pub const ZERO: Distribution = Distribution::Constant { value: Duration::ZERO };

    /// The expected value (of the uncut distribution; `exp(µ + σ²/2)` for the lognormal).
    #[must_use]
    pub fn mean(&self) -> Duration {
        match self {
            Distribution::Constant { value } => *value,
            Distribution::Uniform { from, to } => (*from + *to) / 2,
            Distribution::Exponential { mean } => *mean,
            Distribution::Lognormal { median, sigma } => median.mul_f64((sigma * sigma / 2.0).exp()),
            Distribution::Empirical { values_ns } => {
                let count = values_ns.len().max(1) as u128;
                let sum: u128 = values_ns.iter().map(|v| u128::from(*v)).sum();
                Duration::from_nanos((sum / count) as u64)
            }
        }
    }
}
