//! Limits of the checks. `docs/reference/validity.md` says why.

/// Greatest 99th percentile of hubmark's own lateness, seconds.
pub(super) const LATENESS_S: f64 = 0.1;
/// Greatest 90th percentile of hubmark's own share of one processor.
pub(super) const OWN_CPU: f64 = 0.8;
/// Greatest mean share of processor time that a hypervisor gave to others.
pub(super) const STEAL: f64 = 0.05;
/// Mean share of busy processors past which the machine is named as a limit.
pub(super) const HOST_CPU: f64 = 0.9;
/// Share of memory in use past which the machine is named as a limit.
pub(super) const HOST_MEMORY: f64 = 0.95;
/// Shares of missed sampler ticks: worth knowing, and too many.
pub(super) const MISSED: (f64, f64) = (0.05, 0.2);
/// Greatest share of the load for which the machine was suspended.
pub(super) const GAPS: f64 = 0.01;
/// Greatest relative difference of the two sides of Little's law.
pub(super) const LITTLE: f64 = 0.01;
/// Seconds for each task that its events may be stamped after what they tell of.
pub(super) const STAMP_S: f64 = 0.005;
