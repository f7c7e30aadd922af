//! Type definitions for editors, in LuaCATS.

use super::{
    CODE_ERROR_FIELDS, Call, Constructor, EXECUTED_FIELDS, FAILURE_FIELDS, Field, Form, Function, GPU_CALLS,
    GPU_FIELDS, HELPERS, HOST_CALLS, HUB, KERNEL, KERNEL_FIELDS, ONE_SERIES_FIELDS, PROM, RECORDS, RUN, RUN_FIELDS,
    RUN_RECORDS, SCHEMA, SERIES_FIELDS, SERVER_FIELDS, SHARED, STATS_FIELDS, TASK, TASK_ERROR, Type, USER, USER_FIELDS,
    gpu_fields, host_fields,
};
use std::fmt::Write;

/// The type definitions of the language: the content of `lua/types/hubmark.lua`.
#[must_use]
pub fn luacats() -> String {
    let mut out = String::from(
        "---@meta\n-- Types of hubmark's scenario language, for editors with a Lua language server.\n-- Made from hubmark's own table of words; `hubmark new` writes it beside a scenario.\n\n",
    );
    out.push_str(QUANTITIES);
    for constructor in SCHEMA {
        records(&mut out, constructor.fields);
        if let Form::Table { .. } = constructor.form {
            let _ = writeln!(out, "--- Fields of `hm.{}`.\n---@class hm.{}", constructor.name, options(constructor));
            fields(&mut out, constructor.fields, first(constructor));
            out.push('\n');
        }
        let fields = match constructor.form {
            Form::Table { .. } => format!(": hm.{}", options(constructor)),
            Form::Arguments => String::new(),
        };
        let _ = writeln!(out, "--- {}\n---@class hm.{}{fields}\n", constructor.about, class(constructor));
    }
    class_of(&mut out, "hm.TaskError", "What went wrong with a task.", TASK_ERROR);
    class_of(&mut out, "hm.Task", "One execution of a notebook, as hooks see it.", TASK);
    class_of(&mut out, "hm.Run", "The run, as hooks see it.", RUN_FIELDS);
    out.push_str("---@field log hm.Log the run's log\n---@field shared hm.Shared what all users and hooks share\nlocal run = {}\n\n---@class hm.Log\nlocal log = {}\n\n");
    for function in RUN {
        let receiver = function.name.replace("run.log:", "log:");
        declare(&mut out, function, &receiver);
    }
    looks(&mut out);
    users(&mut out);
    out.push_str("---@class hm.Random\nlocal random = {}\n\n");
    out.push_str("---@class hm\n---@field random hm.Random chance of the scenario's seed\nhm = {}\n\nhm.json = {}\nhm.file = {}\n--- The value that JSON's `null` becomes.\n---@type any\nhm.json.null = nil\n\n");
    for function in HELPERS {
        declare(&mut out, function, &function.name.replace("hm.random:", "random:"));
    }
    out.push_str(PARAMS);
    for constructor in SCHEMA {
        constructor_function(&mut out, constructor);
    }
    out.push_str("return hm\n");
    out
}

/// What `run` gives to look at.
fn looks(out: &mut String) {
    record_classes(out, RUN_RECORDS);
    class_of(out, "hm.OneSeries", "One series of an answer.", ONE_SERIES_FIELDS);
    class_of(out, "hm.Series", "What a Prometheus or a page of metrics answered.", SERIES_FIELDS);
    class_of(out, "hm.Stats", "Live figures of a metric.", STATS_FIELDS);
    for (class, about, rows, functions) in [
        ("Gpu", "A GPU, as its latest sample shows it.", &*gpu_fields(), GPU_CALLS),
        ("Host", "A machine, as its latest sample shows it.", &*host_fields(), HOST_CALLS),
        ("HubView", "A hub, to look at.", &[], HUB),
        ("Prom", "A Prometheus, to ask.", &[], PROM),
        ("Shared", "What all users and hooks share.", &[], SHARED),
    ] {
        class_of(out, &format!("hm.{class}"), about, rows);
        out.truncate(out.trim_end().len());
        let local = if class == "HubView" { "hub".to_owned() } else { class.to_lowercase() };
        let _ = writeln!(out, "\nlocal {local} = {{}}\n");
        functions.iter().for_each(|function| declare(out, function, &function.name.replace("run.shared:", "shared:")));
    }
}

/// Classes of the tables that calls take.
fn record_classes(out: &mut String, records: &[(&str, &str, &[Field])]) {
    for (name, of, rows) in records {
        let _ = writeln!(out, "--- What `{of}` takes.\n---@class {name}");
        fields(out, rows, None);
        out.push('\n');
    }
}

/// What functions of one's own users are given.
fn users(out: &mut String) {
    record_classes(out, RECORDS);
    class_of(out, "hm.ServerStarted", "A server that was started.", SERVER_FIELDS);
    class_of(out, "hm.CodeError", "What code on a kernel raised.", CODE_ERROR_FIELDS);
    class_of(out, "hm.Executed", "What came of code on a kernel.", EXECUTED_FIELDS);
    class_of(out, "hm.Failure", "A failure of the hub, as calls on `user` and `kernel` raise it.", FAILURE_FIELDS);
    class_of(out, "hm.UserGpu", "A GPU of a user's node.", GPU_FIELDS);
    for (class, about, rows, functions) in [
        ("Kernel", "A kernel that the user opened.", KERNEL_FIELDS, KERNEL),
        ("User", "A user, in the hands of its own functions.", USER_FIELDS, USER),
    ] {
        class_of(out, &format!("hm.{class}"), about, rows);
        out.truncate(out.trim_end().len());
        let _ = writeln!(out, "\nlocal {} = {{}}\n", class.to_lowercase());
        functions.iter().for_each(|function| declare(out, function, function.name));
    }
}

const QUANTITIES: &str = "\
--- A number with its unit.
---@class hm.Quantity
---@operator add(hm.Quantity): hm.Quantity
---@operator sub(hm.Quantity): hm.Quantity
---@operator mul(number): hm.Quantity
---@operator div(number): hm.Quantity

--- A length of time. `a / b` of two durations is a number.
---@class hm.Duration
---@operator add(hm.Duration): hm.Duration
---@operator sub(hm.Duration): hm.Duration
---@operator mul(number): hm.Duration
---@operator div(number): hm.Duration
---@operator div(hm.Duration): number

--- Where a secret comes from. It can be handed on and nothing else.
---@class hm.Secret

";

const PARAMS: &str = "\
--- Declares parameters: each becomes a flag of `run`, `check` and `simulate`. The default stands first: `{ 16, min = 1 }`.
--- `presets = { small = { agents = 2 } }` are chosen with `--preset small`.
---@param declarations table<string, { [1]: any, kind: hm.ParamKind?, min: any, max: any, choices: string[]?, about: string? }>
---@return table<string, any>
function hm.params(declarations) end

---@alias hm.ParamKind \"string\"|\"integer\"|\"number\"|\"boolean\"|\"duration\"|\"rate\"|\"bytes\"|\"ratio\"|\"url\"|\"path\"|\"choice\"|\"secret\"

";

fn class_of(out: &mut String, name: &str, about: &str, rows: &[(&str, &str, &str)]) {
    let _ = writeln!(out, "--- {about}\n---@class {name}");
    for (name, ty, about) in rows {
        let _ = writeln!(out, "---@field {name} {ty} {about}");
    }
    if name != "hm.Run" {
        out.push('\n');
    }
}

/// Classes of the plain tables within fields.
fn records(out: &mut String, of: &[Field]) {
    for field in of {
        if let Some((name, rows)) = field.ty.record() {
            let _ = writeln!(out, "---@class {name}");
            fields(out, rows, rows.iter().find(|row| row.first).map(|row| row.name));
            out.push('\n');
        }
    }
}

fn first(constructor: &Constructor) -> Option<&'static str> {
    match constructor.form {
        Form::Table { first } => first,
        Form::Arguments => None,
    }
}

fn fields(out: &mut String, fields: &[Field], first: Option<&str>) {
    for field in fields {
        let is_first = first == Some(field.name);
        let optional = if field.required && !is_first { "" } else { "?" };
        let default = field.default.map_or(String::new(), |d| format!(" (default {d})"));
        let ty = lua_type(&field.ty);
        let _ = writeln!(out, "---@field {}{optional} {ty} {}{default}", field.name, field.about);
        if is_first {
            let _ = writeln!(out, "---@field [1]? {ty} the same as `{}`", field.name);
        }
    }
}

/// `ConstantUsers` for `constant_users`.
fn class(constructor: &Constructor) -> String {
    let words = constructor.name.split('_');
    words.map(|w| w.chars().take(1).flat_map(char::to_uppercase).chain(w.chars().skip(1)).collect::<String>()).collect()
}

fn options(constructor: &Constructor) -> String {
    format!("{}Fields", class(constructor))
}

fn lua_type(ty: &Type) -> String {
    match ty {
        Type::Text
        | Type::Name
        | Type::Path
        | Type::Url
        | Type::Endpoint
        | Type::Share
        | Type::Celsius
        | Type::Pattern
        | Type::Threshold => "string".to_owned(),
        Type::Integer { .. } => "integer".to_owned(),
        Type::Number { .. } => "number".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Duration => "string|hm.Duration".to_owned(),
        Type::Rate | Type::Bytes => "string|hm.Quantity".to_owned(),
        Type::Secret => "string|hm.Secret".to_owned(),
        Type::Choice(words) => words.iter().map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join("|"),
        Type::Made(names) => {
            let known = SCHEMA.iter().filter(|c| names.contains(&c.name));
            known.map(|c| format!("hm.{}", class(c))).collect::<Vec<_>>().join("|")
        }
        Type::Either(types) => types.iter().map(lua_type).collect::<Vec<_>>().join("|"),
        Type::List(of) => match lua_type(of) {
            inner if inner.contains('|') => format!("({inner})[]"),
            inner => format!("{inner}[]"),
        },
        Type::Map(of) => format!("table<string, {}>", lua_type(of)),
        Type::Record(name, _) => (*name).to_owned(),
        Type::Data => "table<string, any>".to_owned(),
        Type::Function(parameters) => {
            let typed = parameters.split(", ").map(|p| match p {
                "task" => "task: hm.Task",
                "user" => "user: hm.User",
                "i" => "i: integer",
                "name" => "name: string",
                "labels" => "labels: table<string, string>",
                _ => "run: hm.Run",
            });
            let returns = match *parameters {
                "i, name" => ": table<string, any>",
                "labels" => ": boolean",
                _ => "",
            };
            format!("fun({}){returns}", typed.collect::<Vec<_>>().join(", "))
        }
    }
}

fn declare(out: &mut String, function: &Function, name: &str) {
    let _ = writeln!(out, "--- {}", function.about);
    for (name, ty) in function.parameters {
        let _ = writeln!(out, "---@param {name} {ty}");
    }
    if !function.returns.is_empty() {
        let _ = writeln!(out, "---@return {}", function.returns);
    }
    let parameters: Vec<&str> = function.parameters.iter().map(|(name, _)| name.trim_end_matches('?')).collect();
    debug_assert!(function.call == Call::Function || name.contains(':'));
    let _ = writeln!(out, "function {name}({}) end\n", parameters.join(", "));
}

fn constructor_function(out: &mut String, constructor: &Constructor) {
    let _ = writeln!(out, "--- {}\n---\n--- `{}`", constructor.about, constructor.example);
    let parameters = match constructor.form {
        Form::Table { .. } => {
            let _ = writeln!(out, "---@param fields hm.{}", options(constructor));
            "fields".to_owned()
        }
        Form::Arguments => {
            for field in constructor.fields {
                let optional = if field.required { "" } else { "?" };
                let _ = writeln!(out, "---@param {}{optional} {} {}", field.name, lua_type(&field.ty), field.about);
            }
            constructor.fields.iter().map(|f| f.name).collect::<Vec<_>>().join(", ")
        }
    };
    let _ = writeln!(out, "---@return hm.{}\nfunction hm.{}({parameters}) end\n", class(constructor), constructor.name);
}
