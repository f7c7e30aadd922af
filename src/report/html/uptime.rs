//! When the farm's machines could be reached.

use super::chart::percent;
use super::nodes::cell;
use super::{scrolling, section};
use crate::report::roles;
use crate::report::summary::{MetricSet, Summary};
use crate::report::words;
use maud::{Markup, html};

/// Most machines with a row of their own; the others are in `summary.json`.
const ROWS_MAX: usize = 60;

const LEAD: &str = "From the start to the end of the load: a thin line is in reach, a thick red one is not, a gap is a time in which nobody asked, a triangle is a \
    reboot. Intervals are 95 % and take outages as independent; where there was none, the time between them has a lower bound only.";

/// The section; nothing where nobody asked.
pub(super) fn uptime(summary: &Summary) -> Markup {
    let (rows, others) = roles::away(summary);
    let Some(load) = load(summary).filter(|_| !rows.is_empty() || others > 0) else { return html! {} };
    let columns = roles::REACH.len() + 1;
    let table = html! {
        table.uptime {
            thead { tr { th scope="col" { "Machines" } th.plotcolumn scope="col" { "Over the load" } @for name in roles::REACH { th.num scope="col" { (name) } } } }
            tbody {
                @for set in rows.iter().take(ROWS_MAX) { (row(set, load)) }
                @if others > 0 {
                    tr { th scope="row" { (others) @if rows.iter().any(|set| set.nodes == 1) { " others" } @else { " each" } } td colspan=(columns) { "in reach all the time, no reboot" } }
                }
            }
        }
        @if rows.len() > ROWS_MAX { p.more { "and " (rows.len() - ROWS_MAX) " more in summary.json" } }
    };
    section("uptime", "Uptime", LEAD, &scrolling("uptime", &table))
}

/// From when to when the load was, seconds from the run's start.
fn load(summary: &Summary) -> Option<(f64, f64)> {
    let phase = summary.timeline.phases.iter().find(|phase| phase.name == "load")?;
    (phase.to_s > phase.from_s).then_some((phase.from_s, phase.to_s))
}

fn row(set: &MetricSet, load: (f64, f64)) -> Markup {
    let name = match (set.nodes, set.role.as_str()) {
        (1, _) => set.name.clone(),
        (count, "microserver") => format!("all {count} microservers"),
        (count, _) => format!("all {count} GPU servers"),
    };
    html! {
        tr.whole[set.nodes > 1] {
            th scope="row" { (name) }
            td.plotcolumn { @if set.nodes == 1 { (timeline(set, load)) } }
            @for of in &roles::outages(set) { (cell(of)) }
        }
    }
}

/// The spans on the load's time axis; an outage is wide enough to be seen.
fn timeline(set: &MetricSet, (from, to): (f64, f64)) -> Markup {
    let at = |seconds: f64| ((seconds - from) / (to - from) * 100.0).clamp(0.0, 100.0);
    let away = set
        .uptime
        .down_s
        .map_or_else(|| "nobody asked".to_owned(), |down| format!("out of reach for {}", words::lasting(down)));
    let id = format!("reach-{}", set.name);
    html! {
        svg.reach width="100%" height="16" role="img" aria-labelledby=(id) {
            title id=(id) { (set.name) ": " (away) }
            @for span in set.uptime.reach.iter().filter(|span| span.up) {
                rect.up x=(percent(at(span.from_s))) width=(percent(at(span.to_s) - at(span.from_s))) y="9" height="3" {}
            }
            @for span in set.uptime.reach.iter().filter(|span| !span.up) {
                rect.down x=(percent(at(span.from_s))) width=(percent((at(span.to_s) - at(span.from_s)).max(0.6))) y="5" height="11" {}
            }
            @for seen_s in &set.uptime.reboots_s {
                text.boot x=(percent(at(*seen_s))) y="9" text-anchor="middle" { "▼" }
            }
        }
    }
}
