//! The engine in a simulated world: seeds × faults × stops, with checkers.

#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod calls;
mod checks;
mod cleaning;
mod cookbook;
mod farm;
mod faults;
mod habits;
mod metrics;
mod outages;
mod own;
mod schedule;
mod stopping;
mod thresholds;
mod users;
mod world;
