//! The functions of NVIDIA's library, by their names there.

#![expect(non_upper_case_globals, reason = "constants in patterns have the names of NVIDIA's header")]

mod device;
mod events;
mod fields;
mod gpm;
mod processes;
mod system;
