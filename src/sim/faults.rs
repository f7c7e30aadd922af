//! What goes wrong in a simulated world, and how often.

/// Probabilities of faults, each drawn from a stream of its own. The default is a world without faults.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Faults {
    /// A spawn fails.
    pub spawn_failed: f64,
    /// A spawn is refused for now, with a time to come again.
    pub spawn_throttled: f64,
    /// A cell raises an error.
    pub cell_error: f64,
    /// A kernel dies in a cell.
    pub kernel_died: f64,
    /// A server is stopped by somebody else while a cell runs.
    pub server_stopped: f64,
    /// A request to remove something gets no answer.
    pub removal_unanswered: f64,
}
