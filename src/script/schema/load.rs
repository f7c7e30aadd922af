//! Executors: what starts iterations.

use super::{Constructor, Field, Form, Type, field};

/// Most users of one executor.
const USERS: Type = Type::Integer { min: 1, max: 100_000 };

const USER_FIELD: Field = field("user", Type::Text, "key of the kind of user in `users`").required();
const ON: Field = field(
    "on",
    Type::Either(&[Type::Text, Type::List(&Type::Text), Type::Map(&Type::Text), Type::Function("labels")]),
    "what the users are spread over in turn: a role, a node, a hub or server, a list of them, labels that nodes have, or a function that is called with each node's labels when the scenario loads and says whether to take it",
)
.default("all nodes that have a hub; all hubs and servers where there are none");
const PER_NODE: Field = field("per_node", Type::Integer { min: 1, max: 10_000 }, "most users on one node").default("1");
const START: Field = field("start", Type::Duration, "when it begins, from the start of the load").default("\"0s\"");
const GRACEFUL_STOP: Field = field(
    "graceful_stop",
    Type::Duration,
    "how long a task under way may go on after the end, and how long a user's `stop` may take",
)
.default("\"30s\"");
const TAGS: Field = field("tags", Type::Map(&Type::Text), "labels of your own").default("{}");

/// One leg of a ramp.
const STAGE: &[Field] = &[
    field("users", Type::Integer { min: 0, max: 100_000 }, "users at the end of the stage").required(),
    field("duration", Type::Duration, "how long the stage takes; \"0s\" jumps").required(),
];

pub(super) const CONSTANT_USERS: Constructor = Constructor {
    name: "constant_users",
    about: "A fixed number of users for a time; each iterates again when it is done.",
    form: Form::Table { first: None },
    fields: &[
        USER_FIELD,
        field("users", USERS, "how many").required(),
        field("duration", Type::Duration, "how long").required(),
        field("together", Type::Boolean, "make servers and kernels ready first, then release all users at once")
            .default("false"),
        ON,
        PER_NODE,
        START,
        GRACEFUL_STOP,
        TAGS,
    ],
    example: r#"hm.constant_users { user = "agent", users = 16, duration = "4h", together = true }"#,
};

pub(super) const RAMPING_USERS: Constructor = Constructor {
    name: "ramping_users",
    about: "A number of users that follows stages, linearly within each.",
    form: Form::Table { first: None },
    fields: &[
        USER_FIELD,
        field("from", Type::Integer { min: 0, max: 100_000 }, "users at the beginning").default("0"),
        field("stages", Type::List(&Type::Record("hm.Stage", STAGE)), "the stages, one after the other").required(),
        ON,
        PER_NODE,
        START,
        GRACEFUL_STOP,
        TAGS,
    ],
    example: r#"hm.ramping_users { user = "agent", stages = { { users = 20, duration = "5m" }, { users = 0, duration = "1m" } } }"#,
};

pub(super) const PER_USER_ITERATIONS: Constructor = Constructor {
    name: "per_user_iterations",
    about: "A fixed amount of work: each user does so many iterations.",
    form: Form::Table { first: None },
    fields: &[
        USER_FIELD,
        field("users", USERS, "how many").required(),
        field("iterations", Type::Integer { min: 1, max: 1_000_000_000 }, "iterations of each user").required(),
        field("at_most", Type::Duration, "stop after this time even if iterations are left"),
        ON,
        PER_NODE,
        START,
        GRACEFUL_STOP,
        TAGS,
    ],
    example: r#"hm.per_user_iterations { user = "agent", users = 4, iterations = 25, at_most = "1h" }"#,
};
