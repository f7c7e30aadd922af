//! What `user` and `kernel` offer to the functions of users of one's own.

use super::language::{Function, Row, method};
use super::{Field, Type, field};

/// Fields of `user:start_server {…}`.
pub(in crate::script) const START_SERVER: &[Field] = &[
    field("name", Type::Name, "name of the server").default("the user's default server"),
    field("profile", Type::Text, "the profile to choose, where the hub offers some"),
    field("options", Type::Data, "options of the spawn, over those of the hub").default("{}"),
    field("timeout", Type::Duration, "how long it may take until it is ready").default("that of `spawns`"),
];

/// Fields of `user:open_kernel {…}`.
pub(in crate::script) const OPEN_KERNEL: &[Field] =
    &[field("spec", Type::Text, "name of the kernel's specification").default("\"python3\"")];

/// Fields of `kernel:execute(code, {…})`.
pub(in crate::script) const EXECUTE: &[Field] =
    &[field("timeout", Type::Duration, "how long it may take; then the kernel is interrupted").default("\"10m\"")];

/// Fields of `user:run(notebook, {…})`.
pub(in crate::script) const RUN_NOTEBOOK: &[Field] = &[
    field("params", Type::Data, "parameters over those of the notebook").default("{}"),
    field("keep", Type::Boolean, "whether the executed copy is kept").default("as the scenario's `keep` says"),
];

/// Records that calls take: class, what takes it, fields.
pub(super) const RECORDS: &[(&str, &str, &[Field])] = &[
    ("hm.StartServer", "user:start_server", START_SERVER),
    ("hm.OpenKernel", "user:open_kernel", OPEN_KERNEL),
    ("hm.RunNotebook", "user:run", RUN_NOTEBOOK),
    ("hm.Execute", "kernel:execute", EXECUTE),
];

/// What a user's functions may do with `user`.
pub(in crate::script) const USER: &[Function] = &[
    method(
        "user:start_server",
        &[("wish?", "hm.StartServer")],
        "hm.ServerStarted",
        "Starts the user's server and waits until it is ready. One at a time; on a plain server there is nothing to start.",
    ),
    method("user:stop_server", &[], "", "Closes the user's kernels, stops its server and waits until it is gone."),
    method(
        "user:delete",
        &[],
        "",
        "Stops the server and deletes the user's account, if hubmark made it; the next `user:start_server` makes it again.",
    ),
    method(
        "user:open_kernel",
        &[("wish?", "hm.OpenKernel")],
        "hm.Kernel",
        "Opens a kernel. One that `iterate` opens is closed when the iteration ends, one that `start` opens when the user leaves.",
    ),
    method(
        "user:run",
        &[("notebook", "string"), ("how?", "hm.RunNotebook")],
        "hm.Task",
        "Executes a notebook of the scenario cell by cell, as the built-in user does, and records it as a task. It returns the task however it ended.",
    ),
    method(
        "user:put",
        &[("path", "string"), ("data", "string")],
        "",
        "Writes a file on the user's server, over one that is there. Its folder must be there.",
    ),
    method("user:get", &[("path", "string")], "string", "Reads a file of the user's server, at most 4 MiB."),
    method("user:think", &[], "", "Waits the `think` time of `hm.user`, another draw each time."),
    method("user:sleep", &[("duration", "string|hm.Duration")], "", "Waits."),
    method(
        "user:pace",
        &[("duration", "string|hm.Duration")],
        "",
        "Waits until this long after the last `user:pace`, or after the beginning of the iteration; not at all if that is past.",
    ),
    method(
        "user:step",
        &[("name", "string"), ("f", "function"), ("...", "any")],
        "any",
        "Calls a function as a named step and records how long it took and how it ended. Steps nest; a nested one is `outer/inner`.",
    ),
    method(
        "user:check",
        &[("name", "string"), ("ok", "boolean")],
        "",
        "Records whether something held. The iteration goes on.",
    ),
    method(
        "user:metric",
        &[("name", "string"), ("value", "number")],
        "",
        "Records a value of a metric that the scenario declares under `metrics`: a counter adds it, a gauge takes it, a histogram collects it. Thresholds judge it as `metric.NAME`.",
    ),
    method(
        "user:try",
        &[("f", "function"), ("...", "any")],
        "any",
        "Calls a function and gives what it returns; a failure of the hub comes back as `nil, failure` and is no failure of the run. Errors of the code itself are not caught.",
    ),
];

/// What a user's functions may do with a kernel.
pub(in crate::script) const KERNEL: &[Function] = &[
    method(
        "kernel:execute",
        &[("code", "string"), ("how?", "hm.Execute")],
        "hm.Executed",
        "Executes code and waits for its end. What the code raises is in the result; a timeout or a lost kernel is a failure.",
    ),
    method("kernel:interrupt", &[], "", "Interrupts the kernel; an idle one is not changed by it."),
    method("kernel:restart", &[], "", "Restarts the kernel: what it knew is lost."),
    method("kernel:close", &[], "", "Shuts the kernel down."),
];

/// Fields of `user`: name, type, meaning.
pub(in crate::script) const USER_FIELDS: &[Row] = &[
    ("id", "string", "the executor's key and the user's number: \"class/3\""),
    ("hub", "string", "name of the hub or server that it works on"),
    ("account", "string", "its account; empty on a plain server"),
    ("node", "string?", "name of the node that it works from; nil where the farm has no nodes"),
    ("gpus", "hm.UserGpu[]", "GPUs that the scenario gives to its node; empty without any"),
    ("iteration", "integer?", "number of the iteration, from 1; nil in `start` and `stop`"),
    (
        "random",
        "hm.Random",
        "chance of this user and iteration: the same again under the same seed, whatever others draw",
    ),
    ("run", "hm.Run", "the run, as hooks see it; called as `user:run(…)` it executes a notebook"),
    (
        "data",
        "any",
        "the user's own plain data, at most 256 KiB as JSON; it stays when the VM is made anew after a limit was broken",
    ),
];

/// Fields of a GPU in `user.gpus`: name, type, meaning.
pub(super) const GPU_FIELDS: &[Row] = &[
    ("node", "string", "name of the node that holds it"),
    ("index", "integer?", "its number on that node, from 0; nil where the scenario gives its UUID"),
    ("uuid", "string?", "its UUID; nil where the scenario gives its number"),
];

/// Fields of a kernel: name, type, meaning.
pub(in crate::script) const KERNEL_FIELDS: &[Row] = &[("spec", "string", "name of its specification")];

/// Fields of what `user:start_server` gives.
pub(in crate::script) const SERVER_FIELDS: &[Row] = &[
    ("name", "string", "name of the server; empty for the default one"),
    ("spawn_s", "number", "seconds until it was ready, with the wait for the pacing of spawns"),
];

/// Fields of what `kernel:execute` gives.
pub(in crate::script) const EXECUTED_FIELDS: &[Row] = &[
    ("status", "string", "\"ok\", or \"error\" where the code raised something"),
    ("text", "string", "what it printed and the text of its results, in one piece"),
    ("outputs", "table[]", "its outputs, as notebooks have them"),
    (
        "truncated",
        "boolean",
        "whether output is missing: over 1 MiB of it, or what the server or a lost connection dropped",
    ),
    ("duration_s", "number", "seconds from sending it to its end"),
    ("count", "integer?", "the number that the kernel gave it"),
    ("error", "hm.CodeError?", "what the code raised; nil for \"ok\""),
];

/// Fields of `error` in it.
pub(in crate::script) const CODE_ERROR_FIELDS: &[Row] = &[
    ("name", "string", "name of the exception"),
    ("message", "string", "its text"),
    ("traceback", "string", "its traceback, without terminal colours"),
];

/// Fields of a failure that a call raises.
pub(in crate::script) const FAILURE_FIELDS: &[Row] = &[
    ("kind", "string", "the outcome's name, such as \"spawn_failed\""),
    ("status", "integer?", "status of the hub's HTTP answer, where there was one"),
    ("retryable", "boolean", "whether the same call can succeed later"),
    ("retry_after_s", "number?", "seconds that the hub asked to wait"),
    ("message", "string", "what was seen"),
    ("call", "string", "what was called, such as \"user:start_server\""),
];

/// Names of fields.
pub(in crate::script) fn names(of: &'static [Row]) -> Vec<&'static str> {
    of.iter().map(|field| field.0).collect()
}

/// Names of calls, without what they are called on.
pub(in crate::script) fn calls(of: &'static [Function]) -> Vec<&'static str> {
    of.iter().filter_map(|function| function.name.split_once(':').map(|(_, name)| name)).collect()
}
