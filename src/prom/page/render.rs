//! Writing a page. What is written here is read back the same (`tests.rs`).

use super::{Exemplar, Family, Format, Label, Page, Point};
use std::fmt::Write;

/// The page as text.
#[must_use]
pub fn render(page: &Page<'_>, format: Format) -> String {
    let mut out = String::with_capacity(page.points().count() * 96);
    for family in &page.families {
        metadata(&mut out, family, format);
        for point in &family.points {
            line(&mut out, point, format);
        }
    }
    if format == Format::OpenMetrics {
        out.push_str("# EOF\n");
    }
    out
}

fn metadata(out: &mut String, family: &Family<'_>, format: Format) {
    let open = format == Format::OpenMetrics;
    if let Some(help) = &family.help {
        put(out, format_args!("# HELP {} {}\n", family.name, Escaped { text: help, quotes: open }));
    }
    put(out, format_args!("# TYPE {} {}\n", family.name, family.kind.word(format)));
    if let Some(unit) = family.unit.as_ref().filter(|_| open) {
        put(out, format_args!("# UNIT {} {unit}\n", family.name));
    }
}

fn line(out: &mut String, point: &Point<'_>, format: Format) {
    out.push_str(&point.name);
    if !point.labels.is_empty() {
        labels(out, &point.labels);
    }
    value(out, point.value, point.timestamp_ms, format);
    if let Some(Exemplar { labels: known, value: of, timestamp_ms }) =
        point.exemplar.as_ref().filter(|_| format == Format::OpenMetrics)
    {
        out.push_str(" # ");
        labels(out, known);
        value(out, *of, *timestamp_ms, format);
    }
    out.push('\n');
}

fn labels(out: &mut String, labels: &[Label<'_>]) {
    out.push('{');
    for (at, (name, value)) in labels.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        put(out, format_args!("{comma}{name}=\"{}\"", Escaped { text: value, quotes: true }));
    }
    out.push('}');
}

fn value(out: &mut String, value: f64, timestamp_ms: Option<i64>, format: Format) {
    out.push(' ');
    out.push_str(&number(value));
    match (timestamp_ms, format) {
        (None, _) => {}
        (Some(ms), Format::Text) => put(out, format_args!(" {ms}")),
        (Some(ms), Format::OpenMetrics) => {
            let sign = if ms < 0 { "-" } else { "" };
            put(out, format_args!(" {sign}{}.{:03}", ms.unsigned_abs() / 1000, ms.unsigned_abs() % 1000));
        }
    }
}

/// A number as Prometheus writes it: the shortest text that is read back the same.
#[must_use]
pub fn number(value: f64) -> String {
    let size = value.abs();
    match value {
        _ if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        // A name with three hundred digits is true and of no use to anybody.
        _ if size != 0.0 && !(1e-5..1e17).contains(&size) => format!("{value:e}"),
        _ => format!("{value}"),
    }
}

/// Text with the escapes of help texts, and those of labels' values too.
struct Escaped<'a> {
    text: &'a str,
    quotes: bool,
}

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for part in self.text.split_inclusive(['\\', '\n', '"']) {
            match part.as_bytes().last() {
                Some(b'\\') => write!(f, "{part}\\")?,
                Some(b'\n') => write!(f, "{}\\n", &part[..part.len() - 1])?,
                Some(b'"') if self.quotes => write!(f, "{}\\\"", &part[..part.len() - 1])?,
                _ => f.write_str(part)?,
            }
        }
        Ok(())
    }
}

/// Writing to a string does not fail.
fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}
