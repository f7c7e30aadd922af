//! Reading a page.

use super::cursor::Cursor;
use super::error::{PageError, Problem};
use super::{Exemplar, Family, Format, Kind, Label, Page, Point};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Reads a page from the bytes of a reply.
///
/// # Errors
/// The first thing that is wrong, with its line and column.
pub fn parse_bytes(bytes: &[u8], format: Format) -> Result<Page<'_>, PageError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(text, format),
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = good.bytes().filter(|byte| *byte == b'\n').count() + 1;
            let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            Err(PageError { line, column, problem: Problem::NotUtf8 })
        }
    }
}

/// Reads a page.
///
/// # Errors
/// The first thing that is wrong, with its line and column.
pub fn parse(text: &str, format: Format) -> Result<Page<'_>, PageError> {
    let mut reader =
        Reader { format, page: Page::default(), index: BTreeMap::new(), typed: vec![], current: None, ended: false };
    let mut lines = 0;
    for (number, line) in text.split_terminator('\n').enumerate() {
        lines = number + 1;
        // Exporters on Windows and some proxies end lines in two characters; OpenMetrics forbids it.
        let line = if format == Format::Text { line.strip_suffix('\r').unwrap_or(line) } else { line };
        let mut cursor = Cursor::new(line);
        reader.line(&mut cursor).map_err(|problem| PageError { line: lines, column: cursor.column(), problem })?;
    }
    if format == Format::OpenMetrics && !reader.ended {
        return Err(PageError { line: lines + 1, column: 1, problem: Problem::CutShort });
    }
    Ok(reader.page)
}

struct Reader<'a> {
    format: Format,
    page: Page<'a>,
    /// Where each family is.
    index: BTreeMap<&'a str, usize>,
    /// Whether each family has had its `TYPE` line.
    typed: Vec<bool>,
    /// The family of the line before: most lines belong to it.
    current: Option<usize>,
    /// Whether `# EOF` was read.
    ended: bool,
}

impl<'a> Reader<'a> {
    fn line(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Problem> {
        if self.ended {
            return Err(Problem::BehindEnd);
        }
        if self.format == Format::Text {
            cursor.skip_blanks();
        }
        match cursor.rest().as_bytes().first() {
            None if self.format == Format::Text => Ok(()),
            None => Err(Problem::NoSuchLine),
            Some(b'#') => self.comment(cursor),
            Some(_) => self.sample(cursor),
        }
    }

    fn comment(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Problem> {
        let open = self.format == Format::OpenMetrics;
        if open && cursor.rest() == "# EOF" {
            self.ended = true;
            return Ok(());
        }
        cursor.take('#');
        cursor.skip_blanks();
        let word = cursor.peek(not_blank);
        cursor.pass(word);
        match word {
            "HELP" => self.help(cursor),
            "TYPE" => self.kind(cursor),
            "UNIT" if open => self.unit(cursor),
            _ if open => Err(Problem::NoSuchLine),
            _ => Ok(()),
        }
    }

    fn help(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Problem> {
        let open = self.format == Format::OpenMetrics;
        let at = self.named(cursor)?;
        if open {
            cursor.take(' ');
        } else {
            cursor.skip_blanks();
        }
        let text = unescape_help(cursor.rest(), open)?;
        let family = &mut self.page.families[at];
        match family.help {
            Some(_) => Err(Problem::Twice { word: "HELP", name: family.name.to_string() }),
            None => {
                family.help = Some(text);
                Ok(())
            }
        }
    }

    fn kind(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Problem> {
        let at = self.named(cursor)?;
        cursor.skip_blanks();
        let word = cursor.rest().trim_end_matches([' ', '\t']);
        let kind = Kind::of(word, self.format).ok_or_else(|| Problem::NoKind(word.to_owned()))?;
        let family = &mut self.page.families[at];
        if !family.points.is_empty() {
            return Err(Problem::LateType(family.name.to_string()));
        }
        if std::mem::replace(&mut self.typed[at], true) {
            return Err(Problem::Twice { word: "TYPE", name: family.name.to_string() });
        }
        family.kind = kind;
        Ok(())
    }

    fn unit(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Problem> {
        let at = self.named(cursor)?;
        cursor.skip_blanks();
        let family = &mut self.page.families[at];
        if family.unit.is_some() {
            return Err(Problem::Twice { word: "UNIT", name: family.name.to_string() });
        }
        family.unit = Some(Cow::Borrowed(cursor.rest()));
        Ok(())
    }

    /// The family that a line of metadata is about. It becomes the current one.
    fn named(&mut self, cursor: &mut Cursor<'a>) -> Result<usize, Problem> {
        cursor.skip_blanks();
        let at = self.family(metric_name(cursor)?);
        self.current = Some(at);
        Ok(at)
    }

    fn family(&mut self, name: &'a str) -> usize {
        if let Some(at) = self.index.get(name) {
            return *at;
        }
        let at = self.page.families.len();
        self.page.families.push(Family::named(name));
        self.typed.push(false);
        self.index.insert(name, at);
        at
    }

    fn sample(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Problem> {
        let name = metric_name(cursor)?;
        let labels = if self.next_is(cursor, '{') { self.labels(cursor)? } else { vec![] };
        cursor.skip_blanks();
        let value = number_at(cursor)?;
        cursor.skip_blanks();
        let timestamp_ms = self.timestamp(cursor)?;
        let mut point = Point { name: Cow::Borrowed(name), labels, value, timestamp_ms, exemplar: None };
        cursor.skip_blanks();
        if self.format == Format::OpenMetrics && cursor.take_text("# ") {
            point.exemplar = Some(self.exemplar(cursor)?);
            cursor.skip_blanks();
        }
        if !cursor.rest().is_empty() {
            return Err(Problem::Trailing(cursor.rest().to_owned()));
        }
        let at = self.family_of(name);
        self.current = Some(at);
        self.page.families[at].points.push(point);
        Ok(())
    }

    /// The family of a point: the current one where the name fits, as it does on most lines; else one whose suffixes fit; else its own.
    fn family_of(&mut self, name: &'a str) -> usize {
        if let Some(at) = self.current.filter(|at| self.fits(*at, name)) {
            return at;
        }
        let ends = name.match_indices('_').rev().map(|(at, _)| &name[..at]);
        let found = ends.filter_map(|stem| self.index.get(stem).copied()).find(|at| self.fits(*at, name));
        found.unwrap_or_else(|| self.family(name))
    }

    fn fits(&self, at: usize, name: &str) -> bool {
        let family = &self.page.families[at];
        let suffix = name.strip_prefix(family.name.as_ref());
        suffix.is_some_and(|suffix| suffix.is_empty() || family.kind.suffixes(self.format).contains(&suffix))
    }

    fn next_is(&self, cursor: &mut Cursor<'a>, character: char) -> bool {
        if self.format == Format::Text {
            cursor.skip_blanks();
        }
        cursor.take(character)
    }

    /// Labels behind an opening brace, up to the closing one. A comma behind the last is allowed.
    fn labels(&self, cursor: &mut Cursor<'a>) -> Result<Vec<Label<'a>>, Problem> {
        let mut labels: Vec<Label<'a>> = Vec::new();
        loop {
            cursor.skip_blanks();
            if cursor.take('}') {
                return Ok(labels);
            }
            let name = cursor.peek(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !super::is_label_name(name) {
                return Err(Problem::NoLabelName(cursor.found()));
            }
            if labels.iter().any(|(known, _)| known == name) {
                return Err(Problem::LabelTwice(name.to_owned()));
            }
            cursor.pass(name);
            cursor.skip_blanks();
            cursor.expect('=', "`=`")?;
            cursor.skip_blanks();
            cursor.expect('"', "an opening quote")?;
            labels.push((Cow::Borrowed(name), cursor.quoted()?));
            cursor.skip_blanks();
            if !cursor.take(',') && !cursor.rest().starts_with('}') {
                return Err(Problem::Missing { due: "`,` or `}`", found: cursor.found() });
            }
        }
    }

    fn exemplar(&self, cursor: &mut Cursor<'a>) -> Result<Exemplar<'a>, Problem> {
        cursor.expect('{', "`{`")?;
        let labels = self.labels(cursor)?;
        cursor.skip_blanks();
        let value = number_at(cursor)?;
        cursor.skip_blanks();
        Ok(Exemplar { labels, value, timestamp_ms: self.timestamp(cursor)? })
    }

    /// Milliseconds in text, seconds with a fraction in OpenMetrics; `None` at the line's end and before an exemplar.
    fn timestamp(&self, cursor: &mut Cursor<'a>) -> Result<Option<i64>, Problem> {
        if cursor.rest().is_empty() || cursor.rest().starts_with('#') {
            return Ok(None);
        }
        let word = cursor.peek(not_blank);
        let ms = match self.format {
            Format::Text => word.parse().ok(),
            // Beyond 2^53 a number has no milliseconds any more; no clock shows that.
            Format::OpenMetrics => {
                word.parse::<f64>().ok().map(|s| s * 1000.0).filter(|ms| ms.abs() <= 9e15).map(|ms| ms.round() as i64)
            }
        };
        cursor.pass(if ms.is_some() { word } else { "" });
        ms.map(Some).ok_or_else(|| Problem::NoTimestamp(word.to_owned()))
    }
}

fn metric_name<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Problem> {
    let first = cursor.rest().bytes().next();
    if !first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b':') {
        return Err(Problem::NoName(cursor.found()));
    }
    let name = cursor.peek(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':');
    cursor.pass(name);
    Ok(name)
}

fn number_at(cursor: &mut Cursor<'_>) -> Result<f64, Problem> {
    if cursor.rest().is_empty() {
        return Err(Problem::Missing { due: "a value", found: cursor.found() });
    }
    let word = cursor.peek(not_blank);
    // Rust reads what Go's `ParseFloat` reads, but for hexadecimal numbers, which no exporter writes.
    let value = word.parse().map_err(|_| Problem::NoNumber(word.to_owned()))?;
    cursor.pass(word);
    Ok(value)
}

fn not_blank(byte: u8) -> bool {
    byte != b' ' && byte != b'\t'
}

/// The help text. Unknown escapes are kept as they are: help is for people, and exporters are careless there.
fn unescape_help(text: &str, quotes: bool) -> Result<Cow<'_, str>, Problem> {
    if !text.contains('\\') {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escaped = rest[at + 1..].chars().next();
        match escaped {
            Some('\\') => out.push('\\'),
            Some('n') => out.push('\n'),
            Some('"') if quotes => out.push('"'),
            _ => {
                out.push('\\');
                rest = &rest[at + 1..];
                continue;
            }
        }
        rest = &rest[at + 2..];
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}
