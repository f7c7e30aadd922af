//! What a value looks like, before it is checked.

use crate::script::schema::Type;
use crate::script::value::{MadeRef, Quantity, Secret};
use mlua::Value;

/// Whether a value has the shape of a type, so that it is the one meant among several.
pub(super) fn fits(ty: &Type, value: &Value) -> bool {
    match ty {
        Type::Text | Type::Name | Type::Path | Type::Pattern | Type::Choice(_) => matches!(value, Value::String(_)),
        Type::Url | Type::Endpoint | Type::Share | Type::Celsius | Type::Threshold => {
            matches!(value, Value::String(_))
        }
        Type::Secret => matches!(value, Value::String(_)) || value.as_userdata().is_some_and(|d| d.is::<Secret>()),
        Type::Integer { .. } | Type::Number { .. } => matches!(value, Value::Integer(_) | Value::Number(_)),
        Type::Boolean => matches!(value, Value::Boolean(_)),
        Type::Duration | Type::Rate | Type::Bytes => {
            matches!(value, Value::String(_)) || value.as_userdata().is_some_and(|d| d.is::<Quantity>())
        }
        Type::Made(names) => value
            .as_userdata()
            .and_then(|data| data.borrow::<MadeRef>().ok())
            .is_some_and(|made| names.contains(&made.0.constructor.name)),
        Type::Either(types) => types.iter().any(|t| fits(t, value)),
        Type::List(_) | Type::Map(_) | Type::Record(..) | Type::Data => matches!(value, Value::Table(_)),
        Type::Function(_) => matches!(value, Value::Function(_)),
    }
}

/// The one among several types that a value is meant as: a table with names is no list.
pub(super) fn meant<'t>(types: &'t [Type], value: &Value) -> Option<&'t Type> {
    let named = value.as_table().is_some_and(|table| table.raw_len() == 0 && !table.is_empty());
    let mut fitting = types.iter().filter(|ty| fits(ty, value));
    let first = fitting.next()?;
    match first {
        Type::List(_) if named => Some(fitting.next().unwrap_or(first)),
        _ => Some(first),
    }
}

/// The unit that a bare number lacks, where a quantity is wanted.
pub(super) fn has_quantity(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Duration => Some("s"),
        Type::Rate => Some("/min"),
        Type::Share => Some("%"),
        Type::Celsius => Some("C"),
        Type::Either(types) => types.iter().find_map(has_quantity),
        _ => None,
    }
}
