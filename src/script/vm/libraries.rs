//! The standard library as scenarios see it: the safe part, bounded, with time and chance from the run.

use crate::clock::strftime;
use crate::script::limits::{PRINTED_MAX, clip};
use crate::script::session::Session;
use mlua::{Error, Function, Lua, MultiValue, Table, Value, Variadic};
use std::rc::Rc;

/// Base functions that pass unchanged.
const BASE: &[&str] = &[
    "assert",
    "error",
    "getmetatable",
    "ipairs",
    "next",
    "pairs",
    "rawequal",
    "rawget",
    "rawlen",
    "rawset",
    "select",
    "setmetatable",
    "tonumber",
    "tostring",
    "type",
    "typeof",
    "unpack",
    "_VERSION",
];
/// Libraries that pass, their bounded functions put in.
const LIBRARIES: &[&str] = &["bit32", "buffer", "coroutine", "math", "string", "table", "utf8"];

/// The table that the author's globals are read from. Everything else that Luau has is gone.
pub(super) fn base(lua: &Lua, session: &Rc<Session>) -> mlua::Result<Table> {
    let globals = lua.globals();
    let base = lua.create_table()?;
    for name in BASE.iter().chain(LIBRARIES) {
        base.raw_set(*name, globals.raw_get::<Value>(*name)?)?;
    }
    let string: Table = base.raw_get("string")?;
    string.raw_set("dump", Value::Nil)?;
    let yields: Function = base.raw_get::<Table>("coroutine")?.raw_get("yield")?;
    prelude(lua, session, &base)?;
    math(lua, session, &base.raw_get("math")?)?;
    base.raw_set("os", os(lua, session)?)?;
    base.raw_set("debug", debug(lua)?)?;
    base.raw_set("print", print(lua, session)?)?;
    base.raw_set("collectgarbage", lua.create_function(|_, _: MultiValue| Ok(0))?)?;
    primitives(lua, &base, yields)?;
    // The author's chunks never see the table of globals; emptying it leaves nothing to find by a way around.
    let names: Vec<Value> =
        globals.pairs::<Value, Value>().map(|pair| pair.map(|(k, _)| k)).collect::<Result<_, _>>()?;
    for name in names {
        globals.raw_set(name, Value::Nil)?;
    }
    for name in LIBRARIES {
        let library: Table = base.raw_get(*name)?;
        globals.raw_set(*name, library)?;
    }
    Ok(base)
}

/// Puts the bounded functions of `prelude.lua` in the place of the originals.
fn prelude(lua: &Lua, session: &Rc<Session>, base: &Table) -> mlua::Result<()> {
    let guard = session.guard.clone();
    let note = lua.create_function(move |_, problem: Value| {
        match &problem {
            Value::Error(error) => guard.note(error),
            Value::String(text) => guard.note_text(&text.to_string_lossy()),
            _ => {}
        }
        match guard.breach() {
            Some(_) => Err(Error::external(super::Poisoned)),
            None => Ok(()),
        }
    })?;
    let main = session.clone();
    let is_main =
        lua.create_function(move |lua, ()| Ok(lua.current_thread().to_pointer() as usize == main.main.get()))?;
    let bounded: Table = lua.load(include_str!("prelude.lua")).set_name("=hubmark").call((note, is_main))?;
    bounded.for_each(|name: String, value: Value| match value {
        Value::Table(functions) => {
            let library: Table = base.raw_get(name)?;
            functions.for_each(|name: String, function: Function| library.raw_set(name, function))
        }
        function => base.raw_set(name, function),
    })
}

/// What hubmark's own Lua needs of the library, kept where a script cannot reach it.
fn primitives(lua: &Lua, base: &Table, yields: Function) -> mlua::Result<()> {
    let coroutine: Table = base.raw_get("coroutine")?;
    let own = lua.create_table()?;
    own.raw_set("yield", yields)?;
    for name in ["running", "isyieldable"] {
        own.raw_set(name, coroutine.raw_get::<Function>(name)?)?;
    }
    for name in ["pcall", "error", "type", "rawequal", "setmetatable", "tostring"] {
        own.raw_set(name, base.raw_get::<Function>(name)?)?;
    }
    lua.set_named_registry_value(PRIMITIVES, own)
}

/// Name of the registry's entry with what [`primitives`] keeps.
pub(in crate::script) const PRIMITIVES: &str = "hubmark.primitives";

fn math(lua: &Lua, session: &Rc<Session>, math: &Table) -> mlua::Result<()> {
    let chance = session.clone();
    let random = lua.create_function(move |_, bounds: Variadic<f64>| {
        let whole = |at: usize| -> mlua::Result<f64> {
            let bound = bounds[at];
            if bound.fract() != 0.0 || bound.abs() > 9.0e15 {
                return Err(Error::runtime("math.random: a bound is not a whole number"));
            }
            Ok(bound)
        };
        let (from, to) = match bounds.len() {
            0 => return Ok(chance.unit()),
            1 => (1.0, whole(0)?),
            2 => (whole(0)?, whole(1)?),
            _ => return Err(Error::runtime("math.random takes no, one or two bounds")),
        };
        if from > to {
            return Err(Error::runtime("math.random: the range is empty"));
        }
        Ok(from + (chance.unit() * (to - from + 1.0)).floor())
    })?;
    math.raw_set("random", random)?;
    let seed = lua.create_function(|_, _: MultiValue| -> mlua::Result<()> {
        Err(Error::runtime(
            "math.randomseed: the seed belongs to the run\nhint: write seed = … in hm.scenario, or give --seed",
        ))
    })?;
    math.raw_set("randomseed", seed)
}

/// `os.time`, `os.clock` and `os.date`: errors while a scenario loads, the run's clock in hooks.
fn os(lua: &Lua, session: &Rc<Session>) -> mlua::Result<Table> {
    let os = lua.create_table()?;
    let at_load = |name: &str| {
        Error::runtime(format!(
            "os.{name} cannot be used while a scenario loads\nhint: a plan must not depend on the time it is read; hooks may ask"
        ))
    };
    let of = session.clone();
    os.raw_set(
        "time",
        lua.create_function(move |_, table: Option<Table>| {
            if table.is_some() {
                return Err(Error::runtime("os.time takes no table here"));
            }
            let time = of.time.get().ok_or_else(|| at_load("time"))?;
            Ok(time.wall_ns().div_euclid(1_000_000_000) as f64)
        })?,
    )?;
    let of = session.clone();
    let clock = lua.create_function(move |_, ()| {
        let time = of.time.get().ok_or_else(|| at_load("clock"))?;
        Ok(time.elapsed_s)
    })?;
    os.raw_set("clock", clock)?;
    let of = session.clone();
    let date = lua.create_function(move |_, (format, at): (Option<String>, Option<f64>)| {
        let time = of.time.get().ok_or_else(|| at_load("date"))?;
        let at_ns = at.map_or(time.wall_ns(), |at| (at * 1e9) as i64);
        let format = format.unwrap_or_else(|| "%Y-%m-%d %H:%M:%S".to_owned());
        if format.len() > 256 {
            return Err(Error::runtime("os.date: the format is longer than 256 bytes"));
        }
        strftime(at_ns, format.trim_start_matches('!')).map_err(|why| Error::runtime(format!("os.date: {why}")))
    })?;
    os.raw_set("date", date)?;
    super::strict_table(lua, os, super::StrictKind::Library("os"), &[])
}

/// `debug.traceback` and nothing else.
fn debug(lua: &Lua) -> mlua::Result<Table> {
    let debug = lua.create_table()?;
    let traceback = lua.create_function(|lua, message: Option<String>| {
        let text = lua.traceback(message.as_deref(), 1)?.to_string_lossy();
        Ok(clip(&text))
    })?;
    debug.raw_set("traceback", traceback)?;
    super::strict_table(lua, debug, super::StrictKind::Library("debug"), &[])
}

/// `print` keeps a bounded number of lines for the run's log.
fn print(lua: &Lua, session: &Rc<Session>) -> mlua::Result<Function> {
    let session = session.clone();
    lua.create_function(move |lua, values: MultiValue| {
        let mut line = String::new();
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                line.push('\t');
            }
            line.push_str(&value.to_string()?);
            if line.len() > crate::script::limits::TEXT_MAX {
                break;
            }
        }
        let line = clip(&line);
        if !session.say(lua, &line) {
            let mut printed = session.printed.borrow_mut();
            if printed.len() < PRINTED_MAX {
                printed.push(line);
            }
        }
        Ok(())
    })
}
