//! What a GPU turned out not to give. Each thing is asked once more than it works, and told once.

use nvml_wrapper::error::NvmlError;
use std::collections::{BTreeMap, BTreeSet};

/// One thing that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Capability {
    Utilisation,
    Memory,
    PowerNow,
    PowerMean,
    Energy,
    Temperature,
    Clocks,
    Throttle,
    Ecc,
    PcieSent,
    PcieReceived,
    Performance,
    Processes,
    ProcessUtilisation,
}

impl Capability {
    fn name(self) -> &'static str {
        match self {
            Self::Utilisation => "utilisation",
            Self::Memory => "memory",
            Self::PowerNow => "power at an instant",
            Self::PowerMean => "power",
            Self::Energy => "energy counter",
            Self::Temperature => "temperature",
            Self::Clocks => "clocks",
            Self::Throttle => "throttle reasons",
            Self::Ecc => "ECC errors",
            Self::PcieSent => "bytes sent over PCIe",
            Self::PcieReceived => "bytes received over PCIe",
            Self::Performance => "SM activity",
            Self::Processes => "processes",
            Self::ProcessUtilisation => "utilisation by process",
        }
    }
}

/// What is still asked of one GPU.
#[derive(Debug, Default)]
pub(super) struct Capabilities(BTreeSet<Capability>);

impl Capabilities {
    /// Whether it has not been given up.
    pub(super) fn has(&self, capability: Capability) -> bool {
        !self.0.contains(&capability)
    }

    /// Gives it up; whether it was not given up before.
    pub(super) fn clear(&mut self, capability: Capability) -> bool {
        self.0.insert(capability)
    }
}

/// Why something will not be there the next time either; `None` if it may.
pub(super) fn lasting(error: &NvmlError) -> Option<&'static str> {
    match error {
        NvmlError::NotSupported => Some("not supported"),
        NvmlError::FailedToLoadSymbol(_) | NvmlError::FunctionNotFound => Some("the driver is too old for it"),
        NvmlError::NoPermission => Some("no permission"),
        _ => None,
    }
}

/// What was given up and has not been told: reason, then thing, then numbers of GPUs.
#[derive(Debug, Default)]
pub(super) struct Gaps(BTreeMap<(&'static str, Capability), BTreeSet<u32>>);

impl Gaps {
    pub(super) fn add(&mut self, index: u32, capability: Capability, why: &'static str) {
        self.0.entry((why, capability)).or_default().insert(index);
    }

    /// One line for each reason and group of GPUs, such as `GPU 0, 1: no ECC errors, no SM activity (not supported)`.
    pub(super) fn take(&mut self) -> Vec<String> {
        let mut lines: BTreeMap<(&'static str, Vec<u32>), Vec<&'static str>> = BTreeMap::new();
        for ((why, capability), gpus) in std::mem::take(&mut self.0) {
            lines.entry((why, gpus.into_iter().collect())).or_default().push(capability.name());
        }
        let line = |((why, gpus), names): ((&str, Vec<u32>), Vec<&str>)| {
            let gpus: Vec<String> = gpus.iter().map(u32::to_string).collect();
            format!("GPU {}: no {} ({why})", gpus.join(", "), names.join(", no "))
        };
        lines.into_iter().map(line).collect()
    }
}
