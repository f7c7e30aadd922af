//! The top of the page: what was run, whether it can be trusted, what came out.

use crate::report::summary::{Header, RunState, Summary};
use crate::report::words;
use maud::{Markup, html};

/// What nobody may overlook.
pub(super) fn banner(summary: &Summary) -> Markup {
    html! {
        @if summary.header.simulated {
            aside.simulated aria-label="simulated run" {
                strong { "SIMULATED" }
                span { "No figure of this report was measured on a real machine." }
            }
        }
    }
}

/// The header.
pub(super) fn header(summary: &Summary) -> Markup {
    let header = &summary.header;
    html! {
        header.masthead {
            div.eyebrow {
                span.brand { "hubmark" }
                span.run { (header.run) }
                time datetime=(header.started) { (when(&header.started)) }
            }
            div.titlerow {
                h1 { (header.name) }
                (badge(header))
            }
            @if let Some(about) = &header.about { p.about { (about) } }
            div.verdict {
                // Why an invalid run is that stands whole in the box below.
                @for (index, sentence) in summary.verdict.sentences.iter().enumerate().filter(|(index, _)| header.valid || *index != 1) {
                    p.second[index > 0] { (tied(sentence)) }
                }
            }
            @if !header.valid {
                div.invalid role="note" {
                    strong { "Why these figures cannot be trusted" }
                    ul { @for reason in &header.invalid_because { li { (reason) } } }
                }
            }
            (facts(summary))
        }
    }
}

/// The text with no line end between a number and its unit.
fn tied(text: &str) -> String {
    let units = ["µs", "ms", "s", "min", "h", "%", "KiB", "MiB", "GiB"];
    let mut out = String::new();
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            let bare = word.trim_end_matches([',', '.', ':', ';', ')']);
            let after_number = out.ends_with(|c: char| c.is_ascii_digit());
            out.push(if after_number && units.contains(&bare) { '\u{a0}' } else { ' ' });
        }
        out.push_str(word);
    }
    out
}

/// `24 November 2026, 04:12 UTC` from RFC 3339.
fn when(rfc3339: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let part = |from: usize, to: usize| rfc3339.get(from..to);
    let month = part(5, 7).and_then(|m| m.parse::<usize>().ok()).and_then(|m| MONTHS.get(m.wrapping_sub(1)));
    match (part(0, 4), month, part(8, 10), part(11, 16)) {
        (Some(year), Some(month), Some(day), Some(time)) => {
            format!("{} {month} {year}, {time} UTC", day.trim_start_matches('0'))
        }
        _ => rfc3339.to_owned(),
    }
}

fn badge(header: &Header) -> Markup {
    let state = match header.state {
        RunState::Finished => "finished",
        RunState::Interrupted => "interrupted",
        RunState::Aborted => "ended by a threshold",
        RunState::Failed => "failed",
        RunState::Open => "no end recorded",
    };
    html! {
        div.badges {
            @if header.valid {
                span.badge.good { span aria-hidden="true" { "✓" } " VALID" }
            } @else {
                span.badge.bad { span aria-hidden="true" { "✕" } " INVALID" }
            }
            @if header.state != RunState::Finished { span.badge.warn { (state) } }
        }
    }
}

fn facts(summary: &Summary) -> Markup {
    let header = &summary.header;
    let fact = |name: &str, value: String, more: String| {
        html! { div { dt { (name) } dd { (value) @if !more.is_empty() { span.more { (more) } } } } }
    };
    let load = header.load_s.map_or_else(|| "none".to_owned(), words::lasting);
    let whole = format!("{} with setup and teardown", words::lasting(header.length_s));
    html! {
        dl.facts {
            (fact("Load", load, whole))
            @for target in &header.targets {
                @let server = if target.kind == "hub" { "JupyterHub" } else { "Jupyter Server" };
                (fact(&target.name, format!("{server} {}", target.version).trim().to_owned(), target.url.clone()))
            }
            @if !header.machine.line.is_empty() {
                @let (first, rest) = header.machine.line.split_once(", ").unwrap_or((&header.machine.line, ""));
                (fact("hubmark ran on", first.to_owned(), rest.to_owned()))
            }
            (fact("Seed", header.seed.to_string(), format!("hubmark {}", header.hubmark)))
            @if let Some(why) = &header.ended_because { (fact("Ended early", why.clone(), String::new())) }
            @for (name, value) in &header.tags { (fact(name, value.clone(), String::new())) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{tied, when};

    #[test]
    fn a_number_stays_beside_its_unit() {
        assert_eq!(tied("over 4 h: 8 users"), "over 4\u{a0}h: 8 users");
    }

    #[test]
    fn a_start_reads_as_a_date() {
        assert_eq!(when("2026-11-04T04:12:09Z"), "4 November 2026, 04:12 UTC");
        assert_eq!(when("odd"), "odd");
    }
}
