//! Figures drawn as SVG, by hand: axes in per cent so that a figure is as wide as its column and its text keeps its size.
//!
//! Text and marks stand in the outer drawing, whose x is per cent. Lines and areas stand in an inner drawing of 1000 units that is
//! stretched to the column; their strokes do not scale.

mod axis;
mod frame;
mod shapes;

pub(super) use axis::{Scale, TimeAxis};
pub(super) use frame::Chart;
pub(super) use shapes::{area, band, dots, line, step_area};

/// A coordinate with one digit behind the point, as short as it goes.
pub(super) fn short(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Per cent with two digits behind the point.
pub(super) fn percent(value: f64) -> String {
    let text = format!("{value:.2}");
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}
