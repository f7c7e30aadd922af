//! Plain data between Lua and JSON, bounded in depth and size.

use super::describe;
use crate::script::limits::{DATA_DEPTH_MAX, DATA_MAX};
use mlua::{Lua, Table, Value};
use serde_json::{Map, Number, Value as Json};

/// The value that stands for JSON's null, so that it survives in tables.
pub(in crate::script) fn null() -> Value {
    Value::NULL
}

/// A walk over a Lua value: where it is and how much it has taken.
struct Walk {
    /// How numbers are written that JSON has not; `None` refuses them.
    non_finite: Option<fn(f64) -> Json>,
    path: Vec<String>,
    taken: usize,
    within: Vec<*const std::ffi::c_void>,
}

/// Lua data as JSON. Errors say where in the data they are.
pub(in crate::script) fn to_json(value: &Value) -> Result<Json, String> {
    walked(value, None)
}

/// The same for a notebook's parameters, which may be infinite or no number, as the notebook's language can say that.
pub(in crate::script) fn to_parameters(value: &Value) -> Result<Json, String> {
    walked(value, Some(crate::notebook::non_finite))
}

fn walked(value: &Value, non_finite: Option<fn(f64) -> Json>) -> Result<Json, String> {
    let mut walk = Walk { non_finite, path: vec![], taken: 0, within: vec![] };
    walk.value(value).map_err(|why| match walk.path.is_empty() {
        true => why,
        false => format!("{why} (at {})", walk.path.join(".")),
    })
}

impl Walk {
    fn take(&mut self, bytes: usize) -> Result<(), String> {
        self.taken += bytes + 2;
        match self.taken > DATA_MAX {
            true => Err("the data is over 1 MiB".to_owned()),
            false => Ok(()),
        }
    }

    fn value(&mut self, value: &Value) -> Result<Json, String> {
        self.take(4)?;
        match value {
            Value::Boolean(b) => Ok(Json::Bool(*b)),
            Value::Integer(n) => number(*n as f64),
            Value::Number(n) => match self.non_finite.filter(|_| !n.is_finite()) {
                Some(written) => Ok(written(*n)),
                None => number(*n),
            },
            Value::String(text) => {
                let text = text.to_str().map_err(|_| "a text is not UTF-8".to_owned())?;
                self.take(text.len())?;
                Ok(Json::String(text.to_owned()))
            }
            Value::Table(table) => self.table(table),
            value if value.is_null() => Ok(Json::Null),
            Value::UserData(data) if data.is::<super::Quantity>() => Err(format!(
                "{} cannot be plain data; divide it for a number: d / hm.duration(\"1s\")",
                describe(value)
            )),
            other => Err(format!("{} cannot be plain data", describe(other))),
        }
    }

    fn table(&mut self, table: &Table) -> Result<Json, String> {
        let pointer = table.to_pointer();
        if self.within.contains(&pointer) {
            return Err("a table contains itself".to_owned());
        }
        if self.within.len() >= DATA_DEPTH_MAX {
            return Err(format!("the data is nested more than {DATA_DEPTH_MAX} deep"));
        }
        // A value of hubmark's own, such as a kernel, shows what it has through its metatable.
        if table.metatable().is_some() && table.is_empty() {
            return Err("an object without entries of its own cannot be plain data".to_owned());
        }
        self.within.push(pointer);
        let result = match table.raw_len() {
            0 => self.object(table),
            length => self.array(table, length),
        };
        self.within.pop();
        result
    }

    fn array(&mut self, table: &Table, length: usize) -> Result<Json, String> {
        let mut count = 0usize;
        let walked = table.for_each(|_: Value, _: Value| {
            count += 1;
            Ok(())
        });
        if walked.is_err() || count != length {
            return Err("a table has both numbered and named entries, or gaps".to_owned());
        }
        let mut items = Vec::new();
        for index in 1..=length {
            let item: Value = table.raw_get(index).map_err(|e| e.to_string())?;
            self.path.push(index.to_string());
            items.push(self.value(&item)?);
            self.path.pop();
        }
        Ok(Json::Array(items))
    }

    fn object(&mut self, table: &Table) -> Result<Json, String> {
        let mut entries = Vec::new();
        let walked = table.for_each(|key: Value, value: Value| {
            entries.push((key, value));
            Ok(())
        });
        walked.map_err(|e| e.to_string())?;
        let mut map = Map::new();
        let mut named = Vec::new();
        for (key, value) in entries {
            match key {
                Value::String(text) => named.push((text.to_string_lossy(), value)),
                other => return Err(format!("a key is {}, not a text", describe(&other))),
            }
        }
        named.sort_by(|a, b| a.0.cmp(&b.0));
        for (key, value) in named {
            self.take(key.len())?;
            self.path.push(key.clone());
            let value = self.value(&value)?;
            self.path.pop();
            map.insert(key, value);
        }
        Ok(Json::Object(map))
    }
}

fn number(value: f64) -> Result<Json, String> {
    if !value.is_finite() {
        return Err(format!("{value} is not a number of JSON"));
    }
    if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 {
        return Ok(Json::Number(Number::from(value as i64)));
    }
    Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
}

/// JSON as Lua data: `null` becomes the null value, numbers doubles.
pub(in crate::script) fn from_json(lua: &Lua, json: &Json) -> mlua::Result<Value> {
    Ok(match json {
        Json::Null => null(),
        Json::Bool(b) => Value::Boolean(*b),
        Json::Number(n) => Value::Number(n.as_f64().unwrap_or(0.0)),
        Json::String(text) => Value::String(lua.create_string(text)?),
        Json::Array(items) => {
            let table = lua.create_table_with_capacity(items.len(), 0)?;
            for item in items {
                table.raw_push(from_json(lua, item)?)?;
            }
            Value::Table(table)
        }
        Json::Object(map) => {
            let table = lua.create_table_with_capacity(0, map.len())?;
            for (key, value) in map {
                table.raw_set(key.as_str(), from_json(lua, value)?)?;
            }
            Value::Table(table)
        }
    })
}
