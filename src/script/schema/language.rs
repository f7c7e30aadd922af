//! The words that are not constructors: helpers of `hm`, and what `run` and `task` offer to hooks.

/// A field of a value: name, type, meaning.
pub(in crate::script) type Row = (&'static str, &'static str, &'static str);

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::script) enum Call {
    /// `hm.duration(…)`
    Function,
    /// `run:mark(…)`
    Method,
}

/// A function of the language.
#[derive(Debug, Clone, Copy)]
pub(in crate::script) struct Function {
    /// Its name, with what it is found in: `hm.json.encode`.
    pub(in crate::script) name: &'static str,
    /// How it is called.
    pub(super) call: Call,
    /// Parameters with their types, as the type definitions write them; `?` behind a name that may be left out.
    pub(super) parameters: &'static [(&'static str, &'static str)],
    /// Type of what it returns, empty for nothing.
    pub(super) returns: &'static str,
    /// What it does.
    pub(super) about: &'static str,
}

const fn function(
    name: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    returns: &'static str,
    about: &'static str,
) -> Function {
    Function { name, call: Call::Function, parameters, returns, about }
}

pub(super) const fn method(
    name: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    returns: &'static str,
    about: &'static str,
) -> Function {
    Function { name, call: Call::Method, parameters, returns, about }
}

/// Pure helpers of `hm`.
pub(super) const HELPERS: &[Function] = &[
    function(
        "hm.duration",
        &[("text", "string")],
        "hm.Duration",
        "A duration as a value: it adds, subtracts, compares, prints, multiplies with numbers; divided by a duration it gives a number.",
    ),
    function(
        "hm.json.encode",
        &[("value", "any")],
        "string",
        "Plain data as JSON text, keys sorted; at most 1 MiB and 64 levels.",
    ),
    function("hm.json.decode", &[("text", "string")], "any", "JSON text as plain data; `null` becomes `hm.json.null`."),
    function(
        "hm.file.read",
        &[("path", "string")],
        "string",
        "Content of a file below the scenario's folder, at most 16 MiB.",
    ),
    method(
        "hm.random:integer",
        &[("from", "integer"), ("to", "integer")],
        "integer",
        "A whole number, both bounds included, of the scenario's seed.",
    ),
    method(
        "hm.random:number",
        &[("from?", "number"), ("to?", "number")],
        "number",
        "A number between the bounds (0 and 1), the upper one excluded.",
    ),
    method("hm.random:pick", &[("list", "any[]")], "any", "One item of a list, each as likely as another."),
    method("hm.random:shuffle", &[("list", "any[]")], "any[]", "A new list with the items in random order."),
    method(
        "hm.random:stream",
        &[("name", "string")],
        "hm.Random",
        "A stream of its own: draws from it move no others.",
    ),
];

/// Fields of `run`: name, type, meaning.
pub(in crate::script) const RUN_FIELDS: &[(&str, &str, &str)] = &[
    ("id", "string", "id of the run"),
    ("elapsed_s", "number", "seconds since the run began"),
    ("generation", "integer", "generation of the plan in force"),
    ("users", "integer", "users at work"),
    ("simulated", "boolean", "whether the world is simulated"),
];

/// Fields of `task`: name, type, meaning.
pub(super) const TASK: &[(&str, &str, &str)] = &[
    ("id", "string", "id of the task"),
    ("notebook", "string", "key of the notebook"),
    ("hub", "string", "name of the hub or server"),
    ("account", "string", "account; empty on a plain server"),
    ("node", "string?", "name of its user's node; nil where the farm has no nodes"),
    ("outcome", "string", "how it ended: \"ok\" or the failure's name"),
    ("duration_s", "number", "seconds from its start to its end"),
    ("response_s", "number", "seconds from when it was scheduled to its end"),
    ("cells", "integer", "code cells of the notebook"),
    ("error", "hm.TaskError?", "what went wrong; nil for \"ok\""),
];

/// Fields of `task.error`: name, type, meaning.
pub(super) const TASK_ERROR: &[(&str, &str, &str)] = &[
    ("kind", "string", "the failure's name"),
    ("message", "string", "what was seen"),
    ("cell", "integer?", "index of the cell where it went wrong, of all cells, from 0"),
];

/// Names of the fields of `task`.
pub(in crate::script) const TASK_FIELDS: &[&str] =
    &["id", "notebook", "hub", "account", "node", "outcome", "duration_s", "response_s", "cells", "error"];

/// Hooks: name, parameters, when they are called.
pub(super) const HOOKS: &[(&str, &str, &str)] = &[
    ("setup", "run", "before the first user starts"),
    ("task_done", "run, task", "after each task, in the order of events"),
    ("teardown", "run", "after the last user is gone"),
];

/// Names of the fields of `task.error`.
pub(in crate::script) const TASK_ERROR_FIELDS: &[&str] = &["kind", "message", "cell"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_fields_are_those_of_their_tables() {
        assert!(TASK.iter().map(|f| f.0).eq(TASK_FIELDS.iter().copied()));
        assert!(TASK_ERROR.iter().map(|f| f.0).eq(TASK_ERROR_FIELDS.iter().copied()));
        assert!(HOOKS.iter().map(|h| h.0).eq(crate::plan::Hook::ALL.iter().map(|h| h.name())));
    }
}
