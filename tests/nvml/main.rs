//! GPUs through the real FFI: hubmark loads a library as it would load NVIDIA's.
//!
//! The library is the stand-in of `tests/nvml-standin`: programmed devices over a virtual clock, so that what is measured can be
//! compared with what is true. `any.rs` holds what must be so on every machine; `HUBMARK_NVML=libnvidia-ml.so.1 cargo test --test nvml
//! any` runs it on the driver of a machine that has one.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests, of which some print what they measured"
)]

mod any;
mod energy;
mod events;
mod lost;
mod rig;
mod threads;
mod traps;
mod truth;
