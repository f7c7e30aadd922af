//! The table `hm`: constructors and pure helpers.

use super::limits::{DATA_MAX, FILE_MAX};
use super::schema::SCHEMA;
use super::session::Session;
use super::value::{Quantity, QuantityKind, from_json, null, to_json};
use super::vm::{StrictKind, strict_table};
use crate::clock::Stream;
use crate::plan::quantity::parse_duration;
use mlua::{Error, Lua, MetaMethod, Table, UserData, UserDataMethods, Value};
use std::cell::RefCell;
use std::rc::Rc;

pub(super) fn table(lua: &Lua, session: &Rc<Session>) -> mlua::Result<Table> {
    let hm = lua.create_table()?;
    for constructor in SCHEMA {
        hm.raw_set(constructor.name, super::construct::function(lua, session, constructor)?)?;
    }
    hm.raw_set("params", super::params::function(lua, session)?)?;
    hm.raw_set("duration", lua.create_function(|_, value: Value| duration(&value))?)?;
    hm.raw_set("json", json(lua)?)?;
    hm.raw_set("file", file(lua, session)?)?;
    hm.raw_set("random", Random::new(session, "hm.random"))?;
    let hm = strict_table(lua, hm, StrictKind::Library("hm"), &[])?;
    lua.set_named_registry_value("hm", &hm)?;
    Ok(hm)
}

fn duration(value: &Value) -> mlua::Result<Quantity> {
    match value {
        Value::String(text) => match parse_duration(&text.to_string_lossy()) {
            Ok(duration) => Ok(Quantity::duration(duration)),
            Err(error) => Err(Error::runtime(format!("hm.duration: {error}"))),
        },
        Value::UserData(data) => match data.borrow::<Quantity>() {
            Ok(quantity) if quantity.kind == QuantityKind::Duration => Ok(*quantity),
            _ => Err(Error::runtime("hm.duration: wanted a duration like \"90s\" or \"1h30m\"")),
        },
        Value::Integer(_) | Value::Number(_) => {
            let number = value.to_string()?;
            Err(Error::runtime(format!(
                "hm.duration: found the bare number {number}, wanted a duration like \"90s\" or \"1h30m\"\nhint: say in which unit: \"{number}s\""
            )))
        }
        other => Err(Error::runtime(format!(
            "hm.duration: found {}, wanted a duration like \"90s\" or \"1h30m\"",
            super::value::describe(other)
        ))),
    }
}

fn json(lua: &Lua) -> mlua::Result<Table> {
    let json = lua.create_table()?;
    let encode = lua.create_function(|_, value: Value| {
        let data = to_json(&value).map_err(|why| Error::runtime(format!("hm.json.encode: {why}")))?;
        let text = data.to_string();
        match text.len() > DATA_MAX {
            true => Err(Error::runtime("hm.json.encode: the text would be over 1 MiB")),
            false => Ok(text),
        }
    })?;
    let decode = lua.create_function(|lua, text: mlua::LuaString| {
        let bytes = text.as_bytes();
        if bytes.len() > DATA_MAX {
            return Err(Error::runtime("hm.json.decode: the text is over 1 MiB"));
        }
        let data: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|why| Error::runtime(format!("hm.json.decode: {why}")))?;
        from_json(lua, &data)
    })?;
    json.raw_set("encode", encode)?;
    json.raw_set("decode", decode)?;
    json.raw_set("null", null())?;
    strict_table(lua, json, StrictKind::Library("hm.json"), &[])
}

fn file(lua: &Lua, session: &Rc<Session>) -> mlua::Result<Table> {
    let file = lua.create_table()?;
    let session = session.clone();
    let read = lua.create_function(move |lua, path: String| {
        let read = session.folder.read(&path, FILE_MAX);
        let file = read.map_err(|why| Error::runtime(format!("hm.file.read: {why}")))?;
        lua.create_string(&*file.bytes)
    })?;
    file.raw_set("read", read)?;
    strict_table(lua, file, StrictKind::Library("hm.file"), &[])
}

/// A stream of random values in Lua's hands.
pub(super) struct Random {
    session: Rc<Session>,
    name: String,
    /// Made at the first draw, so that a scenario without chance is known as one.
    stream: RefCell<Option<Stream>>,
}

impl Random {
    pub(super) fn new(session: &Rc<Session>, name: &str) -> Self {
        Self { session: session.clone(), name: name.to_owned(), stream: RefCell::new(None) }
    }

    fn unit(&self) -> f64 {
        self.stream.borrow_mut().get_or_insert_with(|| self.session.stream(&self.name)).unit()
    }

    /// An index from 1 to `count`.
    fn index(&self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1)) + 1
    }
}

impl UserData for Random {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("integer", |_, this, (from, to): (f64, f64)| {
            if from.fract() != 0.0 || to.fract() != 0.0 || from.abs() > 9.0e15 || to.abs() > 9.0e15 {
                return Err(Error::runtime("random:integer: a bound is not a whole number"));
            }
            if from > to {
                return Err(Error::runtime(format!("random:integer: the range from {from} to {to} is empty")));
            }
            Ok((from + (this.unit() * (to - from + 1.0)).floor()).min(to))
        });
        methods.add_method("number", |_, this, (from, to): (Option<f64>, Option<f64>)| {
            let (from, to) = (from.unwrap_or(0.0), to.unwrap_or(1.0));
            match from <= to && from.is_finite() && to.is_finite() {
                true => Ok(from + this.unit() * (to - from)),
                false => Err(Error::runtime(format!("random:number: the range from {from} to {to} is empty"))),
            }
        });
        methods.add_method("pick", |_, this, list: Table| match list.raw_len() {
            0 => Err(Error::runtime("random:pick: the list is empty")),
            count => list.raw_get::<Value>(this.index(count)),
        });
        methods.add_method("shuffle", |lua, this, list: Table| {
            let mut items: Vec<Value> = list.sequence_values().collect::<mlua::Result<_>>()?;
            for last in (1..items.len()).rev() {
                items.swap(last, this.index(last + 1) - 1);
            }
            lua.create_sequence_from(items)
        });
        methods.add_method("stream", |_, this, name: String| {
            if this.name.len() + name.len() > 256 {
                return Err(Error::runtime("random:stream: the name is longer than 256 bytes"));
            }
            Ok(Random::new(&this.session, &format!("{}/{name}", this.name)))
        });
        methods.add_meta_method(MetaMethod::Index, |_, _, key: Value| -> mlua::Result<()> {
            let word = key.to_string()?;
            let known = ["integer", "number", "pick", "shuffle", "stream"];
            let hint = super::suggest::hint(&word, known);
            Err(Error::runtime(format!("unknown name {word:?} of hm.random\nhint: {hint}")))
        });
    }
}
