//! Values over time with an exact integral.

use serde::{Deserialize, Serialize};

/// A value over time. Times are seconds of the stand-in's clock, ascending; before the first point its value holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Curve {
    /// The same at all times.
    Constant(f64),
    /// Each (time, value) holds until the next.
    Steps {
        /// The points.
        steps: Vec<(f64, f64)>,
    },
    /// Straight lines between (time, value).
    Ramps {
        /// The points.
        ramps: Vec<(f64, f64)>,
    },
}

impl Curve {
    /// The value at a time.
    #[must_use]
    pub fn at(&self, t: f64) -> f64 {
        match self {
            Curve::Constant(value) => *value,
            Curve::Steps { steps } => {
                let next = steps.partition_point(|(from, _)| *from <= t);
                steps.get(next.saturating_sub(1)).map_or(0.0, |(_, value)| *value)
            }
            Curve::Ramps { ramps } => {
                let next = ramps.partition_point(|(from, _)| *from <= t);
                match (next.checked_sub(1).and_then(|at| ramps.get(at)), ramps.get(next)) {
                    (Some((t0, v0)), Some((t1, v1))) => v0 + (v1 - v0) * (t - t0) / (t1 - t0),
                    (Some((_, value)), None) | (None, Some((_, value))) => *value,
                    (None, None) => 0.0,
                }
            }
        }
    }

    /// The integral between two times: exact up to rounding, because it goes from point to point.
    #[must_use]
    pub fn integral(&self, from: f64, to: f64) -> f64 {
        let points: &[(f64, f64)] = match self {
            Curve::Constant(value) => return value * (to - from),
            Curve::Steps { steps } => steps,
            Curve::Ramps { ramps } => ramps,
        };
        let inner = points.iter().map(|(t, _)| *t).filter(|t| *t > from && *t < to);
        let edges: Vec<f64> = std::iter::once(from).chain(inner).chain(std::iter::once(to)).collect();
        let pieces = edges.windows(2).map(|edge| {
            // The middle of a piece says its mean: a piece is constant or straight.
            self.at(f64::midpoint(edge[0], edge[1])) * (edge[1] - edge[0])
        });
        pieces.sum()
    }

    /// The mean between two times; the value there if they are the same.
    #[must_use]
    pub fn mean(&self, from: f64, to: f64) -> f64 {
        if to > from { self.integral(from, to) / (to - from) } else { self.at(to) }
    }
}
