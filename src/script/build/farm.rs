//! Machines of a farm, and the nodes that executors' users work on.

use super::{Builder, target};
use crate::plan::{Farm, GpuName, GpuRef, Limits, MetricsSource, Node, PlacementRule, Role, Size};
use crate::script::farm::nodes_of;
use crate::script::value::{Checked, Made};
use std::collections::BTreeMap;

/// The farm's machines.
pub(super) fn farm(builder: &Builder) -> Farm {
    let Some(farm) = builder.scenario.made("farm") else { return Farm::default() };
    let nodes = nodes_of(farm);
    Farm {
        kernels_on: farm.text("kernels_on").as_deref().and_then(Role::of),
        dedicated: farm.boolean("dedicated").unwrap_or(false),
        placement: match farm.text("placement").as_deref() {
            Some("any") => PlacementRule::Any,
            _ => PlacementRule::Declared,
        },
        nodes: nodes.iter().enumerate().filter_map(|(index, made)| node(builder, index, made)).collect(),
    }
}

fn node(builder: &Builder, index: usize, made: &Made) -> Option<Node> {
    let name = made.text("name")?;
    Some(Node {
        role: made.text("role").as_deref().and_then(Role::of)?,
        hub: made.text("hub"),
        host: made.text("host"),
        account: made.text("account"),
        server: made.text("server"),
        options: options(builder, index, made),
        gpus: gpus(&name, made),
        metrics: made.get("metrics").and_then(|value| metrics(builder, index, value)),
        limits: limits(made),
        size: size(made),
        labels: made.texts("labels"),
        name,
    })
}

fn options(builder: &Builder, index: usize, made: &Made) -> serde_json::Map<String, serde_json::Value> {
    let spawn = made.map("spawn");
    let options = match spawn.and_then(|spawn| spawn.get("options")) {
        Some(Checked::Data(options)) => options.clone(),
        _ => serde_json::Map::new(),
    };
    let profile = match spawn.and_then(|spawn| spawn.get("profile")) {
        Some(Checked::Text(profile)) => Some(profile.clone()),
        _ => None,
    };
    target::with_profile(builder, &format!("farm.nodes[{}].spawn", index + 1), "the node's spawn", options, profile)
}

fn gpus(name: &str, made: &Made) -> Vec<GpuRef> {
    let own = |index| GpuRef { node: name.to_owned(), gpu: GpuName::Index(index) };
    if let Some(count) = made.integer("gpus") {
        return (0..count).map(own).collect();
    }
    made.list("gpus").iter().filter_map(gpu).collect()
}

fn gpu(value: &Checked) -> Option<GpuRef> {
    let Checked::Made(made) = value else { return None };
    let gpu = match made.integer("gpu") {
        Some(index) => GpuName::Index(index),
        None => GpuName::Uuid(made.text("gpu")?),
    };
    Some(GpuRef { node: made.text("node")?, gpu })
}

fn metrics(builder: &Builder, index: usize, value: &Checked) -> Option<MetricsSource> {
    let Checked::Made(made) = value else { return Some(MetricsSource::Here) };
    if made.constructor.name == "exporter" {
        let how = made.map("how");
        let text = |name: &str| match how.and_then(|how| how.get(name)) {
            Some(Checked::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let token = match how.and_then(|how| how.get("token")) {
            Some(Checked::Secret(token)) => Some(token.clone()),
            _ => None,
        };
        let ca = text("ca").map(Into::into);
        return Some(MetricsSource::Exporter { url: made.url("url")?, profile: text("profile"), token, ca });
    }
    if made.texts("match").is_empty() {
        let why = "the Prometheus has series of many machines, and nothing says which are the node's";
        let hint = "say by which labels they are found: match = { instance = \"ms-01:9100\" }";
        builder.wrong(&format!("farm.nodes[{}].metrics", index + 1), why, Some(hint));
    }
    Some(MetricsSource::Prometheus {
        url: made.url("url")?,
        token: made.secret("token"),
        selector: made.texts("match"),
        profile: made.text("profile"),
        ca: made.text("ca").map(Into::into),
    })
}

fn size(made: &Made) -> Size {
    let size = made.map("size");
    let number = |name: &str| number(size, name);
    Size { cores: number("cores"), memory_bytes: number("memory"), gpu_memory_bytes: number("gpu_memory") }
}

fn limits(made: &Made) -> Limits {
    let limits = made.map("limits");
    let number = |name: &str| number(limits, name);
    Limits {
        cpu: number("cpu"),
        memory: number("memory"),
        gpu_memory: number("gpu_memory"),
        gpu_temperature: number("gpu_temperature"),
    }
}

/// A number of a record.
pub(super) fn number(record: Option<&BTreeMap<String, Checked>>, name: &str) -> Option<f64> {
    match record.and_then(|record| record.get(name)) {
        Some(Checked::Number(number)) => Some(*number),
        _ => None,
    }
}

/// Where the users of an executor work: hubs and servers, or nodes.
#[derive(Default)]
pub(super) struct Places {
    pub(super) on: Vec<String>,
    pub(super) nodes: Vec<String>,
}

/// What `on` of an executor means on this farm. A word that names nothing stays under `on`, where validation meets it.
pub(super) fn places(builder: &Builder, farm: &Farm, key: &str, made: &Made) -> Places {
    let mut places = Places::default();
    let nobody = |what: String| {
        let hint = "only nodes with a hub count: no user can work on the others";
        builder.wrong(&format!("load.{key}.on"), what, Some(hint));
    };
    let mut word = |name: &String| match Role::of(name) {
        Some(role) if !farm.is_empty() => {
            let before = places.nodes.len();
            places.nodes.extend(farm.workable().filter(|node| node.role == role).map(|node| node.name.clone()));
            if places.nodes.len() == before {
                nobody(format!("no node has the role {name:?} and a hub"));
            }
        }
        _ if farm.workable().any(|node| node.name == *name) => places.nodes.push(name.clone()),
        _ => places.on.push(name.clone()),
    };
    match made.get("on") {
        Some(Checked::Text(name)) => word(name),
        Some(Checked::List(names)) => names.iter().for_each(|name| {
            if let Checked::Text(name) = name {
                word(name);
            }
        }),
        Some(Checked::Map(_)) => {
            let wanted = made.texts("on");
            let has = |node: &&Node| wanted.iter().all(|(label, value)| node.labels.get(label) == Some(value));
            places.nodes.extend(farm.workable().filter(has).map(|node| node.name.clone()));
            if places.nodes.is_empty() {
                let labels: Vec<String> = wanted.iter().map(|(label, value)| format!("{label} = {value:?}")).collect();
                nobody(format!("no node has the labels {} and a hub", labels.join(", ")));
            }
        }
        Some(Checked::Function(_)) => {
            // Where the function gave something else than a boolean, that fault is noted already.
            if let Some(chosen) = builder.session.chosen.borrow().get(key) {
                places.nodes.clone_from(chosen);
                if chosen.is_empty() {
                    nobody("the function under \"on\" takes none of the nodes".to_owned());
                }
            }
        }
        _ => places.nodes.extend(farm.workable().map(|node| node.name.clone())),
    }
    // A node that stands twice, by its name and by its role, is one node.
    let mut seen = std::collections::BTreeSet::new();
    places.nodes.retain(|name| seen.insert(name.clone()));
    places
}
