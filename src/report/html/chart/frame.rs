//! The frame around a figure over time: grid, names of values and times, marks, title and description.

use super::{Scale, TimeAxis, percent, short};
use maud::{Markup, html};

/// A figure over time.
pub(in crate::report::html) struct Chart<'c> {
    /// Unique in the page.
    pub(in crate::report::html) id: &'c str,
    /// What it shows, for who cannot see it.
    pub(in crate::report::html) title: &'c str,
    /// What can be seen on it, in words.
    pub(in crate::report::html) description: String,
    pub(in crate::report::html) axis: TimeAxis,
    pub(in crate::report::html) scale: Scale,
    /// Times with a vertical line.
    pub(in crate::report::html) marks: &'c [f64],
    /// Value with a horizontal line, and what it is.
    pub(in crate::report::html) bound: Option<(f64, String)>,
    /// Whether times are named under it.
    pub(in crate::report::html) times: bool,
    /// Lines and areas.
    pub(in crate::report::html) inner: Markup,
    /// What must not be stretched.
    pub(in crate::report::html) outer: Markup,
}

impl Chart<'_> {
    pub(in crate::report::html) fn draw(self) -> Markup {
        let height = self.scale.height();
        let (title, description) = (format!("{}-t", self.id), format!("{}-d", self.id));
        let ticks = self.scale.ticks();
        html! {
            div.plot.times[self.times] {
                svg.chart width="100%" height=(short(height)) role="img" aria-labelledby=(format!("{title} {description}")) {
                    title id=(title) { (self.title) }
                    desc id=(description) { (self.description) }
                    @for (value, label) in &ticks {
                        line.grid.base[*value == 0.0] x1="0" x2="100%" y1=(short(self.scale.y(*value))) y2=(short(self.scale.y(*value))) {}
                        text.tick x="-8" y=(short(self.scale.y(*value) + 4.0)) text-anchor="end" { (label) }
                    }
                    @for mark in self.marks {
                        @let x = percent(self.axis.percent(*mark));
                        line.mark x1=(x) x2=(x) y1="0" y2=(short(height)) {}
                    }
                    svg width="100%" height=(short(height)) viewBox=(format!("0 0 1000 {}", short(height))) preserveAspectRatio="none" {
                        (self.inner)
                    }
                    (self.outer)
                    @if let Some((value, label)) = &self.bound {
                        @let y = self.scale.y(*value);
                        line.bound x1="0" x2="100%" y1=(short(y)) y2=(short(y)) {}
                        text.boundname x="100%" y=(short(if y < 14.0 { y + 13.0 } else { y - 5.0 })) text-anchor="end" { (label) }
                    }
                    @if self.times { (names(&self.axis, height)) }
                }
            }
        }
    }
}

fn names(axis: &TimeAxis, height: f64) -> Markup {
    html! {
        @for (index, (t, label)) in axis.ticks().into_iter().enumerate() {
            @let at = axis.percent(t);
            @let anchor = if at < 3.0 { "start" } else if at > 96.0 { "end" } else { "middle" };
            line.tickmark x1=(percent(at)) x2=(percent(at)) y1=(short(height)) y2=(short(height + 4.0)) {}
            text.tick.between[index % 2 == 1] x=(percent(at)) y=(short(height + 18.0)) text-anchor=(anchor) { (label) }
        }
    }
}
