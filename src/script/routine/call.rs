//! The arguments of a call that waits, read one after the other. Errors are the author's.

use crate::plan::Plan;
use crate::plan::quantity::parse_duration;
use crate::script::check::Checker;
use crate::script::schema::Field;
use crate::script::value::{Checked, Quantity, describe};
use mlua::{Error, MultiValue, Value};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The arguments of one call.
pub(in crate::script) struct Call<'p> {
    pub(in crate::script) plan: &'p Plan,
    pub(in crate::script) name: &'static str,
    pub(in crate::script) arguments: MultiValue,
    /// File and line of the call, the file below the scenario's folder.
    pub(in crate::script) place: &'p str,
}

pub(in crate::script) type Fields = BTreeMap<&'static str, Checked>;

impl Call<'_> {
    /// What is left over is an error.
    pub(in crate::script) fn end(&self) -> mlua::Result<()> {
        match self.arguments.len() {
            0 => Ok(()),
            more => Err(self.wrong(format!("{more} arguments too many"))),
        }
    }

    pub(in crate::script) fn wrong(&self, why: impl std::fmt::Display) -> Error {
        Error::runtime(format!("wrong call of {}: {why}", self.name))
    }

    pub(in crate::script) fn next(&mut self) -> Value {
        self.arguments.pop_front().unwrap_or(Value::Nil)
    }

    /// The optional table with fields at the end of the arguments.
    pub(in crate::script) fn options(&mut self, fields: &'static [Field]) -> mlua::Result<Fields> {
        let table = match self.next() {
            Value::Nil => return Ok(Fields::new()),
            Value::Table(table) => table,
            other => return Err(self.wrong(format!("found {}, wanted a table", describe(&other)))),
        };
        let mut checker = Checker::new(self.name.to_owned());
        let checked = checker.fields(fields, &table, None);
        match checker.wrong.into_iter().next() {
            None => Ok(checked),
            Some(wrong) => {
                let hints: String = wrong.hints.iter().map(|hint| format!("\nhint: {hint}")).collect();
                Err(Error::runtime(format!("{}{hints}", wrong.heading)))
            }
        }
    }

    pub(in crate::script) fn word(&mut self, what: &str) -> mlua::Result<String> {
        match self.next() {
            Value::String(text) => match text.to_str() {
                Ok(text) => Ok(text.to_owned()),
                Err(_) => Err(self.wrong("a text is not UTF-8")),
            },
            other => Err(self.wrong(format!("found {}, wanted {what}", describe(&other)))),
        }
    }

    /// A name that thresholds can select by.
    pub(in crate::script) fn label(&mut self) -> mlua::Result<String> {
        let name = self.word("a name")?;
        let odd = |c: char| c.is_control() || "{}=,<>/\"".contains(c);
        if name.trim().is_empty() || name.trim() != name || name.len() > 100 || name.contains(odd) {
            return Err(self.wrong(format!(
                "{name:?} is not a name\nhint: up to 100 bytes, without {{ }} = , < > / \" and without space at its ends"
            )));
        }
        Ok(name)
    }

    pub(in crate::script) fn duration(&mut self) -> mlua::Result<Duration> {
        let value = self.next();
        let wanted = "wanted a duration like \"90s\"";
        match &value {
            Value::String(text) => match parse_duration(&text.to_string_lossy()) {
                Ok(duration) => Ok(duration),
                Err(error) => Err(self.wrong(error)),
            },
            Value::UserData(data) => match data.borrow::<Quantity>().ok().and_then(|quantity| quantity.as_duration()) {
                Some(duration) => Ok(duration),
                None => Err(self.wrong(format!("found {}, {wanted}", describe(&value)))),
            },
            Value::Integer(_) | Value::Number(_) => {
                let number = value.to_string()?;
                let hint = format!("hint: say in which unit: \"{number}s\"");
                Err(self.wrong(format!("found the bare number {number}, {wanted}\n{hint}")))
            }
            other => Err(self.wrong(format!("found {}, {wanted}", describe(other)))),
        }
    }
}

pub(in crate::script) fn text(fields: &Fields, name: &str) -> Option<String> {
    match fields.get(name) {
        Some(Checked::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

pub(in crate::script) fn duration(fields: &Fields, name: &str) -> Option<Duration> {
    match fields.get(name) {
        Some(Checked::Duration(duration)) => Some(*duration),
        _ => None,
    }
}

pub(in crate::script) fn data(fields: &Fields, name: &str) -> Map<String, Json> {
    match fields.get(name) {
        Some(Checked::Data(data)) => data.clone(),
        _ => Map::new(),
    }
}
