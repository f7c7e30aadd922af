//! A real JupyterHub on loopback: provisioned once into a cache folder, started in seconds, stopped without a trace.
//!
//! Provisioning ([`provision`]) makes a Python environment from a lock with hashes, and a proxy: the one of npm where node is present, a
//! pure Python one elsewhere. The environment's name carries the hash of the lock and the Python version, and a pointer file names the
//! finished one, so an interrupted installation is never used and the second start needs no network.
//!
//! There are two lives of a lab. A [`Lab`] belongs to this process and dies with it, even when that is killed: hub and proxy are started
//! by a thread that lives as long as the lab and ask the kernel for a signal when it ends. A *detached* lab ([`up`], [`down`]) stays
//! until it is stopped by name. Both keep a state file with process ids, start times and a mark that every process of the lab
//! carries in its environment; with it, the next start or [`down`] removes what a killed owner or a killed hub left behind.
//!
//! Nothing here prints, reads the environment of this process or listens on anything but loopback. All calls block.

mod config;
mod create;
mod error;
mod install;
mod instances;
mod journal;
mod live;
mod node;
mod options;
mod owned;
mod ports;
mod probe;
mod process;
mod provision;
mod python;
mod search;
mod server;
mod state;
mod stop;
mod tether;

pub use error::LabError;
pub use instances::{Condition, LabStatus, down, down_detached, list, reap, up};
pub use node::ProxyProgram;
pub use options::{Cancel, HubSettings, HubVersion, LabOptions, LabProgress, ProxyChoice};
pub use owned::Lab;
pub use provision::{Toolchain, provision};
pub use server::PlainServer;
pub use state::LabInfo;
