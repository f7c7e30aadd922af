//! `require`: hubmark's own modules and those of the scenario's folder, nothing else.

use super::run_source;
use crate::script::files::FileError;
use crate::script::limits::SOURCE_MAX;
use crate::script::session::{Module, Session};
use mlua::{Error, Function, Lua, Table, Value};
use std::rc::Rc;

/// Modules that come with hubmark, by name.
const OURS: &[(&str, &str)] = &[("hubmark.stages", include_str!("../../../lua/hubmark/stages.lua"))];

pub(super) fn function(lua: &Lua, session: &Rc<Session>) -> mlua::Result<Function> {
    let session = session.clone();
    lua.create_function(move |lua, name: String| {
        if name == "hubmark" {
            return session.hm(lua);
        }
        if let Some(Module::Ready(value)) = session.modules.borrow().get(&name) {
            return Ok(value.clone());
        }
        let (chunk, source) = find(&session, &name)?;
        begin(&session, &name)?;
        let result = run_source(lua, &chunk, &source);
        session.requiring.borrow_mut().pop();
        match result {
            Ok(Value::Nil) => {
                session.modules.borrow_mut().remove(&name);
                Err(Error::runtime(format!("module {name:?} returns nothing\nhint: end {chunk} with \"return …\"")))
            }
            Ok(value) => {
                session.modules.borrow_mut().insert(name, Module::Ready(value.clone()));
                Ok(value)
            }
            Err(error) => {
                session.modules.borrow_mut().remove(&name);
                Err(error)
            }
        }
    })
}

/// Marks a module as being loaded; it is a cycle if it already is.
fn begin(session: &Rc<Session>, name: &str) -> mlua::Result<()> {
    let mut requiring = session.requiring.borrow_mut();
    if let Some(at) = requiring.iter().position(|other| other == name) {
        let cycle = requiring[at..].join(" → ");
        return Err(Error::runtime(format!("modules require each other: {cycle} → {name}")));
    }
    if requiring.len() >= 32 {
        return Err(Error::runtime("modules require each other more than 32 deep"));
    }
    requiring.push(name.to_owned());
    session.modules.borrow_mut().insert(name.to_owned(), Module::Loading);
    Ok(())
}

/// Chunk name and source of a module.
fn find(session: &Rc<Session>, name: &str) -> mlua::Result<(String, Vec<u8>)> {
    if let Some((_, source)) = OURS.iter().find(|(ours, _)| *ours == name) {
        return Ok((format!("{name}.lua"), source.as_bytes().to_vec()));
    }
    if name.starts_with("hubmark.") {
        let known = OURS.iter().map(|(ours, _)| (*ours).to_owned()).chain(["hubmark".to_owned()]).collect();
        let hint = super::strict::alternatives(name, known);
        return Err(Error::runtime(format!("hubmark has no module {name:?}{hint}")));
    }
    let words_only = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    if name.is_empty() || name.contains("..") || name.starts_with(['/', '.']) || !name.chars().all(words_only) {
        return Err(Error::runtime(format!(
            "{name:?} is not a module's name\nhint: write require \"users\" for users.lua in the scenario's folder, or \"lib.users\""
        )));
    }
    let path = format!("{}.lua", name.replace('.', "/"));
    match session.folder.read(&path, SOURCE_MAX) {
        Ok(file) => Ok((file.path, file.bytes.to_vec())),
        Err(error) => {
            let hint = match &error {
                FileError::Missing { near, .. } => {
                    let modules = near.iter().filter_map(|n| n.strip_suffix(".lua")).map(|n| n.replace('/', "."));
                    super::strict::alternatives(name, modules.collect())
                }
                _ => String::new(),
            };
            Err(Error::runtime(format!("module {name:?}: {error}{hint}")))
        }
    }
}

/// Whether a chunk is one of hubmark's own.
pub(in crate::script) fn is_ours(chunk: &str) -> bool {
    chunk == "hubmark" || OURS.iter().any(|(ours, _)| chunk.strip_suffix(".lua") == Some(ours))
}

/// The table that `require "hubmark"` gives.
impl Session {
    fn hm(&self, lua: &Lua) -> mlua::Result<Value> {
        let table: Option<Table> = lua.named_registry_value("hm")?;
        Ok(table.map_or(Value::Nil, Value::Table))
    }
}
