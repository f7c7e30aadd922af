//! Where users work.

use super::{Constructor, Form, Type, field};

const HEADERS: Type = Type::Map(&Type::Text);

pub(super) const FARM: Constructor = Constructor {
    name: "farm",
    about: "Several hubs and plain servers, by name.",
    form: Form::Table { first: None },
    fields: &[field(
        "hubs",
        Type::Map(&Type::Either(&[Type::Made(&["hub", "server"]), Type::Url])),
        "hubs and servers by the name that executors and thresholds use",
    )
    .required()],
    example: r#"hm.farm { hubs = { gx8 = hm.hub { url = "http://gx8:8000" }, gx9 = "http://gx9:8000" } }"#,
};

pub(super) const HUB: Constructor = Constructor {
    name: "hub",
    about: "A JupyterHub and the accounts to work under.",
    form: Form::Table { first: Some("url") },
    fields: &[
        field("url", Type::Url, "public address of the hub, with its base URL").required(),
        field("token", Type::Secret, "API token of the hub; it is bound to the hub's address")
            .default("\"env:JUPYTERHUB_API_TOKEN\""),
        field("accounts", Type::Made(&["accounts"]), "accounts that the users work under")
            .default("hm.accounts { pattern = \"hubmark-%04d\", create = true }"),
        field("options", Type::Data, "options of the spawn request, such as the profile").default("{}"),
        field("headers", HEADERS, "extra headers of every request").default("{}"),
        field("ca", Type::Text, "PEM file of a certificate authority to trust besides the system's"),
    ],
    example: r#"hm.hub { url = "https://hub.example.org", token = "env:HUBMARK_TOKEN", options = { profile = "gpu" } }"#,
};

pub(super) const ACCOUNTS: Constructor = Constructor {
    name: "accounts",
    about: "Accounts of a hub: made from a pattern, or a list of existing ones.",
    form: Form::Table { first: None },
    fields: &[
        field("pattern", Type::Pattern, "names with one number in them, counted from 1"),
        field("create", Type::Boolean, "whether hubmark creates the pattern's accounts and deletes them at the end")
            .default("false"),
        field("list", Type::List(&Type::Text), "existing accounts, one user each; never created, never deleted"),
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
