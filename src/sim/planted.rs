//! Faults that somebody plants in a simulated farm, as words: `slow:ms-07,speed=60%`.

use super::machine::MachineFault;
use crate::plan::quantity::{parse_bytes, parse_duration, parse_ratio};
use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

/// A fault and where it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Planted {
    /// Something wrong with a node's machine.
    Machine {
        /// The node.
        node: String,
        /// What is wrong.
        fault: MachineFault,
    },
    /// A hub that lets few spawns be pending at a time.
    Spawns {
        /// The hub.
        hub: String,
        /// How many.
        together: u32,
    },
}

/// What cannot be planted, and what can.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; wanted slow:NODE,speed=60% or throttled:NODE,gpu=0,speed=50%,from=1h or leak:NODE,rate=10GiB (an hour) or \
     reboot:NODE,at=1h,lasts=90s or spawns:HUB,together=2"
)]
pub struct PlantedError(String);

/// The parts of a fault's words that are yet to be read.
struct Words<'w> {
    kind: &'w str,
    values: BTreeMap<&'w str, &'w str>,
}

impl<'w> Words<'w> {
    fn take<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, PlantedError> {
        let Some(text) = self.values.remove(name) else { return Ok(None) };
        read(text).map(Some).map_err(|error| PlantedError(format!("{name}={text}: {error}")))
    }

    fn need<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, PlantedError> {
        let kind = self.kind;
        self.take(name, read)?.ok_or_else(|| PlantedError(format!("{kind} needs {name}=…")))
    }
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = parse_ratio(text).map_err(|error| error.to_string())?;
    if speed > 0.0 && speed < 1.0 { Ok(speed) } else { Err("a share over 0 % and under 100 % is wanted".to_owned()) }
}

impl FromStr for Planted {
    type Err = PlantedError;

    fn from_str(text: &str) -> Result<Self, PlantedError> {
        let (kind, rest) = text.split_once(':').ok_or_else(|| PlantedError(format!("{text:?} names no place")))?;
        let mut parts = rest.split(',');
        let place = parts.next().unwrap_or_default().to_owned();
        if place.is_empty() {
            return Err(PlantedError(format!("{text:?} names no place")));
        }
        let values = parts
            .map(|part| part.split_once('=').ok_or_else(|| PlantedError(format!("{part:?} has no value"))))
            .collect::<Result<BTreeMap<_, _>, _>>()?;
        let mut words = Words { kind, values };
        let machine = |fault| Self::Machine { node: place.clone(), fault };
        let planted = match kind {
            "slow" => machine(MachineFault::Slow { speed: words.need("speed", speed)? }),
            "throttled" => machine(MachineFault::Throttled {
                gpu: words.take("gpu", str::parse::<usize>)?.unwrap_or(0),
                speed: words.need("speed", speed)?,
                from: words.take("from", parse_duration)?.unwrap_or(Duration::ZERO),
            }),
            "leak" => machine(MachineFault::Leak { bytes_per_s: words.need("rate", parse_bytes)? as f64 / 3600.0 }),
            "reboot" => machine(MachineFault::Reboot {
                at: words.need("at", parse_duration)?,
                lasts: words.need("lasts", parse_duration)?,
            }),
            "spawns" => Self::Spawns { hub: place, together: words.need("together", str::parse::<u32>)? },
            other => return Err(PlantedError(format!("there is no fault {other:?}"))),
        };
        match words.values.keys().next() {
            Some(name) => Err(PlantedError(format!("{kind} has no {name}"))),
            None => Ok(planted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read() {
        let read = |text: &str| text.parse::<Planted>().unwrap();
        let machine = |node: &str, fault| Planted::Machine { node: node.to_owned(), fault };
        assert_eq!(read("slow:ms-07,speed=60%"), machine("ms-07", MachineFault::Slow { speed: 0.6 }));
        let from = Duration::from_secs(3600);
        assert_eq!(
            read("throttled:gx8,gpu=3,speed=50%,from=1h"),
            machine("gx8", MachineFault::Throttled { gpu: 3, speed: 0.5, from })
        );
        let bytes_per_s = 1_073_741_824.0 / 3600.0;
        assert_eq!(read("leak:gx8,rate=1GiB"), machine("gx8", MachineFault::Leak { bytes_per_s }));
        let lasts = Duration::from_secs(90);
        assert_eq!(read("reboot:ms-01,at=1h,lasts=90s"), machine("ms-01", MachineFault::Reboot { at: from, lasts }));
        assert_eq!(read("spawns:gx8,together=2"), Planted::Spawns { hub: "gx8".to_owned(), together: 2 });
    }

    #[test]
    fn what_is_wrong_is_said_with_what_is_wanted() {
        let wrong = |text: &str| text.parse::<Planted>().unwrap_err().to_string();
        for (text, part) in [
            ("slow", "names no place"),
            ("slow:", "names no place"),
            ("slow:a", "slow needs speed=…"),
            ("slow:a,speed=150%", "over 0 % and under 100 %"),
            ("slow:a,speed", "\"speed\" has no value"),
            ("slow:a,speed=60%,gpu=1", "slow has no gpu"),
            ("fire:a", "there is no fault \"fire\""),
            ("throttled:a,gpu=x,speed=50%", "gpu=x: invalid digit"),
        ] {
            let said = wrong(text);
            assert!(said.contains(part) && said.contains("wanted slow:NODE"), "{text}: {said}");
        }
    }
}
