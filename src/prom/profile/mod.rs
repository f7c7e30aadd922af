//! What the pages of known exporters mean in hubmark's own series.
//!
//! Counters stay raw. What an exporter gives as a momentary rate where hubmark has a counter (GPU utilisation, bytes per second, throttled
//! now or not) is marked [`Reading::rate`] and integrated at the sampling interval. What no exporter states without doubt is left out:
//! DCGM's throttle times, whose unit its own lists give as nanoseconds and as microseconds, and its number of the last XID, which is no count.

mod agent;
mod dcgm;
mod node;
mod nvidia;

pub use agent::LENT_BY;

use super::page::{Page, Point};
use std::borrow::Cow;

/// An exporter that hubmark knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// `hubmark agent`.
    Agent,
    /// Prometheus' node_exporter.
    NodeExporter,
    /// NVIDIA's dcgm-exporter.
    DcgmExporter,
    /// utkuozdemir/nvidia_gpu_exporter, around `nvidia-smi`.
    NvidiaGpuExporter,
}

/// One value in hubmark's series, before the node's own labels are added.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<'a> {
    /// Name without `hubmark_`, as in `docs/reference/metrics.md`.
    pub name: Cow<'a, str>,
    /// Labels, each of the table.
    pub labels: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The value, or how much of the name's unit is added per second.
    pub value: f64,
    /// Whether the value is a rate, to be integrated.
    pub rate: bool,
}

/// A field of an exporter that becomes one series.
struct Field {
    theirs: &'static str,
    ours: &'static str,
    /// A label of ours that the exporter has in its name.
    label: Option<(&'static str, &'static str)>,
}

const fn field(theirs: &'static str, ours: &'static str) -> Field {
    Field { theirs, ours, label: None }
}

impl Field {
    const fn with(self, label: &'static str, value: &'static str) -> Self {
        Self { label: Some((label, value)), ..self }
    }

    /// The reading with the field's label.
    fn labelled<'a>(&self, reading: Reading<'a>) -> Reading<'a> {
        match self.label {
            Some((label, value)) => reading.with(label, value),
            None => reading,
        }
    }
}

impl<'a> Reading<'a> {
    fn plain(name: &'a str, value: f64) -> Self {
        Self { name: Cow::Borrowed(name), labels: vec![], value, rate: false }
    }

    fn with(mut self, label: &'a str, value: impl Into<Cow<'a, str>>) -> Self {
        self.labels.push((Cow::Borrowed(label), value.into()));
        self
    }
}

impl Profile {
    /// All of them. Where a node's series come from several, an earlier one is believed before a later one.
    pub const ALL: [Profile; 4] =
        [Profile::Agent, Profile::NodeExporter, Profile::DcgmExporter, Profile::NvidiaGpuExporter];

    /// Its name in scenarios.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "hubmark",
            Self::NodeExporter => "node_exporter",
            Self::DcgmExporter => "dcgm-exporter",
            Self::NvidiaGpuExporter => "nvidia_gpu_exporter",
        }
    }

    /// The profile of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// A regular expression (RE2) of the names that it reads, for PromQL's `__name__=~`.
    #[must_use]
    pub fn names(self) -> String {
        match self {
            Self::Agent => "hubmark_(node|gpu)_.+|hubmark_build_info".to_owned(),
            Self::NodeExporter => node::NAMES.join("|"),
            Self::DcgmExporter => dcgm::NAMES.join("|"),
            Self::NvidiaGpuExporter => "nvidia_smi_.+".to_owned(),
        }
    }

    /// Whether a page has what it reads.
    #[must_use]
    pub fn is_on(self, page: &Page<'_>) -> bool {
        match self {
            Self::Agent => page.points().any(|point| agent::own_name(&point.name).is_some()),
            Self::NodeExporter => page.points().any(|point| node::NAMES.contains(&point.name.as_ref())),
            Self::DcgmExporter => page.points().any(|point| dcgm::NAMES.contains(&point.name.as_ref())),
            Self::NvidiaGpuExporter => page.points().any(|point| point.name.starts_with("nvidia_smi_")),
        }
    }

    /// What a page says. Values that are no number are absent.
    #[must_use]
    pub fn read<'p>(self, page: &'p Page<'_>) -> Vec<Reading<'p>> {
        let mut readings = match self {
            Self::Agent => agent::read(page),
            Self::NodeExporter => node::read(page),
            Self::DcgmExporter => dcgm::read(page),
            Self::NvidiaGpuExporter => nvidia::read(page),
        };
        readings.retain(|reading| reading.value.is_finite());
        readings
    }
}

/// What a page says by the profiles that it has, host and GPUs each by the first of [`Profile::ALL`] that says something of them, so that
/// nothing is said twice where two exporters watch one node.
#[must_use]
pub fn read_all<'p>(page: &'p Page<'_>) -> Vec<Reading<'p>> {
    let mut all: Vec<Reading<'p>> = Vec::new();
    for profile in Profile::ALL.into_iter().filter(|profile| profile.is_on(page)) {
        let known = ["node_", "gpu_"].map(|kind| all.iter().any(|reading| reading.name.starts_with(kind)));
        let fresh = |reading: &Reading<'_>| {
            let [host, gpu] = known;
            !(host && reading.name.starts_with("node_") || gpu && reading.name.starts_with("gpu_"))
        };
        all.extend(profile.read(page).into_iter().filter(fresh));
    }
    all
}

/// Version of the GPUs' driver, where an exporter has it among its labels.
#[must_use]
pub fn driver(page: &Page<'_>) -> Option<String> {
    const WHERE: [(&str, &str); 3] =
        [("hubmark_build_info", "driver"), ("DCGM_FI_", "DCGM_FI_DRIVER_VERSION"), ("nvidia_smi_", "driver_version")];
    let of = |point: &Point<'_>| {
        let label = WHERE.iter().find(|(prefix, _)| point.name.starts_with(prefix))?.1;
        point.label(label).filter(|version| !version.is_empty()).map(str::to_owned)
    };
    page.points().find_map(of)
}

#[cfg(test)]
mod tests;
