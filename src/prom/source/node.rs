//! The series of one node out of the pages of its exporters.

use super::NodeLabels;
use super::integral::Integrals;
use crate::event::{Sample, SeriesKey};
use crate::port::SampleError;
use crate::prom::page::Page;
use crate::prom::profile::{Profile, Reading, read_all};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Series of one node that are kept apart. 16 GPUs with every series of each are below 500.
const SERIES_MAX: usize = 4_000;

/// Turns pages into samples and remembers what derived series need.
#[derive(Debug)]
pub(super) struct NodeSeries {
    labels: NodeLabels,
    profile: Option<Profile>,
    known: BTreeSet<Arc<SeriesKey>>,
    integrals: Integrals,
    before: Option<Busy>,
}

/// Seconds of all processors so far.
#[derive(Debug, Clone, Copy)]
struct Busy {
    idle: f64,
    steal: f64,
    total: f64,
}

impl NodeSeries {
    pub(super) fn new(labels: NodeLabels, profile: Option<Profile>) -> Self {
        Self { labels, profile, known: BTreeSet::new(), integrals: Integrals::default(), before: None }
    }

    /// The profile that was named, if one was.
    pub(super) fn profile(&self) -> Option<Profile> {
        self.profile
    }

    /// Labels of the source's own health series.
    pub(super) fn health_labels(&self, instance: &str) -> Vec<(String, String)> {
        let NodeLabels { node, role } = &self.labels;
        [("node", node.as_str()), ("role", role), ("instance", instance)]
            .map(|(label, value)| (label.to_owned(), value.to_owned()))
            .to_vec()
    }

    /// The samples of a page that was measured at `at_s`, seconds of any monotonic clock.
    ///
    /// # Errors
    /// The page says nothing that hubmark knows, or has more series than are kept.
    pub(super) fn samples(&mut self, page: &Page<'_>, at_s: f64) -> Result<Vec<Sample>, SampleError> {
        let readings = match self.profile {
            Some(profile) => profile.read(page),
            None => read_all(page),
        };
        if readings.is_empty() {
            return Err(SampleError::Failed(self.nothing(page)));
        }
        let mut samples = Vec::with_capacity(readings.len() + 2);
        for reading in &readings {
            let key = self.key(reading)?;
            let value = if reading.rate { self.integrals.add(&key, reading.value, at_s) } else { reading.value };
            samples.push(Sample { series: key, value });
        }
        for reading in self.shares(&readings) {
            let key = self.key(&reading)?;
            samples.push(Sample { series: key, value: reading.value });
        }
        Ok(samples)
    }

    fn nothing(&self, page: &Page<'_>) -> String {
        let first =
            page.points().next().map_or_else(|| "it is empty".to_owned(), |p| format!("it begins with {}", p.name));
        let what = match self.profile {
            Some(profile) => format!("nothing of {}", profile.name()),
            None => "no series of an exporter that hubmark knows".to_owned(),
        };
        format!("{}: the page has {what}; {first}", self.labels.node)
    }

    fn key(&mut self, reading: &Reading<'_>) -> Result<Arc<SeriesKey>, SampleError> {
        let own = [("node", &self.labels.node), ("role", &self.labels.role)].map(|(n, v)| (n.to_owned(), v.clone()));
        let labels = reading.labels.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        let key = SeriesKey { name: reading.name.to_string(), labels: labels.chain(own).collect() };
        if let Some(known) = self.known.get(&key) {
            return Ok(Arc::clone(known));
        }
        if self.known.len() >= SERIES_MAX {
            let node = &self.labels.node;
            return Err(SampleError::Failed(format!("{node}: its exporter has given more than {SERIES_MAX} series")));
        }
        let key = Arc::new(key);
        self.known.insert(Arc::clone(&key));
        Ok(key)
    }

    /// Shares of the processors since the page before, where the page has the counters only.
    fn shares(&mut self, readings: &[Reading<'_>]) -> Vec<Reading<'static>> {
        let has = |name: &str| readings.iter().any(|reading| reading.name == name);
        let modes: BTreeMap<&str, f64> = readings
            .iter()
            .filter(|reading| reading.name == "node_cpu_seconds_total")
            .filter_map(|reading| Some((reading.labels.first()?.1.as_ref(), reading.value)))
            .collect();
        if modes.is_empty() || has("node_cpu_utilization_ratio") {
            return vec![];
        }
        let mode = |name: &str| modes.get(name).copied().unwrap_or(0.0);
        let now = Busy { idle: mode("idle") + mode("iowait"), steal: mode("steal"), total: modes.values().sum() };
        let Some(before) = self.before.replace(now) else { return vec![] };
        let span = now.total - before.total;
        // No time went by, or the machine was restarted.
        if span <= 0.0 {
            return vec![];
        }
        let share = |part: f64| (part.clamp(0.0, 1.0) * 1e6).round() / 1e6;
        let ratio = |name: &'static str, value: f64| Reading { name: name.into(), labels: vec![], value, rate: false };
        vec![
            ratio("node_cpu_utilization_ratio", share(1.0 - (now.idle - before.idle) / span)),
            ratio("node_cpu_steal_ratio", share((now.steal - before.steal) / span)),
        ]
    }
}
