//! The simulated world: hubs whose accounts, servers and kernels take the time that real ones were measured to take, in virtual time.
//!
//! It is a second set of edges under the same engine. Everything that comes from it is marked SIMULATED.

mod faults;
mod hub;
mod kernel;
mod machine;
mod state;
mod trouble;

pub use faults::Faults;
pub use hub::SimHub;
pub use machine::{Build, GpuReading, Machine, MachineFault, Needs, Place, Reading, Stopped, Use};
pub use state::{Leftovers, OWNER};
pub use trouble::Trouble;
