//! What `doctor` finds, as `--format json` prints it: `docs/reference/doctor.schema.json` is made from here.

use crate::cli::checkup::Finding;
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything that was found.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document {
    /// Whether nothing is missing that a run needs. The exit code is 4 where it is not.
    pub(super) ready: bool,
    /// Versions of JupyterHub that hubmark was tested with.
    pub(super) tested: String,
    /// Hubs and servers by name.
    pub(super) targets: BTreeMap<String, TargetSeen>,
    /// The farm's machines, in the author's order.
    pub(super) nodes: Vec<NodeSeen>,
    /// One kernel of each node, or of each hub without nodes; null without `--ask-kernels`.
    pub(super) kernels: Option<Vec<KernelSeen>>,
    /// Packages that the scenario's notebooks import, of those that hubmark asks kernels about.
    pub(super) needs: Vec<Need>,
    /// For each role the five metrics of the specification.
    pub(super) metrics: Vec<MetricSeen>,
}

/// A hub or a server.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct TargetSeen {
    /// Its address.
    pub(super) url: String,
    /// Its version; empty where it does not tell.
    pub(super) version: String,
    /// Scopes that the token has.
    pub(super) scopes: Vec<String>,
    /// Its clock; null where its answers carry no time.
    pub(super) clock: Option<ClockSeen>,
    /// What was looked at.
    pub(super) findings: Vec<Finding>,
}

/// How far a clock is from this machine's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ClockSeen {
    /// Seconds that it is ahead; negative where it is behind.
    pub(super) ahead_s: f64,
    /// The truth is within so many seconds of that.
    pub(super) within_s: f64,
}

/// A machine of the farm, as its source of metrics shows it.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct NodeSeen {
    /// Its name.
    pub(super) name: String,
    /// `microserver` or `gpu_server`.
    pub(super) role: String,
    /// Where its metrics come from: an address, or `this machine`; null where the scenario names nothing.
    pub(super) source: Option<String>,
    /// The exporters that were seen there.
    pub(super) exporters: Vec<String>,
    /// Names of the series of `docs/reference/metrics.md` that it gives, sorted.
    pub(super) series: Vec<String>,
    /// GPUs that it shows, by number.
    pub(super) gpus: Vec<GpuSeen>,
    /// Version of the GPUs' driver; null where the source does not say.
    pub(super) driver: Option<String>,
    /// Its clock; null where the source does not say, and for this machine.
    pub(super) clock: Option<ClockSeen>,
    /// What was looked at.
    pub(super) findings: Vec<Finding>,
}

/// A GPU as a source shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct GpuSeen {
    /// Its number on the machine, as the label `gpu` has it.
    pub(super) gpu: String,
    /// Its UUID; empty where the source does not say.
    pub(super) uuid: String,
    /// Whether it is made up.
    pub(super) simulated: bool,
    /// Names of its series, sorted.
    pub(super) series: Vec<String>,
}

/// One kernel, as it describes itself.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct KernelSeen {
    /// Name of the hub or server.
    pub(super) target: String,
    /// The node whose users have such kernels; null where users have none.
    pub(super) node: Option<String>,
    /// Kernel specification.
    pub(super) spec: String,
    /// Host name that it reports; empty where it said nothing.
    pub(super) host: String,
    /// Version of its Python.
    pub(super) python: String,
    /// Version of the GPUs' driver; null without one.
    pub(super) driver: Option<String>,
    /// UUIDs of the GPUs that the driver shows it.
    pub(super) gpus: Vec<String>,
    /// Versions of the packages that are installed, of those that hubmark asks about.
    pub(super) packages: BTreeMap<String, String>,
    /// `verified`, `unverified` or `contradicted`; null where the farm says nothing of it.
    pub(super) placement: Option<String>,
    /// What was looked at.
    pub(super) findings: Vec<Finding>,
}

/// A package that notebooks import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Need {
    /// Its name where packages are installed from.
    pub(super) package: String,
    /// Keys of the notebooks.
    pub(super) notebooks: Vec<String>,
    /// Kernel specifications that execute them.
    pub(super) specs: Vec<String>,
}

/// One metric of the specification for one role.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct MetricSeen {
    /// `microserver` or `gpu_server`.
    pub(super) role: String,
    /// The specification's name of it.
    pub(super) metric: String,
    /// How many machines have the role.
    pub(super) nodes: usize,
    /// How many of them it will be known of.
    pub(super) known: usize,
    /// What it will come from.
    pub(super) from: Vec<Origin>,
    /// What is missing, and how to get it.
    pub(super) missing: Vec<Missing>,
}

/// What a metric will come from.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Origin {
    /// The exporter, this machine's own sampler, or the run's tasks.
    pub(super) source: String,
    /// Names of series of `docs/reference/metrics.md`; empty for tasks.
    pub(super) series: Vec<String>,
    /// The machines whose metric comes from it.
    pub(super) nodes: Vec<String>,
}

/// A metric that will not be known of some machines.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Missing {
    /// Why.
    pub(super) why: String,
    /// What would change that.
    pub(super) how: String,
    /// The machines.
    pub(super) nodes: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::Document;
    use std::path::Path;

    #[test]
    fn the_schema_in_the_reference_is_that_of_the_code() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/doctor.schema.json");
        let text = serde_json::to_string_pretty(&schemars::schema_for!(Document)).unwrap() + "\n";
        if std::fs::read_to_string(&path).unwrap_or_default() != text {
            let fresh = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/doctor.schema.json");
            std::fs::write(&fresh, &text).unwrap();
            panic!("{} is old: copy {} over it", path.display(), fresh.display());
        }
    }
}
