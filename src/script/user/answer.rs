//! From the engine's answers to values in the hands of the author's code.

use crate::port::{Executed, UserAnswer, UserAsk};
use crate::script::hooks;
use crate::script::limits::clip;
use crate::script::routine;
use crate::script::schema::{CODE_ERROR_FIELDS, EXECUTED_FIELDS, SERVER_FIELDS};
use crate::script::value::from_json;
use crate::script::vm::{StrictKind, strict_table};
use mlua::{Lua, Table, Value};
use serde_json::Value as Json;

/// Fields that may be nil.
const EXECUTED_OPTIONAL: &[&str] = &["count", "error"];

/// The value of an answer.
pub(in crate::script) fn value(lua: &Lua, asked: &UserAsk, answer: &UserAnswer) -> mlua::Result<Value> {
    match answer {
        UserAnswer::Done => Ok(Value::Nil),
        UserAnswer::Server { name, took } => {
            let server = lua.create_table_with_capacity(0, SERVER_FIELDS.len())?;
            server.raw_set("name", name.as_str())?;
            server.raw_set("spawn_s", took.as_secs_f64())?;
            frozen(lua, server, "the server", &[])
        }
        UserAnswer::Kernel(number) => {
            let kernel = lua.create_table()?;
            kernel.raw_set("number", *number)?;
            if let UserAsk::OpenKernel { spec } = asked {
                kernel.raw_set("spec", spec.as_str())?;
            }
            Ok(Value::Table(kernel))
        }
        UserAnswer::File(bytes) => lua.create_string(bytes).map(Value::String),
        UserAnswer::Executed(executed) => self::executed(lua, executed),
        UserAnswer::OfRun(answer) => match asked {
            UserAsk::OfRun(asked) => routine::value(lua, asked, answer),
            _ => Ok(Value::Nil),
        },
        UserAnswer::Task { id, record, node } => hooks::task(lua, id, record, node.as_deref()).map(Value::Table),
    }
}

fn frozen(lua: &Lua, table: Table, of: &'static str, optional: &'static [&'static str]) -> mlua::Result<Value> {
    strict_table(lua, table, StrictKind::Fields(of), optional).map(Value::Table)
}

fn executed(lua: &Lua, executed: &Executed) -> mlua::Result<Value> {
    let table = lua.create_table_with_capacity(0, EXECUTED_FIELDS.len())?;
    table.raw_set("status", if executed.raised.is_some() { "error" } else { "ok" })?;
    table.raw_set("text", text_of(&executed.outputs))?;
    let outputs = lua.create_table()?;
    for output in &executed.outputs {
        outputs.raw_push(from_json(lua, output)?)?;
    }
    table.raw_set("outputs", outputs)?;
    table.raw_set("truncated", executed.truncated)?;
    table.raw_set("duration_s", executed.took.as_secs_f64())?;
    table.raw_set("count", executed.count)?;
    if let Some(failure) = &executed.raised {
        let output = executed.outputs.iter().rev().find(|output| output["output_type"] == "error");
        let field = |name: &str| output.and_then(|output| output[name].as_str()).unwrap_or_default();
        let traceback = output.and_then(|output| output["traceback"].as_array());
        let lines: Vec<&str> = traceback.into_iter().flatten().filter_map(Json::as_str).collect();
        let error = lua.create_table_with_capacity(0, CODE_ERROR_FIELDS.len())?;
        error.raw_set("name", field("ename"))?;
        error.raw_set("message", if output.is_some() { field("evalue") } else { &failure.message })?;
        error.raw_set("traceback", clip(&without_colours(&lines.join("\n"))))?;
        table.raw_set("error", frozen(lua, error, "result.error", &[])?)?;
    }
    frozen(lua, table, "the result", EXECUTED_OPTIONAL)
}

/// What was printed and the text of results, in order.
fn text_of(outputs: &[Json]) -> String {
    let mut text = String::new();
    for output in outputs {
        let piece = if output["output_type"] == "stream" { &output["text"] } else { &output["data"]["text/plain"] };
        match piece {
            Json::String(piece) => text.push_str(piece),
            Json::Array(lines) => lines.iter().filter_map(Json::as_str).for_each(|line| text.push_str(line)),
            _ => {}
        }
    }
    text
}

/// Text without terminal control sequences.
fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' && chars.next_if_eq(&'[').is_some() {
            // A control sequence ends with a byte from @ to ~ behind its bracket.
            while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {}
        } else {
            out.push(c);
        }
    }
    out
}
