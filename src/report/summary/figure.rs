//! One figure, with how sure it is.

use serde::Serialize;

/// What a value is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// A share, 1.0 is the whole.
    Ratio,
    /// Events per minute.
    PerMinute,
    /// Events per second.
    PerSecond,
    /// Bytes.
    Bytes,
    /// Joules.
    Joules,
    /// A pure number.
    Count,
}

/// Whether a figure has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// It has.
    Measured,
    /// The sample is too small to carry it; `needs` says how many independent values would do.
    NeedsSamples,
    /// It falls among failures, which count as above every bound.
    AboveEveryBound,
    /// Nothing of its kind happened.
    NoData,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Figure {
    /// What it is measured in.
    pub unit: Unit,
    /// Whether it has a value.
    pub reading: Reading,
    /// The value.
    pub value: Option<f64>,
    /// Lower bound of its 95 % interval; null where the figure is a plain count or has no interval.
    pub low: Option<f64>,
    /// Upper bound; null beside a `low` that is not null: above every bound.
    pub high: Option<f64>,
    /// Number of values it was made of.
    pub samples: u64,
    /// How many independent values they are worth, where that is less.
    pub effective_samples: Option<u64>,
    /// How many independent values it needs, where there are fewer.
    pub needs: Option<u64>,
    /// Values that count as above every bound, because what they measured failed.
    pub above: u64,
}

impl Figure {
    /// A figure without a value.
    #[must_use]
    pub fn none(unit: Unit) -> Self {
        Self {
            unit,
            reading: Reading::NoData,
            value: None,
            low: None,
            high: None,
            samples: 0,
            effective_samples: None,
            needs: None,
            above: 0,
        }
    }

    /// A figure that is exact, such as a count.
    #[must_use]
    pub fn exact(unit: Unit, value: f64, samples: u64) -> Self {
        Self { reading: Reading::Measured, value: Some(value), samples, ..Self::none(unit) }
    }

    /// The same with an interval.
    #[must_use]
    pub fn within(mut self, low: f64, high: f64) -> Self {
        self.low = Some(low);
        self.high = Some(high);
        self
    }
}

/// A figure with its name.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KeyFigure {
    /// Its name for programs; never changes its meaning.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What exactly it is.
    pub about: String,
    /// Its value.
    pub figure: Figure,
    /// The same of the successes alone, where failures count as above every bound and there were some.
    pub of_successes: Option<Figure>,
}
