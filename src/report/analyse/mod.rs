//! From what was gathered to what a report says.

mod attribution;
mod broken;
mod drift;
mod farm;
mod figures;
mod gpu;
mod intervals;
mod lines;
mod log;
mod nodes;
mod objectives;
mod origin;
mod own;
mod pace;
mod quality;
mod resources;
pub(super) mod rows;
mod sample;
mod scalability;
mod tables;
mod timeline;
mod uptime;
mod verdict;

use super::diagnose::FarmFacts;
use super::gather::{self, Gathered, Gpus, Machines, gather, read_gpus, seconds};
use super::summary::{Figure, Judgement, SUMMARY_FORMAT, Summary, Unit, Verdict};
use crate::plan::Threshold;
use crate::record::{Manifest, RunSource, SourceError};

/// What the parts of the analysis work on.
pub(super) struct Facts<'r> {
    pub(super) manifest: &'r Manifest,
    pub(super) gathered: &'r Gathered,
    pub(super) machines: &'r Machines,
    /// The farm, where the scenario names its machines.
    pub(super) farm: Option<&'r FarmFacts>,
    pub(super) gpus: &'r Gpus,
    /// What tasks took of the farm's GPUs.
    pub(super) attribution: Option<&'r gather::Attribution>,
    /// When the load began, and when it was over or the record ends; nanoseconds.
    pub(super) load: Option<(u64, u64)>,
}

impl Facts<'_> {
    /// Length of the load in seconds.
    pub(super) fn load_s(&self) -> Option<f64> {
        self.load.map(|(from, to)| seconds(to - from))
    }
}

fn with_facts<T>(
    source: &dyn RunSource,
    thresholds: &[Threshold],
    then: impl FnOnce(&Facts<'_>) -> T,
) -> Result<T, SourceError> {
    let manifest = source.manifest();
    let gathered = gather(source, thresholds)?;
    let interval = u64::try_from(manifest.plan.sampling.host.as_nanos()).unwrap_or(u64::MAX);
    let machines = Machines::read(source, interval)?;
    let load = gathered.load_window();
    let farm = gather::farm(source, load)?;
    let gpus = read_gpus(source, load, &manifest.plan.sampling)?;
    let spent = gather::attribution(source, &gathered, load)?;
    let (farm, attribution) = (farm.as_ref(), spent.as_ref());
    Ok(then(&Facts { manifest, gathered: &gathered, machines: &machines, farm, gpus: &gpus, attribution, load }))
}

/// Everything that a report says about a run: a finished one, one that goes on, or one whose process was killed.
///
/// # Errors
/// The run's record cannot be read.
pub fn analyse(source: &dyn RunSource) -> Result<Summary, SourceError> {
    with_facts(source, &source.manifest().plan.thresholds, |facts| {
        let key_figures = figures::key_figures(facts);
        let thresholds = objectives::judge(facts, &facts.manifest.plan.thresholds);
        let (quality, invalid_because) = quality::quality(facts);
        let stages = tables::stages(facts);
        let timeline = timeline::timeline(facts);
        let intervals = intervals::intervals(facts);
        let mut summary = Summary {
            format: SUMMARY_FORMAT,
            header: origin::header(facts, invalid_because),
            verdict: Verdict { code: verdict::code(true, &thresholds), sentences: Vec::new() },
            notebooks: tables::notebooks(facts, &timeline.service_edges_s),
            scalability: scalability::scalability(facts),
            nodes: nodes::nodes(facts),
            together: nodes::together(facts),
            errors: tables::errors(&facts.gathered.blame.errors),
            errors_ungrouped: facts.gathered.blame.errors.ungrouped,
            caught: tables::errors(&facts.gathered.blame.caught),
            caught_ungrouped: facts.gathered.blame.caught.ungrouped,
            notices: tables::notices(facts),
            log: log::log(facts),
            machines: timeline::machines(facts),
            metric_sets: farm::farm(facts, &intervals),
            drift: drift::drift(facts),
            gpus: gpu::gpus(facts),
            attribution: attribution::attribution(facts),
            intervals,
            origin: origin::origin(facts),
            iterations: own::iterations(facts),
            steps: own::steps(facts),
            checks: own::checks(facts),
            metrics: own::metrics(facts),
            key_figures,
            thresholds,
            broken: broken::spans(facts),
            timeline,
            stages,
            quality,
        };
        summary.verdict = verdict::verdict(&summary);
        summary
    })
}

/// Judges objectives on a run, whatever its own plan asks for.
///
/// # Errors
/// The run's record cannot be read.
pub fn judge(source: &dyn RunSource, thresholds: &[Threshold]) -> Result<Vec<Judgement>, SourceError> {
    with_facts(source, thresholds, |facts| objectives::judge(facts, thresholds))
}

/// A count over the load, per second.
fn rate(count: u64, load_s: Option<f64>) -> Figure {
    match load_s {
        Some(load_s) => Figure::exact(Unit::PerSecond, count as f64 / load_s, count),
        None => Figure::none(Unit::PerSecond),
    }
}
