//! What simulated times are drawn from: times that a recorded run was measured to take.

use super::Distribution;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Times taken by a recorded run, thinned to at most [`Calibration::VALUES_MAX`] of each kind, in nanoseconds.
///
/// They are those of that run's load: a hub that was busy then is as busy in the simulation, whatever the simulated load is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Version of the format, [`Calibration::FORMAT`].
    pub format: u32,
    /// Id of the run that was measured.
    pub run: String,
    /// From a spawn's request until the server was ready.
    pub spawn_ns: Vec<u64>,
    /// From a kernel's request until it could execute.
    pub kernel_start_ns: Vec<u64>,
    /// From a kernel's closing until it was gone.
    pub kernel_stop_ns: Vec<u64>,
    /// From a server's stopping until the hub said that it is gone.
    pub server_stop_ns: Vec<u64>,
    /// By notebook, recorded tasks that ended ok; of each task the time of every cell in order. Whole tasks are drawn, so that cells
    /// that were slow together stay so.
    pub notebooks: BTreeMap<String, Vec<Vec<u64>>>,
    /// By the author's file and line, what code took that users of their own executed there, whether it raised or not.
    #[serde(default)]
    pub executions: BTreeMap<String, Vec<u64>>,
    /// By their names, such as `user:put`, what other calls of such users took.
    #[serde(default)]
    pub calls: BTreeMap<String, Vec<u64>>,
}

/// Why a calibration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalibrationError {
    /// It is none.
    #[error("it is no calibration: {0}")]
    Malformed(String),
    /// A newer hubmark wrote it.
    #[error("it has format {found}, and this hubmark reads up to {}", Calibration::FORMAT)]
    TooNew {
        /// Its format.
        found: u32,
    },
}

impl Calibration {
    /// The format that this hubmark writes.
    pub const FORMAT: u32 = 1;
    /// Most values of one kind that are kept.
    pub const VALUES_MAX: usize = 256;
    /// Most lines at which code is executed that are told apart.
    pub const PLACES_MAX: usize = 1024;

    /// Reads a calibration's file.
    ///
    /// # Errors
    /// It is no calibration, or a newer one.
    pub fn parse(bytes: &[u8]) -> Result<Self, CalibrationError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let malformed = |error: serde_json::Error| CalibrationError::Malformed(error.to_string());
        let head: Head = serde_json::from_slice(bytes).map_err(malformed)?;
        if head.format > Self::FORMAT {
            return Err(CalibrationError::TooNew { found: head.format });
        }
        serde_json::from_slice(bytes).map_err(malformed)
    }

    /// Times of code at any line, thinned like those of one.
    #[must_use]
    pub fn anywhere(&self) -> Vec<u64> {
        let mut all: Vec<u64> = self.executions.values().flatten().copied().collect();
        all.sort_unstable();
        Self::thinned(&all, Self::VALUES_MAX)
    }

    /// Values as a distribution; `None` where there are none.
    #[must_use]
    pub fn distribution(values_ns: &[u64]) -> Option<Distribution> {
        (!values_ns.is_empty()).then(|| Distribution::Empirical { values_ns: values_ns.to_vec() })
    }

    /// At most `most` of the sorted values, at evenly spaced ranks, so that quantiles stay where they are.
    #[must_use]
    pub fn thinned<T: Clone>(sorted: &[T], most: usize) -> Vec<T> {
        if sorted.len() <= most {
            return sorted.to_vec();
        }
        (0..most).filter_map(|rank| sorted.get((2 * rank + 1) * sorted.len() / (2 * most)).cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_quantiles() {
        let all: Vec<u32> = (0..1000).collect();
        let few = Calibration::thinned(&all, 10);
        assert_eq!(few, [50, 150, 250, 350, 450, 550, 650, 750, 850, 950]);
        assert_eq!(Calibration::thinned(&all[..3], 10), [0, 1, 2]);
    }

    #[test]
    fn what_is_no_calibration_is_refused_with_its_place() {
        let wrong = |text: &str| Calibration::parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(wrong(r#"{"format": 9}"#), "it has format 9, and this hubmark reads up to 1");
        assert!(wrong("{").contains("line 1"), "{}", wrong("{"));
        assert!(wrong(r#"{"format": 1, "run": "r"}"#).contains("spawn_ns"));
    }
}
