//! What users do.

use super::{Constructor, Field, Form, Type, field};

/// A duration or a distribution of durations.
const SOME_TIME: Type =
    Type::Either(&[Type::Duration, Type::Made(&["constant", "uniform", "exponential", "lognormal", "empirical"])]);

/// What `simulate` reckons with.
const NEEDS: &[Field] = &[
    field("gpu", Type::Share, "share of its time that its GPU works for it").default("none"),
    field("cores", Type::Number { min: 0.0 }, "processors that it keeps busy for the rest of its time").default("0"),
    field("memory", Type::Bytes, "memory that it holds").default("none"),
    field("gpu_memory", Type::Bytes, "memory that it holds on the GPU").default("none"),
];

pub(super) const NOTEBOOK: Constructor = Constructor {
    name: "notebook",
    about: "A notebook that users execute, cell by cell. Its file is read when the scenario loads.",
    form: Form::Table { first: Some("path") },
    fields: &[
        field("path", Type::Path, "path of the .ipynb file, below the scenario's folder").required(),
        field("kernel", Type::Text, "name of the kernel to run it on").default("the notebook's own, else \"python3\""),
        field("params", Type::Data, "values that are put behind the cell tagged `parameters`").default("{}"),
        field("timeout", Type::Duration, "how long one task may take").default("\"10m\""),
        field("expect", Type::Duration, "how long one task is expected to take, for `check` and `simulate`"),
        field(
            "needs",
            Type::Record("hm.Needs", NEEDS),
            "what one task needs of its machines while it runs, for `simulate` of a farm",
        )
        .default("{}"),
    ],
    example: r#"hm.notebook { "notebooks/train.ipynb", params = { epochs = 3 }, timeout = "20m", expect = "4m" }"#,
};

/// What people do beside executing notebooks. A name is that of `plan::Habit`.
const HABITS: &[Field] = &[
    field("reconnect", Type::Share, "between two cells, loads the page again: the connection is dropped and made anew"),
    field(
        "interrupt",
        Type::Share,
        "interrupts a cell within its first second and executes no further one: the task is `cancelled`",
    ),
    field(
        "abandon",
        Type::Share,
        "drops the connection within the first second of a cell, and the kernel goes on by itself: the task is `abandoned`; goes before `interrupt`",
    ),
    field(
        "run_twice",
        Type::Share,
        "executes the notebook once more on the same kernel: a second task of the iteration",
    ),
    field("restart_kernel", Type::Share, "restarts the kernel after the task"),
    field(
        "idle",
        Type::Share,
        "keeps the kernel, with what it holds on the GPU, for `idle_time` before the iteration's rest",
    ),
    field("idle_time", SOME_TIME, "how long").default("\"5m\""),
    field(
        "close_tab",
        Type::Share,
        "drops the connection after the task instead of closing the kernel, which goes on until its server stops; the next iteration opens another",
    ),
    field(
        "stay",
        Type::Share,
        "closes nothing when its time is over: server and kernels stay until the end of the run, or until it comes again",
    ),
];

pub(super) const USER: Constructor = Constructor {
    name: "user",
    about: "A kind of user. With a `mix`, each iteration draws one notebook from it, executes it, then thinks. With `iterate`, it does what your functions do.",
    form: Form::Table { first: None },
    fields: &[
        field("mix", Type::Map(&Type::Number { min: 0.0 }), "weights of the notebooks, by their key"),
        field("start", Type::Function("user"), "called when the user comes; it starts the server")
            .default("the default server is started"),
        field("iterate", Type::Function("user"), "called in each iteration, in the place of a mix"),
        field(
            "stop",
            Type::Function("user"),
            "called when the user leaves in order; kernels and server are closed after it anyway",
        ),
        field("think", SOME_TIME, "time between the end of a task and the next iteration; what `user:think()` waits")
            .default("\"0s\""),
        field("pacing", SOME_TIME, "least time from the start of an iteration to the start of the next"),
        field(
            "notebooks_per_session",
            Type::Integer { min: 1, max: 1_000_000 },
            "iterations between opening and closing the kernel that notebooks run on",
        )
        .default("1"),
        field(
            "habits",
            Type::Record("hm.Habits", HABITS),
            "what users of a mix do beside, each with the share of iterations in which they do it (`stay`: of the times that they leave)",
        )
        .default("{}"),
        field(
            "errors_in_a_row",
            Type::Integer { min: 1, max: 1_000_000 },
            "script errors in a row, over all users of an executor, after which it is paused",
        )
        .default("10"),
    ],
    example: r#"hm.user { mix = { train = 5, infer = 2 }, think = hm.exponential("30s"), notebooks_per_session = 5 }"#,
};

pub(super) const CONSTANT: Constructor = Constructor {
    name: "constant",
    about: "Always the same duration.",
    form: Form::Arguments,
    fields: &[field("value", Type::Duration, "the duration").required()],
    example: r#"hm.constant("5s")"#,
};

pub(super) const UNIFORM: Constructor = Constructor {
    name: "uniform",
    about: "A duration evenly between two bounds.",
    form: Form::Arguments,
    fields: &[
        field("from", Type::Duration, "the least").required(),
        field("to", Type::Duration, "the greatest").required(),
    ],
    example: r#"hm.uniform("5s", "20s")"#,
};

pub(super) const EXPONENTIAL: Constructor = Constructor {
    name: "exponential",
    about: "An exponential duration, cut at ten times its mean: many short ones, few long ones.",
    form: Form::Arguments,
    fields: &[field("mean", Type::Duration, "mean before the cut").required()],
    example: r#"hm.exponential("30s")"#,
};

pub(super) const LOGNORMAL: Constructor = Constructor {
    name: "lognormal",
    about: "A lognormal duration, cut at a hundred times its median: how people's pauses are usually spread.",
    form: Form::Arguments,
    fields: &[
        field("median", Type::Duration, "half of the draws are shorter").required(),
        field("sigma", Type::Number { min: 0.0 }, "standard deviation of the logarithm; 0.5 is mild, 1.5 is wild")
            .required(),
    ],
    example: r#"hm.lognormal("20s", 0.8)"#,
};

pub(super) const EMPIRICAL: Constructor = Constructor {
    name: "empirical",
    about: "One of the observed durations, each as likely as another.",
    form: Form::Arguments,
    fields: &[field("values", Type::List(&Type::Duration), "what was observed").required()],
    example: r#"hm.empirical { "3s", "5s", "40s" }"#,
};
