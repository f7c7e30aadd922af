//! Hubs and servers.

use super::Builder;
use super::accounts;
use crate::plan::{HubTarget, PrometheusTarget, SecretRef, ServerTarget, Target};
use crate::script::value::{Checked, Made};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Where a hub's token comes from unless the scenario says otherwise.
const TOKEN: &str = "JUPYTERHUB_API_TOKEN";

pub(super) fn targets(builder: &Builder) -> BTreeMap<String, Target> {
    let scenario = builder.scenario;
    let mut targets = BTreeMap::new();
    if let Some(one) = scenario.get("hub")
        && let Some((name, target)) = target(builder, "hub", one)
    {
        targets.insert(name.to_owned(), target);
    }
    if let Some(farm) = scenario.made("farm") {
        if scenario.get("hub").is_some() {
            builder.wrong("hub", "both \"hub\" and \"farm\" in hm.scenario", Some("put the hub into the farm's hubs"));
        }
        for (name, value) in farm.map("hubs").into_iter().flatten() {
            if let Some((_, target)) = target(builder, &format!("farm.hubs.{name}"), value) {
                targets.insert(name.clone(), target);
            }
        }
    }
    targets
}

/// A target, and the name it has when it is the only one. `path` leads to it in the scenario.
fn target(builder: &Builder, path: &str, value: &Checked) -> Option<(&'static str, Target)> {
    match value {
        Checked::Url(url) => Some(("hub", Target::Hub(hub(builder, path, url.clone(), None)))),
        Checked::Made(made) if made.constructor.name == "server" => Some((
            "server",
            Target::Server(ServerTarget {
                url: made.url("url")?,
                token: made.secret("token"),
                headers: made.texts("headers"),
                ca: made.text("ca").map(Into::into),
            }),
        )),
        Checked::Made(made) => Some(("hub", Target::Hub(hub(builder, path, made.url("url")?, Some(made))))),
        _ => None,
    }
}

fn hub(builder: &Builder, path: &str, url: url::Url, made: Option<&Made>) -> HubTarget {
    HubTarget {
        url,
        token: made.and_then(|m| m.secret("token")).unwrap_or_else(|| SecretRef::Env(TOKEN.to_owned())),
        accounts: accounts::of(builder, path, made.and_then(|m| m.get("accounts"))),
        options: made.map(|m| options(builder, path, m)).unwrap_or_default(),
        headers: made.map(|m| m.texts("headers")).unwrap_or_default(),
        ca: made.and_then(|m| m.text("ca")).map(Into::into),
    }
}

/// What the spawn request asks for.
fn options(builder: &Builder, path: &str, made: &Made) -> Map<String, Value> {
    with_profile(builder, path, "hm.hub", made.data("options"), made.text("profile"))
}

/// Options with a profile, which is one of them: the field of KubeSpawner's form that holds the chosen slug.
pub(super) fn with_profile(
    builder: &Builder,
    path: &str,
    of: &str,
    options: Map<String, Value>,
    profile: Option<String>,
) -> Map<String, Value> {
    let mut options = options;
    if let Some(profile) = profile
        && options.insert("profile".to_owned(), Value::String(profile)).is_some()
    {
        let why = format!("both \"profile\" and \"options.profile\" in {of}");
        builder.wrong(&format!("{path}.profile"), why, Some("keep profile = \"…\""));
    }
    options
}

/// Prometheus servers that functions may ask, by name.
pub(super) fn prometheus(builder: &Builder) -> BTreeMap<String, PrometheusTarget> {
    let declared = builder.scenario.map("prometheus").into_iter().flatten();
    let one = |(name, value): (&String, &Checked)| {
        let Checked::Made(made) = value else { return None };
        for field in ["match", "profile"] {
            if made.get(field).is_some() {
                let why =
                    format!("{field:?} says how a node's series are found, and this Prometheus is asked by PromQL");
                builder.wrong(&format!("prometheus.{name}.{field}"), why, Some("leave it out"));
            }
        }
        let target = PrometheusTarget {
            url: made.url("url")?,
            token: made.secret("token"),
            ca: made.text("ca").map(Into::into),
        };
        Some((name.clone(), target))
    };
    declared.filter_map(one).collect()
}
