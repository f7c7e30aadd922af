//! Values that cross between Lua and Rust: what constructors make, quantities, secrets, plain data.

mod data;
mod made;
mod quantity;
mod secret;

pub(super) use data::{from_json, null, to_json, to_parameters};
pub(super) use made::{Checked, Made, MadeRef};
pub(super) use quantity::{Quantity, QuantityKind};
pub(super) use secret::{Secret, parse as parse_secret};

use mlua::Value;

/// A Lua value in the words of an error: `the text "x"`, `the number 5`, `hm.user {…}`.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Nil => "nil".to_owned(),
        Value::Boolean(b) => b.to_string(),
        Value::Integer(n) => format!("the number {n}"),
        Value::Number(n) => format!("the number {n}"),
        Value::String(text) => {
            let text = text.to_string_lossy();
            match text.char_indices().nth(60) {
                Some((at, _)) => format!("the text {:?}…", &text[..at]),
                None => format!("the text {text:?}"),
            }
        }
        Value::Table(_) => "a table".to_owned(),
        Value::Function(_) => "a function".to_owned(),
        Value::Thread(_) => "a coroutine".to_owned(),
        Value::UserData(data) => {
            if let Ok(made) = data.borrow::<MadeRef>() {
                format!("hm.{} {{…}}", made.0.constructor.name)
            } else if let Ok(quantity) = data.borrow::<Quantity>() {
                format!("the {} {quantity}", quantity.kind.name())
            } else if data.is::<Secret>() {
                "a secret".to_owned()
            } else {
                "a value of hubmark's".to_owned()
            }
        }
        other => format!("a {}", other.type_name()),
    }
}

/// The number that a Lua value is, whichever of the library's two forms it has.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(n) => Some(*n as f64),
        Value::Number(n) => Some(*n),
        _ => None,
    }
}
