//! Values without fields of their own: texts, numbers, quantities, addresses, secrets, objectives, data.

use super::Checker;
use crate::plan::quantity::{Rate, is_share, parse_bytes, parse_celsius, parse_duration, parse_rate, parse_share};
use crate::plan::threshold;
use crate::script::schema::Type;
use crate::script::suggest;
use crate::script::value::{Checked, Quantity, QuantityKind, Secret, describe, parse_secret, to_parameters};
use mlua::Value;

impl Checker {
    pub(super) fn text(&mut self, ty: &Type, value: &Value) -> Option<Checked> {
        let Value::String(text) = value else { return self.mismatch(ty, value) };
        let text = text.to_string_lossy();
        let problem = match ty {
            Type::Name => {
                let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
                (text.is_empty() || text.len() > 100 || text.starts_with('.') || !text.chars().all(word)).then_some("")
            }
            Type::Path => text.is_empty().then_some("it is empty"),
            Type::Pattern => {
                let accounts = crate::plan::Accounts::Pattern { pattern: text.clone(), create: false };
                accounts.name(0).is_none().then_some("it has not exactly one %d or %04d")
            }
            Type::Choice(words) => return self.choice(ty, words, value),
            _ => (text.len() > 65_536).then_some("it is longer than 64 KiB"),
        };
        match problem {
            Some(why) => {
                let why = if why.is_empty() { String::new() } else { format!(": {why}") };
                let found = describe(value);
                self.add(format!("wrong value for {}: found {found}, wanted {}{why}", self.here(), ty.wanted()), None);
                None
            }
            None => Some(Checked::Text(text)),
        }
    }

    /// One of these words. `ty` is what is wanted in all, which may be more than words.
    pub(super) fn choice(&mut self, ty: &Type, words: &[&str], value: &Value) -> Option<Checked> {
        let Value::String(text) = value else { return self.mismatch(ty, value) };
        let text = text.to_string_lossy();
        if words.contains(&text.as_str()) {
            return Some(Checked::Text(text));
        }
        let near = suggest::did_you_mean(&text, words.iter().copied());
        let hint = near.map(|near| format!("did you mean {near:?}?"));
        self.add(format!("unknown word {text:?} for {}: wanted {}", self.here(), ty.wanted()), hint);
        None
    }

    pub(super) fn text_with_meaning(&mut self, ty: &Type, value: &Value) -> Option<Checked> {
        if let (Type::Secret, Value::UserData(data)) = (ty, value)
            && let Ok(secret) = data.borrow::<Secret>()
        {
            return Some(Checked::Secret(secret.0.clone()));
        }
        let Value::String(text) = value else { return self.mismatch(ty, value) };
        let text = text.to_string_lossy();
        match ty {
            Type::Url | Type::Endpoint => match parse_address(&text, *ty) {
                Ok(url) => Some(Checked::Url(url)),
                Err(why) if text.contains('@') => {
                    self.add_hidden(format!("wrong address for {}: {why}", self.here()));
                    None
                }
                Err(why) => {
                    let found = describe(value);
                    self.add(format!("wrong address for {}: found {found}: {why}", self.here()), None);
                    None
                }
            },
            Type::Secret => match parse_secret(&text) {
                Ok(secret) => Some(Checked::Secret(secret)),
                Err(why) => {
                    self.add_hidden(format!("wrong secret for {}: {why}", self.here()));
                    None
                }
            },
            _ => match threshold::parse(&text) {
                Ok(threshold) => Some(Checked::Threshold(threshold)),
                Err(error) => {
                    let hint = error.word.as_ref().map(|word| suggest::hint(word, error.known.iter().copied()));
                    self.add(error.to_string(), hint);
                    None
                }
            },
        }
    }

    pub(super) fn number(&mut self, ty: &Type, value: &Value) -> Option<Checked> {
        let number = match value {
            Value::Integer(n) => *n as f64,
            Value::Number(n) => *n,
            _ => return self.mismatch(ty, value),
        };
        let fits = match ty {
            Type::Integer { min, max } => {
                number.fract() == 0.0 && number >= *min as f64 && number <= *max as f64 && number.abs() < 9.1e15
            }
            Type::Number { min } => number.is_finite() && number >= *min,
            _ => false,
        };
        if !fits {
            self.add(format!("wrong value for {}: found {number}, wanted {}", self.here(), ty.wanted()), None);
            return None;
        }
        Some(match ty {
            Type::Integer { .. } => Checked::Integer(number as i64),
            _ => Checked::Number(number),
        })
    }

    pub(super) fn quantity(&mut self, ty: &Type, value: &Value) -> Option<Checked> {
        match value {
            Value::String(text) => {
                let text = text.to_string_lossy();
                let read = match ty {
                    Type::Duration => parse_duration(&text).map(Checked::Duration),
                    Type::Share => parse_share(&text).map(Checked::Number),
                    Type::Celsius => parse_celsius(&text).map(Checked::Number),
                    Type::Bytes => parse_bytes(&text).map(|bytes| Checked::Number(bytes as f64)),
                    _ => parse_rate(&text).map(Checked::Rate),
                };
                match read {
                    Ok(checked) => Some(checked),
                    Err(error) => {
                        self.add(format!("wrong value for {}: {error}", self.here()), None);
                        None
                    }
                }
            }
            Value::UserData(data) => match (ty, data.borrow::<Quantity>().map(|q| *q)) {
                (Type::Duration, Ok(quantity)) if quantity.kind == QuantityKind::Duration => {
                    quantity.as_duration().map(Checked::Duration)
                }
                (Type::Rate, Ok(quantity)) if quantity.kind == QuantityKind::Rate => {
                    Some(Checked::Rate(Rate(quantity.value)))
                }
                (Type::Share, Ok(quantity)) if quantity.kind == QuantityKind::Ratio && is_share(quantity.value) => {
                    Some(Checked::Number(quantity.value))
                }
                (Type::Bytes, Ok(quantity)) if quantity.kind == QuantityKind::Bytes => {
                    Some(Checked::Number(quantity.value))
                }
                _ => self.mismatch(ty, value),
            },
            _ => self.mismatch(ty, value),
        }
    }

    pub(super) fn data(&mut self, ty: &Type, value: &Value) -> Option<Checked> {
        if !matches!(value, Value::Table(_)) {
            return self.mismatch(ty, value);
        }
        match to_parameters(value) {
            Ok(serde_json::Value::Object(map)) => Some(Checked::Data(map)),
            Ok(_) => {
                self.add(format!("wrong type for {}: found a list, wanted {}", self.here(), ty.wanted()), None);
                None
            }
            Err(why) => {
                self.add(format!("wrong value for {}: {why}", self.here()), None);
                None
            }
        }
    }
}

fn parse_address(text: &str, ty: Type) -> Result<url::Url, String> {
    match ty {
        Type::Endpoint => parse_any(text),
        _ => parse_url(text),
    }
}

/// Reads an address: `http` or `https`, a host, no credentials, nothing behind the path; it ends in `/`.
pub(in crate::script) fn parse_url(text: &str) -> Result<url::Url, String> {
    let mut url = parse_any(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it has a ? or # part".to_owned());
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

/// Reads an address and leaves it as it is: `http` or `https`, a host, no credentials.
fn parse_any(text: &str) -> Result<url::Url, String> {
    if text.len() > 2048 {
        return Err("it is longer than 2048 characters".to_owned());
    }
    let url = url::Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => "it does not begin with http:// or https://".to_owned(),
        other => other.to_string(),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it does not begin with http:// or https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it holds a user name or password; use a token".to_owned());
    }
    Ok(url)
}
