//! A run in memory.

use crate::event::{Event, EventKind, Ids, SeriesKey};
use crate::record::{Manifest, RunSource, SeriesInfo, SourceError};

/// A run in memory: what a store would give back.
pub(super) struct Made {
    pub(super) manifest: Manifest,
    pub(super) events: Vec<Event>,
    pub(super) series: Vec<(SeriesKey, Vec<(u64, f64)>)>,
}

impl Made {
    pub(super) fn push(&mut self, t_ns: u64, ids: impl Into<Ids>, kind: EventKind) {
        let event = Event { seq: 0, t_ns, incarnation: 1, generation: 1, segment: 1, ids: ids.into(), kind };
        self.events.push(event);
    }

    /// Brings the events into order of time and numbers them.
    pub(super) fn number(&mut self) {
        self.events.sort_by_key(|event| event.t_ns);
        for (index, event) in self.events.iter_mut().enumerate() {
            event.seq = index as u64 + 1;
        }
    }

    /// The same run, killed: nothing of it after that time.
    pub(super) fn killed(mut self, at_s: f64) -> Self {
        self.events.retain(|event| event.t_ns as f64 / 1e9 <= at_s);
        self.series.iter_mut().for_each(|(_, samples)| samples.retain(|(t, _)| *t as f64 / 1e9 <= at_s));
        self.manifest.ended_wall_ns = None;
        self.manifest.environment_end = None;
        self
    }
}

impl RunSource for Made {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn events(&self, each: &mut dyn FnMut(Event)) -> Result<(), SourceError> {
        self.events.iter().for_each(|event| each(event.clone()));
        Ok(())
    }

    fn series(&self) -> Result<Vec<SeriesInfo>, SourceError> {
        let infos = self.series.iter().enumerate();
        Ok(infos.map(|(id, (key, _))| SeriesInfo { id: id as u32, key: key.clone() }).collect())
    }

    fn samples(&self, id: u32, each: &mut dyn FnMut(u64, f64)) -> Result<(), SourceError> {
        self.series[id as usize].1.iter().for_each(|(t, value)| each(*t, *value));
        Ok(())
    }
}
