//! The page of an exposition: Prometheus text 0.0.4 and OpenMetrics 1.0.
//!
//! Sources: "Exposition formats" of the Prometheus documentation, and the OpenMetrics 1.0 specification. Histograms and summaries are plain
//! series here, as they are on the page.

mod cursor;
mod error;
mod parse;
mod render;
#[cfg(test)]
mod tests;

pub use error::{PageError, Problem};
pub use parse::{parse, parse_bytes};
pub use render::{number, render};

use std::borrow::Cow;

/// The form of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus text 0.0.4.
    Text,
    /// OpenMetrics 1.0. It ends in `# EOF`, so that a page that was cut short is known by it.
    OpenMetrics,
}

impl Format {
    /// The form that a reply's `Content-Type` names. Everything that is not OpenMetrics is read as text, as Prometheus 2 does.
    #[must_use]
    pub fn of_content_type(content_type: &str) -> Self {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/openmetrics-text") { Self::OpenMetrics } else { Self::Text }
    }

    /// The `Content-Type` of a page of this form.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// What a family of series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, until its process starts again.
    Counter,
    /// Any value at any time.
    Gauge,
    /// Buckets with upper bounds, their sum and count.
    Histogram,
    /// A histogram whose buckets may shrink (OpenMetrics).
    GaugeHistogram,
    /// Quantiles, their sum and count.
    Summary,
    /// Facts as labels of a constant 1 (OpenMetrics).
    Info,
    /// One of several states (OpenMetrics).
    StateSet,
    /// The page does not say: `untyped` in text, `unknown` in OpenMetrics.
    Unknown,
}

impl Kind {
    /// Its word in a form.
    #[must_use]
    pub fn word(self, format: Format) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::StateSet => "stateset",
            Self::Unknown if format == Format::OpenMetrics => "unknown",
            Self::Unknown => "untyped",
        }
    }

    /// The kind of a word; `None` where the form has none of that name.
    fn of(word: &str, format: Format) -> Option<Self> {
        const TEXT: [Kind; 5] = [Kind::Counter, Kind::Gauge, Kind::Histogram, Kind::Summary, Kind::Unknown];
        const OPEN: [Kind; 3] = [Kind::GaugeHistogram, Kind::Info, Kind::StateSet];
        let open = OPEN.into_iter().filter(|_| format == Format::OpenMetrics);
        TEXT.into_iter().chain(open).find(|kind| kind.word(format) == word)
    }

    /// What the names of a family's points may end in beside the family's own name.
    fn suffixes(self, format: Format) -> &'static [&'static str] {
        match (self, format) {
            (Self::Counter, Format::OpenMetrics) => &["_total", "_created"],
            (Self::Histogram, Format::OpenMetrics) => &["_bucket", "_count", "_sum", "_created"],
            (Self::Histogram, Format::Text) => &["_bucket", "_count", "_sum"],
            (Self::GaugeHistogram, Format::OpenMetrics) => &["_bucket", "_gcount", "_gsum"],
            (Self::Summary, Format::OpenMetrics) => &["_count", "_sum", "_created"],
            (Self::Summary, Format::Text) => &["_count", "_sum"],
            (Self::Info, Format::OpenMetrics) => &["_info"],
            _ => &[],
        }
    }
}

/// A label's name and value.
pub type Label<'a> = (Cow<'a, str>, Cow<'a, str>);

/// One line of a page: the value of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Point<'a> {
    /// Whole name, with the suffixes of histograms and counters.
    pub name: Cow<'a, str>,
    /// Labels as they stand on the page.
    pub labels: Vec<Label<'a>>,
    /// The value; NaN and infinities are values.
    pub value: f64,
    /// When it was measured, milliseconds since 1970, where the page says so.
    pub timestamp_ms: Option<i64>,
    /// An example behind it (OpenMetrics).
    pub exemplar: Option<Exemplar<'a>>,
}

impl Point<'_> {
    /// The value of a label.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_ref())
    }
}

/// An example of what a point counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar<'a> {
    /// Labels, such as a trace's id.
    pub labels: Vec<Label<'a>>,
    /// Its value.
    pub value: f64,
    /// When, milliseconds since 1970.
    pub timestamp_ms: Option<i64>,
}

/// Points that belong together, with what the page says of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Family<'a> {
    /// Name without suffixes.
    pub name: Cow<'a, str>,
    /// What it is; [`Kind::Unknown`] if the page does not say.
    pub kind: Kind,
    /// What it means.
    pub help: Option<Cow<'a, str>>,
    /// Its unit (OpenMetrics).
    pub unit: Option<Cow<'a, str>>,
    /// Its points, in the page's order.
    pub points: Vec<Point<'a>>,
}

impl<'a> Family<'a> {
    /// A family of which nothing is said.
    #[must_use]
    pub fn named(name: impl Into<Cow<'a, str>>) -> Self {
        Self { name: name.into(), kind: Kind::Unknown, help: None, unit: None, points: vec![] }
    }
}

/// A page, its families in its own order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page<'a> {
    /// The families.
    pub families: Vec<Family<'a>>,
}

impl<'a> Page<'a> {
    /// All points, in the page's order.
    pub fn points(&self) -> impl Iterator<Item = &Point<'a>> {
        self.families.iter().flat_map(|family| &family.points)
    }

    /// Points of one name.
    pub fn named<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p Point<'a>> {
        self.points().filter(move |point| point.name == name)
    }

    /// Whether there is a point of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.named(name).next().is_some()
    }
}

/// Whether a text is the name of a metric: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
#[must_use]
pub fn is_metric_name(text: &str) -> bool {
    is_name(text, |byte| byte == b':')
}

/// Whether a text is the name of a label: `[a-zA-Z_][a-zA-Z0-9_]*`.
#[must_use]
pub fn is_label_name(text: &str) -> bool {
    is_name(text, |_| false)
}

fn is_name(text: &str, more: impl Fn(u8) -> bool) -> bool {
    let begins = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || more(byte);
    let mut bytes = text.bytes();
    bytes.next().is_some_and(begins) && bytes.all(|byte| begins(byte) || byte.is_ascii_digit())
}
