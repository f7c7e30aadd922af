//! When machines could be reached.

use super::Figure;
use serde::Serialize;

/// How often a machine went out of reach during the load, or the machines of a role together, which are taken to be alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Uptime {
    /// 95 % interval of the share of the load in reach, from outages that were seen whole, with exponential times between and in them; null without one.
    pub interval: Option<[f64; 2]>,
    /// How often it was out of reach, reboots too short for a sample included; null where nobody asked.
    pub outages: Option<u64>,
    /// How long in all, seconds; null where nobody asked.
    pub down_s: Option<f64>,
    /// Part of the load in which nobody asked, seconds.
    pub unknown_s: f64,
    /// Time in reach between two outages that began during the load: `T/r`, and its interval by the χ² distribution for a watch that the clock
    /// ended (MIL-HDBK-338B, 8.3.2.5.1). Without an outage there is its lower bound alone.
    pub between_outages: Figure,
    /// Time out of reach in an outage that was seen whole, its interval by the χ² distribution.
    pub to_repair: Figure,
    /// When it could be reached and when not: what lies in no span is unknown. Empty for a whole role.
    pub reach: Vec<ReachSpan>,
    /// When each reboot was first seen, seconds from the run's start. Empty for a whole role.
    pub reboots_s: Vec<f64>,
}

/// A time in which a machine could be reached, or could not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReachSpan {
    /// Its beginning, seconds from the run's start.
    pub from_s: f64,
    /// Its end.
    pub to_s: f64,
    /// Whether it could be reached.
    pub up: bool,
}
