//! What people do beside executing notebooks.

use super::Distribution;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Something that people do and that a well-behaved client does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Habit {
    /// Between two cells the page is loaded again: the connection is dropped and made anew.
    Reconnect,
    /// A cell is interrupted within its first second; the rest of the notebook is not executed.
    Interrupt,
    /// The connection is dropped within the first second of a cell; the kernel goes on by itself.
    Abandon,
    /// The notebook is executed once more on the same kernel.
    RunTwice,
    /// The kernel is restarted.
    RestartKernel,
    /// The kernel is kept for a time in which nothing is executed.
    Idle,
    /// The connection is dropped and the kernel goes on by itself; the next iteration opens another.
    CloseTab,
    /// Nothing is closed when the user's time is over: server and kernels stay until the end of the run.
    Stay,
}

impl Habit {
    /// All of them, in the order in which an iteration meets them.
    pub const ALL: [Habit; 8] = [
        Habit::Reconnect,
        Habit::Interrupt,
        Habit::Abandon,
        Habit::RunTwice,
        Habit::RestartKernel,
        Habit::Idle,
        Habit::CloseTab,
        Habit::Stay,
    ];

    /// Its name in scenarios, and of its step in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Habit::Reconnect => "reconnect",
            Habit::Interrupt => "interrupt",
            Habit::Abandon => "abandon",
            Habit::RunTwice => "run_twice",
            Habit::RestartKernel => "restart_kernel",
            Habit::Idle => "idle",
            Habit::CloseTab => "close_tab",
            Habit::Stay => "stay",
        }
    }
}

/// How often users of a kind do what people do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Habits {
    /// Probability of each, in (0, 1]: for each iteration, and for [`Habit::Stay`] for each time that the user leaves.
    pub shares: BTreeMap<Habit, f64>,
    /// How long a kernel is kept by [`Habit::Idle`].
    pub idle_time: Distribution,
}

impl Default for Habits {
    fn default() -> Self {
        Self { shares: BTreeMap::new(), idle_time: Distribution::Constant { value: Duration::from_secs(300) } }
    }
}

impl Habits {
    /// Whether users of this kind do nothing of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shares.is_empty()
    }

    /// Probability of a habit; 0 where the author named none.
    #[must_use]
    pub fn share(&self, habit: Habit) -> f64 {
        self.shares.get(&habit).copied().unwrap_or(0.0)
    }
}
