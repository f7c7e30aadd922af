//! What a run shows of itself while it goes on: its metrics, for a Prometheus.
//!
//! The figures come from the same stream of events that the store keeps: [`Watched`] stands in front of the store and passes everything on.
//! Nothing of a run waits for a reader of its page.

mod board;
mod histogram;
mod page;

pub use board::{Board, Watched};
