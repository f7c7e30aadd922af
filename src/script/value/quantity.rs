//! Quantities as Lua values: they print with their unit, compare, and calculate where that makes sense.

use crate::plan::quantity::{Rate, format_duration};
use mlua::{Error, MetaMethod, UserData, UserDataMethods, Value};
use std::fmt;
use std::time::Duration;

/// What a quantity measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::script) enum QuantityKind {
    /// Nanoseconds.
    Duration,
    /// Events per second.
    Rate,
    /// Bytes.
    Bytes,
    /// A share, 1.0 is the whole.
    Ratio,
}

impl QuantityKind {
    pub(in crate::script) fn name(self) -> &'static str {
        match self {
            QuantityKind::Duration => "duration",
            QuantityKind::Rate => "rate",
            QuantityKind::Bytes => "size",
            QuantityKind::Ratio => "share",
        }
    }
}

/// A number with its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::script) struct Quantity {
    pub(in crate::script) kind: QuantityKind,
    /// In the kind's unit: nanoseconds, per second, bytes, parts of 1.
    pub(in crate::script) value: f64,
}

/// Longest duration that a calculation may give: ten years in nanoseconds.
const DURATION_MAX: f64 = 3.2e17;

impl Quantity {
    pub(in crate::script) fn duration(value: Duration) -> Self {
        Self { kind: QuantityKind::Duration, value: value.as_nanos() as f64 }
    }

    pub(in crate::script) fn rate(value: Rate) -> Self {
        Self { kind: QuantityKind::Rate, value: value.0 }
    }

    pub(in crate::script) fn as_duration(self) -> Option<Duration> {
        (self.kind == QuantityKind::Duration).then(|| Duration::from_nanos(self.value.round() as u64))
    }

    fn with(self, value: f64) -> mlua::Result<Self> {
        if !value.is_finite() {
            return Err(Error::runtime(format!("the calculated {} is not a finite number", self.kind.name())));
        }
        if value < 0.0 {
            return Err(Error::runtime(format!("the calculated {} is below 0", self.kind.name())));
        }
        if self.kind == QuantityKind::Duration && value > DURATION_MAX {
            return Err(Error::runtime("the calculated duration is over ten years"));
        }
        Ok(Self { value, ..self })
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            QuantityKind::Duration => f.write_str(&format_duration(Duration::from_nanos(self.value.round() as u64))),
            QuantityKind::Rate => write!(f, "{}", Rate(self.value)),
            QuantityKind::Bytes => f.write_str(&format_bytes(self.value)),
            QuantityKind::Ratio => write!(f, "{}%", (self.value * 1e8).round() / 1e6),
        }
    }
}

/// A size with the largest binary or decimal unit that keeps it whole.
fn format_bytes(bytes: f64) -> String {
    let units = [
        ("TiB", 1u64 << 40),
        ("GiB", 1 << 30),
        ("MiB", 1 << 20),
        ("KiB", 1 << 10),
        ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("kB", 1000),
    ];
    let whole = bytes.round() as u64;
    match units.iter().find(|(_, size)| whole >= *size && whole.is_multiple_of(*size)) {
        Some((unit, size)) => format!("{}{unit}", whole / size),
        None => format!("{whole}B"),
    }
}

/// One side of a calculation.
enum Side {
    Quantity(Quantity),
    Number(f64),
}

fn side(value: &Value, doing: &str) -> mlua::Result<Side> {
    match value {
        Value::Integer(n) => Ok(Side::Number(*n as f64)),
        Value::Number(n) => Ok(Side::Number(*n)),
        Value::UserData(data) => match data.borrow::<Quantity>() {
            Ok(quantity) => Ok(Side::Quantity(*quantity)),
            Err(_) => Err(Error::runtime(format!("cannot {doing} a quantity and {}", super::describe(value)))),
        },
        other => Err(Error::runtime(format!("cannot {doing} a quantity and {}", super::describe(other)))),
    }
}

fn same_kind(a: &Value, b: &Value, doing: &str) -> mlua::Result<(Quantity, Quantity)> {
    match (side(a, doing)?, side(b, doing)?) {
        (Side::Quantity(a), Side::Quantity(b)) if a.kind == b.kind => Ok((a, b)),
        (Side::Quantity(a), Side::Quantity(b)) => {
            Err(Error::runtime(format!("cannot {doing} a {} and a {}", a.kind.name(), b.kind.name())))
        }
        (Side::Quantity(q), Side::Number(n)) | (Side::Number(n), Side::Quantity(q)) => Err(Error::runtime(format!(
            "cannot {doing} a {} and the bare number {n}\nhint: give it a unit, for example hm.duration(\"5m\")",
            q.kind.name()
        ))),
        _ => Err(Error::runtime(format!("cannot {doing} these values"))),
    }
}

impl UserData for Quantity {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(this.to_string()));
        methods.add_meta_function(MetaMethod::Concat, |_, (a, b): (Value, Value)| Ok(a.to_string()? + &b.to_string()?));
        methods.add_meta_function(MetaMethod::Add, |_, (a, b): (Value, Value)| {
            let (a, b) = same_kind(&a, &b, "add")?;
            a.with(a.value + b.value)
        });
        methods.add_meta_function(MetaMethod::Sub, |_, (a, b): (Value, Value)| {
            let (a, b) = same_kind(&a, &b, "subtract")?;
            a.with(a.value - b.value)
        });
        methods.add_meta_function(MetaMethod::Mul, |_, (a, b): (Value, Value)| {
            match (side(&a, "multiply")?, side(&b, "multiply")?) {
                (Side::Quantity(q), Side::Number(n)) | (Side::Number(n), Side::Quantity(q)) => q.with(q.value * n),
                _ => Err(Error::runtime("a quantity is multiplied with a number, not with a quantity")),
            }
        });
        methods.add_meta_function(MetaMethod::Div, |lua, (a, b): (Value, Value)| {
            use mlua::IntoLua;
            match (side(&a, "divide")?, side(&b, "divide")?) {
                (Side::Quantity(q), Side::Number(n)) => q.with(q.value / n)?.into_lua(lua),
                (Side::Quantity(a), Side::Quantity(b)) if a.kind == b.kind => (a.value / b.value).into_lua(lua),
                _ => Err(Error::runtime("a quantity is divided by a number or by a quantity of its kind")),
            }
        });
        methods.add_meta_function(MetaMethod::Eq, |_, (a, b): (Value, Value)| {
            Ok(same_kind(&a, &b, "compare").is_ok_and(|(a, b)| a.value == b.value))
        });
        methods.add_meta_function(MetaMethod::Lt, |_, (a, b): (Value, Value)| {
            same_kind(&a, &b, "compare").map(|(a, b)| a.value < b.value)
        });
        methods.add_meta_function(MetaMethod::Le, |_, (a, b): (Value, Value)| {
            same_kind(&a, &b, "compare").map(|(a, b)| a.value <= b.value)
        });
        methods.add_meta_method(MetaMethod::Index, |_, this, key: Value| -> mlua::Result<()> {
            Err(Error::runtime(format!(
                "a {} has no field {:?}\nhint: divide it for a number: d / hm.duration(\"1s\")",
                this.kind.name(),
                key.to_string()?
            )))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_print_with_their_unit() {
        let of = |kind, value| Quantity { kind, value }.to_string();
        assert_eq!(of(QuantityKind::Duration, 5.4e12), "1h30m");
        assert_eq!(of(QuantityKind::Rate, 2.0 / 60.0), "2/min");
        assert_eq!(of(QuantityKind::Bytes, 17_179_869_184.0), "16GiB");
        assert_eq!(of(QuantityKind::Bytes, 5e8), "500MB");
        assert_eq!(of(QuantityKind::Bytes, 17.0), "17B");
        assert_eq!(of(QuantityKind::Ratio, 0.015), "1.5%");
    }
}
