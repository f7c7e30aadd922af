//! Kinds of virtual user.

use super::Habits;
use super::quantity::duration_ns;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// A kind of user. The built-in one draws a notebook from the mix in each iteration, executes it, then thinks; one with a
/// [`Behaviour`] does what the author's functions do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserSpec {
    /// What to draw from, sorted by notebook key; empty for a user with a behaviour.
    pub mix: Vec<MixEntry>,
    /// Time between the end of a task and the next iteration; with a behaviour, the time that `user:think()` takes.
    pub think: Distribution,
    /// Least time from the start of one iteration to the start of the next.
    pub pacing: Option<Distribution>,
    /// Iterations between opening and closing a kernel.
    pub notebooks_per_session: u32,
    /// What its users do beside executing notebooks.
    #[serde(default, skip_serializing_if = "Habits::is_empty")]
    pub habits: Habits,
    /// The author's own functions in the place of the mix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behaviour: Option<Behaviour>,
}

/// Functions of the author's own. A plan holds none of them: each is found again by its path, `users.KEY.FUNCTION`, in a VM that ran
/// the scenario's files once more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behaviour {
    /// Those that the scenario defines.
    pub functions: BTreeSet<UserFunction>,
    /// After this many script errors in a row, over all users of an executor, it is paused.
    pub errors_in_a_row: u32,
}

/// A function of a user of the author's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserFunction {
    /// When the user comes, and when it comes back after it lost its server.
    Start,
    /// In each iteration.
    Iterate,
    /// When the user leaves in order.
    Stop,
}

impl UserFunction {
    /// All of them, in the order of a user's life.
    pub const ALL: [UserFunction; 3] = [UserFunction::Start, UserFunction::Iterate, UserFunction::Stop];

    /// The name that authors write in `hm.user`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            UserFunction::Start => "start",
            UserFunction::Iterate => "iterate",
            UserFunction::Stop => "stop",
        }
    }
}

impl UserSpec {
    /// Whether the author wrote this function.
    #[must_use]
    pub fn has(&self, function: UserFunction) -> bool {
        self.behaviour.as_ref().is_some_and(|behaviour| behaviour.functions.contains(&function))
    }
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
