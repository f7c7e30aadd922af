//! Figures as people read them: three digits, a unit, and what stands in the place of a value that there is not.

use super::summary::{Figure, Log, NodeRow, NoticeRow, Reading, RoleReport, Unit};
use std::collections::BTreeMap;

/// A number with three significant digits and thousands apart.
pub(super) fn number(value: f64) -> String {
    if value < 0.0 {
        let size = number(-value);
        return if size == "0" { size } else { format!("−{size}") };
    }
    let size = value;
    if size >= 1000.0 || (size - size.round()).abs() < 1e-9 {
        return grouped(value.round());
    }
    if size >= 100.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else if size >= 1.0 {
        format!("{value:.2}")
    } else if size >= 0.001 {
        let digits = (2 - size.log10().floor() as i32).clamp(2, 5) as usize;
        format!("{value:.digits$}")
    } else {
        "0".to_owned()
    }
}

fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A duration in seconds, in the unit that suits it: `420 µs`, `85 ms`, `1.24 s`, `12.5 min`, `3.2 h`.
pub(super) fn duration(seconds: f64) -> String {
    let size = seconds.abs();
    let scaled = |value: f64, unit: &str| format!("{} {unit}", number(value));
    if size == 0.0 {
        "0 s".to_owned()
    } else if size < 0.001 {
        scaled(seconds * 1e6, "µs")
    } else if size < 1.0 {
        scaled(seconds * 1e3, "ms")
    } else if size < 120.0 {
        scaled(seconds, "s")
    } else if size < 7200.0 {
        scaled(seconds / 60.0, "min")
    } else {
        scaled(seconds / 3600.0, "h")
    }
}

/// How long something lasted, in whole units: `1 h 5 min`, `12 min 4 s`, `48 s`.
pub(super) fn lasting(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    let (h, m, s) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (h, m, s) {
        (0, 0, _) if seconds < 10.0 => duration(seconds),
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

/// A share as per cent: `0.4 %`, `12 %`.
pub(super) fn percent(share: f64) -> String {
    let value = share * 100.0;
    let size = value.abs();
    if size == 0.0 {
        "0 %".to_owned()
    } else if size >= 1.0 && (size - size.round()).abs() < 1e-9 {
        format!("{value:.0} %")
    } else if size < 0.01 {
        "< 0.01 %".to_owned()
    } else if size < 1.0 {
        format!("{value:.2} %")
    } else if size < 10.0 {
        format!("{value:.1} %")
    } else {
        format!("{value:.0} %")
    }
}

/// A size in powers of 1024.
pub(super) fn bytes(value: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut scaled = value;
    let mut unit = 0;
    while scaled.abs() >= 1024.0 && unit + 1 < units.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    format!("{} {}", number(scaled), units[unit])
}

/// A value with its unit.
pub(super) fn value(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds => duration(value),
        Unit::Ratio => percent(value),
        Unit::Joules => super::gpus::joules(value),
        Unit::PerMinute => format!("{}/min", number(value)),
        Unit::PerSecond => per_second(value),
        Unit::Bytes => bytes(value),
        Unit::Count => number(value),
    }
}

/// A rate in the unit that suits it: `12.5/s`, `28.6/min`, `3/h`.
fn per_second(value: f64) -> String {
    match value.abs() {
        size if size >= 1.0 || size == 0.0 => format!("{}/s", number(value)),
        size if size * 60.0 >= 1.0 => format!("{}/min", number(value * 60.0)),
        _ => format!("{}/h", number(value * 3600.0)),
    }
}

/// The value of a figure, or what stands in its place.
pub(super) fn figure(figure: &Figure) -> String {
    match (figure.reading, figure.value) {
        (Reading::Measured, Some(v)) => value(v, figure.unit),
        (Reading::AboveEveryBound, _) => "above every bound".to_owned(),
        (Reading::NeedsSamples, _) => format!("needs {}", number(figure.needs.unwrap_or(0) as f64)),
        _ => "–".to_owned(),
    }
}

/// The first figures of a metric, `total 12 epochs · rate 0.4/s`. A unit that is no unit of figures stands behind each number.
pub(super) fn metric(row: &super::summary::MetricRow, most: usize) -> String {
    if row.observed == 0 && row.kind != "counter" {
        return "never observed".to_owned();
    }
    let known = matches!(row.unit.as_deref(), None | Some("s" | "bytes" | "ratio"));
    let unit = row.unit.as_deref().filter(|_| !known).map(|unit| format!(" {unit}")).unwrap_or_default();
    let part = |part: &super::summary::MetricFigure| {
        let unit = if part.figure.unit == Unit::Count && part.figure.value.is_some() { unit.as_str() } else { "" };
        format!("{} {}{unit}", part.name, figure(&part.figure))
    };
    row.figures.iter().take(most).map(part).collect::<Vec<_>>().join(" · ")
}

/// The interval of a figure, `1.18 s … 1.31 s`; `None` where it has none.
pub(super) fn interval(figure: &Figure) -> Option<String> {
    let low = figure.low?;
    let high = figure.high.map_or_else(|| "∞".to_owned(), |high| value(high, figure.unit));
    let low = value(low, figure.unit);
    // The unit stands once where both ends share it.
    match (low.rsplit_once(' '), high.rsplit_once(' ')) {
        (Some((number, unit)), Some((_, same))) if unit == same => Some(format!("{number} … {high}")),
        _ => match (low.split_once('/'), high.split_once('/')) {
            (Some((number, unit)), Some((_, same))) if unit == same => Some(format!("{number} … {high}")),
            _ => Some(format!("{low} … {high}")),
        },
    }
}

/// How many values a figure was made of: `n = 523`, and what they are worth where that is less.
pub(super) fn samples(figure: &Figure) -> String {
    let count = number(figure.samples as f64);
    match figure.effective_samples {
        Some(worth) => format!("n = {count}, worth {}", number(worth as f64)),
        None => format!("n = {count}"),
    }
}

/// How many lines a log has: `2 errors, 1 warning, 30 lines of information`.
pub(super) fn log(log: &Log) -> String {
    let parts = [(log.errors, "error"), (log.warnings, "warning")].into_iter().filter(|(count, _)| *count > 0);
    let mut parts: Vec<String> = parts.map(|(count, noun)| counted(count, noun)).collect();
    if log.infos > 0 {
        parts.push(format!("{} of information", counted(log.infos, "line")));
    }
    parts.join(", ")
}

/// A count with its noun, `1 task`, `12 tasks`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", number(count as f64))
}

/// Who met something without failing by it: `3 tasks and 1 call`.
pub(super) fn met_by(row: &NoticeRow) -> String {
    let some = |(count, noun): &(u64, &str)| (*count > 0).then(|| counted(*count, noun));
    let met: Vec<String> = [(row.tasks, "task"), (row.calls, "call")].iter().filter_map(some).collect();
    met.join(" and ")
}

/// The text with its first letter as a capital.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

/// Nodes of a role by what was found of their placement: `14 verified, 2 unverified`; `None` where none was asked.
pub(super) fn placements(role: &RoleReport) -> Option<String> {
    let found = role.placements.iter().filter(|(found, _)| *found != "not_asked");
    let words: Vec<String> = found.map(|(found, count)| format!("{count} {found}")).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// Packages of the kernels of a role's nodes: `numpy 2.3.1, torch 2.9.0 (14 of 16 nodes)`; `None` where no kernel told of any.
pub(super) fn packages(role: &RoleReport) -> Option<String> {
    let asked = role.nodes.iter().filter(|row| row.placement.is_some() && row.kernels_of == 0).count();
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (name, version) in role.nodes.iter().flat_map(|row| &row.versions) {
        *counts.entry((name, version)).or_default() += 1;
    }
    let words: Vec<String> = counts
        .iter()
        .map(|((name, version), count)| match *count == asked {
            true => format!("{name} {version}"),
            false => format!("{name} {version} ({count} of {asked} nodes)"),
        })
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// Who works on a node and with which GPUs; `None` where there is nothing to say.
pub(super) fn node(row: &NodeRow) -> Option<String> {
    let mut parts = Vec::new();
    if row.users > 1 {
        parts.push(format!("{} users", row.users));
    }
    if row.kernels_of > 0 {
        parts.push(format!("kernels of {}", counted(u64::from(row.kernels_of), "node")));
    }
    match row.gpus.as_slice() {
        [] => {}
        [first, _, _, .., last] => parts.push(format!("{first} … {last} ({})", row.gpus.len())),
        some => parts.push(some.join(", ")),
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// A share of time in reach; what is short of the whole never reads as the whole.
pub(super) fn reached(share: f64) -> String {
    if share < 1.0 { format!("{} %", (share * 1e4).floor() / 100.0) } else { percent(share) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_and_a_unit() {
        for (seconds, text) in [
            (0.0, "0 s"),
            (0.000_42, "420 µs"),
            (0.085, "85 ms"),
            (0.0857, "85.7 ms"),
            (1.2378, "1.24 s"),
            (119.4, "119 s"),
            (750.0, "12.5 min"),
            (11_500.0, "3.19 h"),
        ] {
            assert_eq!(duration(seconds), text);
        }
        assert_eq!(number(12_345.6), "12,346");
        assert_eq!(number(1000.0), "1,000");
        assert_eq!(number(0.0123), "0.0123");
        assert_eq!([number(-4.0), number(-0.869), number(-0.0001)], ["−4", "−0.869", "0"]);
        assert_eq!(percent(0.004), "0.40 %");
        assert_eq!(percent(0.1234), "12 %");
        assert_eq!(percent(0.05), "5 %");
        assert_eq!(bytes(1_610_612_736.0), "1.50 GiB");
        assert_eq!(lasting(3900.0), "1 h 5 min");
        assert_eq!(lasting(90.2), "1 min 30 s");
        assert_eq!(counted(1, "task"), "1 task");
    }

    #[test]
    fn an_interval_says_its_unit_once() {
        let figure = |unit, low, high| Figure { low: Some(low), high, ..Figure::none(unit) };
        assert_eq!(interval(&figure(Unit::Seconds, 1.18, Some(1.31))).as_deref(), Some("1.18 … 1.31 s"));
        assert_eq!(interval(&figure(Unit::Seconds, 0.9, Some(1.31))).as_deref(), Some("900 ms … 1.31 s"));
        assert_eq!(interval(&figure(Unit::PerMinute, 50.2, Some(54.0))).as_deref(), Some("50.2 … 54/min"));
        assert_eq!(interval(&figure(Unit::PerSecond, 0.9, Some(1.2))).as_deref(), Some("54/min … 1.20/s"));
        assert_eq!(interval(&figure(Unit::Ratio, 0.0, Some(0.012))).as_deref(), Some("0 … 1.2 %"));
        assert_eq!(interval(&figure(Unit::Seconds, 2.0, None)).as_deref(), Some("2 s … ∞"));
        assert_eq!(interval(&Figure::none(Unit::Count)), None);
    }
}
