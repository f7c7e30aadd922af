//! Axes: where a value lies, and which values are named.

use crate::report::summary::Unit;

/// A shared axis of time.
#[derive(Debug, Clone, Copy)]
pub(in crate::report::html) struct TimeAxis {
    /// Its end, seconds; above 0.
    pub(in crate::report::html) length_s: f64,
}

/// Steps between ticks of time, seconds.
const STEPS: [f64; 23] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10_800.0,
    21_600.0, 43_200.0, 86_400.0, 172_800.0, 604_800.0,
];

/// Most ticks of time.
const TICKS_MAX: f64 = 7.0;

impl TimeAxis {
    pub(in crate::report::html) fn new(length_s: f64) -> Self {
        Self { length_s: length_s.max(1e-3) }
    }

    /// Where a time lies, per cent of the width.
    pub(in crate::report::html) fn percent(&self, t_s: f64) -> f64 {
        (t_s / self.length_s * 100.0).clamp(0.0, 100.0)
    }

    /// Where a time lies, in the inner drawing's thousand units.
    pub(in crate::report::html) fn x(&self, t_s: f64) -> f64 {
        self.percent(t_s) * 10.0
    }

    /// Times that are named.
    pub(in crate::report::html) fn ticks(&self) -> Vec<(f64, String)> {
        let step = STEPS.into_iter().find(|step| self.length_s / step <= TICKS_MAX).unwrap_or(STEPS[22]);
        let count = (self.length_s / step).floor() as u32;
        (0..=count).map(|i| f64::from(i) * step).map(|t| (t, time_label(t, step))).collect()
    }
}

fn time_label(t: f64, step: f64) -> String {
    let plain = |value: f64| plain(value, 3);
    if t == 0.0 {
        "0".to_owned()
    } else if step < 60.0 && t < 120.0 {
        format!("{} s", plain(t))
    } else if step < 60.0 {
        format!("{}:{:02}", (t / 60.0) as u64, t as u64 % 60)
    } else if step < 3600.0 && t < 7200.0 {
        format!("{} min", plain(t / 60.0))
    } else if step < 3600.0 {
        format!("{}:{:02} h", (t / 3600.0) as u64, t as u64 / 60 % 60)
    } else if step < 86_400.0 {
        format!("{} h", plain(t / 3600.0))
    } else {
        format!("{} d", plain(t / 86_400.0))
    }
}

fn plain(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// An axis of values, drawn upwards.
#[derive(Debug, Clone, Copy)]
pub(in crate::report::html) struct Scale {
    height: f64,
    min: f64,
    max: f64,
    log: bool,
    factor: f64,
    suffix: &'static str,
    step: f64,
}

impl Scale {
    /// From 0 to `max` or a little over it, with about `ticks` named values.
    pub(in crate::report::html) fn from_zero(max: f64, unit: Unit, height: f64, ticks: u32) -> Self {
        let max = if max > 0.0 && max.is_finite() { max } else { 1.0 };
        let (factor, suffix) = scaled_unit(max, unit);
        let wanted = max / factor / f64::from(ticks.max(1));
        let mut step = nice(wanted);
        if unit == Unit::Count {
            step = step.max(1.0);
        }
        let top =
            if unit == Unit::Ratio && max <= 1.0 && max > 0.5 { 100.0 } else { (max / factor / step).ceil() * step };
        Self { height, min: 0.0, max: top.max(max / factor) * factor, log: false, factor, suffix, step: step * factor }
    }

    /// From a value below 0 to one above it, or to 0.
    pub(in crate::report::html) fn through_zero(min: f64, max: f64, unit: Unit, height: f64, ticks: u32) -> Self {
        let span = Self::from_zero(max.max(0.0) - min, unit, height, ticks);
        let at = |value: f64, round: fn(f64) -> f64| round(value / span.step) * span.step;
        Self { min: at(min, f64::floor), max: at(max.max(0.0), f64::ceil), ..span }
    }

    /// Exactly from 0 to `max`, which is all there is.
    pub(in crate::report::html) fn up_to(max: f64, unit: Unit, height: f64, ticks: u32) -> Self {
        Self { max, ..Self::from_zero(max, unit, height, ticks) }
    }

    /// The logarithm, from `min` to `max`, both above 0.
    pub(in crate::report::html) fn logarithmic(min: f64, max: f64, unit: Unit, height: f64) -> Self {
        let min = min.max(1e-6);
        let max = max.max(min * 1.01);
        Self { height, min, max, log: true, factor: 1.0, suffix: "", step: 0.0 }.with_unit(unit)
    }

    fn with_unit(mut self, unit: Unit) -> Self {
        (self.factor, self.suffix) = scaled_unit((self.min * self.max).sqrt(), unit);
        self
    }

    /// Where a value lies, from 0 at the bottom to 1 at the top.
    pub(in crate::report::html) fn share(&self, value: f64) -> f64 {
        let share = if self.log {
            (value.max(self.min).ln() - self.min.ln()) / (self.max.ln() - self.min.ln())
        } else {
            (value - self.min) / (self.max - self.min)
        };
        share.clamp(0.0, 1.0)
    }

    /// Where a value lies, pixels from the top.
    pub(in crate::report::html) fn y(&self, value: f64) -> f64 {
        self.height * (1.0 - self.share(value))
    }

    pub(in crate::report::html) fn height(&self) -> f64 {
        self.height
    }

    /// Values that are named.
    pub(in crate::report::html) fn ticks(&self) -> Vec<(f64, String)> {
        if self.log {
            return self.log_ticks();
        }
        let count = ((self.max - self.min) / self.step + 1e-9).floor() as u32;
        (0..=count).map(|i| self.min + f64::from(i) * self.step).map(|v| (v, self.label(v))).collect()
    }

    fn log_ticks(&self) -> Vec<(f64, String)> {
        // The coarsest digits that still name three values.
        let digits = [&[1.0][..], &[1.0, 2.0, 5.0], &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0]];
        let named = digits.into_iter().map(|digits| self.decades(digits));
        let mut last = Vec::new();
        for ticks in named {
            last = ticks;
            if last.len() >= 3 {
                break;
            }
        }
        last
    }

    fn decades(&self, digits: &[f64]) -> Vec<(f64, String)> {
        let mut ticks = Vec::new();
        let mut decade = 10f64.powf(self.min.log10().floor());
        while decade <= self.max {
            let values = digits.iter().map(|digit| decade * digit).filter(|v| (self.min..=self.max).contains(v));
            ticks.extend(values.map(|value| (value, log_label(value))));
            decade *= 10.0;
        }
        ticks
    }

    fn label(&self, value: f64) -> String {
        let number = plain(value / self.factor, 3).replace('-', "−");
        format!("{number}{}", if value == 0.0 { "" } else { self.suffix })
    }
}

fn log_label(seconds: f64) -> String {
    // Half a second beside a second reads better than 500 milliseconds.
    let (factor, suffix) =
        if (0.1..1.0).contains(&seconds) { (1.0, " s") } else { scaled_unit(seconds, Unit::Seconds) };
    format!("{}{suffix}", plain(seconds / factor, 3))
}

/// The unit that suits values up to `max`: how many base units it is, and what stands behind a number.
fn scaled_unit(max: f64, unit: Unit) -> (f64, &'static str) {
    match unit {
        Unit::Seconds => match max {
            m if m < 1e-3 => (1e-6, " µs"),
            m if m < 1.0 => (1e-3, " ms"),
            m if m < 120.0 => (1.0, " s"),
            m if m < 7200.0 => (60.0, " min"),
            _ => (3600.0, " h"),
        },
        Unit::Ratio => (0.01, " %"),
        Unit::Bytes => match max {
            m if m < 1024.0 => (1.0, " B"),
            m if m < 1024f64.powi(2) => (1024.0, " KiB"),
            m if m < 1024f64.powi(3) => (1024f64.powi(2), " MiB"),
            m if m < 1024f64.powi(4) => (1024f64.powi(3), " GiB"),
            _ => (1024f64.powi(4), " TiB"),
        },
        Unit::Joules => (1.0, " J"),
        Unit::PerMinute | Unit::PerSecond | Unit::Count => (1.0, ""),
    }
}

/// The least of 1, 2, 5 times a power of ten that is not under `wanted`.
fn nice(wanted: f64) -> f64 {
    let power = 10f64.powf(wanted.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= wanted * 0.999)
        .unwrap_or(power * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: Vec<(f64, String)>) -> Vec<String> {
        ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_in_the_unit_that_people_read() {
        let scale = Scale::from_zero(0.0123, Unit::Seconds, 100.0, 3);
        assert_eq!(labels(scale.ticks()), ["0", "5 ms", "10 ms", "15 ms"]);
        let scale = Scale::from_zero(0.62, Unit::Ratio, 100.0, 2);
        assert_eq!(labels(scale.ticks()), ["0", "50 %", "100 %"]);
        let scale = Scale::up_to(31.2 * 1024f64.powi(3), Unit::Bytes, 100.0, 3);
        assert_eq!(labels(scale.ticks()), ["0", "20 GiB"]);
        let scale = Scale::from_zero(3.0, Unit::Count, 100.0, 4);
        assert_eq!(labels(scale.ticks()), ["0", "1", "2", "3"]);
        assert_eq!((scale.y(0.0), scale.y(3.0)), (100.0, 0.0));
        let scale = Scale::through_zero(-1.5, 0.3, Unit::PerSecond, 100.0, 2);
        assert_eq!(labels(scale.ticks()), ["−2", "−1", "0", "1"]);
        assert!((scale.y(0.0) - 100.0 / 3.0).abs() < 1e-9);
        let scale = Scale::logarithmic(0.3, 12.0, Unit::Seconds, 50.0);
        assert_eq!(labels(scale.ticks()), ["0.5 s", "1 s", "2 s", "5 s", "10 s"]);
    }

    #[test]
    fn a_day_and_a_minute_both_have_a_few_ticks() {
        for (length, first, last) in [
            (90.0, "0", "90 s"),
            (612.0, "0", "10 min"),
            (14_400.0, "0", "4 h"),
            (86_400.0, "0", "24 h"),
            (8.0, "0", "8 s"),
        ] {
            let ticks = labels(TimeAxis::new(length).ticks());
            assert!((3..=8).contains(&ticks.len()), "{ticks:?}");
            assert_eq!((ticks[0].as_str(), ticks[ticks.len() - 1].as_str()), (first, last));
        }
    }
}
