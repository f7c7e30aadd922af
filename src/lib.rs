//! hubmark: a scripted workload engine for JupyterHub GPU farms.
//!
//! The modules, from the inside out; `docs/ARCHITECTURE.md` says what each may import and why.

pub mod agent;
pub mod cli;
pub mod clock;
pub mod control;
pub mod engine;
pub mod event;
pub mod http;
pub mod hub;
pub mod lab;
pub mod notebook;
pub mod plan;
pub mod port;
pub mod prom;
pub mod record;
pub mod report;
pub mod sampler;
pub mod script;
pub mod sim;
pub mod stats;
