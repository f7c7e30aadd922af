//! Kinds of parameter and how their values are read.

use crate::plan::quantity::{parse_bytes, parse_duration, parse_rate, parse_ratio};
use crate::script::check::parse_url;
use crate::script::value::{Quantity, QuantityKind, Secret, number, parse_secret};
use mlua::{IntoLua, Lua, Value};

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamKind {
    /// A text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`; on the command line `--fast` and `--no-fast`.
    Boolean,
    /// A duration: `90s`.
    Duration,
    /// A rate: `2/min`.
    Rate,
    /// A size: `16GiB`.
    Bytes,
    /// A share: `1%`.
    Ratio,
    /// An address.
    Url,
    /// A path below the scenario's folder.
    Path,
    /// One of the declared words.
    Choice,
    /// Where a secret comes from: `env:NAME` or `file:PATH`.
    Secret,
}

impl ParamKind {
    /// All kinds.
    pub const ALL: [ParamKind; 12] = [
        ParamKind::String,
        ParamKind::Integer,
        ParamKind::Number,
        ParamKind::Boolean,
        ParamKind::Duration,
        ParamKind::Rate,
        ParamKind::Bytes,
        ParamKind::Ratio,
        ParamKind::Url,
        ParamKind::Path,
        ParamKind::Choice,
        ParamKind::Secret,
    ];

    /// The word that authors write.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ParamKind::String => "string",
            ParamKind::Integer => "integer",
            ParamKind::Number => "number",
            ParamKind::Boolean => "boolean",
            ParamKind::Duration => "duration",
            ParamKind::Rate => "rate",
            ParamKind::Bytes => "bytes",
            ParamKind::Ratio => "ratio",
            ParamKind::Url => "url",
            ParamKind::Path => "path",
            ParamKind::Choice => "choice",
            ParamKind::Secret => "secret",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What the type definitions call its values.
    #[must_use]
    pub fn lua_type(self) -> &'static str {
        match self {
            ParamKind::String | ParamKind::Url | ParamKind::Path | ParamKind::Choice => "string",
            ParamKind::Integer => "integer",
            ParamKind::Number => "number",
            ParamKind::Boolean => "boolean",
            ParamKind::Duration => "hm.Duration",
            ParamKind::Rate | ParamKind::Bytes | ParamKind::Ratio => "hm.Quantity",
            ParamKind::Secret => "hm.Secret",
        }
    }

    /// Whether `min` and `max` make sense.
    #[must_use]
    pub fn has_range(self) -> bool {
        matches!(
            self,
            ParamKind::Integer
                | ParamKind::Number
                | ParamKind::Duration
                | ParamKind::Rate
                | ParamKind::Bytes
                | ParamKind::Ratio
        )
    }
}

/// A value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ParamValue {
    Text(String),
    Number(f64),
    Boolean(bool),
    Quantity(QuantityKind, f64),
    Secret(crate::plan::SecretRef),
}

impl ParamValue {
    /// As it would be written on the command line.
    pub(super) fn printed(&self) -> String {
        match self {
            ParamValue::Text(text) => text.clone(),
            ParamValue::Number(n) => n.to_string(),
            ParamValue::Boolean(b) => b.to_string(),
            ParamValue::Quantity(kind, value) => Quantity { kind: *kind, value: *value }.to_string(),
            ParamValue::Secret(secret) => secret.to_string(),
        }
    }

    /// For a comparison with `min` and `max`.
    pub(super) fn size(&self) -> Option<f64> {
        match self {
            ParamValue::Number(n) | ParamValue::Quantity(_, n) => Some(*n),
            _ => None,
        }
    }

    pub(super) fn into_lua(self, lua: &Lua) -> mlua::Result<Value> {
        match self {
            ParamValue::Text(text) => text.into_lua(lua),
            ParamValue::Number(n) => Ok(Value::Number(n)),
            ParamValue::Boolean(b) => Ok(Value::Boolean(b)),
            ParamValue::Quantity(kind, value) => Quantity { kind, value }.into_lua(lua),
            ParamValue::Secret(secret) => Secret(secret).into_lua(lua),
        }
    }
}

impl ParamKind {
    /// Reads a value from a text of the command line.
    pub(super) fn read(self, text: &str, choices: &[String]) -> Result<ParamValue, String> {
        let quantity = |kind, value: f64| Ok(ParamValue::Quantity(kind, value));
        match self {
            ParamKind::String => Ok(ParamValue::Text(text.to_owned())),
            ParamKind::Path if text.is_empty() => Err("it is empty, wanted a path".to_owned()),
            ParamKind::Path => Ok(ParamValue::Text(text.to_owned())),
            ParamKind::Integer => match text.trim().parse::<i64>() {
                Ok(n) if n.unsigned_abs() <= 1 << 53 => Ok(ParamValue::Number(n as f64)),
                _ => Err(format!("{text:?} is not a whole number")),
            },
            ParamKind::Number => match text.trim().parse::<f64>() {
                Ok(n) if n.is_finite() => Ok(ParamValue::Number(n)),
                _ => Err(format!("{text:?} is not a number")),
            },
            ParamKind::Boolean => match text {
                "true" => Ok(ParamValue::Boolean(true)),
                "false" => Ok(ParamValue::Boolean(false)),
                _ => Err(format!("{text:?} is not true or false")),
            },
            ParamKind::Duration => match parse_duration(text) {
                Ok(duration) => quantity(QuantityKind::Duration, duration.as_nanos() as f64),
                Err(error) => Err(error.to_string()),
            },
            ParamKind::Rate => match parse_rate(text) {
                Ok(rate) => quantity(QuantityKind::Rate, rate.0),
                Err(error) => Err(error.to_string()),
            },
            ParamKind::Bytes => match parse_bytes(text) {
                Ok(bytes) => quantity(QuantityKind::Bytes, bytes as f64),
                Err(error) => Err(error.to_string()),
            },
            ParamKind::Ratio => match parse_ratio(text) {
                Ok(ratio) => quantity(QuantityKind::Ratio, ratio),
                Err(error) => Err(error.to_string()),
            },
            ParamKind::Url => {
                parse_url(text).map(|_| ParamValue::Text(text.to_owned())).map_err(|why| format!("{text:?}: {why}"))
            }
            ParamKind::Choice if choices.iter().any(|c| c == text) => Ok(ParamValue::Text(text.to_owned())),
            ParamKind::Choice => {
                let words = choices.iter().map(String::as_str);
                let near = crate::script::suggest::did_you_mean(text, words);
                let near = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
                Err(format!("{text:?} is none of {}{near}", choices.join(", ")))
            }
            ParamKind::Secret => parse_secret(text).map(ParamValue::Secret),
        }
    }

    /// Reads a value that the author wrote in Lua: a default, a bound, a preset's value.
    pub(super) fn read_lua(self, value: &Value, choices: &[String]) -> Result<ParamValue, String> {
        let wrong = || {
            let hint = match (value, self) {
                (Value::Integer(_) | Value::Number(_), kind) if kind.has_range() => "; say in which unit",
                _ => "",
            };
            Err(format!("found {}, wanted a {}{hint}", crate::script::value::describe(value), self.name()))
        };
        match (self, value) {
            (ParamKind::Integer | ParamKind::Number, Value::Integer(_) | Value::Number(_)) => {
                let number: f64 = number(value).unwrap_or(f64::NAN);
                if self == ParamKind::Integer && (number.fract() != 0.0 || number.abs() > 9.0e15) {
                    return Err(format!("found the number {number}, wanted a whole number"));
                }
                match number.is_finite() {
                    true => Ok(ParamValue::Number(number)),
                    false => Err(format!("found {number}, wanted a finite number")),
                }
            }
            (ParamKind::Integer | ParamKind::Number | ParamKind::Boolean, Value::String(_)) => wrong(),
            (ParamKind::Boolean, Value::Boolean(b)) => Ok(ParamValue::Boolean(*b)),
            (_, Value::String(text)) => self.read(&text.to_string_lossy(), choices),
            (_, Value::UserData(data)) => match data.borrow::<Quantity>() {
                Ok(quantity) if quantity.kind.name() == self.quantity_name() => {
                    Ok(ParamValue::Quantity(quantity.kind, quantity.value))
                }
                _ => wrong(),
            },
            _ => wrong(),
        }
    }

    fn quantity_name(self) -> &'static str {
        match self {
            ParamKind::Duration => QuantityKind::Duration.name(),
            ParamKind::Rate => QuantityKind::Rate.name(),
            ParamKind::Bytes => QuantityKind::Bytes.name(),
            ParamKind::Ratio => QuantityKind::Ratio.name(),
            _ => "",
        }
    }

    /// A value that lets a load go on after a wrong one was noted.
    pub(super) fn stand_in(self, choices: &[String]) -> ParamValue {
        match self {
            ParamKind::Integer | ParamKind::Number => ParamValue::Number(1.0),
            ParamKind::Boolean => ParamValue::Boolean(false),
            ParamKind::Duration => ParamValue::Quantity(QuantityKind::Duration, 1e9),
            ParamKind::Rate => ParamValue::Quantity(QuantityKind::Rate, 1.0),
            ParamKind::Bytes => ParamValue::Quantity(QuantityKind::Bytes, 1.0),
            ParamKind::Ratio => ParamValue::Quantity(QuantityKind::Ratio, 1.0),
            ParamKind::Url => ParamValue::Text("http://127.0.0.1/".to_owned()),
            ParamKind::Secret => ParamValue::Secret(crate::plan::SecretRef::Env("HUBMARK_UNSET".to_owned())),
            ParamKind::Choice => ParamValue::Text(choices.first().cloned().unwrap_or_default()),
            ParamKind::String | ParamKind::Path => ParamValue::Text(String::new()),
        }
    }
}
