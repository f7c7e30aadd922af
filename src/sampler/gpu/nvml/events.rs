//! Events of GPUs: XID errors, ECC errors, changes of instances.

use super::{GpuError, GpuEvent, NvmlGpus};
use crate::sampler::gpu::device::GpuEventKind;
use nvml_wrapper::bitmasks::event::EventTypes;
use nvml_wrapper::enums::event::XidError;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::struct_wrappers::event::EventData;
use std::sync::Arc;
use std::time::Duration;

const WANTED: EventTypes = EventTypes::CRITICAL_XID_ERROR
    .union(EventTypes::SINGLE_BIT_ECC_ERROR)
    .union(EventTypes::DOUBLE_BIT_ECC_ERROR)
    .union(EventTypes::MIG_CONFIG_CHANGE);

/// NVIDIA's number for an XID error that it has no number for.
const XID_UNKNOWN: u64 = 999;

impl NvmlGpus<'_> {
    pub(super) fn wait(&mut self, timeout: Duration) -> Result<Vec<GpuEvent>, GpuError> {
        if self.set.is_none() {
            self.register()?;
        }
        let Some(set) = &self.set else { return Err(GpuError::Failed("there is no set of events".to_owned())) };
        let timeout_ms = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
        match set.wait(timeout_ms) {
            Ok(data) => Ok(events(&data)),
            Err(NvmlError::Timeout) => Ok(vec![]),
            Err(error) => {
                // A set with a lost GPU in it does not wait any more. The next one is made without that GPU.
                self.set = None;
                Err(super::gone(&error))
            }
        }
    }

    /// Asks for the events of every GPU that has any. A set is gone when a GPU cannot be added to it, so it is begun again without that one.
    fn register(&mut self) -> Result<(), GpuError> {
        // The wrapper panics when it drops a set that the library cannot free.
        if self.library.lib().nvmlEventSetFree.is_err() {
            return Err(GpuError::Unsupported("the driver is too old for events".to_owned()));
        }
        self.look_around()?;
        let supports = |device: &nvml_wrapper::Device<'_>| {
            device.supported_event_types().map_or(EventTypes::empty(), |types| types & WANTED)
        };
        let mut devices: Vec<_> = self.known.values().map(|known| (&known.device, supports(&known.device))).collect();
        devices.retain(|(_, types)| !types.is_empty());
        'anew: while !devices.is_empty() {
            let mut set = self.library.create_event_set().map_err(|error| unable(&error))?;
            for (at, (device, types)) in devices.iter().enumerate() {
                match device.register_events(*types, set) {
                    Ok(same) => set = same,
                    Err(_) => {
                        devices.remove(at);
                        continue 'anew;
                    }
                }
            }
            self.set = Some(set);
            return Ok(());
        }
        Err(GpuError::Unsupported("no GPU has events".to_owned()))
    }
}

fn unable(error: &NvmlError) -> GpuError {
    match super::capability::lasting(error) {
        Some(why) => GpuError::Unsupported(format!("events: {why}")),
        None => GpuError::Failed(error.to_string()),
    }
}

/// What the driver reports in one go: it may be several kinds.
fn events(data: &EventData<'_>) -> Vec<GpuEvent> {
    let uuid: Option<Arc<str>> = data.device.uuid().ok().map(Arc::from);
    let kinds = [
        (EventTypes::SINGLE_BIT_ECC_ERROR, GpuEventKind::Ecc { corrected: true }),
        (EventTypes::DOUBLE_BIT_ECC_ERROR, GpuEventKind::Ecc { corrected: false }),
        (EventTypes::MIG_CONFIG_CHANGE, GpuEventKind::MigChanged),
    ];
    let xid = data.event_data.as_ref().map(|xid| match xid {
        XidError::Value(number) => GpuEventKind::Xid(*number),
        XidError::Unknown => GpuEventKind::Xid(XID_UNKNOWN),
    });
    let others = kinds.into_iter().filter(|(bit, _)| data.event_type.contains(*bit)).map(|(_, kind)| kind);
    others.chain(xid).map(|kind| GpuEvent { uuid: uuid.clone(), kind }).collect()
}
