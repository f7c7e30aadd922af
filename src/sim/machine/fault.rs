//! What can be wrong with a simulated machine, so that what a report says of it can be held against the truth.

use std::time::Duration;

/// Something wrong with one machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MachineFault {
    /// Its processors and GPUs do a share of the work that they would do, from the beginning on.
    Slow {
        /// That share, over 0 and under 1.
        speed: f64,
    },
    /// One of its GPUs lowers its clock because of heat.
    Throttled {
        /// Number of the GPU.
        gpu: usize,
        /// Share of the clock that is left.
        speed: f64,
        /// When it begins, on the run's clock.
        from: Duration,
    },
    /// Something on it takes memory and does not give it back.
    Leak {
        /// Bytes a second.
        bytes_per_s: f64,
    },
    /// It goes down and comes back.
    Reboot {
        /// When it goes down, on the run's clock.
        at: Duration,
        /// How long it is away.
        lasts: Duration,
    },
}
