//! Checks what an author gave to a constructor against the schema.

mod leaf;
mod shape;

pub(super) use leaf::parse_url;

use super::fault::Seg;
use super::limits::{FAULTS_MAX, ITEMS_MAX, NAMES_MAX};
use super::schema::{Field, Type};
use super::suggest;
use super::value::{Checked, MadeRef, describe};
use mlua::{Table, Value};
use shape::{has_quantity, meant};
use std::collections::BTreeMap;

/// A fault within one call of a constructor: the place is a path below the call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wrong {
    pub(super) path: Vec<Seg>,
    pub(super) heading: String,
    pub(super) hints: Vec<String>,
    /// Whether the field's name is wrong, not its value.
    pub(super) at_name: bool,
    /// Whether the author's line must not be shown, because it may hold a secret.
    pub(super) hidden: bool,
}

/// Checks one call: collects everything that is wrong.
pub(super) struct Checker {
    /// What is called, for the headings: `hm.user`.
    pub(super) of: String,
    pub(super) path: Vec<Seg>,
    pub(super) wrong: Vec<Wrong>,
    /// Faults of this call that are not kept because there are too many.
    pub(super) cut: usize,
}

impl Checker {
    pub(super) fn new(of: String) -> Self {
        Self { of, path: vec![], wrong: vec![], cut: 0 }
    }

    /// Notes a fault, as long as there are not too many.
    pub(super) fn push(&mut self, wrong: Wrong) {
        match self.wrong.len() >= FAULTS_MAX {
            true => self.cut += 1,
            false => self.wrong.push(wrong),
        }
    }

    fn add(&mut self, heading: String, hint: Option<String>) {
        let hints = hint.into_iter().collect();
        self.push(Wrong { path: self.path.clone(), heading, hints, at_name: false, hidden: false });
    }

    /// A fault whose value may be a secret: neither it nor the author's line is shown.
    fn add_hidden(&mut self, heading: String) {
        self.push(Wrong { path: self.path.clone(), heading, hints: vec![], at_name: false, hidden: true });
    }

    fn here(&self) -> String {
        match self.path.iter().rev().find_map(|seg| match seg {
            Seg::Name(name) => Some(name),
            Seg::Index(_) => None,
        }) {
            Some(name) => format!("{name:?} in {}", self.of),
            None => self.of.clone(),
        }
    }

    fn mismatch(&mut self, ty: &Type, value: &Value) -> Option<Checked> {
        let found = describe(value);
        let mut hint = None;
        let quantity = has_quantity(ty);
        let heading = match (value, quantity) {
            (Value::Integer(_) | Value::Number(_), Some(unit)) => {
                let number = match value {
                    Value::Integer(n) => n.to_string(),
                    Value::Number(n) => n.to_string(),
                    _ => String::new(),
                };
                hint = Some(format!("say in which unit: \"{number}{unit}\""));
                format!("bare number for {}: found {number}, wanted {}", self.here(), ty.wanted())
            }
            (Value::Nil, _) => format!("nothing for {}: wanted {}", self.here(), ty.wanted()),
            _ => format!("wrong type for {}: found {found}, wanted {}", self.here(), ty.wanted()),
        };
        if let (Value::Table(_), Type::Made([only])) = (value, ty) {
            hint = Some(format!("write hm.{only} before the table"));
        } else if let (Value::Table(_), Type::Made(names)) = (value, ty) {
            let all = names.iter().map(|n| format!("hm.{n}")).collect::<Vec<_>>().join(", ");
            hint = Some(format!("write one of {all} before the table"));
        } else if let (Value::String(text), Type::Integer { .. } | Type::Number { .. }) = (value, ty)
            && text.to_string_lossy().trim().parse::<f64>().is_ok()
        {
            hint = Some("write the number without quotes".to_owned());
        }
        self.add(heading, hint);
        None
    }

    /// Checks a value; `None` if it is wrong, which is noted.
    pub(super) fn value(&mut self, ty: &Type, value: &Value) -> Option<Checked> {
        match ty {
            Type::Text | Type::Name | Type::Path | Type::Pattern | Type::Choice(_) => self.text(ty, value),
            Type::Url | Type::Endpoint | Type::Secret | Type::Threshold => self.text_with_meaning(ty, value),
            Type::Integer { .. } | Type::Number { .. } => self.number(ty, value),
            Type::Duration | Type::Rate | Type::Share | Type::Celsius | Type::Bytes => self.quantity(ty, value),
            Type::Boolean => match value {
                Value::Boolean(b) => Some(Checked::Boolean(*b)),
                _ => self.mismatch(ty, value),
            },
            Type::Made(names) => match value.as_userdata().and_then(|data| data.borrow::<MadeRef>().ok()) {
                Some(made) if names.contains(&made.0.constructor.name) => Some(Checked::Made(made.0.clone())),
                _ => self.mismatch(ty, value),
            },
            Type::Either(types) => match meant(types, value) {
                Some(Type::Choice(words)) => self.choice(ty, words, value),
                Some(fitting) => self.value(fitting, value),
                None => self.mismatch(ty, value),
            },
            Type::List(of) => match value {
                Value::Table(table) => self.list(ty, of, table),
                _ => self.mismatch(ty, value),
            },
            Type::Map(of) => match value {
                Value::Table(table) => self.map(of, table),
                _ => self.mismatch(ty, value),
            },
            Type::Record(_, fields) => match value {
                Value::Table(table) => {
                    let first = fields.iter().find(|field| field.first).map(|field| field.name);
                    let fields = self.fields(fields, table, first);
                    Some(Checked::Map(fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()))
                }
                _ => self.mismatch(ty, value),
            },
            Type::Data => self.data(ty, value),
            Type::Function(_) => match value {
                Value::Function(function) => Some(Checked::Function(function.clone())),
                _ => self.mismatch(ty, value),
            },
        }
    }

    fn list(&mut self, ty: &Type, of: &Type, table: &Table) -> Option<Checked> {
        let length = table.raw_len();
        let mut entries = 0usize;
        let _ = table.for_each(|_: Value, _: Value| {
            entries += 1;
            Ok(())
        });
        if entries != length || length > ITEMS_MAX {
            let why = if entries == length { "it has over 100000 items" } else { "it has named entries or gaps" };
            self.add(format!("wrong list for {}: {why}, wanted {}", self.here(), ty.wanted()), None);
            return None;
        }
        let mut items = Vec::new();
        let mut whole = true;
        for index in 1..=length {
            self.path.push(Seg::Index(index));
            let item: Value = table.raw_get(index).unwrap_or(Value::Nil);
            match self.value(of, &item) {
                Some(checked) => items.push(checked),
                None => whole = false,
            }
            self.path.pop();
        }
        whole.then_some(Checked::List(items))
    }

    fn map(&mut self, of: &Type, table: &Table) -> Option<Checked> {
        let mut entries: BTreeMap<String, Value> = BTreeMap::new();
        let mut odd = None;
        let _ = table.for_each(|key: Value, value: Value| {
            match &key {
                Value::String(text) if !text.as_bytes().is_empty() && text.as_bytes().len() <= 200 => {
                    entries.insert(text.to_string_lossy(), value);
                }
                other => odd = Some(describe(other)),
            }
            Ok(())
        });
        if let Some(key) = odd {
            self.add(format!("wrong key in {}: found {key}, wanted a name (name = …)", self.here()), None);
            return None;
        }
        if entries.len() > NAMES_MAX {
            self.add(format!("{} has over {NAMES_MAX} entries", self.here()), None);
            return None;
        }
        let mut checked = BTreeMap::new();
        let mut whole = true;
        for (key, value) in entries {
            self.path.push(Seg::Name(key.clone()));
            match self.value(of, &value) {
                Some(value) => {
                    checked.insert(key, value);
                }
                None => whole = false,
            }
            self.path.pop();
        }
        whole.then_some(Checked::Map(checked))
    }

    /// Checks the fields of a table. `first` is the field that the first item without a name stands for.
    pub(super) fn fields(
        &mut self,
        fields: &'static [Field],
        table: &Table,
        first: Option<&'static str>,
    ) -> BTreeMap<&'static str, Checked> {
        let mut given: BTreeMap<&'static str, Value> = BTreeMap::new();
        let mut unknown: BTreeMap<String, Value> = BTreeMap::new();
        let _ = table.for_each(|key: Value, value: Value| {
            let word = match (&key, first) {
                (Value::String(_), _) => super::vm::key_text(&key),
                (Value::Integer(1), Some(first)) => first.to_owned(),
                (Value::Number(1.0), Some(first)) => first.to_owned(),
                (other, _) => format!("[{}]", super::vm::key_text(other)),
            };
            match fields.iter().find(|f| f.name == word) {
                Some(field) => {
                    given.insert(field.name, value);
                }
                None if unknown.len() < 100 => {
                    unknown.insert(word, value);
                }
                None => {}
            }
            Ok(())
        });
        let mut meant = Vec::new();
        for word in unknown.keys() {
            meant.extend(self.unknown_field(word, fields, &given));
        }
        let mut checked = BTreeMap::new();
        for field in fields {
            self.path.push(Seg::Name(field.name.to_owned()));
            match given.get(field.name) {
                Some(value) => {
                    if let Some(value) = self.value(&field.ty, value) {
                        checked.insert(field.name, value);
                    }
                }
                None if field.required && !meant.contains(&field.name) => {
                    self.path.pop();
                    let owner = self.owner();
                    self.add(
                        format!("missing field {:?} in {owner}: wanted {}", field.name, field.ty.wanted()),
                        Some(format!("{}: {}", field.name, field.about)),
                    );
                    self.path.push(Seg::Name(field.name.to_owned()));
                }
                _ => {}
            }
            self.path.pop();
        }
        checked
    }

    /// The call or the table within it that the path stands in.
    fn owner(&self) -> String {
        if self.path.is_empty() { self.of.clone() } else { self.here() }
    }

    /// Notes an unknown field; gives the field that was probably meant.
    fn unknown_field(
        &mut self,
        word: &str,
        fields: &'static [Field],
        given: &BTreeMap<&'static str, Value>,
    ) -> Option<&'static str> {
        let names: Vec<&'static str> = fields.iter().map(|f| f.name).collect();
        let near = suggest::did_you_mean(word, names.iter().copied().filter(|name| !given.contains_key(name)));
        let hint = match near {
            Some(near) => format!("did you mean {near:?}?"),
            None if word.starts_with('[') => format!("each entry needs a name; the fields are {}", names.join(", ")),
            None => format!("the fields are {}", names.join(", ")),
        };
        let heading = format!("unknown field {word:?} in {}", self.owner());
        let mut path = self.path.clone();
        path.push(Seg::Name(word.to_owned()));
        self.push(Wrong { path, heading, hints: vec![hint], at_name: true, hidden: false });
        near
    }
}
