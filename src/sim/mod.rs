//! The simulated world: hubs whose accounts, servers and kernels take the time that real ones were measured to take, in virtual time.
//!
//! It is a second set of edges under the same engine. Everything that comes from it is marked SIMULATED.

mod farm;
mod faults;
mod homes;
mod hub;
mod kernel;
mod machine;
mod nodes;
mod planted;
mod state;
mod trouble;

pub use farm::SimFarm;
pub use faults::Faults;
pub use homes::homes;
pub use hub::SimHub;
pub use machine::{Build, GpuReading, Machine, MachineFault, Place, Reading, Stopped, Use};
pub use nodes::NodeSampler;
pub use planted::{Planted, PlantedError};
pub use state::{Leftovers, OWNER};
pub use trouble::Trouble;
