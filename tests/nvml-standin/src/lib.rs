//! A stand-in for NVIDIA's management library, for tests on machines without a GPU.
//!
//! As a `cdylib` it exports what `libnvidia-ml.so.1` exports, as far as hubmark calls it, and answers from a JSON document
//! ([`Config`]): devices with programmed load and power over a virtual clock, lost devices, calls that fail, XID events. As an
//! `rlib` it gives tests a [`Standin`]: a copy of the library in a folder of its own, with a state of its own, and the means to
//! steer it. A program that is not a test can use it too: the variable `NVML_STANDIN` names the JSON document then.
//!
//! Everything that comes from it is made up. Names of devices say so.

mod config;
mod control;
mod curve;
mod exports;
mod world;

pub use config::{Config, Gpm, Gpu, Pcie, Process};
pub use control::{Standin, library};
pub use curve::Curve;
