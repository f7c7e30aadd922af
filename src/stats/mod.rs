//! Pure maths on numbers that were measured: what a sample can carry, and how sure it is.
//!
//! Tasks last minutes, so samples are few; that is the design case. Nothing here knows of runs, tasks or time zones. Slices of values
//! are in the order in which they were measured unless a name says `sorted`.

mod buckets;
mod change;
mod effective;
mod histogram;
mod interval;
mod jain;
mod mix;
mod quantile;
mod reliability;
mod scalability;
mod trend;
mod warmup;
mod welch;
mod wilson;

pub use buckets::{Buckets, Extremes, Merge};
pub use change::{Change, changes};
pub use effective::effective_count;
#[cfg(test)]
pub(crate) use effective::noise;
pub use histogram::Durations;
pub use interval::{Interval, mean_interval};
pub use jain::jain_index;
pub use mix::counts_against_shares;
pub use quantile::{Ranks, least_count, quantile_ranks};
pub use reliability::{availability, time_between_failures, time_to_repair};
pub use scalability::{Usl, fit_usl, throughput_bound};
pub use trend::{Trend, trend};
pub use warmup::{Steady, mser5};
pub use welch::{Difference, Moments, welch};
pub use wilson::wilson;

/// Share of repetitions in which an interval shall hold the true value: 95 %, everywhere.
pub const CONFIDENCE: f64 = 0.95;
