//! Notebooks of a plan.

use super::quantity::duration_ns;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// One notebook that users execute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotebookSpec {
    /// Path as the author wrote it, below the scenario's folder.
    pub path: PathBuf,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Number of code cells.
    pub code_cells: u32,
    /// Name of the kernel to run it on, from the author, else from the document, else `python3`.
    pub kernel: String,
    /// Values for the notebook's parameters, injected behind the cell tagged `parameters`.
    pub params: serde_json::Map<String, serde_json::Value>,
    /// Names of those values that the cell tagged `parameters` does not assign. They are injected all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undeclared: Vec<String>,
    /// How long one task may take in all.
    #[serde(with = "duration_ns")]
    pub timeout: Duration,
    /// How long one task is expected to take: the simulator's figure and the estimate's.
    #[serde(with = "super::quantity::duration_ns_opt")]
    pub expect: Option<Duration>,
    /// What one task needs of its machines while it runs: the simulator's figures.
    #[serde(default, skip_serializing_if = "Needs::is_nothing")]
    pub needs: Needs,
}

/// What a piece of work needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Needs {
    /// Share of its time that a GPU works for it, 0 to 1.
    pub gpu: f64,
    /// Processors that it keeps busy for the rest of its time.
    pub cores: f64,
    /// Memory that it holds, bytes.
    pub memory_bytes: f64,
    /// Memory that it holds on the GPU, bytes.
    pub gpu_memory_bytes: f64,
}

impl Needs {
    /// Whether nothing is known of it.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Which executed notebooks are kept in the run's folder. Failed ones always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Failed ones only.
    Failed,
    /// Failed ones and the first three of each notebook.
    #[default]
    Sample,
    /// All of them.
    All,
}
