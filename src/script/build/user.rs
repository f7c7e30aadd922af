//! Kinds of users, and the metrics that their code observes.

use super::{Builder, farm, load};
use crate::plan::{Behaviour, Distribution, Habit, Habits, Instrument, MixEntry, OwnMetric, UserFunction, UserSpec};
use crate::script::value::Checked;
use std::collections::{BTreeMap, BTreeSet};

/// Script errors in a row after which an executor is paused, where the author does not say.
const ERRORS_IN_A_ROW: u32 = 10;

pub(super) fn user(value: &Checked) -> Option<UserSpec> {
    let Checked::Made(made) = value else { return None };
    let mix = made.map("mix").into_iter().flatten();
    let mix = mix.filter_map(|(key, weight)| match weight {
        Checked::Number(weight) => Some(MixEntry { notebook: key.clone(), weight: *weight }),
        _ => None,
    });
    let functions: BTreeSet<UserFunction> =
        UserFunction::ALL.into_iter().filter(|function| made.get(function.name()).is_some()).collect();
    let errors_in_a_row = made.integer("errors_in_a_row").unwrap_or(ERRORS_IN_A_ROW);
    Some(UserSpec {
        mix: mix.collect(),
        think: made.get("think").and_then(load::distribution).unwrap_or(Distribution::ZERO),
        pacing: made.get("pacing").and_then(load::distribution),
        notebooks_per_session: made.integer("notebooks_per_session").unwrap_or(1),
        habits: made.map("habits").map(habits).unwrap_or_default(),
        behaviour: (!functions.is_empty()).then_some(Behaviour { functions, errors_in_a_row }),
    })
}

fn habits(fields: &BTreeMap<String, Checked>) -> Habits {
    let share = |habit: Habit| Some((habit, farm::number(Some(fields), habit.name())?));
    let Habits { idle_time, .. } = Habits::default();
    Habits {
        shares: Habit::ALL.into_iter().filter_map(share).collect(),
        idle_time: fields.get("idle_time").and_then(load::distribution).unwrap_or(idle_time),
    }
}

/// The declared metrics. Their names are words, so that thresholds can name them.
pub(super) fn metrics(builder: &Builder<'_>) -> BTreeMap<String, OwnMetric> {
    let mut metrics = BTreeMap::new();
    for (name, value) in builder.scenario.map("metrics").into_iter().flatten() {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.len() > 60 || !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(word) {
            let why = format!("{name:?} is not a name of a metric: letters, digits and _, a letter first");
            builder.wrong("metrics", why, None);
            continue;
        }
        let Checked::Map(fields) = value else { continue };
        let text = |field: &str| match fields.get(field) {
            Some(Checked::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let kind = match text("kind").as_deref() {
            Some("counter") => Instrument::Counter,
            Some("gauge") => Instrument::Gauge,
            _ => Instrument::Histogram,
        };
        metrics.insert(name.clone(), OwnMetric { kind, unit: text("unit"), about: text("about") });
    }
    metrics
}
