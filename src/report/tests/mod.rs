//! Runs made up for tests: their events are those of a small discrete simulation, so that they hang together.

mod analysis;
mod attribution;
mod broken;
mod calibrating;
mod demo;
mod forms;
mod gpu;
mod iterations;
mod log;
mod made;
mod nodes;
mod notices;
mod own;
mod schema;
mod troubles;
mod world;

use made::Made;
use world::World;
