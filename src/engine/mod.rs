//! Drives a plan: executors, virtual users, sampling, hooks, leases, stopping, and the dispatcher that puts everything in order.
//!
//! The engine sees the world through [`crate::port`] only, so the same code runs against a real hub and a simulated one. It is
//! single-threaded: its futures are local and nothing takes a lock.

mod channel;
mod cleanup;
mod context;
mod dispatcher;
mod executor;
mod files;
mod hooks;
mod lease;
mod log;
mod look;
mod own;
mod placement;
mod run;
mod sampling;
mod session;
mod setup;
mod spawns;
mod stop;
mod tail;
mod task;
mod threshold;
mod user;
mod view;
mod whim;

pub use channel::{Block, Conflate, DropNewest};
pub use cleanup::{CLOCKS_APART, CleanReport, CleanStep, clean_leases};
pub use placement::{KernelLook, Misplaced};
pub use run::{EngineError, RunEnd, World, look, run};
pub use setup::SetupError;
pub use stop::{Stop, StopLevel};
pub use tail::{LogTail, TailLine};
pub use view::{Count, HubView, LastFailure, LiveView, Recent};
