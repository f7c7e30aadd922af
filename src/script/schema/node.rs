//! Machines of a farm.

use super::{Constructor, Field, Form, Type, field};
use crate::plan::{PROFILES, Role};

/// What the spawns of a node's users ask for.
const SPAWN: &[Field] = &[
    field("profile", Type::Text, "profile of the hub's spawner, by its slug"),
    field("options", Type::Data, "options of the spawn request beside the profile (`user_options`)").default("{}"),
];

/// What is acceptable on a node.
const LIMITS: &[Field] = &[
    field("cpu", Type::Share, "share of the processors' time in use"),
    field("memory", Type::Share, "share of the memory in use"),
    field("gpu_memory", Type::Share, "share of each GPU's memory in use"),
    field("gpu_temperature", Type::Celsius, "temperature of each GPU"),
];

/// What a machine is made of.
const SIZE: &[Field] = &[
    field("cores", Type::Number { min: 1.0 }, "processors"),
    field("memory", Type::Bytes, "memory"),
    field("gpu_memory", Type::Bytes, "memory of each of its GPUs"),
];

/// What `hm.exporter` takes besides the address.
const EXPORTER_HOW: &[Field] = &[
    field("profile", Type::Choice(PROFILES), "which exporter it is").default("found out by what the page holds"),
    field("token", Type::Secret, "token that it asks for, as an agent does that others reach"),
    field("ca", Type::Text, "PEM file of a certificate authority to trust besides the system's"),
];

const METRICS: Type = Type::Either(&[Type::Made(&["exporter", "prometheus"]), Type::Choice(&["here"])]);

const NODE_FIELDS: &[Field] = &[
    field("name", Type::Name, "name of the node").required(),
    field("role", Type::Choice(Role::WORDS), "what the machine is for").required(),
    field("hub", Type::Text, "name of the hub or server that its users work on; without it no user works on it"),
    field("host", Type::Text, "host name that its kernels report, where that is not the node's name"),
    field("account", Type::Text, "account of its user").default("the next one of the hub"),
    field("server", Type::Text, "name of its user's server").default("the account's default server"),
    field("spawn", Type::Record("hm.NodeSpawn", SPAWN), "what its users' spawns ask for, over what the hub says"),
    field(
        "gpus",
        Type::Either(&[Type::List(&Type::Made(&["gpu"])), Type::Integer { min: 1, max: 1024 }]),
        "GPUs that its users' kernels have; as a number, so many of its own",
    )
    .default("{}"),
    field("metrics", METRICS, "where its metrics come from; \"here\" is the machine that hubmark runs on"),
    field("limits", Type::Record("hm.Limits", LIMITS), "what is acceptable on it").default("{}"),
    field("size", Type::Record("hm.Size", SIZE), "what it is made of, for `simulate`")
        .default("a microserver: 4 processors, 8 GiB; a GPU server: 64 processors, 512 GiB; GPUs of 24 GiB"),
    field("labels", Type::Map(&Type::Text), "labels of your own, which executors may choose by").default("{}"),
];

/// Fields of a node behind its name: what `hm.nodes` asks its function for.
pub(in crate::script) const NODE_PARTS: &[Field] = match NODE_FIELDS.split_first() {
    Some((_, parts)) => parts,
    None => &[],
};

pub(in crate::script) const NODE: Constructor = Constructor {
    name: "node",
    about: "A machine of the farm: what it is for, who works on it, and what is known of it.",
    form: Form::Table { first: Some("name") },
    fields: NODE_FIELDS,
    example: r#"hm.node { "ms-01", role = "microserver", hub = "gx8", gpus = { hm.gpu("gx8", 0) }, limits = { memory = "85%" } }"#,
};

pub(super) const NODES: Constructor = Constructor {
    name: "nodes",
    about: "Many machines: `each(i, name)` gives the fields of `hm.node` for each, without its name.",
    form: Form::Arguments,
    fields: &[
        field("pattern", Type::Pattern, "names with one number in them, counted from 1").required(),
        field("count", Type::Integer { min: 0, max: 10_000 }, "how many").required(),
        field("each", Type::Function("i, name"), "called for each when the scenario loads").required(),
    ],
    example: r#"hm.nodes("ms-%02d", 16, function(i, name) return { role = "microserver", hub = "gx8", gpus = { hm.gpu("gx8", i - 1) } } end)"#,
};

pub(super) const GPU: Constructor = Constructor {
    name: "gpu",
    about: "A GPU of a node, by its number in the order of the PCI bus (from 0, as `nvidia-smi` counts) or by its UUID.",
    form: Form::Arguments,
    fields: &[
        field("node", Type::Text, "name of the node that holds it").required(),
        field(
            "gpu",
            Type::Either(&[Type::Integer { min: 0, max: 1023 }, Type::Text]),
            "its number from 0, or its UUID (\"GPU-…\", \"MIG-…\")",
        )
        .required(),
    ],
    example: r#"hm.gpu("gx8", 3)"#,
};

pub(super) const EXPORTER: Constructor = Constructor {
    name: "exporter",
    about: "A page of metrics in Prometheus' text format: `hubmark agent`, node_exporter, dcgm-exporter, nvidia_gpu_exporter.",
    form: Form::Arguments,
    fields: &[
        field("url", Type::Endpoint, "address of the page").required(),
        field("how", Type::Record("hm.ExporterHow", EXPORTER_HOW), "how to reach and read it"),
    ],
    example: r#"hm.exporter("http://ms-01:9100/metrics", { profile = "node_exporter" })"#,
};

pub(super) const PROMETHEUS: Constructor = Constructor {
    name: "prometheus",
    about: "An existing Prometheus: one that has a node's series, or one that functions ask with `run:prom`.",
    form: Form::Table { first: Some("url") },
    fields: &[
        field("url", Type::Url, "address of the Prometheus").required(),
        field(
            "match",
            Type::Map(&Type::Text),
            "labels that the node's series have there; a node's `metrics` need them",
        )
        .default("{}"),
        field("profile", Type::Choice(PROFILES), "which exporter the series come from")
            .default("found out by their names"),
        field("token", Type::Secret, "token of its requests, if it wants one"),
        field("ca", Type::Text, "PEM file of a certificate authority to trust besides the system's"),
    ],
    example: r#"hm.prometheus { url = "http://prometheus:9090", match = { instance = "ms-01:9100" } }"#,
};
