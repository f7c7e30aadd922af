//! The scenario itself.

use super::{Constructor, Field, Form, Type, field};
use crate::plan::Instrument;

const EXECUTORS: Type = Type::Made(&["constant_users", "ramping_users", "per_user_iterations"]);

/// How fast servers may be asked for.
const SPAWNS: &[Field] = &[
    field("at_most", Type::Rate, "most spawns asked for in a time").default("as fast as users come"),
    field("together", Type::Integer { min: 1, max: 10_000 }, "most spawns pending at one time on a hub").default("10"),
    field("timeout", Type::Duration, "how long a server may take until it is ready").default("\"5m\""),
];

/// How often what is sampled.
const SAMPLING: &[Field] = &[
    field("host", Type::Duration, "interval of the samples of this machine and of hubmark itself").default("\"5s\""),
    field("gpu", Type::Duration, "interval of the samples of this machine's GPUs").default("\"1s\""),
    field("report", Type::Duration, "length of one row of the report's table over time").default("\"5m\""),
];

/// A metric of the author's own.
const METRIC: &[Field] = &[
    field("kind", Type::Choice(Instrument::WORDS), "how its values add up").required(),
    field("unit", Type::Text, "its unit; \"s\", \"bytes\" and \"ratio\" are printed and judged as such"),
    field("about", Type::Text, "what it measures"),
];

/// An objective with what a run does about it while it goes on.
const THRESHOLD: &[Field] = &[
    field("objective", Type::Threshold, "the objective").required().first(),
    field("abort", Type::Boolean, "whether the run ends once it was broken in three windows in a row").default("false"),
    field("hold", Type::Boolean, "whether no users are added while it is broken").default("false"),
    field("pause", Type::Boolean, "not there yet: a run cannot be paused").default("false"),
    field("after", Type::Duration, "from when on of the load it is judged while the run goes on").default("\"0s\""),
];

/// Functions that hubmark calls.
const ON: &[Field] = &[
    field("setup", Type::Function("run"), "called before the first user starts"),
    field("task_done", Type::Function("run, task"), "called after each task"),
    field("teardown", Type::Function("run"), "called after the last user is gone"),
];

pub(super) const SCENARIO: Constructor = Constructor {
    name: "scenario",
    about: "The whole scenario: what a scenario's file returns.",
    form: Form::Table { first: None },
    fields: &[
        field("name", Type::Name, "name of the scenario, part of its runs' names")
            .default("the file's name, or its folder's if that is scenario.lua"),
        field("about", Type::Text, "one line that says what it is for"),
        field("api", Type::Integer { min: 1, max: i64::MAX }, "major version of the language").default("1"),
        field("tags", Type::Map(&Type::Text), "labels of your own for its runs").default("{}"),
        field("seed", Type::Integer { min: 0, max: 9_007_199_254_740_992 }, "seed of every random choice").default("1"),
        field("farm", Type::Made(&["farm"]), "several hubs; one is enough with `hub`"),
        field("hub", Type::Either(&[Type::Made(&["hub", "server"]), Type::Url]), "the one hub, or its address"),
        field(
            "prometheus",
            Type::Map(&Type::Made(&["prometheus"])),
            "Prometheus servers that functions may ask with `run:prom`, by name",
        )
        .default("{}"),
        field(
            "notebooks",
            Type::Map(&Type::Either(&[Type::Made(&["notebook"]), Type::Path])),
            "notebooks by the key that mixes and thresholds use",
        ),
        field(
            "notebook",
            Type::Either(&[Type::Made(&["notebook"]), Type::Path]),
            "the only notebook of a one-line scenario",
        ),
        field(
            "users",
            Type::Either(&[Type::Map(&Type::Made(&["user"])), Type::Integer { min: 1, max: 100_000 }]),
            "kinds of user by key; in a one-line scenario their number",
        ),
        field(
            "metrics",
            Type::Map(&Type::Record("hm.Metric", METRIC)),
            "metrics that your users' code observes, by name",
        )
        .default("{}"),
        field("duration", Type::Duration, "how long a one-line scenario goes on"),
        field("load", Type::Map(&EXECUTORS), "executors by key"),
        field("spawns", Type::Record("hm.Spawns", SPAWNS), "how fast servers may be asked for"),
        field("sampling", Type::Record("hm.Sampling", SAMPLING), "how often what is sampled"),
        field(
            "thresholds",
            Type::List(&Type::Either(&[Type::Threshold, Type::Record("hm.Threshold", THRESHOLD)])),
            "objectives, shown while the run goes on and judged when it ends",
        )
        .default("{}"),
        field("keep", Type::Choice(&["failed", "sample", "all"]), "which executed notebooks are kept")
            .default("\"sample\""),
        field("on", Type::Record("hm.Hooks", ON), "functions that hubmark calls while a run goes on"),
    ],
    example: r#"return hm.scenario { hub = "http://127.0.0.1:8000", notebook = "mnist.ipynb", users = 4, duration = "10m" }"#,
};
