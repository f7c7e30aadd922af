//! Where users work.

use super::{Constructor, Field, Form, Type, field};
use crate::plan::Role;

const HEADERS: Type = Type::Map(&Type::Text);

pub(super) const FARM: Constructor = Constructor {
    name: "farm",
    about: "Several hubs and plain servers, by name, and the machines that users work from.",
    form: Form::Table { first: None },
    fields: &[
        field(
            "hubs",
            Type::Map(&Type::Either(&[Type::Made(&["hub", "server"]), Type::Url])),
            "hubs and servers by the name that nodes, executors and thresholds use",
        )
        .required(),
        field(
            "nodes",
            Type::List(&Type::Made(&["node", "nodes"])),
            "machines, in the order in which users are spread over them",
        )
        .default("{}"),
        field("kernels_on", Type::Choice(Role::WORDS), "role of the machines that notebooks' processes run on")
            .default("each node runs its own"),
        field(
            "dedicated",
            Type::Boolean,
            "whether each GPU belongs to one node's users alone: two nodes on one GPU are refused then, else warned of",
        )
        .default("false"),
        field(
            "placement",
            Type::Choice(&["declared", "any"]),
            "what becomes of a run whose kernels are found elsewhere than the nodes say: it ends before the load, or goes on",
        )
        .default("\"declared\""),
    ],
    example: r#"hm.farm { hubs = { gx8 = "http://gx8:8000" }, nodes = { hm.node { "ms-01", role = "microserver", hub = "gx8" } } }"#,
};

pub(super) const HUB: Constructor = Constructor {
    name: "hub",
    about: "A JupyterHub and the accounts to work under.",
    form: Form::Table { first: Some("url") },
    fields: &[
        field("url", Type::Url, "public address of the hub, with its base URL").required(),
        field("token", Type::Secret, "API token of the hub; it is bound to the hub's address")
            .default("\"env:JUPYTERHUB_API_TOKEN\""),
        field(
            "accounts",
            Type::Either(&[Type::Made(&["accounts"]), Type::Choice(&["self"])]),
            "accounts that the users work under; \"self\": named servers of the token's own user, which needs no admin rights",
        )
        .default("hm.accounts { pattern = \"hubmark-%04d\", create = true }"),
        field("profile", Type::Text, "profile of the hub's spawner, by its slug: what people choose in the form"),
        field("options", Type::Data, "options of the spawn request beside the profile (`user_options`)").default("{}"),
        field("headers", HEADERS, "extra headers of every request").default("{}"),
        field("ca", Type::Text, "PEM file of a certificate authority to trust besides the system's"),
    ],
    example: r#"hm.hub { url = "https://hub.example.org", token = "env:HUBMARK_TOKEN", profile = "gpu" }"#,
};

const LISTED: &[Field] = &[
    field("name", Type::Text, "name of the account").required(),
    field("token", Type::Secret, "the account's own token; without it the hub's token is used"),
];

pub(super) const ACCOUNTS: Constructor = Constructor {
    name: "accounts",
    about: "Accounts of a hub: made from a pattern, or existing ones from a list or file.",
    form: Form::Table { first: None },
    fields: &[
        field("pattern", Type::Pattern, "names with one number in them, counted from 1"),
        field("create", Type::Boolean, "whether hubmark creates the pattern's accounts and deletes them at the end")
            .default("false"),
        field(
            "list",
            Type::List(&Type::Either(&[Type::Text, Type::Record("ListedAccount", LISTED)])),
            "existing accounts, one user each, by name or with a token of their own; never created, never deleted",
        ),
        field("file", Type::Path, "file with one existing account a line: `name` or `name,token`; as a list otherwise"),
    ],
    example: r#"hm.accounts { pattern = "hubmark-%04d", create = true }"#,
};

pub(super) const SERVER: Constructor = Constructor {
    name: "server",
    about: "A plain Jupyter Server: kernels only, everybody works under one account.",
    form: Form::Table { first: Some("url") },
    fields: &[
        field("url", Type::Url, "address of the server, with its base URL").required(),
        field("token", Type::Secret, "token of the server, if it wants one"),
        field("headers", HEADERS, "extra headers of every request").default("{}"),
        field("ca", Type::Text, "PEM file of a certificate authority to trust besides the system's"),
    ],
    example: r#"hm.server { url = "http://127.0.0.1:8888", token = "env:HUBMARK_SERVER_TOKEN" }"#,
};
