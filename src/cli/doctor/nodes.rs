//! The farm's machines by their sources of metrics: reached or not, what they give, their GPUs, driver and clock.

use super::clocks;
use super::document::{GpuSeen, NodeSeen};
use crate::cli::checkup::{Finding, Level, names};
use crate::cli::scenario::Scenario;
use crate::cli::sources::{self, Source};
use crate::cli::{gpus, nodes};
use crate::event::Sample;
use crate::plan::{Farm, GpuName, GpuRef, MetricsSource, Node, Plan};
use crate::port::{SampleError, Sampler};
use crate::prom::profile::Profile;
use crate::prom::source::Look;
use futures_util::StreamExt;
use std::collections::{BTreeMap, BTreeSet};

/// Nodes that are asked at one time.
const AT_ONCE: usize = 32;
/// What this machine is called as a source.
pub(super) const HERE: &str = "this machine";

/// Asks the source of every node once, in the author's order.
pub(super) async fn look(scenario: &Scenario) -> Vec<NodeSeen> {
    let nodes = futures_util::stream::iter(&scenario.plan.farm.nodes);
    nodes.map(|node| look_at(node, scenario)).buffered(AT_ONCE).collect().await
}

async fn look_at(node: &Node, scenario: &Scenario) -> NodeSeen {
    let mut seen = NodeSeen { name: node.name.clone(), role: node.role.name().to_owned(), ..NodeSeen::default() };
    let Some(source) = &node.metrics else {
        let none = Finding::new(Level::Warn, "source", "the scenario names no source of its metrics");
        seen.findings.push(none.hint(how_to_measure(node)));
        return seen;
    };
    seen.source = Some(match source {
        MetricsSource::Here => HERE.to_owned(),
        other => nodes::metrics(other),
    });
    match sources::of_node(node, source, sources::WITHIN, &scenario.folder, &scenario.env) {
        Err(error) => seen.findings.push(Finding::failed("source", error)),
        Ok(Source::Exporter(mut sampler)) => seen.take(sampler.look().await, node, source),
        Ok(Source::Prometheus(mut sampler)) => seen.take(sampler.look().await, node, source),
        Ok(Source::Here(mut sampler)) => {
            match sampler.sample().await {
                Ok(samples) => seen.samples(&samples),
                Err(error) => seen.fault(&error, node, source),
            }
            seen.here(scenario).await;
        }
    }
    seen
}

/// How the metrics of a node can be had that has no source.
pub(super) fn how_to_measure(node: &Node) -> String {
    let name = &node.name;
    format!("start `hubmark agent` on it, and write metrics = hm.exporter(\"http://{name}:9477/metrics\") in hm.node")
}

impl NodeSeen {
    /// The exporters of the source in words; `None` where nothing came of it.
    pub(super) fn origin(&self) -> Option<String> {
        if self.series.is_empty() {
            return None;
        }
        let words = |name: &String| if name == Profile::Agent.name() { "hubmark agent" } else { name }.to_owned();
        let exporters: Vec<String> = self.exporters.iter().map(words).collect();
        Some(if exporters.is_empty() { HERE.to_owned() } else { exporters.join(" + ") })
    }

    fn take(&mut self, looked: Result<Look, SampleError>, node: &Node, source: &MetricsSource) {
        let look = match looked {
            Ok(look) => look,
            Err(error) => return self.fault(&error, node, source),
        };
        self.exporters = look.profiles.iter().map(|profile| profile.name().to_owned()).collect();
        self.driver = look.driver;
        self.samples(&look.samples);
        if let Some(skew) = look.skew {
            self.clock = Some(clocks::seen(skew));
            self.findings.push(clocks::judge(skew, false));
        }
    }

    /// Keeps which series and GPUs a source gives.
    fn samples(&mut self, samples: &[Sample]) {
        let mut series: BTreeSet<String> = self.series.drain(..).collect();
        let mut gpus: BTreeMap<(u32, String), GpuSeen> = BTreeMap::new();
        for sample in samples {
            let key = &sample.series;
            series.insert(key.name.clone());
            let (Some(gpu), true) = (key.labels.get("gpu"), key.name.starts_with("gpu_")) else { continue };
            // By number, and what has none behind them.
            let seen = gpus.entry((gpu.parse().unwrap_or(u32::MAX), gpu.clone())).or_default();
            seen.gpu = gpu.clone();
            seen.uuid = key.labels.get("uuid").cloned().unwrap_or_default();
            seen.simulated |= key.labels.contains_key("simulated");
            seen.series.push(key.name.clone());
        }
        self.series = series.into_iter().collect();
        self.gpus.extend(gpus.into_values().map(|mut gpu| {
            gpu.series.sort();
            gpu.series.dedup();
            gpu
        }));
        let source = self.origin().unwrap_or_default();
        self.findings.retain(|finding| finding.topic != "source");
        self.findings.push(Finding::new(Level::Ok, "source", format!("{source}: {} series", self.series.len())));
    }

    fn fault(&mut self, error: &SampleError, node: &Node, source: &MetricsSource) {
        let mut finding = Finding::new(Level::Fail, "source", "it gives no metrics");
        finding.causes.push(error.to_string());
        let refused = ["it answered 401", "it answered 403"].iter().any(|word| error.to_string().contains(word));
        finding.hints.push(match source {
            _ if refused => "give the source's token, and the right one: { token = \"env:NAME\" } in the scenario".to_owned(),
            MetricsSource::Exporter { url, .. } => {
                let host = url.host_str().unwrap_or(&node.name);
                format!("is the exporter running on {host}, and may this machine reach it? `curl {url}` should show its page")
            }
            MetricsSource::Prometheus { url, .. } => {
                format!("does the Prometheus at {url} scrape it? Its page /targets says so; `match` must be labels of its series")
            }
            MetricsSource::Here => "hubmark samples Linux in full, and other systems in part".to_owned(),
        });
        self.findings.push(finding);
    }

    /// The GPUs of this machine, which a run samples in place.
    async fn here(&mut self, scenario: &Scenario) {
        match gpus::here(&scenario.env) {
            Ok(None) => {}
            Ok(Some((mut sampler, found))) => {
                self.driver = Some(found.driver);
                if let Ok(samples) = sampler.sample().await {
                    self.samples(&samples);
                }
            }
            Err(error) => self.findings.push(Finding::failed("gpu", error)),
        }
    }

    /// Whether it shows this GPU.
    pub(super) fn gpu(&self, name: &GpuName) -> Option<&GpuSeen> {
        self.gpus.iter().find(|gpu| match name {
            GpuName::Index(index) => gpu.gpu == index.to_string(),
            GpuName::Uuid(uuid) => gpu.uuid.eq_ignore_ascii_case(uuid),
        })
    }
}

/// Compares the GPUs that the farm declares with those that were seen.
pub(super) fn judge(plan: &Plan, nodes: &mut [NodeSeen]) {
    for seen in nodes {
        let wanted = wanted(&plan.farm, &seen.name);
        let failed = seen.findings.iter().any(|finding| finding.level == Level::Fail);
        let finding = match (seen.origin(), wanted.is_empty()) {
            // What could not be reached is said already.
            _ if failed => None,
            (_, true) => (!seen.gpus.is_empty()).then(|| Finding::new(Level::Ok, "gpu", some(seen))),
            (None, false) => Some(
                Finding::new(Level::Warn, "gpu", format!("nothing looks at its {} GPUs", wanted.len()))
                    .hint("`hubmark agent` or dcgm-exporter on it, named by metrics = hm.exporter(…)"),
            ),
            (Some(origin), false) => Some(compare(seen, &origin, &wanted)),
        };
        seen.findings.extend(finding);
    }
}

/// GPUs of a machine that the farm declares, each once.
fn wanted<'f>(farm: &'f Farm, node: &str) -> BTreeSet<&'f GpuRef> {
    farm.nodes.iter().flat_map(|other| &other.gpus).filter(|gpu| gpu.node == node).collect()
}

fn compare(seen: &NodeSeen, origin: &str, wanted: &BTreeSet<&GpuRef>) -> Finding {
    let missing: Vec<String> =
        wanted.iter().filter(|gpu| seen.gpu(&gpu.gpu).is_none()).map(|gpu| gpu.to_string()).collect();
    if missing.is_empty() {
        return Finding::new(Level::Ok, "gpu", some(seen));
    }
    let declared =
        format!("{} of {} declared GPUs are not there: {}", missing.len(), wanted.len(), names(missing.iter()));
    let finding = Finding::new(Level::Fail, "gpu", declared);
    match (seen.gpus.len(), seen.exporters.as_slice()) {
        (0, [only]) if only == Profile::NodeExporter.name() => finding
            .hint("node_exporter says nothing of GPUs: start `hubmark agent` there, or dcgm-exporter beside it and ask by a Prometheus"),
        (0, _) => finding.hint(format!(
            "{origin} shows no GPU: does `nvidia-smi -L` list them there, and may it load libnvidia-ml.so.1?"
        )),
        (count, _) => finding.hint(format!("{origin} shows {count}, numbered from 0 as by `nvidia-smi -L`; or name them by UUID")),
    }
}

/// The GPUs that were seen, in words.
fn some(seen: &NodeSeen) -> String {
    let made_up = if seen.gpus.iter().any(|gpu| gpu.simulated) { " (SIMULATED)" } else { "" };
    let driver = seen.driver.as_ref().map(|driver| format!(", driver {driver}")).unwrap_or_default();
    let plural = if seen.gpus.len() == 1 { "" } else { "s" };
    format!("{} GPU{plural}{made_up}{driver}", seen.gpus.len())
}
