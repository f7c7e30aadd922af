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
