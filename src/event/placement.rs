//! Where a kernel really is, and whether that is where the farm says.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a node's first kernel was asked, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlacementRecord {
    /// The node.
    pub node: String,
    /// Whether it is where the farm says.
    pub verdict: PlacementVerdict,
    /// What was compared, in words.
    pub why: String,
    /// What the kernel said; `None` where it could not be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<KernelHome>,
}

/// Whether a node's kernels are where the farm says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlacementVerdict {
    /// All that the farm says of it was found.
    Verified,
    /// Something could not be found out.
    Unverified,
    /// Something else was found.
    Contradicted,
}

impl PlacementVerdict {
    /// The word of reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PlacementVerdict::Verified => "verified",
            PlacementVerdict::Unverified => "unverified",
            PlacementVerdict::Contradicted => "contradicted",
        }
    }
}

/// What a kernel says of the machine that it is on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelHome {
    /// Host name.
    pub host: String,
    /// Version of its Python.
    #[serde(default)]
    pub python: String,
    /// GPUs that the driver shows it, in the driver's order; empty without a driver.
    #[serde(default)]
    pub gpus: Vec<SeenGpu>,
    /// Version of the GPUs' driver; `None` without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// `CUDA_VISIBLE_DEVICES`, which narrows those that programs use; `None` where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cuda_visible: Option<String>,
    /// `NVIDIA_VISIBLE_DEVICES`: what its container was given, in the machine's own numbers or UUIDs; `None` where it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_visible: Option<String>,
    /// Whether `CUDA_VISIBLE_DEVICES` counts in the order of the PCI bus. Otherwise the fastest GPU is the first.
    #[serde(default)]
    pub pci_order: bool,
    /// Versions of what notebooks need, by the package's name; those that are installed.
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
}

/// A GPU that the driver shows to a kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenGpu {
    /// Its UUID.
    pub uuid: String,
    /// What it is called.
    #[serde(default)]
    pub name: String,
}

impl KernelHome {
    /// What stands before it, as JSON on one line, in what the probe prints.
    pub const MARK: &'static str = "hubmark-kernel-home:";

    /// Finds it in what a kernel printed; `None` where it is not there or not whole.
    #[must_use]
    pub fn find(printed: &str) -> Option<Self> {
        let line = printed.lines().find_map(|line| line.trim().strip_prefix(Self::MARK))?;
        serde_json::from_str(line).ok()
    }
}
