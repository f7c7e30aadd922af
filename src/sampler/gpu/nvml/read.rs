//! One look at one GPU.

use super::capability::{Capability, Gaps, lasting};
use super::{GpuError, GpuSample, Known, NvmlGpus, Stamp};
use crate::sampler::gpu::device::{Counter, Reading};
use nvml_wrapper::enum_wrappers::device::{Clock, EccCounter, MemoryError, TemperatureSensor};
use nvml_wrapper::enums::device::SampleValue;
use nvml_wrapper::enums::gpm::GpmMetricId;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::gpm::gpm_metrics_get;
use nvml_wrapper::structs::device::FieldId;
use nvml_wrapper::sys_exports::field_id::{
    NVML_FI_DEV_PCIE_COUNT_RX_BYTES, NVML_FI_DEV_PCIE_COUNT_TX_BYTES, NVML_FI_DEV_POWER_INSTANT,
};
use nvml_wrapper::{Device, Nvml as Library};

const FIELDS: [(Capability, u32); 3] = [
    (Capability::PowerNow, NVML_FI_DEV_POWER_INSTANT),
    (Capability::PcieSent, NVML_FI_DEV_PCIE_COUNT_TX_BYTES),
    (Capability::PcieReceived, NVML_FI_DEV_PCIE_COUNT_RX_BYTES),
];

const PERFORMANCE: [GpmMetricId; 4] =
    [GpmMetricId::SmUtil, GpmMetricId::SmOccupancy, GpmMetricId::AnyTensorUtil, GpmMetricId::DramBwUtil];

impl NvmlGpus<'_> {
    pub(super) fn read(&mut self, uuid: &str, out: &mut GpuSample) -> Result<(), GpuError> {
        *out = GpuSample::default();
        self.find(uuid)?;
        let Some(known) = self.known.get_mut(uuid) else { return Err(GpuError::Lost) };
        let mut look = Look { library: self.library, known, gaps: &mut self.gaps, stamp: &self.stamp };
        look.load(out)?;
        look.fields(out)?;
        look.power(out)?;
        look.state(out)?;
        look.performance(out)
    }
}

struct Look<'l, 'n> {
    library: &'n Library,
    known: &'l mut Known<'n>,
    gaps: &'l mut Gaps,
    stamp: &'l Stamp,
}

impl<'n> Look<'_, 'n> {
    /// Asks for one thing, unless it was given up. What will not be there the next time either is given up; what may is absent.
    fn ask<T>(
        &mut self,
        capability: Capability,
        question: impl FnOnce(&Device<'n>) -> Result<T, NvmlError>,
    ) -> Result<Option<Reading<T>>, GpuError> {
        if !self.known.capabilities.has(capability) {
            return Ok(None);
        }
        match question(&self.known.device) {
            Ok(value) => Ok(Some(Reading { at_ns: (self.stamp)(), value })),
            Err(error) => self.without(capability, &error).map(|()| None),
        }
    }

    fn without(&mut self, capability: Capability, error: &NvmlError) -> Result<(), GpuError> {
        if matches!(error, NvmlError::GpuLost) {
            return Err(GpuError::Lost);
        }
        if let Some(why) = lasting(error) {
            self.give_up(capability, why);
        }
        Ok(())
    }

    fn give_up(&mut self, capability: Capability, why: &'static str) {
        if self.known.capabilities.clear(capability) {
            self.gaps.add(self.known.index, capability, why);
        }
    }

    fn load(&mut self, out: &mut GpuSample) -> Result<(), GpuError> {
        out.busy_ratio = self.ask(Capability::Utilisation, |device| {
            device.utilization_rates().map(|rates| f64::from(rates.gpu) / 100.0)
        })?;
        if let Some(memory) = self.ask(Capability::Memory, Device::memory_info)? {
            out.memory_used = Some(Reading { at_ns: memory.at_ns, value: memory.value.used });
            out.memory_total = Some(Reading { at_ns: memory.at_ns, value: memory.value.total });
        }
        Ok(())
    }

    /// Fields take one call together. `pcie_throughput()` would block for 20 ms a direction, so the bus is read by its byte counters.
    fn fields(&mut self, out: &mut GpuSample) -> Result<(), GpuError> {
        let wanted: Vec<(Capability, u32)> =
            FIELDS.into_iter().filter(|(capability, _)| self.known.capabilities.has(*capability)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let ids: Vec<FieldId> = wanted.iter().map(|(_, id)| FieldId(*id)).collect();
        let values = match self.known.device.field_values_for(&ids) {
            Ok(values) => values,
            Err(error) => return wanted.iter().try_for_each(|(capability, _)| self.without(*capability, &error)),
        };
        let at_ns = (self.stamp)();
        for ((capability, _), value) in wanted.into_iter().zip(values) {
            let counter = match value.and_then(|field| field.value) {
                Ok(value) => counter(&value),
                // A driver that is older than a field says that its number is no argument.
                Err(NvmlError::InvalidArg) => {
                    self.give_up(capability, "the driver is too old for it");
                    continue;
                }
                Err(error) => {
                    self.without(capability, &error)?;
                    continue;
                }
            };
            match capability {
                Capability::PcieSent => out.pcie[0] = Some(Reading { at_ns, value: counter }),
                Capability::PcieReceived => out.pcie[1] = Some(Reading { at_ns, value: counter }),
                _ => out.power_mw = Some(Reading { at_ns, value: counter.value }),
            }
        }
        Ok(())
    }

    /// On Ampere and newer `power_usage()` is the mean of a second, so it is asked only where the instant is not told.
    fn power(&mut self, out: &mut GpuSample) -> Result<(), GpuError> {
        if !self.known.capabilities.has(Capability::PowerNow) {
            out.power_mw = self.ask(Capability::PowerMean, |device| device.power_usage().map(u64::from))?;
        }
        out.energy_mj = self.ask(Capability::Energy, Device::total_energy_consumption)?;
        Ok(())
    }

    fn state(&mut self, out: &mut GpuSample) -> Result<(), GpuError> {
        out.temperature_c = self.ask(Capability::Temperature, |device| device.temperature(TemperatureSensor::Gpu))?;
        for (slot, kind) in out.clocks_mhz.iter_mut().zip([Clock::SM, Clock::Memory, Clock::Video]) {
            *slot = self.ask(Capability::Clocks, |device| device.clock_info(kind))?;
        }
        out.throttle =
            self.ask(Capability::Throttle, |device| device.current_throttle_reasons().map(|reasons| reasons.bits()))?;
        for (slot, kind) in out.ecc.iter_mut().zip([MemoryError::Corrected, MemoryError::Uncorrected]) {
            *slot = self.ask(Capability::Ecc, |device| device.total_ecc_errors(kind, EccCounter::Volatile))?;
        }
        Ok(())
    }

    /// Hopper and newer count what SMs do; two samples give the shares of the time between them.
    fn performance(&mut self, out: &mut GpuSample) -> Result<(), GpuError> {
        if !self.known.capabilities.has(Capability::Performance) {
            return Ok(());
        }
        // The wrapper panics when it drops a sample that the library cannot free.
        if self.library.lib().nvmlGpmSampleFree.is_err() {
            self.give_up(Capability::Performance, "the driver is too old for it");
            return Ok(());
        }
        let supported = |device: &Device<'n>| match device.gpm_support() {
            Ok(true) => device.gpm_sample(),
            Ok(false) => Err(NvmlError::NotSupported),
            Err(error) => Err(error),
        };
        let Some(now) = self.ask(Capability::Performance, supported)? else { return Ok(()) };
        let at_ns = now.at_ns;
        let Some(before) = self.known.before.replace(now.value) else { return Ok(()) };
        let Some(now) = &self.known.before else { return Ok(()) };
        let shares = match gpm_metrics_get(self.library, &before, now, &PERFORMANCE) {
            Ok(shares) => shares,
            Err(error) => return self.without(Capability::Performance, &error),
        };
        let mut shares = shares.into_iter().map(|share| {
            let percent = share.ok().map(|share| share.value).filter(|percent| percent.is_finite());
            percent.map(|percent| Reading { at_ns, value: percent / 100.0 })
        });
        out.sm_activity = shares.next().flatten();
        out.sm_occupancy = shares.next().flatten();
        out.tensor_activity = shares.next().flatten();
        out.dram_activity = shares.next().flatten();
        Ok(())
    }
}

/// A field's value. How many bits it has says where a counter begins anew.
fn counter(value: &SampleValue) -> Counter {
    match value {
        SampleValue::U32(value) => Counter { value: u64::from(*value), bits: 32 },
        SampleValue::U64(value) => Counter { value: *value, bits: 64 },
        SampleValue::I64(value) => Counter { value: u64::try_from(*value).unwrap_or(0), bits: 64 },
        SampleValue::F64(value) => Counter { value: *value as u64, bits: 64 },
    }
}
