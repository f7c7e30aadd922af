//! Quantities as authors write them: `"90s"`, `"1h30m"`, `"2/min"`, `"16GiB"`, `"88C"`, `"1%"`.

use std::fmt;
use std::time::Duration;

/// Why a text is not the quantity that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {kind}: {why}")]
pub struct QuantityError {
    /// The text that was read.
    pub text: String,
    /// What was wanted, with its article and an example, such as ``a duration like "90s" or "1h30m"``.
    pub kind: &'static str,
    /// What is wrong with the text.
    pub why: String,
}

const DURATION: &str = "a duration like \"90s\" or \"1h30m\"";
const RATE: &str = "a rate like \"2/min\" or \"0.5/s\"";
const BYTES: &str = "a size like \"16GiB\" or \"500MB\"";
const RATIO: &str = "a share like \"1%\" or \"0.25%\"";
const CELSIUS: &str = "a temperature like \"88C\"";

fn fail<T>(text: &str, kind: &'static str, why: impl Into<String>) -> Result<T, QuantityError> {
    Err(QuantityError { text: text.to_owned(), kind, why: why.into() })
}

/// Splits a number from the unit behind it: `"1.5h"` gives `(1.5, "h", rest)`.
fn number_and_unit(text: &str) -> Option<(f64, &str, &str)> {
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let number: f64 = text[..digits].parse().ok()?;
    let after = &text[digits..];
    let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
    Some((number, &after[..unit_end], &after[unit_end..]))
}

/// Reads a duration: one or more `number unit` pairs, units `ns us µs ms s m min h d`, largest first or not.
///
/// # Errors
/// A missing or unknown unit, an empty text, a negative or absurdly long (over 10 years) duration.
pub fn parse_duration(text: &str) -> Result<Duration, QuantityError> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return fail(text, DURATION, "it is empty");
    }
    let mut seconds = 0.0f64;
    while !rest.is_empty() {
        let Some((number, unit, after)) = number_and_unit(rest) else {
            return fail(text, DURATION, format!("a number was expected at {rest:?}"));
        };
        let scale = match unit.trim() {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            "" => return fail(text, DURATION, "it has no unit (ns us ms s m h d)"),
            other => return fail(text, DURATION, format!("unknown unit {other:?} (known: ns us ms s m h d)")),
        };
        seconds += number * scale;
        rest = after.trim_start();
    }
    if seconds > 3.2e8 {
        return fail(text, DURATION, "it is over ten years");
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// Prints a duration the way authors write it, `1h30m`, exact to the nanosecond.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let total = duration.as_nanos();
    if total == 0 {
        return "0s".to_owned();
    }
    let units: [(u128, &str); 7] = [
        (86_400_000_000_000, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
        (1, "ns"),
    ];
    let mut left = total;
    let mut out = String::new();
    for (size, unit) in units {
        if left >= size {
            out.push_str(&format!("{}{unit}", left / size));
            left %= size;
        }
    }
    out
}

/// How often something happens, in events per second.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, serde::Serialize, serde::Deserialize)]
pub struct Rate(pub f64);

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = if self.0 >= 1.0 {
            (self.0, "s")
        } else if self.0 * 60.0 >= 1.0 {
            (self.0 * 60.0, "min")
        } else {
            (self.0 * 3600.0, "h")
        };
        write!(f, "{}/{unit}", (value * 1e6).round() / 1e6)
    }
}

/// Reads a rate, `number/unit` with unit `s`, `m`, `min`, `h` or `d`.
///
/// # Errors
/// No `/`, an unknown unit, or a number that is not finite and positive or zero.
pub fn parse_rate(text: &str) -> Result<Rate, QuantityError> {
    let Some((number, unit)) = text.split_once('/') else {
        return fail(text, RATE, "it has no \"/\" with a unit of time behind it");
    };
    let Ok(value) = number.trim().parse::<f64>() else {
        return fail(text, RATE, format!("{:?} is not a number", number.trim()));
    };
    if !value.is_finite() || value < 0.0 {
        return fail(text, RATE, "it is not a number from 0 up");
    }
    let seconds = match unit.trim() {
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        other => return fail(text, RATE, format!("unknown unit {other:?} (known: s min h d)")),
    };
    Ok(Rate(value / seconds))
}

/// Reads a size in bytes: `B`, `kB`, `MB`, `GB`, `TB` (powers of 1000), `KiB`, `MiB`, `GiB`, `TiB` (powers of 1024).
///
/// # Errors
/// A missing or unknown unit, or no number.
pub fn parse_bytes(text: &str) -> Result<u64, QuantityError> {
    let Some((number, unit, "")) = number_and_unit(text.trim()) else {
        return fail(text, BYTES, "a number with a unit was expected");
    };
    let scale = match unit.trim() {
        "B" => 1.0,
        "kB" | "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "TB" => 1e12,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        "TiB" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        "" => return fail(text, BYTES, "it has no unit (B kB MB GB TB KiB MiB GiB TiB)"),
        other => {
            return fail(text, BYTES, format!("unknown unit {other:?} (known: B kB MB GB TB KiB MiB GiB TiB)"));
        }
    };
    Ok((number * scale).round() as u64)
}

/// Reads a share, `"1%"`, as a number where 1.0 is the whole.
///
/// # Errors
/// No `%`, or no number before it.
pub fn parse_ratio(text: &str) -> Result<f64, QuantityError> {
    let Some(number) = text.trim().strip_suffix('%') else {
        return fail(text, RATIO, "it has no \"%\"");
    };
    match number.trim().parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value / 100.0),
        _ => fail(text, RATIO, format!("{:?} is not a number", number.trim())),
    }
}

/// Whether a number is a share above nothing and up to the whole.
#[must_use]
pub fn is_share(value: f64) -> bool {
    value > 0.0 && value <= 1.0
}

/// Reads a share above nothing and up to the whole, as a number where 1.0 is the whole.
///
/// # Errors
/// No `%`, no number before it, or one that is not above 0 and up to 100.
pub fn parse_share(text: &str) -> Result<f64, QuantityError> {
    match parse_ratio(text)? {
        share if is_share(share) => Ok(share),
        _ => fail(text, RATIO, "it is not above 0% and up to 100%"),
    }
}

/// Reads a temperature, `"88C"`, in degrees Celsius.
///
/// # Errors
/// No `C`, or no number before it.
pub fn parse_celsius(text: &str) -> Result<f64, QuantityError> {
    let Some(number) = text.trim().strip_suffix('C') else {
        return fail(text, CELSIUS, "it has no \"C\"");
    };
    match number.trim().parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => fail(text, CELSIUS, format!("{:?} is not a number", number.trim())),
    }
}

/// Durations cross every format as integer nanoseconds.
pub mod duration_ns {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::time::Duration;

    /// Writes whole nanoseconds (saturating after 584 years).
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(value.as_nanos()).unwrap_or(u64::MAX))
    }

    /// Reads whole nanoseconds.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_nanos)
    }
}

/// Optional durations cross every format as integer nanoseconds or null.
pub mod duration_ns_opt {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::time::Duration;

    /// Writes whole nanoseconds or null.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(value: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        value.map(|d| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX)).serialize(to)
    }

    /// Reads whole nanoseconds or null.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        Option::<u64>::deserialize(from).map(|v| v.map(Duration::from_nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print_back() {
        for text in ["90s", "1h30m", "5ms", "2d", "1m30s", "250us", "0s"] {
            let value = parse_duration(text).unwrap();
            assert_eq!(parse_duration(&format_duration(value)).unwrap(), value, "{text}");
        }
        assert_eq!(parse_duration("1h30m").unwrap(), Duration::from_secs(5400));
        assert_eq!(format_duration(Duration::from_secs(5400)), "1h30m");
        assert_eq!(parse_duration("1.5h").unwrap(), Duration::from_secs(5400));
    }

    #[test]
    fn a_duration_without_a_unit_says_so() {
        let error = parse_duration("90").unwrap_err().to_string();
        assert_eq!(error, "\"90\" is not a duration like \"90s\" or \"1h30m\": it has no unit (ns us ms s m h d)");
        assert!(parse_duration("5 parsecs").unwrap_err().to_string().contains("unknown unit \"parsecs\""));
        assert!(parse_duration("").is_err());
        assert!(parse_duration("-5s").is_err());
        assert!(parse_duration("20000d").is_err());
    }

    #[test]
    fn rates_bytes_and_shares_read() {
        assert_eq!(parse_rate("2/min").unwrap(), Rate(2.0 / 60.0));
        assert_eq!(parse_rate("2/min").unwrap().to_string(), "2/min");
        assert_eq!(parse_bytes("16GiB").unwrap(), 16 << 30);
        assert_eq!(parse_bytes("1.5MB").unwrap(), 1_500_000);
        assert_eq!(parse_ratio("1%").unwrap(), 0.01);
        assert!(parse_rate("2").is_err());
        assert!(parse_bytes("16").is_err());
        assert!(parse_ratio("0.5").is_err());
    }
}
