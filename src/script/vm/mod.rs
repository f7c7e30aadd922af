//! One Lua VM: the dialect, its libraries, its limits.

mod guard;
mod libraries;
mod require;
mod strict;

pub(in crate::script) use guard::{Guard, Poisoned, Ticker, Weight};
pub(in crate::script) use libraries::PRIMITIVES;
pub(in crate::script) use require::is_ours;
pub(in crate::script) use strict::{StrictKind, key_text, strict_table};

use super::session::Session;
use mlua::chunk::ChunkMode;
use mlua::{Lua, LuaOptions, StdLib, Table, Value};
use std::rc::Rc;

/// A VM and the session that it belongs to.
pub(super) struct Vm {
    pub(super) lua: Lua,
    pub(super) session: Rc<Session>,
}

/// The environment of every chunk of the author's, kept beside the VM.
struct Environment(Table);

impl Vm {
    /// Makes a VM in the order that its safety needs: libraries, bindings, prelude, memory limit, sandbox, interrupt.
    pub(super) fn new(session: Rc<Session>) -> mlua::Result<Self> {
        let libraries = StdLib::COROUTINE
            | StdLib::TABLE
            | StdLib::OS
            | StdLib::STRING
            | StdLib::UTF8
            | StdLib::BIT
            | StdLib::MATH
            | StdLib::BUFFER;
        // Without this option mlua puts a `pcall` of its own in the place of Luau's, and nothing inside of that one can wait. A panic of
        // ours that Luau's catches is raised again when the prelude looks at it.
        let lua = Lua::new_with(libraries, LuaOptions::new().catch_rust_panics(true))?;
        let base = libraries::base(&lua, &session)?;
        base.raw_set("hm", super::hm::table(&lua, &session)?)?;
        base.raw_set("require", require::function(&lua, &session)?)?;
        lua.set_app_data(Environment(strict::environment(&lua, &base)?));
        session.guard.set_memory(&lua, session.limits.load_memory_bytes)?;
        lua.sandbox(true)?;
        session.guard.watch(&lua);
        Ok(Self { lua, session })
    }
}

/// Compiles and runs one file of the author's: text only, under its own name, in the strict environment.
pub(super) fn run_source(lua: &Lua, name: &str, source: &[u8]) -> mlua::Result<Value> {
    let Some(environment) = lua.app_data_ref::<Environment>().map(|e| e.0.clone()) else {
        return Err(mlua::Error::runtime("the VM has no environment"));
    };
    lua.load(source)
        .set_name(format!("@{name}"))
        .set_mode(ChunkMode::Text)
        .set_environment(environment)
        .into_function()?
        .call(())
}
