//! Hubs and servers.

use super::Builder;
use crate::plan::{Accounts, HubTarget, SecretRef, ServerTarget, Target};
use crate::script::value::{Checked, Made};
use std::collections::BTreeMap;

/// Where a hub's token comes from unless the scenario says otherwise.
const TOKEN: &str = "JUPYTERHUB_API_TOKEN";

pub(super) fn targets(builder: &Builder) -> BTreeMap<String, Target> {
    let scenario = builder.scenario;
    let mut targets = BTreeMap::new();
    if let Some(one) = scenario.get("hub")
        && let Some((name, target)) = target(one)
    {
        targets.insert(name.to_owned(), target);
    }
    if let Some(farm) = scenario.made("farm") {
        if scenario.get("hub").is_some() {
            builder.wrong("hub", "both \"hub\" and \"farm\" in hm.scenario", Some("put the hub into the farm's hubs"));
        }
        for (name, value) in farm.map("hubs").into_iter().flatten() {
            if let Some((_, target)) = target(value) {
                targets.insert(name.clone(), target);
            }
        }
    }
    targets
}

/// A target, and the name it has when it is the only one.
fn target(value: &Checked) -> Option<(&'static str, Target)> {
    match value {
        Checked::Url(url) => Some(("hub", Target::Hub(hub(url.clone(), None)))),
        Checked::Made(made) if made.constructor.name == "server" => Some((
            "server",
            Target::Server(ServerTarget {
                url: made.url("url")?,
                token: made.secret("token"),
                headers: made.texts("headers"),
                ca: made.text("ca").map(Into::into),
            }),
        )),
        Checked::Made(made) => Some(("hub", Target::Hub(hub(made.url("url")?, Some(made))))),
        _ => None,
    }
}

fn hub(url: url::Url, made: Option<&Made>) -> HubTarget {
    HubTarget {
        url,
        token: made.and_then(|m| m.secret("token")).unwrap_or_else(|| SecretRef::Env(TOKEN.to_owned())),
        accounts: accounts(made.and_then(|m| m.made("accounts")).map(AsRef::as_ref)),
        options: made.map(|m| m.data("options")).unwrap_or_default(),
        headers: made.map(|m| m.texts("headers")).unwrap_or_default(),
        ca: made.and_then(|m| m.text("ca")).map(Into::into),
    }
}

fn accounts(made: Option<&Made>) -> Accounts {
    let Some(made) = made else {
        return Accounts::Pattern { pattern: "hubmark-%04d".to_owned(), create: true };
    };
    match made.text("pattern") {
        Some(pattern) => Accounts::Pattern { pattern, create: made.boolean("create").unwrap_or(false) },
        None => {
            let names = made.list("list").iter().filter_map(|name| match name {
                Checked::Text(name) => Some(name.clone()),
                _ => None,
            });
            Accounts::List { names: names.collect() }
        }
    }
}
