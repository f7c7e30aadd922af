//! Lines of the log that are shown while a run goes on: the first few from each place, so that one bad line in a loop does not
//! scroll everything else away.

use crate::cli::log::{Said, elapsed, text};
use crate::cli::style::Style;
use crate::engine::{LogTail, TailLine};
use crate::event::{Level, LogLine};
use std::collections::BTreeMap;

/// Lines that are shown from one place, or of one text where no place is known.
const FROM_ONE: u32 = 3;
/// Places and texts that are told apart.
const PLACES: usize = 100;

/// What has been shown so far.
pub(super) struct LiveLog {
    least: Level,
    /// Number of the last event that was looked at.
    seq: u64,
    shown: BTreeMap<String, u32>,
    /// Lines that were seen, whether they were shown or not.
    seen: u64,
    /// Lines that went by between two looks.
    missed: u64,
}

impl LiveLog {
    pub(super) fn new(least: Level) -> Self {
        Self { least, seq: 0, shown: BTreeMap::new(), seen: 0, missed: 0 }
    }

    /// The lines that came since the last look and are shown, each with how many from its place were.
    fn news<'t>(&mut self, tail: &'t LogTail) -> Vec<(&'t TailLine, u32)> {
        let mut news = Vec::new();
        for line in tail.after(self.seq, self.least) {
            self.seq = line.seq;
            self.seen += 1;
            let key = key(line);
            if self.shown.len() >= PLACES && !self.shown.contains_key(&key) {
                continue;
            }
            let shown = self.shown.entry(key).or_default();
            *shown += 1;
            if *shown <= FROM_ONE {
                news.push((line, *shown));
            }
        }
        let all: u64 = Level::ALL.into_iter().filter(|level| *level >= self.least).map(|level| tail.count(level)).sum();
        self.missed = all.saturating_sub(self.seen);
        news
    }

    /// The same as text. The author's code stands under the first of a place only.
    pub(super) fn lines(&mut self, tail: &LogTail, style: Style) -> Vec<String> {
        let mut lines = Vec::new();
        for (line, shown) in self.news(tail) {
            let again = (shown > 1).then(|| in_one_line(&line.line));
            let said = Said { ids: &line.ids, line: again.as_ref().unwrap_or(&line.line), time: &elapsed(line.t_ns) };
            lines.push(text(&said, style));
            if shown == FROM_ONE {
                lines.push(style.dim("    … more like this one stand in `hubmark runs log` only"));
            }
        }
        lines
    }

    /// The same as JSON, one object a line.
    pub(super) fn json(&mut self, tail: &LogTail) -> Vec<String> {
        let object = |(line, _): (&TailLine, u32)| {
            let said = &line.line;
            serde_json::json!({"log": {
                "seq": line.seq, "t_ns": line.t_ns, "ids": line.ids, "level": said.level, "text": said.text,
                "place": said.place, "fields": said.fields,
            }})
            .to_string()
        };
        self.news(tail).into_iter().map(object).collect()
    }

    /// What is to be said at the end about lines that nobody could read.
    pub(super) fn missed(&self) -> Option<String> {
        (self.missed > 0)
            .then(|| format!("{} lines of the log came too fast to be shown: `hubmark runs log`", self.missed))
    }
}

/// The line without what stands under its first one; an error's place stays.
fn in_one_line(line: &LogLine) -> LogLine {
    let (first, under) = line.text.split_once('\n').unwrap_or((&line.text, ""));
    let place = under.lines().find_map(|line| line.trim_start().strip_prefix("--> ")).map(str::to_owned);
    LogLine { text: first.to_owned(), place: line.place.clone().or(place), ..line.clone() }
}

/// What a line has in common with others like it: its place, else its first line without numbers.
fn key(line: &TailLine) -> String {
    let said = &line.line;
    let what = said.place.clone().unwrap_or_else(|| {
        said.text.lines().next().unwrap_or_default().chars().filter(|c| !c.is_ascii_digit()).collect()
    });
    format!("{} {what}", said.level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::LogTail;
    use crate::event::{Event, EventKind, Ids};

    fn say(tail: &mut LogTail, seq: u64, level: Level, text: &str, place: Option<&str>) {
        let line = LogLine { place: place.map(str::to_owned), ..LogLine::new(level, text) };
        let (t_ns, ids) = (seq * 1_000_000_000, Ids::default());
        let kind = EventKind::Log(line);
        tail.take(&Event { seq, t_ns, incarnation: 1, generation: 1, segment: 1, ids, kind });
    }

    #[test]
    fn the_first_few_of_a_place_are_shown_and_each_only_once() {
        let (mut tail, mut log) = (LogTail::default(), LiveLog::new(Level::Warn));
        say(&mut tail, 1, Level::Info, "chatter", None);
        say(&mut tail, 2, Level::Warn, "slow", Some("s.lua:3"));
        let style = Style { color: false };
        assert_eq!(log.lines(&tail, style), ["2.000s warn  slow (s.lua:3)"]);
        assert_eq!(log.lines(&tail, style), Vec::<String>::new());
        (3..9).for_each(|seq| say(&mut tail, seq, Level::Warn, &format!("slow {seq}"), Some("s.lua:3")));
        say(&mut tail, 9, Level::Error, "failed after 12 s", None);
        assert_eq!(
            log.lines(&tail, style),
            [
                "3.000s warn  slow 3 (s.lua:3)",
                "4.000s warn  slow 4 (s.lua:3)",
                "    … more like this one stand in `hubmark runs log` only",
                "9.000s error failed after 12 s",
            ]
        );
        assert_eq!(log.missed(), None);
    }

    #[test]
    fn an_error_is_shown_with_its_code_once() {
        let (mut tail, mut log) = (LogTail::default(), LiveLog::new(Level::Warn));
        let text = "on.task_done: error: no\n --> s.lua:7\n  |\n7 | error(\"no\")";
        (1..=2).for_each(|seq| say(&mut tail, seq, Level::Error, text, None));
        let lines = log.lines(&tail, Style { color: false });
        assert!(lines[0].contains("7 | error"), "{lines:?}");
        assert_eq!(lines[1], "2.000s error on.task_done: error: no (s.lua:7)");
    }

    #[test]
    fn lines_that_went_by_unseen_are_counted() {
        let (mut tail, mut log) = (LogTail::default(), LiveLog::new(Level::Info));
        (1..=80).for_each(|seq| say(&mut tail, seq, Level::Info, "fast", None));
        assert_eq!(log.json(&tail).len(), 3);
        assert!(log.missed().is_some_and(|text| text.starts_with("30 lines")), "{:?}", log.missed());
    }
}
