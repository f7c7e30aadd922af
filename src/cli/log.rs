//! `hubmark runs log`: what a run said about itself, while it runs and afterwards.

use super::Terminal;
use super::args::{Format, LogLevel};
use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::runs::folder_error;
use super::style::{Style, plain};
use crate::clock::rfc3339_micros;
use crate::event::{Ids, Level, LogLine};
use crate::plan::quantity::format_duration;
use crate::record::{Reader, RunSource, find_run};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// How often a run that is followed is read again.
const AGAIN: Duration = Duration::from_millis(250);

/// One line of the log with whom it is about and when it was said.
pub(crate) struct Said<'l> {
    pub(crate) ids: &'l Ids,
    pub(crate) line: &'l LogLine,
    /// When, as it is shown.
    pub(crate) time: &'l str,
}

/// Prints a run's log; with `follow` until the run has ended.
pub(crate) fn log(run: &str, least: LogLevel, follow: bool, runs_dir: &Path, terminal: Terminal) -> CliResult<Exit> {
    let folder = find_run(runs_dir, run).map_err(folder_error)?;
    let failed = |error: &dyn std::error::Error| {
        CliError::caused(Exit::Internal, format!("failed to read the run in {}", folder.display()), error)
    };
    let (mut after, mut printed) = (0, 0u64);
    loop {
        // Opened each time: a run that has only begun may have no tables yet. What it wrote before its end is read after it.
        let reader = Reader::open(&folder).map_err(|error| failed(&error))?;
        let goes_on = follow && reader.is_running();
        let (last, lines) = read(&reader, after, least.into(), terminal).map_err(|error| failed(&error))?;
        after = last;
        printed += lines.len() as u64;
        if write(&lines).is_err() {
            // Nobody reads any more.
            return Ok(Exit::Success);
        }
        if !goes_on {
            break;
        }
        std::thread::sleep(AGAIN);
    }
    if printed == 0 && terminal.format == Format::Text {
        terminal.say(&format!("the log of {run} has nothing of level {} or above", Level::from(least)));
    }
    Ok(Exit::Success)
}

/// The lines after an event's number, as they are printed, and the number of the last.
fn read(
    reader: &Reader,
    after: u64,
    least: Level,
    terminal: Terminal,
) -> Result<(u64, Vec<String>), crate::record::SourceError> {
    let simulated = reader.manifest().simulated;
    let origin_ns = reader.clock_origin_ns()?.unwrap_or(reader.manifest().started_wall_ns);
    let (mut last, mut lines) = (after, Vec::new());
    reader.log_after(after, &mut |event, line| {
        last = event.seq;
        if line.level < least {
            return;
        }
        let wall = rfc3339_micros(origin_ns.saturating_add_unsigned(event.t_ns));
        lines.push(match terminal.format {
            Format::Json => serde_json::json!({
                "seq": event.seq, "t_ns": event.t_ns, "time": wall, "simulated": simulated, "ids": event.ids,
                "level": line.level, "text": line.text, "place": line.place, "fields": line.fields,
            })
            .to_string(),
            Format::Text => {
                let time = if simulated { format!("SIMULATED {}", elapsed(event.t_ns)) } else { millis(&wall) };
                text(&Said { ids: &event.ids, line, time: &time }, terminal.out)
            }
        });
    })?;
    Ok((last, lines))
}

fn write(lines: &[String]) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    for line in lines {
        writeln!(stdout, "{line}")?;
    }
    stdout.flush()
}

/// A line for people. What is under its first line, such as the author's code, is set in.
pub(crate) fn text(said: &Said, style: Style) -> String {
    let level = format!("{:5}", said.line.level.name());
    let level = match said.line.level {
        Level::Info => style.dim(&level),
        Level::Warn => style.yellow(&level),
        Level::Error => style.red(&level),
    };
    let who = said.ids.to_string();
    let who = if who.is_empty() { who } else { format!("{} ", style.cyan(&who)) };
    let words = plain(&said.line.to_string()).trim_end().replace('\n', "\n    ");
    let place = said.line.place.as_ref().map(|place| format!(" {}", style.dim(&format!("({})", plain(place)))));
    format!("{} {level} {who}{words}{}", style.dim(said.time), place.unwrap_or_default())
}

/// Time since the run began, to the millisecond where it is short: `12.250s`, `1h2m5s`.
pub(crate) fn elapsed(t_ns: u64) -> String {
    match t_ns {
        0..60_000_000_000 => format!("{}.{:03}s", t_ns / 1_000_000_000, t_ns / 1_000_000 % 1000),
        _ => format_duration(Duration::from_secs(t_ns / 1_000_000_000)),
    }
}

/// RFC 3339 with microseconds cut to milliseconds.
fn millis(time: &str) -> String {
    time.rfind('.').and_then(|dot| time.get(..dot + 4)).map_or(time.to_owned(), |cut| format!("{cut}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_when_how_bad_who_what_and_where() {
        let ids = Ids { executor: Some("agents".into()), user: Some(3), iteration: Some(2), task: None };
        let mut line = LogLine::new(Level::Warn, "slow \x1b[31mspawn\x07\nand more");
        line.place = Some("s.lua:3".to_owned());
        line.fields = serde_json::Map::from_iter([("took_s".to_owned(), 31.5.into())]);
        let time = millis("2026-11-24T04:12:09.123456Z");
        let said = Said { ids: &ids, line: &line, time: &time };
        assert_eq!(
            text(&said, Style { color: false }),
            "2026-11-24T04:12:09.123Z warn  agents/3#2 slow spawn\u{fffd}\n    and more took_s=31.5 (s.lua:3)"
        );
        assert_eq!(text(&Said { ids: &Ids::default(), ..said }, Style { color: false }).find("slow"), Some(31));
    }

    #[test]
    fn time_since_the_start_is_exact_where_it_is_short() {
        assert_eq!(elapsed(12_250_000_000), "12.250s");
        assert_eq!(elapsed(3_725_000_000_000), "1h2m5s");
    }
}
