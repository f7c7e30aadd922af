//! What GPUs did.

use super::Line;
use serde::Serialize;
use std::collections::BTreeMap;

/// One GPU over the load; over the whole record where no load began. What its driver did not tell is null.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GpuRow {
    /// Its number on the machine, from 0.
    pub gpu: u32,
    /// Its UUID.
    pub uuid: String,
    /// Its product name.
    pub name: Option<String>,
    /// Whether it is made up: no figure of it was measured then.
    pub simulated: bool,
    /// Mean utilisation: share of time in which some kernel ran, however small.
    pub utilization_mean: Option<f64>,
    /// Share of the time with utilisation of 95 % and more.
    pub utilization_above_95: Option<f64>,
    /// Share of the time with utilisation under 5 %.
    pub utilization_below_5: Option<f64>,
    /// Mean share of time for which SMs had work; Hopper and newer.
    pub sm_activity_mean: Option<f64>,
    /// Most memory in use, bytes.
    pub memory_peak_bytes: Option<f64>,
    /// Memory of the GPU, bytes.
    pub memory_total_bytes: Option<f64>,
    /// Mean power, watts.
    pub power_mean_watts: Option<f64>,
    /// Watts that it is limited to.
    pub power_limit_watts: Option<f64>,
    /// Energy, joules, as the device reports it: not to be compared with a meter at the wall.
    pub energy_joules: Option<f64>,
    /// Where the energy is from.
    pub energy_method: Option<EnergyMethod>,
    /// What the energy counter says more than integrated power, as a share of the latter.
    pub energy_disagreement: Option<f64>,
    /// Highest temperature, degrees Celsius.
    pub temperature_max_celsius: Option<f64>,
    /// Seconds for which clocks were held down, by reason. Reasons may hold at one time.
    pub throttle_seconds: BTreeMap<String, f64>,
    /// XID errors of the whole run by number.
    pub xid_errors: BTreeMap<String, u64>,
    /// ECC errors of the whole run by kind.
    pub ecc_errors: BTreeMap<String, u64>,
    /// Share of the looks at it that it answered.
    pub answered: f64,
    /// Utilisation over time.
    pub utilization: Option<Line>,
}

/// Where a GPU's energy is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EnergyMethod {
    /// The device's energy counter.
    Counter,
    /// Power, integrated by trapezoids at the sampling interval: there is no counter, or it does not agree with power.
    IntegratedPower,
}

impl EnergyMethod {
    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::IntegratedPower => "integrated power",
        }
    }
}
