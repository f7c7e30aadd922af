//! The reference page of the language.

use super::{
    CODE_ERROR_FIELDS, EXECUTED_FIELDS, FAILURE_FIELDS, Field, Form, Function, GPU_CALLS, GPU_FIELDS, HELPERS, HOOKS,
    HOST_CALLS, HUB, KERNEL, KERNEL_FIELDS, ONE_SERIES_FIELDS, PROM, RECORDS, RUN, RUN_FIELDS, RUN_RECORDS, Row,
    SCHEMA, SERIES_FIELDS, SERVER_FIELDS, SHARED, STATS_FIELDS, TASK, TASK_ERROR, Type, USER, USER_FIELDS, gpu_fields,
    host_fields,
};
use crate::plan::threshold::reference_table;
use crate::script::params::ParamKind;
use std::fmt::Write;

/// The reference of the language: the content of `docs/reference/lua.md`.
#[must_use]
pub fn reference_markdown() -> String {
    let mut out = String::from(INTRODUCTION);
    out.push_str("## Constructors\n\n");
    for constructor in SCHEMA {
        let call = match constructor.form {
            Form::Table { .. } => format!("hm.{} {{…}}", constructor.name),
            Form::Arguments => {
                let names: Vec<&str> = constructor.fields.iter().map(|f| f.name).collect();
                format!("hm.{}({})", constructor.name, names.join(", "))
            }
        };
        let _ = writeln!(out, "### `{call}`\n\n{}\n\n```lua\n{}\n```\n", constructor.about, constructor.example);
        if let Form::Table { first: Some(first) } = constructor.form {
            let _ = writeln!(out, "The first item without a name is `{first}`.\n");
        }
        rows(&mut out, constructor.fields, constructor.form != Form::Arguments);
        for field in constructor.fields {
            if let Some((_, fields)) = field.ty.record() {
                let _ = writeln!(out, "`{}`{}:\n", field.name, if is_list(&field.ty) { ", each item" } else { "" });
                if let Some(first) = fields.iter().find(|row| row.first) {
                    let _ = writeln!(out, "The first item without a name is `{}`.\n", first.name);
                }
                rows(&mut out, fields, true);
            }
        }
    }
    params(&mut out);
    out.push_str("## Helpers\n\nPure functions, at load and in hooks.\n\n");
    functions(&mut out, HELPERS);
    out.push_str(MODULES);
    hooks(&mut out);
    users(&mut out);
    thresholds(&mut out);
    out.push_str(LIMITS);
    out
}

const INTRODUCTION: &str = "\
# The scenario language

A scenario is a Lua file that returns `hm.scenario {…}`. It is data: loading it starts nothing, reads only files of its own folder, and is over
in milliseconds. This page is made from the table of words that the constructors check against.

```lua
return hm.scenario { hub = \"http://127.0.0.1:8000\", notebook = \"mnist.ipynb\", users = 4, duration = \"10m\" }
```

## Rules

- The language is Luau; what Lua 5.4 parses too is enough for every scenario. `hm` is a global, and `require \"hubmark\"` returns it.
- An unknown global, field or parameter is an error that says what could have been meant. Assigning a global is an error: write `local`.
- **Quantities have units.** `\"90s\"`, `\"1h30m\"`, `\"2/min\"`, `\"16GiB\"`, `\"1%\"` are accepted where one is meant; a bare number is refused there.
- **Secrets never stand in a scenario.** `\"env:NAME\"` or `\"file:PATH\"` say where one comes from. A secret in Lua's hands can be handed on and nothing else.
- `math.random` and `hm.random` draw from the scenario's seed. `os.time`, `os.clock` and `os.date` raise while a scenario loads and tell the run's time in hooks.
- `require \"users\"` runs `users.lua` of the scenario's folder, `require \"lib.users\"` is `lib/users.lua`. Nothing outside the folder can be read.
- `print` writes to the run's log: `hubmark runs log RUN` shows it, warnings and errors are shown while the run goes on.
- Paths are relative to the scenario's folder.

";

const MODULES: &str = "\
`require \"hubmark.stages\"` gives functions that make stages for `hm.ramping_users`: `steps { from, to, by, climb, hold }` for a staircase and
`hill { users, up, hold, down }` for a rise, a plateau and a fall.

";

const USERS: &str = "\
## Users of your own

```lua
local student = hm.user {
  start = function(user) user:start_server {} end,
  iterate = function(user)
    local kernel = user:open_kernel { spec = \"python3\" }
    user:step(\"load data\", function() kernel:execute(\"x = list(range(1000))\", { timeout = \"1m\" }) end)
    local task = user:run(\"train\", { params = { epochs = user.random:integer(1, 4) } })
    user:check(\"learned\", task.outcome == \"ok\")
    user:think()
  end,
  stop = function(user) user:stop_server() end,
}
```

`start` is called when the user comes, `iterate` in each iteration, `stop` when it leaves in order. Each user has a VM of its own that ran the
scenario's files with the same parameters, so locals of a file are the user's own. The [cookbook](../guide/cookbook.md) shows ten of them.

- **Every call waits** until it is done, and only this user waits. Inside a coroutine of one's own, a comparison of `sort`, a replacement of
  `gsub` or a metamethod nobody can wait: a call there is an error that says so.
- **A failure of the hub is raised** as a value with the fields below. `user:try(f)` returns it instead: `local _, failure = user:try(f)`. What code
  raises on a kernel is no failure; it stands in the result. One that nobody catches ends the iteration with the failure's own outcome; an error of the
  code itself ends it with `script_error`. Both are recorded with the author's file and line.
- **Nothing has to be tidied.** A user that is cut short is dropped where it waits, and hubmark closes what it opened; `stop` is not called then.
  When its server was lost, or a kernel that `start` opened, or it broke a limit, everything of it is closed and `start` runs again.
- `errors_in_a_row` script errors, over all users of an executor, pause it: its users finish their iterations and leave.

What `user` and `kernel` offer:

";

const LOOKS: &str = "\
## Looking at machines, hubs and Prometheus

Hooks and users may look around alike: `run` in a hook and `user.run` in a user's function are the same. Every call waits, as calls on `user` do. The
[guide](../guide/looking.md) has a scenario that does.

- **Nothing is invented.** A field that the source does not tell is nil. In a simulated run machines and hubs are the simulated ones and say `simulated`,
  and a Prometheus is refused, because it has no series of a simulated world.
- **A failure of a hub is raised** as calls on `user` raise theirs. All else that goes wrong, PromQL's own errors among it, is an error at the author's
  line: `pcall(function() … end)` catches it.
- A hook may take 60 s with all that it waits for and ask for 1,000 things. While a hook waits, hooks behind it wait too.

";

const LIMITS: &str = "\
## Limits

They end the scenario's VM and cannot be caught with `pcall`.

| what | at load | in a hook, and in a user's code between two waits |
| --- | --- | --- |
| time in Lua | 1 s | 100 ms a call |
| memory of Lua values | 64 MiB | 16 MiB |
| depth of calls | about 20,000 | about 20,000 |
| actions (`mark`, `stop`, log lines) | – | 64 a call, texts of 4 KiB |
| one file of Lua | 256 KiB | – |
| one other file; all files | 16 MiB; 64 MiB | – |
| data that becomes JSON | 1 MiB, 64 levels | 1 MiB, 64 levels |
| `user.data` | – | 256 KiB, looked at when a function ends |
| one answer to a question to `run` | – | 30 s; 20,000 values of series, 16 MiB of a Prometheus' answer |
| `run.shared` | – | 1,000 names of each kind, 64 KiB a value, 4 MiB of all values; a barrier 60 s unless it says how long |
| calls that take no time, steps, checks and metrics among them | – | 10,000 in one call of a function; 200 names of each kind in a run, the others are `other` |

There is no `io`, `package`, `load`, `os.execute`, and no bytecode. `string.rep` makes at most 16 MiB; text and pattern of `find`, `match`, `gmatch`, `gsub`
and `split` are refused where together they would take long.
";

fn is_list(ty: &Type) -> bool {
    matches!(ty, Type::List(_) | Type::Map(_))
}

fn rows(out: &mut String, fields: &[Field], named: bool) {
    let _ = writeln!(
        out,
        "| {} | takes | default | meaning |\n| --- | --- | --- | --- |",
        if named { "field" } else { "argument" }
    );
    for field in fields {
        let default = match (field.required, field.default) {
            (true, _) => "required".to_owned(),
            (false, Some(text)) if text.starts_with(['"', '{']) || text.starts_with("hm.") => format!("`{text}`"),
            (false, Some(text)) => text.to_owned(),
            (false, None) => "–".to_owned(),
        };
        let wanted = field.ty.wanted().replace('|', "\\|");
        let _ = writeln!(out, "| `{}` | {wanted} | {default} | {} |", field.name, field.about);
    }
    out.push('\n');
}

fn params(out: &mut String) {
    out.push_str(
        "## Parameters\n\n```lua\nlocal p = hm.params {\n  agents = { 16, min = 1, max = 500, about = \"microservers, one agent each\" },\n  length = { \"4h\", kind = \"duration\", about = \"time at full load\" },\n  presets = { small = { agents = 2, length = \"5m\" } },\n}\n```\n\nThe default stands first; without one a value must be given. Each parameter is a flag: `hold_time` is `--hold-time 5m` or `--set hold_time=5m`;\na boolean is `--fast` or `--no-fast`; a preset is `--preset small`. `p.agents` gives the value. A name that hubmark's own flags use is refused.\n\n| kind | on the command line | in Lua |\n| --- | --- | --- |\n",
    );
    for kind in ParamKind::ALL {
        let example = match kind {
            ParamKind::String => "`--title \"nightly\"`",
            ParamKind::Integer => "`--agents 45`; `min`, `max`",
            ParamKind::Number => "`--factor 1.5`; `min`, `max`",
            ParamKind::Boolean => "`--fast`, `--no-fast`",
            ParamKind::Duration => "`--length 1h30m`; `min`, `max`",
            ParamKind::Rate => "`--logins 20/min`; `min`, `max`",
            ParamKind::Bytes => "`--data 16GiB`; `min`, `max`",
            ParamKind::Ratio => "`--errors 1%`; `min`, `max`",
            ParamKind::Url => "`--hub http://127.0.0.1:8000`",
            ParamKind::Path => "`--notebook train.ipynb`",
            ParamKind::Choice => "`--profile gpu`; `choices = { \"cpu\", \"gpu\" }`",
            ParamKind::Secret => "`--token env:HUBMARK_TOKEN`",
        };
        let _ = writeln!(out, "| `{}` | {example} | {} |", kind.name(), kind.lua_type().replace("hm.", ""));
    }
    out.push_str("\nWithout `kind` the default decides: a text is a `string`, a whole number an `integer`, another number a `number`.\n\n");
}

fn functions(out: &mut String, functions: &[Function]) {
    out.push_str("| call | gives | what it does |\n| --- | --- | --- |\n");
    for function in functions {
        let parameters: Vec<&str> = function.parameters.iter().map(|(name, _)| *name).collect();
        let returns = match function.returns {
            "" => "–".to_owned(),
            returns => returns.replace("hm.", ""),
        };
        let _ = writeln!(out, "| `{}({})` | {returns} | {} |", function.name, parameters.join(", "), function.about);
    }
    out.push('\n');
}

fn hooks(out: &mut String) {
    out.push_str("## Hooks\n\nFunctions under `on`. They share one VM, run in the order of events, and get plain data.\n\n| hook | called |\n| --- | --- |\n");
    for (name, parameters, when) in HOOKS {
        let _ = writeln!(out, "| `{name}({parameters})` | {when} |");
    }
    out.push_str("\nWhat `run` offers:\n\n");
    functions(out, RUN);
    functions(out, SHARED);
    tables(out, &[("run", RUN_FIELDS), ("task", TASK), ("task.error", TASK_ERROR)]);
    looks(out);
}

fn looks(out: &mut String) {
    out.push_str(LOOKS);
    functions(out, GPU_CALLS);
    functions(out, HOST_CALLS);
    functions(out, HUB);
    functions(out, PROM);
    for (name, of, fields) in RUN_RECORDS {
        let _ = writeln!(out, "`{}`, what `{of}` takes:\n", name.replace("hm.", ""));
        rows(out, fields, true);
    }
    let (gpu, host) = (gpu_fields(), host_fields());
    let results: [(&str, &[Row]); 5] = [
        ("gpu", &gpu),
        ("host", &host),
        ("figures (run:stats)", STATS_FIELDS),
        ("answer (prom, hub:metrics)", SERIES_FIELDS),
        ("answer.series[i]", ONE_SERIES_FIELDS),
    ];
    tables(out, &results);
}

/// Tables of fields: name, type, meaning.
fn tables(out: &mut String, tables: &[(&str, &[Row])]) {
    for (name, table) in tables {
        let _ = writeln!(out, "| `{name}` | type | meaning |\n| --- | --- | --- |");
        for (field, ty, about) in *table {
            let _ = writeln!(out, "| `{field}` | {} | {about} |", ty.replace("hm.", ""));
        }
        out.push('\n');
    }
}

fn users(out: &mut String) {
    out.push_str(USERS);
    functions(out, USER);
    functions(out, KERNEL);
    for (name, of, fields) in RECORDS {
        let _ = writeln!(out, "`{}`, what `{of}` takes:\n", name.replace("hm.", ""));
        rows(out, fields, true);
    }
    let results = [
        ("user", USER_FIELDS),
        ("user.gpus[i]", GPU_FIELDS),
        ("kernel", KERNEL_FIELDS),
        ("server", SERVER_FIELDS),
        ("result", EXECUTED_FIELDS),
        ("result.error", CODE_ERROR_FIELDS),
        ("failure", FAILURE_FIELDS),
    ];
    tables(out, &results);
}

fn thresholds(out: &mut String) {
    out.push_str(THRESHOLDS);
    out.push_str(&reference_table());
    out.push('\n');
}

const THRESHOLDS: &str = "\
## Thresholds

`metric{label=value,…}.aggregate [each label] op value [over window]`: `\"task.duration{notebook=train}.p95 < 15m\"`,
`\"task.failed.ratio each node < 1%\"`. With `each` every value of the label is judged by itself, and the worst is named first.

When the run ends each objective is judged over the whole run: pass, fail, or undecided where there is too little to judge.

While the run goes on each objective is judged over windows of a minute, or of the length behind `over`, which count from the start of the
load or from `after` on. It is *broken* from the first window whose figure does not meet it until one does, and *undecided* after three windows
in a row in which nothing of its kind happened. The display, the log, `hubmark_threshold_ok` and the report show it. A `count` or `total` without `over` is the one
of the run so far. In a table of its own an objective has an action:

```lua
local thresholds = {
  \"spawn.duration.max < 60s\",
  { \"task.failed.ratio < 10%\", abort = true, after = \"10m\" },
  { \"task.duration.p95 each node < 15m over 5m\", hold = true },
}
```

`abort` ends the run in order, with exit code 99, once the objective was broken in three windows in a row that hold at least 30 samples together;
a `count`, `total` or `rate` is measured by the clock and needs no samples. With `each` they are three windows of one value. `hold` adds no
users while it is broken: those at work go on, those whose time comes meanwhile begin when it holds again.

";
