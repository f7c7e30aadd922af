//! Strict names: an unknown one is an error that says which others there are.

use crate::script::suggest;
use mlua::{Lua, Table, Value};

/// What the names of a strict table are, for its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::script) enum StrictKind {
    /// Functions of hubmark, below the given name.
    Library(&'static str),
    /// Parameters of the scenario.
    Params,
    /// Fields of a value that hubmark gave.
    Fields(&'static str),
}

/// The end of an error about an unknown word.
pub(in crate::script) fn alternatives(word: &str, mut known: Vec<String>) -> String {
    known.sort();
    format!("\nhint: {}", suggest::hint(word, known.iter().map(String::as_str)))
}

/// A word as errors show it: at most 100 characters.
fn short(word: &str) -> String {
    match word.char_indices().nth(100) {
        Some((at, _)) => format!("{}…", &word[..at]),
        None => word.to_owned(),
    }
}

/// A key as errors show it.
pub(in crate::script) fn key_text(key: &Value) -> String {
    match key {
        Value::String(text) => short(&text.to_string_lossy()),
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        other => format!("({})", other.type_name()),
    }
}

fn names_of(table: &Table) -> Vec<String> {
    let mut names = Vec::new();
    // A strict table is read-only and has text keys; anything else is left out of the list.
    let _ = table.for_each(|key: Value, _: Value| {
        if let Value::String(text) = key {
            names.push(text.to_string_lossy());
        }
        Ok(())
    });
    names
}

/// Freezes a table and makes unknown names in it an error. `optional` names may be absent and are then nil.
pub(in crate::script) fn strict_table(
    lua: &Lua,
    table: Table,
    kind: StrictKind,
    optional: &'static [&'static str],
) -> mlua::Result<Table> {
    let meta = lua.create_table()?;
    meta.raw_set(
        "__index",
        lua.create_function(move |_, (table, key): (Table, Value)| -> mlua::Result<Value> {
            let word = key_text(&key);
            if optional.contains(&word.as_str()) {
                return Ok(Value::Nil);
            }
            let mut known = names_of(&table);
            known.extend(optional.iter().map(|name| (*name).to_owned()));
            let what = match kind {
                StrictKind::Library(of) => format!("unknown name \"{of}.{word}\""),
                StrictKind::Params => format!("unknown parameter {word:?}"),
                StrictKind::Fields(of) => format!("unknown field {word:?} of {of}"),
            };
            Err(mlua::Error::runtime(format!("{what}{}", alternatives(&word, known))))
        })?,
    )?;
    meta.raw_set(
        "__newindex",
        lua.create_function(move |_, (_, key, _): (Value, Value, Value)| -> mlua::Result<()> {
            let what = match kind {
                StrictKind::Library(of) => of,
                StrictKind::Params => "the parameters",
                StrictKind::Fields(of) => of,
            };
            Err(mlua::Error::runtime(format!("{what} cannot be changed (field {:?})", key_text(&key))))
        })?,
    )?;
    meta.raw_set("__metatable", "locked")?;
    meta.set_readonly(true);
    table.set_metatable(Some(meta))?;
    table.set_readonly(true);
    Ok(table)
}

/// The environment of the author's chunks: reads come from `base`, unknown names and assignments are errors.
pub(super) fn environment(lua: &Lua, base: &Table) -> mlua::Result<Table> {
    let unknown = lua.create_table()?;
    unknown.raw_set(
        "__index",
        lua.create_function(|_, (base, key): (Table, Value)| -> mlua::Result<Value> {
            let word = key_text(&key);
            let hint = match word.as_str() {
                "io" | "dofile" | "loadfile" | "load" | "loadstring" | "package" => {
                    "\nhint: a scenario does no input or output; hm.file.read reads files of its folder".to_owned()
                }
                "_G" | "getfenv" | "setfenv" => "\nhint: there is no table of globals".to_owned(),
                _ => match suggest::did_you_mean(&word, names_of(&base).iter().map(String::as_str)) {
                    Some(near) => format!("\nhint: did you mean {near:?}?"),
                    None => format!("\nhint: write \"local {word} = …\" before it"),
                },
            };
            Err(mlua::Error::runtime(format!("unknown global {word:?}{hint}")))
        })?,
    )?;
    unknown.raw_set("__metatable", "locked")?;
    base.set_metatable(Some(unknown))?;
    base.set_readonly(true);

    let environment = lua.create_table()?;
    let meta = lua.create_table()?;
    meta.raw_set("__index", base)?;
    meta.raw_set(
        "__newindex",
        lua.create_function(|_, (_, key, _): (Value, Value, Value)| -> mlua::Result<()> {
            let word = key_text(&key);
            Err(mlua::Error::runtime(format!("assignment to the global {word:?}\nhint: write \"local {word}\"")))
        })?,
    )?;
    meta.raw_set("__metatable", "locked")?;
    meta.set_readonly(true);
    environment.set_metatable(Some(meta))?;
    environment.set_readonly(true);
    Ok(environment)
}
