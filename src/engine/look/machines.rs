//! Machines and their GPUs, from what their samplers gave.

use super::latest::Batch;
use super::{Looks, refused};
use crate::event::{Failure, Sample};
use crate::plan::{GpuName, GpuRef, MetricsSource, Node};
use crate::port::{Figure, Figures, GPU_READINGS, HERE, HOST_READINGS, Reading};

impl Looks {
    /// A machine.
    pub(super) async fn host(&self, node: &str, fresh: bool) -> Result<Figures, Failure> {
        let name = self.node(node)?.map(|node| node.name.as_str());
        self.measured(name, "node_", fresh).await?;
        let found = self.latest.see(name, |batches| figures(batches, HOST_READINGS, |_| true));
        let Some((mut figures, t_ns)) = found else { return Err(self.unseen(name, "the machine")) };
        self.dated(&mut figures, t_ns, node, self.simulated);
        let boot = match figures.get("boot_time_s") {
            Some(Figure::Number(boot)) => Some(*boot),
            _ => None,
        };
        let wall_s = self.clock.wall_ns_at(t_ns) as f64 / 1e9;
        figures.extend(boot.map(|boot| ("uptime_s", Figure::Number(wall_s - boot))));
        Ok(figures)
    }

    /// A GPU.
    pub(super) async fn gpu(&self, node: &str, index: u32, fresh: bool) -> Result<Figures, Failure> {
        let declared = self.node(node)?;
        let wanted = self.which(declared, index)?;
        let holder = self.node(wanted.as_ref().map_or(node, |gpu| &gpu.node))?;
        // The driver's own samples of this machine carry no node.
        let here = holder.is_none_or(|node| node.metrics == Some(MetricsSource::Here));
        let place = holder.filter(|_| !here).map(|node| node.name.as_str());
        self.measured(place, "gpu_", fresh).await?;
        let name = wanted.map_or(GpuName::Index(index), |gpu| gpu.gpu);
        let of = |sample: &Sample| match (&name, sample.series.labels.get("gpu"), sample.series.labels.get("uuid")) {
            (GpuName::Index(index), Some(gpu), _) => *gpu == index.to_string(),
            (GpuName::Uuid(uuid), _, Some(own)) => own == uuid,
            _ => false,
        };
        let found = self.latest.see(place, |batches| figures(batches, GPU_READINGS, of));
        let Some((mut figures, t_ns)) = found else {
            let known = self.latest.see(place, gpus_of);
            return Err(match known.as_slice() {
                [] if here => refused("the machine that hubmark runs on has no GPU whose driver answers"),
                [] => self.unseen(place, "its GPUs"),
                known => refused(format!("{node} has no GPU {index}; sampled are {}", known.join(", "))),
            });
        };
        let labels = self.latest.see(place, |batches| labels(batches, of));
        let uuid = labels.as_ref().map(|(_, uuid)| uuid.clone()).unwrap_or_default();
        let identity = self.outside.as_ref().map(|outside| outside.gpus()).unwrap_or_default();
        let identity = identity.iter().find(|gpu| here && gpu.uuid == uuid);
        let made_up = self.simulated || identity.is_some_and(|gpu| gpu.simulated) || uuid.starts_with("SIMULATED");
        self.dated(&mut figures, t_ns, node, made_up);
        figures.insert("index", Figure::Number(f64::from(index)));
        if !uuid.is_empty() {
            figures.insert("uuid", Figure::Text(uuid));
        }
        if let Some(gpu) = identity {
            figures.insert("name", Figure::Text(gpu.name.clone()));
            figures.extend(gpu.power_limit_w.map(|watts| ("power_limit_w", Figure::Number(watts))));
            figures.extend(gpu.mig.map(|mig| ("mig", Figure::Flag(mig))));
        }
        Ok(figures)
    }

    /// The node of a name; `None` for the machine that hubmark runs on.
    fn node(&self, name: &str) -> Result<Option<&Node>, Failure> {
        match self.plan.farm.node(name) {
            Some(node) => Ok(Some(node)),
            None if name == HERE => Ok(None),
            None => Err(refused(format!("the farm has no node {name:?}"))),
        }
    }

    /// Which GPU the author's number means; `None` where the scenario names none of the node's.
    fn which(&self, node: Option<&Node>, index: u32) -> Result<Option<GpuRef>, Failure> {
        let Some(node) = node.filter(|node| !node.gpus.is_empty()) else { return Ok(None) };
        let found = node.gpus.get(index as usize).cloned();
        let count = node.gpus.len();
        let why = || match count {
            1 => format!("node {:?} has one GPU, number 0", node.name),
            _ => format!("node {:?} has {count} GPUs, numbers 0 to {}", node.name, count - 1),
        };
        found.map(Some).ok_or_else(|| refused(why()))
    }

    /// Has a machine measured where that is wanted, or where nobody has done so yet.
    async fn measured(&self, node: Option<&str>, series: &str, fresh: bool) -> Result<(), Failure> {
        if !fresh && self.latest.see(node, |batches| has(batches, series)) {
            return Ok(());
        }
        let done = self.latest.refresh(node, series, self.clock.now_ns()).await;
        done.map_err(|why| refused(format!("it cannot be measured: {why}")))
    }

    fn dated(&self, figures: &mut Figures, t_ns: u64, node: &str, simulated: bool) {
        let now_ns = self.clock.now_ns();
        figures.insert("node", Figure::Text(node.to_owned()));
        figures.insert("at_s", Figure::Number(t_ns as f64 / 1e9));
        figures.insert("age_s", Figure::Number(now_ns.saturating_sub(t_ns) as f64 / 1e9));
        figures.insert("simulated", Figure::Flag(simulated));
    }

    /// Why there is nothing to see of a machine.
    fn unseen(&self, node: Option<&str>, what: &str) -> Failure {
        let Some(name) = node else {
            return refused(match self.simulated {
                true => "the run is simulated, and hubmark's own machine is not sampled in it",
                false => "the machine that hubmark runs on gives no samples",
            });
        };
        let declared = self.plan.farm.node(name);
        if !self.simulated && declared.is_some_and(|node| node.metrics.is_none()) {
            return refused(format!(
                "nobody samples node {name:?}\nhint: say where its metrics come from: metrics = hm.exporter(\"http://{name}:9477/metrics\")"
            ));
        }
        match self.latest.samplers_of(name).as_slice() {
            [] => refused(format!("node {name:?} has no samples of {what}")),
            all => refused(format!("{} has given no samples of {what} of node {name:?} so far", all.join(" and "))),
        }
    }
}

/// What the batches say, with the time of the latest that says something; later ones go before earlier ones.
fn figures(batches: &[&Batch], readings: &[Reading], of: impl Fn(&Sample) -> bool) -> Option<(Figures, u64)> {
    let mut figures = Figures::new();
    let mut at_ns = None;
    for batch in batches {
        for sample in batch.samples.iter().filter(|sample| of(sample)) {
            let Some(reading) = readings.iter().find(|reading| reading.series == sample.series.name) else { continue };
            at_ns = Some(batch.t_ns);
            if reading.by.is_empty() {
                figures.insert(reading.field, Figure::Number(sample.value));
                continue;
            }
            let labels = reading.by.iter().filter_map(|label| sample.series.labels.get(*label).map(String::as_str));
            let key = labels.collect::<Vec<_>>().join("_");
            let entry = figures.entry(reading.field).or_insert_with(|| Figure::Map(Default::default()));
            if let Figure::Map(values) = entry {
                values.insert(key, sample.value);
            }
        }
    }
    at_ns.map(|at_ns| (figures, at_ns))
}

/// Whether there is a series whose name begins so.
fn has(batches: &[&Batch], series: &str) -> bool {
    batches.iter().flat_map(|batch| &batch.samples).any(|sample| sample.series.name.starts_with(series))
}

/// Number and UUID of the GPU whose samples these are.
fn labels(batches: &[&Batch], of: impl Fn(&Sample) -> bool) -> Option<(String, String)> {
    let sample = batches.iter().rev().flat_map(|batch| &batch.samples).find(|sample| of(sample))?;
    let label = |name: &str| sample.series.labels.get(name).cloned().unwrap_or_default();
    Some((label("gpu"), label("uuid")))
}

/// Numbers of the GPUs that are sampled.
fn gpus_of(batches: &[&Batch]) -> Vec<String> {
    let samples = batches.iter().flat_map(|batch| &batch.samples);
    let mut gpus: Vec<String> = samples.filter_map(|sample| sample.series.labels.get("gpu").cloned()).collect();
    gpus.sort();
    gpus.dedup();
    gpus
}
