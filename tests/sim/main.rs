//! The engine in a simulated world: seeds × faults × stops, with checkers.

mod checks;
mod faults;
mod schedule;
mod stopping;
mod world;
