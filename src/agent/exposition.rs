//! What was seen last, as a page.

use super::{GPU_SERVER, Identity, MICROSERVER};
use crate::event::Sample;
use crate::port::SampleError;
use crate::prom::page::{Family, Kind, Label, Page, Point};
use crate::prom::profile::LENT_BY;
use crate::sampler::{SERIES, Series, SeriesKind};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

/// Which series a page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// All.
    All,
    /// Those of role microserver.
    Microservers,
    /// Those of role `gpu_server`.
    GpuServers,
}

impl Set {
    fn holds(self, role: &str) -> bool {
        match self {
            Self::All => true,
            Self::Microservers => role == MICROSERVER,
            Self::GpuServers => role == GPU_SERVER,
        }
    }
}

/// What one sampler gave at its last tick, and how it does.
#[derive(Debug)]
pub(super) struct Seen {
    sampler: &'static str,
    samples: Vec<Sample>,
    /// Whether there were values.
    pub(super) up: bool,
    why: String,
    took: Duration,
    missed_ticks: u64,
}

impl Seen {
    pub(super) fn new(sampler: &'static str) -> Self {
        let why = "not asked yet".to_owned();
        Self { sampler, samples: vec![], up: false, why, took: Duration::ZERO, missed_ticks: 0 }
    }

    /// Keeps the result of a tick. Words if it is another state than before.
    pub(super) fn tick(
        &mut self,
        result: Result<Vec<Sample>, SampleError>,
        took: Duration,
        missed_ticks: u64,
    ) -> Option<String> {
        let before = (self.up, std::mem::take(&mut self.why));
        self.took = took;
        self.missed_ticks += missed_ticks;
        match result {
            Ok(samples) => (self.samples, self.up) = (samples, true),
            // What was seen before is not what is now.
            Err(error) => (self.samples, self.up, self.why) = (vec![], false, error.to_string()),
        }
        let first = before.1 == "not asked yet";
        match self.up {
            true if before.0 || first => None,
            true => Some(format!("sampler {} works again", self.sampler)),
            false if !before.0 && !first => None,
            false => Some(self.trouble()),
        }
    }

    /// What is wrong with it.
    pub(super) fn trouble(&self) -> String {
        format!("sampler {}: {}", self.sampler, self.why)
    }
}

/// The page of a set.
pub(super) fn page<'a>(identity: &'a Identity, seen: &'a [Seen], set: Set) -> Page<'a> {
    let mut points: BTreeMap<&str, Vec<Point<'a>>> = BTreeMap::new();
    if set.holds(identity.role) {
        for (name, point) in own(identity, seen) {
            points.entry(name).or_default().push(point);
        }
    }
    if set.holds(MICROSERVER) && !identity.lent.is_empty() {
        for (name, point) in seen.iter().flat_map(|seen| &seen.samples).filter_map(|sample| lent(identity, sample)) {
            points.entry(name).or_default().push(point);
        }
    }
    // The table's order, and what is not in the table behind it.
    let tabled = SERIES.iter().filter_map(|row| Some(family(row, points.remove(row.name)?)));
    let mut families: Vec<Family<'a>> = tabled.collect();
    families.extend(points.into_iter().map(|(name, points)| Family { points, ..Family::named(prefixed(name)) }));
    Page { families }
}

fn family<'a>(row: &'static Series, points: Vec<Point<'a>>) -> Family<'a> {
    let kind = match row.kind {
        SeriesKind::Counter => Kind::Counter,
        SeriesKind::Gauge => Kind::Gauge,
    };
    Family { name: prefixed(row.name), kind, help: Some(Cow::Borrowed(row.about)), unit: None, points }
}

fn prefixed<'a>(name: &str) -> Cow<'a, str> {
    Cow::Owned(format!("hubmark_{name}"))
}

/// The node's own points: every sample, and how the samplers do.
fn own<'a>(identity: &'a Identity, seen: &'a [Seen]) -> Vec<(&'a str, Point<'a>)> {
    let mut points = Vec::new();
    let mut point = |name: &'a str, own: Vec<Label<'a>>, value: f64| {
        let mut labels = node_labels(&identity.node, identity.role);
        labels.extend(own);
        points.push((name, made(name, labels, value)));
    };
    let host = seen.iter().find(|seen| seen.sampler == "host");
    point("node_up", vec![], f64::from(u8::from(host.is_some_and(|host| host.up))));
    let mut build = vec![(Cow::Borrowed("version"), Cow::Borrowed(env!("CARGO_PKG_VERSION")))];
    build.extend(identity.driver.as_deref().map(|driver| (Cow::Borrowed("driver"), Cow::Borrowed(driver))));
    point("build_info", build, 1.0);
    for seen in seen {
        for sample in &seen.samples {
            point(&sample.series.name, series_labels(sample), sample.value);
        }
        let whose = || vec![(Cow::Borrowed("sampler"), Cow::Borrowed(seen.sampler))];
        point("sampler_up", whose(), f64::from(u8::from(seen.up)));
        point("sampler_duration_seconds", whose(), seen.took.as_secs_f64());
        point("sampler_missed_ticks_total", whose(), seen.missed_ticks as f64);
    }
    points
}

/// The point of a lent GPU under the name of the microserver that it is lent to.
fn lent<'a>(identity: &'a Identity, sample: &'a Sample) -> Option<(&'a str, Point<'a>)> {
    let gpu = ["uuid", "gpu"].into_iter().filter_map(|label| sample.series.labels.get(label));
    let to = gpu.filter_map(|gpu| identity.lent.get(gpu)).next()?;
    let mut labels = node_labels(to, MICROSERVER);
    labels.push((Cow::Borrowed(LENT_BY), Cow::Borrowed(&identity.node)));
    labels.extend(series_labels(sample));
    Some((&sample.series.name, made(&sample.series.name, labels, sample.value)))
}

fn made<'a>(name: &str, labels: Vec<Label<'a>>, value: f64) -> Point<'a> {
    Point { name: prefixed(name), labels, value, timestamp_ms: None, exemplar: None }
}

fn node_labels<'a>(node: &'a str, role: &'a str) -> Vec<Label<'a>> {
    [("role", role), ("node", node)].map(|(label, value)| (Cow::Borrowed(label), Cow::Borrowed(value))).to_vec()
}

fn series_labels(sample: &Sample) -> Vec<Label<'_>> {
    let labels = sample.series.labels.iter();
    labels.map(|(name, value)| (Cow::Borrowed(name.as_str()), Cow::Borrowed(value.as_str()))).collect()
}
