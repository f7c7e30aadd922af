//! Executors, distributions, and what a one-line scenario stands for.

use super::farm::{Places, places};
use super::{Builder, Load};
use crate::plan::{Distribution, Executor, ExecutorKind, Farm, Habits, MixEntry, NotebookSpec, Stage, UserSpec};
use crate::script::value::{Checked, Made};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn executors(builder: &Builder, farm: &Farm) -> BTreeMap<String, Executor> {
    let load = builder.scenario.map("load").into_iter().flatten();
    load.filter_map(|(key, value)| match value {
        Checked::Made(made) => Some((key.clone(), executor(made, places(builder, farm, key, made))?)),
        _ => None,
    })
    .collect()
}

fn executor(made: &Made, places: Places) -> Option<Executor> {
    let kind = match made.constructor.name {
        "constant_users" => ExecutorKind::ConstantUsers {
            users: made.integer("users")?,
            duration: made.duration("duration")?,
            together: made.boolean("together").unwrap_or(false),
        },
        "ramping_users" => ExecutorKind::RampingUsers {
            from: made.integer("from").unwrap_or(0),
            stages: made.list("stages").iter().filter_map(stage).collect(),
        },
        _ => ExecutorKind::PerUserIterations {
            users: made.integer("users")?,
            iterations: made.integer("iterations")?,
            at_most: made.duration("at_most"),
        },
    };
    Some(Executor {
        user: made.text("user")?,
        on: places.on,
        nodes: places.nodes,
        per_node: made.integer("per_node").unwrap_or(1),
        start: made.duration("start").unwrap_or_default(),
        graceful_stop: made.duration("graceful_stop").unwrap_or(Duration::from_secs(30)),
        tags: made.texts("tags"),
        kind,
    })
}

fn stage(value: &Checked) -> Option<Stage> {
    let Checked::Map(fields) = value else { return None };
    match (fields.get("users"), fields.get("duration")) {
        (Some(Checked::Integer(users)), Some(Checked::Duration(duration))) => {
            Some(Stage { users: u32::try_from(*users).ok()?, duration: *duration })
        }
        _ => None,
    }
}

/// A duration, or what a constructor of distributions made.
pub(super) fn distribution(value: &Checked) -> Option<Distribution> {
    let made = match value {
        Checked::Duration(value) => return Some(Distribution::Constant { value: *value }),
        Checked::Made(made) => made,
        _ => return None,
    };
    match made.constructor.name {
        "constant" => Some(Distribution::Constant { value: made.duration("value")? }),
        "uniform" => Some(Distribution::Uniform { from: made.duration("from")?, to: made.duration("to")? }),
        "exponential" => Some(Distribution::Exponential { mean: made.duration("mean")? }),
        "lognormal" => Some(Distribution::Lognormal { median: made.duration("median")?, sigma: made.number("sigma")? }),
        _ => {
            let values = made.list("values").iter().filter_map(|value| match value {
                Checked::Duration(duration) => u64::try_from(duration.as_nanos()).ok(),
                _ => None,
            });
            Some(Distribution::Empirical { values_ns: values.collect() })
        }
    }
}

/// `users = 4, duration = "10m"`: one kind of user that takes every notebook alike, one executor.
pub(super) fn one_line(builder: &Builder, users: u32, notebooks: &BTreeMap<String, NotebookSpec>, farm: &Farm) -> Load {
    let scenario = builder.scenario;
    if scenario.get("load").is_some() {
        let hint = "write users = { name = hm.user {…} } beside load, or leave load out";
        builder.wrong("users", "\"users\" is a number beside \"load\"", Some(hint));
    }
    if scenario.get("notebook").is_none() && scenario.get("notebooks").is_none() {
        let hint = "notebook = \"x.ipynb\"";
        builder.wrong("users", "a one-line scenario needs a notebook", Some(hint));
    }
    let Some(duration) = scenario.duration("duration") else {
        // A wrong duration has its fault already; a missing one has none yet.
        builder.wrong("users", "a one-line scenario needs a duration", Some("duration = \"10m\""));
        return (BTreeMap::new(), BTreeMap::new());
    };
    let mix = notebooks.keys().map(|key| MixEntry { notebook: key.clone(), weight: 1.0 }).collect();
    let user = UserSpec {
        mix,
        think: Distribution::ZERO,
        pacing: None,
        notebooks_per_session: 1,
        habits: Habits::default(),
        behaviour: None,
    };
    let executor = Executor {
        user: "user".to_owned(),
        on: vec![],
        nodes: farm.workable().map(|node| node.name.clone()).collect(),
        per_node: 1,
        start: Duration::ZERO,
        graceful_stop: Duration::from_secs(30),
        tags: BTreeMap::new(),
        kind: ExecutorKind::ConstantUsers { users, duration, together: false },
    };
    (BTreeMap::from([("user".to_owned(), user)]), BTreeMap::from([("users".to_owned(), executor)]))
}
