//! Processes on a GPU.

use super::capability::Capability;
use super::{GpuError, GpuProcess, NvmlGpus, gone};
use nvml_wrapper::Device;
use nvml_wrapper::enums::device::UsedGpuMemory;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::struct_wrappers::device::{ProcessInfo, ProcessUtilizationSample};

/// How often utilisation by process is asked for: between the question for how many and the question for them, one more may come.
const TRIES: u32 = 3;

impl NvmlGpus<'_> {
    pub(super) fn list_processes(&mut self, uuid: &str, out: &mut Vec<GpuProcess>) -> Result<(), GpuError> {
        out.clear();
        let known = self.find(uuid)?;
        if !known.capabilities.has(Capability::Processes) {
            return Err(GpuError::Unsupported("processes".to_owned()));
        }
        let listed = match list(&known.device) {
            Ok(listed) => listed,
            Err(error) => {
                if let Some(why) = super::capability::lasting(&error)
                    && known.capabilities.clear(Capability::Processes)
                {
                    let index = known.index;
                    self.gaps.add(index, Capability::Processes, why);
                }
                return Err(gone(&error));
            }
        };
        let mut busy = Vec::new();
        if !listed.is_empty() && known.capabilities.has(Capability::ProcessUtilisation) {
            match utilisation(&known.device) {
                Ok(samples) => busy = samples,
                Err(error) => {
                    let index = known.index;
                    if let Some(why) = super::capability::lasting(&error)
                        && known.capabilities.clear(Capability::ProcessUtilisation)
                    {
                        self.gaps.add(index, Capability::ProcessUtilisation, why);
                    }
                }
            }
        }
        out.extend(listed.into_iter().map(|process| GpuProcess {
            pid: process.pid,
            memory_bytes: match process.used_gpu_memory {
                UsedGpuMemory::Used(bytes) => Some(bytes),
                UsedGpuMemory::Unavailable => None,
            },
            sm_percent: latest(&busy, process.pid),
        }));
        Ok(())
    }
}

/// Drivers from 510 on have the third version of this question, older ones the second.
fn list(device: &Device<'_>) -> Result<Vec<ProcessInfo>, NvmlError> {
    match device.running_compute_processes() {
        Err(NvmlError::FailedToLoadSymbol(_)) => device.running_compute_processes_v2(),
        other => other,
    }
}

/// Samples of late; none where every process is idle, which the driver calls not found.
fn utilisation(device: &Device<'_>) -> Result<Vec<ProcessUtilizationSample>, NvmlError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match device.process_utilization_stats(None) {
            Err(NvmlError::NotFound) => return Ok(vec![]),
            Err(NvmlError::InsufficientSize(_)) if tries < TRIES => {}
            other => return other,
        }
    }
}

fn latest(samples: &[ProcessUtilizationSample], pid: u32) -> Option<u32> {
    let of_pid = samples.iter().filter(|sample| sample.pid == pid);
    of_pid.max_by_key(|sample| sample.timestamp).map(|sample| sample.sm_util)
}
