//! What constructors make: checked fields and the author's line.

use super::{Quantity, Secret, data};
use crate::plan::quantity::Rate;
use crate::plan::{SecretRef, Threshold};
use crate::script::schema::Constructor;
use crate::script::session::Site;
use crate::script::suggest;
use mlua::{Error, Function, IntoLua, Lua, MetaMethod, UserData, UserDataMethods, Value};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// A value of a field that has passed its check.
#[derive(Debug, Clone)]
pub(in crate::script) enum Checked {
    Text(String),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    Duration(Duration),
    Rate(Rate),
    Url(url::Url),
    Secret(SecretRef),
    Made(Rc<Made>),
    List(Vec<Checked>),
    Map(BTreeMap<String, Checked>),
    Data(serde_json::Map<String, serde_json::Value>),
    Threshold(Threshold),
    Function(Function),
}

impl Checked {
    /// About how many bytes it takes, values of other constructors not counted: they have a weight of their own.
    pub(in crate::script) fn bytes(&self) -> usize {
        let inner = match self {
            Checked::Text(text) => text.len(),
            Checked::Url(url) => url.as_str().len(),
            Checked::List(items) => items.iter().map(Checked::bytes).sum(),
            Checked::Map(entries) => entries.iter().map(|(key, value)| key.len() + 32 + value.bytes()).sum(),
            Checked::Data(map) => map.iter().map(|(key, value)| key.len() + json_bytes(value)).sum(),
            Checked::Threshold(threshold) => 4 * threshold.text.len(),
            _ => 0,
        };
        inner + size_of::<Checked>()
    }
}

fn json_bytes(value: &serde_json::Value) -> usize {
    let inner = match value {
        serde_json::Value::String(text) => text.len(),
        serde_json::Value::Array(items) => items.iter().map(json_bytes).sum(),
        serde_json::Value::Object(map) => map.iter().map(|(key, value)| key.len() + 32 + json_bytes(value)).sum(),
        _ => 0,
    };
    inner + size_of::<serde_json::Value>()
}

/// What one call of a constructor made.
#[derive(Debug)]
pub(in crate::script) struct Made {
    pub(in crate::script) constructor: &'static Constructor,
    pub(in crate::script) fields: BTreeMap<&'static str, Checked>,
    /// The line of the call.
    pub(in crate::script) site: Option<Site>,
    /// What the constructor itself read, such as a notebook.
    pub(in crate::script) extra: Option<crate::script::notebook::Document>,
    /// What its fields take outside of Lua.
    #[expect(dead_code, reason = "it counts while it lives and is never read")]
    pub(in crate::script) weight: Option<crate::script::vm::Weight>,
}

/// A [`Made`] in Lua's hands. Its fields can be read; unknown ones are errors.
#[derive(Debug, Clone)]
pub(in crate::script) struct MadeRef(pub(in crate::script) Rc<Made>);

impl UserData for MadeRef {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::Index, |lua, this, key: Value| {
            let made = &this.0;
            let word = key.to_string()?;
            if let Some(value) = made.fields.get(word.as_str()) {
                return value.clone().into_lua(lua);
            }
            let name = made.constructor.name;
            let known = made.constructor.fields.iter().map(|f| f.name);
            if known.clone().any(|field| field == word) {
                return Ok(Value::Nil);
            }
            let hint = suggest::hint(&word, known);
            Err(Error::runtime(format!("unknown field {word:?} of hm.{name} {{…}}\nhint: {hint}")))
        });
        methods.add_meta_method(MetaMethod::NewIndex, |_, this, (_, _): (Value, Value)| -> mlua::Result<()> {
            let name = this.0.constructor.name;
            Err(Error::runtime(format!("hm.{name} {{…}} cannot be changed\nhint: give the field to the constructor")))
        });
        methods
            .add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(format!("hm.{} {{…}}", this.0.constructor.name)));
    }
}

impl IntoLua for Checked {
    fn into_lua(self, lua: &Lua) -> mlua::Result<Value> {
        Ok(match self {
            Checked::Text(text) => Value::String(lua.create_string(text)?),
            Checked::Integer(n) => Value::Number(n as f64),
            Checked::Number(n) => Value::Number(n),
            Checked::Boolean(b) => Value::Boolean(b),
            Checked::Duration(d) => Quantity::duration(d).into_lua(lua)?,
            Checked::Rate(rate) => Quantity::rate(rate).into_lua(lua)?,
            Checked::Url(url) => Value::String(lua.create_string(url.as_str())?),
            Checked::Secret(secret) => Secret(secret).into_lua(lua)?,
            Checked::Made(made) => MadeRef(made).into_lua(lua)?,
            Checked::List(items) => {
                let table = lua.create_sequence_from(items)?;
                table.set_readonly(true);
                Value::Table(table)
            }
            Checked::Map(entries) => {
                let table = lua.create_table_from(entries)?;
                table.set_readonly(true);
                Value::Table(table)
            }
            Checked::Data(map) => data::from_json(lua, &serde_json::Value::Object(map))?,
            Checked::Threshold(threshold) => Value::String(lua.create_string(threshold.text)?),
            Checked::Function(function) => Value::Function(function),
        })
    }
}

/// Reading fields whose types the schema has checked. What is absent takes the default that the schema prints.
impl Made {
    pub(in crate::script) fn get(&self, name: &str) -> Option<&Checked> {
        self.fields.get(name)
    }

    pub(in crate::script) fn text(&self, name: &str) -> Option<String> {
        match self.get(name) {
            Some(Checked::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    pub(in crate::script) fn integer(&self, name: &str) -> Option<u32> {
        match self.get(name) {
            Some(Checked::Integer(n)) => u32::try_from(*n).ok(),
            _ => None,
        }
    }

    pub(in crate::script) fn number(&self, name: &str) -> Option<f64> {
        match self.get(name) {
            Some(Checked::Number(n)) => Some(*n),
            _ => None,
        }
    }

    pub(in crate::script) fn boolean(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            Some(Checked::Boolean(b)) => Some(*b),
            _ => None,
        }
    }

    pub(in crate::script) fn duration(&self, name: &str) -> Option<Duration> {
        match self.get(name) {
            Some(Checked::Duration(d)) => Some(*d),
            _ => None,
        }
    }

    pub(in crate::script) fn url(&self, name: &str) -> Option<url::Url> {
        match self.get(name) {
            Some(Checked::Url(url)) => Some(url.clone()),
            _ => None,
        }
    }

    pub(in crate::script) fn secret(&self, name: &str) -> Option<SecretRef> {
        match self.get(name) {
            Some(Checked::Secret(secret)) => Some(secret.clone()),
            _ => None,
        }
    }

    pub(in crate::script) fn made(&self, name: &str) -> Option<&Rc<Made>> {
        match self.get(name) {
            Some(Checked::Made(made)) => Some(made),
            _ => None,
        }
    }

    pub(in crate::script) fn list(&self, name: &str) -> &[Checked] {
        match self.get(name) {
            Some(Checked::List(items)) => items,
            _ => &[],
        }
    }

    pub(in crate::script) fn map(&self, name: &str) -> Option<&BTreeMap<String, Checked>> {
        match self.get(name) {
            Some(Checked::Map(entries)) => Some(entries),
            _ => None,
        }
    }

    pub(in crate::script) fn data(&self, name: &str) -> serde_json::Map<String, serde_json::Value> {
        match self.get(name) {
            Some(Checked::Data(map)) => map.clone(),
            _ => serde_json::Map::new(),
        }
    }

    /// A map of texts, such as headers and tags.
    pub(in crate::script) fn texts(&self, name: &str) -> BTreeMap<String, String> {
        let entries = self.map(name).into_iter().flatten();
        entries
            .filter_map(|(key, value)| match value {
                Checked::Text(text) => Some((key.clone(), text.clone())),
                _ => None,
            })
            .collect()
    }
}
