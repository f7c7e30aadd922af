//! The summary for a terminal: as wide as the terminal, some 40 lines long, and whole without colour
//! (`docs/adr/0250-the-summary-for-a-terminal.md`).

mod nodes;
mod page;

use super::summary::{
    ErrorGroup, Figure, Finding, Judgement, KeyFigure, Reading, Ruling, RunState, Summary, VerdictCode,
};
use super::{gpus, words};
use crate::event::Level;
use page::{Cell, Ink, List, Page, share};

/// How a terminal wants its text. Nothing here looks at the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI colours may be used.
    pub colour: bool,
    /// Columns to wrap at; at least 60 are used.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { colour: false, width: 100 }
    }
}

/// Lines of the whole, where its lists can be shortened to that.
const LINES: usize = 40;
/// So many more where lines are short, because less fits into each.
const LINES_NARROW: usize = 10;
/// So many more where users of the author's own recorded something: their steps and checks are what the author looks for.
const LINES_OWN: usize = 20;
/// Most notes on the measurement, and on trouble.
const NOTES_MAX: usize = 3;
const TROUBLES_MAX: usize = 2;
/// Most lines of a text of somebody else's.
const TEXT_LINES: usize = 2;

/// The compact summary of a run, each line ended by a line feed.
#[must_use]
pub fn text(summary: &Summary, style: Style) -> String {
    let mut page = Page { style: Style { width: style.width.max(60), ..style }, lines: Vec::new() };
    page.head(summary);
    page.key_figures(summary);
    page.nodes(summary);
    let after = |write: &dyn Fn(&mut Page)| {
        let mut part = Page { style: page.style, lines: Vec::new() };
        write(&mut part);
        part.lines
    };
    let stages = after(&|page| {
        page.stages(summary);
        page.gpus(summary);
    });
    let end = after(&|page| {
        page.notices(summary);
        page.notes(summary);
    });
    let mut thresholds = page.thresholds(summary);
    let mut iterations = page.iterations(summary);
    let mut notebooks = page.notebooks(summary);
    let mut steps = page.steps(summary);
    let mut checks = page.checks(summary);
    let mut metrics = page.metrics(summary);
    let mut errors = page.groups(&summary.errors, &words::counted(summary.failures(), "failure"));
    let caught = format!("{} caught by the scenario", words::counted(summary.failures_caught(), "failure"));
    let mut caught = page.groups(&summary.caught, &caught);
    let mut log = page.log(summary);
    let narrow = if page.style.width < 100 { LINES_NARROW } else { 0 };
    let own = [summary.iterations.len(), summary.steps.len(), summary.checks.len(), summary.metrics.len()];
    let own = own.iter().any(|rows| *rows > 0);
    let lines = LINES + narrow + if own { LINES_OWN } else { 0 };
    let room = lines.saturating_sub(page.lines.len() + stages.len() + end.len());
    let (work, own) = ([&mut iterations, &mut notebooks], [&mut checks, &mut steps]);
    let first = [&mut thresholds, &mut errors].into_iter().chain(own).chain(work);
    share(&mut first.chain([&mut log, &mut metrics, &mut caught]).collect::<Vec<_>>(), room);
    [thresholds, iterations, notebooks, steps, checks, metrics].into_iter().for_each(|list| page.list(list));
    page.lines.extend(stages);
    [errors, caught, log].into_iter().for_each(|list| page.list(list));
    page.lines.extend(end);
    page.lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

impl Page {
    fn wrapped(&mut self, text: &str) {
        let lines = self.wrap("", text, 0, usize::MAX);
        self.lines.extend(lines);
    }

    fn head(&mut self, summary: &Summary) {
        let header = &summary.header;
        let valid = if header.valid { self.ink(Ink::Good, "VALID") } else { self.ink(Ink::Bad, "INVALID") };
        let simulated = if header.simulated { self.ink(Ink::Warn, "SIMULATED") + "  " } else { String::new() };
        let state = match header.state {
            RunState::Finished => String::new(),
            RunState::Interrupted => "  interrupted".to_owned(),
            RunState::Aborted => "  ended by a threshold".to_owned(),
            RunState::Failed => "  failed".to_owned(),
            RunState::Open => "  no end recorded".to_owned(),
        };
        let name = self.ink(Ink::Bold, &header.name);
        let run = self.ink(Ink::Dim, &header.run);
        let line = format!("{simulated}{name}  {valid}{state}");
        let plain = [header.name.as_str(), &header.run, if header.valid { "VALID" } else { "INVALID" }, &state];
        let marked = if header.simulated { "SIMULATED  ".len() } else { 0 };
        let width: usize = plain.iter().map(|part| part.chars().count()).sum::<usize>() + marked + 4;
        match width > self.style.width {
            true => self.lines.extend([line, run]),
            false => self.lines.push(format!("{line}  {run}")),
        }
        // Without a load the verdict says why.
        if let Some(why) = header.ended_because.as_ref().filter(|_| header.load_s.is_some()) {
            self.wrapped(&format!("Ended early: {why}."));
        }
        for sentence in &summary.verdict.sentences {
            self.wrapped(sentence);
        }
    }

    fn key_figures(&mut self, summary: &Summary) {
        self.lines.push(String::new());
        let small = ["tasks", "cells", "iterations", "users_peak", "dropped"];
        // The table below has iterations; beside tasks it has all of them that there is room for.
        let both = summary.key_figure("completion_rate").is_some();
        let elsewhere =
            |key: &str| matches!(key, "iterations_ok" | "iterations_failed") || both && key.starts_with("iteration_");
        let large = |key: &&KeyFigure| !small.contains(&key.key.as_str()) && !elsewhere(&key.key);
        let large: Vec<_> = summary.key_figures.iter().filter(large).collect();
        // Of a run that did nothing the verdict says why; a column of dashes says nothing.
        if summary.key_figures.iter().all(|key| key.figure.samples == 0) {
            self.lines.pop();
            return;
        }
        let widest =
            |texts: &mut dyn Iterator<Item = String>| texts.map(|text| text.chars().count()).max().unwrap_or(0);
        let name = widest(&mut large.iter().map(|key| key.name.clone()));
        let value = widest(&mut large.iter().map(|key| words::figure(&key.figure)));
        for key in large {
            let figure = words::figure(&key.figure);
            let room = self.style.width.saturating_sub(name + value + 7);
            let extra = self.ink(Ink::Dim, &page::cut(&beside(&key.figure), room));
            self.lines.push(format!("  {:<name$}  {figure:>value$}   {extra}", key.name));
        }
        let counts = summary.key_figures.iter().filter(|key| small.contains(&key.key.as_str()));
        let counts: Vec<String> =
            counts.map(|k| format!("{} {}", k.name.to_lowercase(), words::figure(&k.figure))).collect();
        for line in self.wrap("  ", &page::items(&counts), 2, TEXT_LINES) {
            let line = self.ink(Ink::Dim, &line);
            self.lines.push(line);
        }
    }

    fn thresholds(&self, summary: &Summary) -> List {
        let rows = &summary.thresholds;
        let count = |ruling: Ruling| rows.iter().filter(|row| row.ruling == ruling).count();
        let parts = [Ruling::Fail, Ruling::Undecided, Ruling::Pass].map(|ruling| (count(ruling), ruling.word()));
        let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        let order = |row: &&Judgement| match row.ruling {
            Ruling::Fail => 0,
            Ruling::Undecided => 1,
            Ruling::Pass => 2,
        };
        let mut sorted: Vec<&Judgement> = rows.iter().collect();
        sorted.sort_by_key(order);
        let rows = sorted.into_iter().map(|row| self.threshold(row)).collect();
        List::new(self.title(&format!("Thresholds: {}", parts.join(", "))), rows)
    }

    fn threshold(&self, row: &Judgement) -> Vec<String> {
        let (sign, ink) = match row.ruling {
            Ruling::Pass => ("✓ pass      ", Ink::Good),
            Ruling::Fail => ("✗ fail      ", Ink::Bad),
            Ruling::Undecided => ("? undecided ", Ink::Warn),
        };
        let label = row.label.as_ref().map(|l| format!(" ({l})")).unwrap_or_default();
        let came_out = match (&row.reason, row.measured.value) {
            (Some(reason), None) => reason.clone(),
            (Some(reason), Some(_)) => format!("{}; {reason}", words::figure(&row.measured)),
            (None, _) => words::figure(&row.measured),
        };
        self.signed("  ", sign, ink, &format!("{}{label}: {came_out}", row.objective))
    }

    /// A text behind a coloured word, wrapped below itself.
    fn signed(&self, before: &str, sign: &str, ink: Ink, text: &str) -> Vec<String> {
        let plain = format!("{before}{sign} ");
        let mut lines = self.wrap(&plain, text, plain.chars().count(), TEXT_LINES);
        if let Some(first) = lines.first_mut() {
            let rest = first.strip_prefix(&plain).unwrap_or_default().to_owned();
            *first = format!("{before}{} {rest}", self.ink(ink, sign));
        }
        lines
    }

    /// Iterations of users of the author's own, by executor.
    fn iterations(&self, summary: &Summary) -> List {
        let mut sorted: Vec<_> = summary.iterations.iter().filter(|row| row.ended > 0).collect();
        sorted.sort_by_key(|row| std::cmp::Reverse(row.failed));
        let rows = sorted.into_iter().map(|row| timed(&row.executor, row.ok, row.failed, 0, [&row.p50, &row.p95]));
        self.table(&["Iterations", "ok", "failed", "median", "p95"], rows.collect())
    }

    fn notebooks(&self, summary: &Summary) -> List {
        let none = summary.notebooks.iter().all(|row| row.ended == 0);
        let mut sorted: Vec<_> = summary.notebooks.iter().filter(|_| !none).collect();
        sorted.sort_by_key(|row| std::cmp::Reverse(row.failed));
        let rows =
            sorted.into_iter().map(|row| timed(&row.key, row.ok, row.failed, row.interrupted, [&row.p50, &row.p95]));
        self.table(&["Notebooks", "ok", "failed", "median", "p95"], rows.collect())
    }

    /// Steps of users of the author's own, those that failed first.
    fn steps(&self, summary: &Summary) -> List {
        let mut sorted: Vec<_> = summary.steps.iter().collect();
        sorted.sort_by_key(|row| std::cmp::Reverse(row.failed));
        let rows = sorted.into_iter().map(|row| {
            let ok = row.ended - row.failed - row.interrupted;
            timed(&row.name, ok, row.failed, row.interrupted, [&row.p50, &row.p95])
        });
        self.table(&["Steps", "ok", "failed", "median", "p95"], rows.collect())
    }

    /// Checks of users of the author's own, those that held least first.
    fn checks(&self, summary: &Summary) -> List {
        let mut sorted: Vec<_> = summary.checks.iter().collect();
        let held = |row: &super::summary::CheckRow| row.held.value.unwrap_or(1.0);
        sorted.sort_by(|a, b| held(a).total_cmp(&held(b)));
        let rows = sorted.into_iter().map(|row| {
            let (ok, failed) = (words::number((row.made - row.failed) as f64), words::number(row.failed as f64));
            let share = words::figure(&row.held);
            vec![row.name.as_str().into(), ok.into(), Cell::bad_if(row.failed > 0, failed), share.into()]
        });
        self.table(&["Checks", "held", "failed", "share held"], rows.collect())
    }

    fn metrics(&self, summary: &Summary) -> List {
        let figures = if self.style.width < 90 { 2 } else { 3 };
        let name = summary.metrics.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).min(28);
        let rows = summary.metrics.iter().map(|row| {
            let before = format!("  {:<name$}  ", page::cut(&row.name, name));
            self.wrap(&before, &words::metric(row, figures), name + 4, TEXT_LINES)
        });
        List::new(self.title("Metrics"), rows.collect())
    }

    fn stages(&mut self, summary: &Summary) {
        if summary.stages.is_empty() {
            return;
        }
        // What rounds to nothing is in the report.
        let shown = summary.stages.iter().filter(|stage| stage.share >= 0.005);
        let parts: Vec<String> =
            shown.map(|s| format!("{} {}", s.name.to_lowercase(), words::percent(s.share))).collect();
        let title = self.title("Working time of users");
        self.lines.extend(title);
        let lines = self.wrap("  ", &page::items(&parts), 2, usize::MAX);
        self.lines.extend(lines);
    }

    /// The GPUs, one after the other.
    fn gpus(&mut self, summary: &Summary) {
        let what = if gpus::simulated(summary) { "  SIMULATED GPUs: " } else { "  GPUs: " };
        let all: Vec<String> = summary.gpus.iter().map(gpus::brief).collect();
        if !all.is_empty() {
            let lines = self.wrap(what, &page::items(&all), 4, TEXT_LINES);
            self.lines.extend(lines);
        }
    }

    fn groups(&self, groups: &[ErrorGroup], title: &str) -> List {
        let rows = groups.iter().map(|group| {
            let at = group.place.as_ref().map(|place| format!(" at {place}")).unwrap_or_default();
            let head = format!("{} × {} in {}{at}", words::number(group.count as f64), group.outcome, group.stage);
            let colon = if group.message.is_empty() { "" } else { ": " };
            let indent = 5_usize.saturating_sub(words::number(group.count as f64).chars().count()) + 2;
            self.wrap(&" ".repeat(indent), &format!("{head}{colon}{}", group.message), 10, TEXT_LINES)
        });
        List::new(self.title(title), rows.collect())
    }

    /// What the scenario said, errors first. What it said for information is only counted.
    fn log(&self, summary: &Summary) -> List {
        let log = &summary.log;
        let texts: Vec<_> = log.texts.iter().filter(|text| text.level > Level::Info).collect();
        let row = |text: &&super::summary::LogText| {
            let ink = if text.level == Level::Error { Ink::Bad } else { Ink::Warn };
            let place = text.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
            let count = words::number(text.count as f64);
            self.signed(&format!("  {count:>5} × "), text.level.name(), ink, &format!("{}{place}", text.text))
        };
        let mut rows: Vec<_> = texts.iter().map(row).collect();
        if rows.is_empty() && log.infos > 0 {
            rows.push(vec![format!("  `hubmark runs log {}` prints it", summary.header.run)]);
        }
        List::new(self.title(&format!("Log: {}", words::log(log))), rows)
    }

    /// A line for each, without a title: they are no failures.
    fn notices(&mut self, summary: &Summary) {
        for row in &summary.notices {
            let count = words::number(row.count as f64);
            let said = format!("Noticed {count} × {} in {}: {}", row.kind, words::met_by(row), row.about);
            let lines = self.wrap("", &said, 2, TEXT_LINES);
            self.lines.extend(lines);
        }
    }

    fn notes(&mut self, summary: &Summary) {
        let notes = summary.quality.checks.iter().filter(|c| matches!(c.finding, Finding::Warning | Finding::Invalid));
        for check in notes.take(NOTES_MAX) {
            let (sign, ink) =
                if check.finding == Finding::Invalid { ("invalid:", Ink::Bad) } else { ("note:", Ink::Warn) };
            let lines = self.signed("", sign, ink, &check.says);
            self.lines.extend(lines);
        }
        let troubles = &summary.quality.troubles;
        for trouble in troubles.iter().take(TROUBLES_MAX) {
            let times = if trouble.count > 1 { format!(" ({} ×)", trouble.count) } else { String::new() };
            let said = format!("trouble in {}{times}: {}", trouble.component, trouble.text);
            for line in self.wrap("", &said, 2, TEXT_LINES) {
                let line = self.ink(Ink::Dim, &line);
                self.lines.push(line);
            }
        }
        if troubles.len() > TROUBLES_MAX {
            let more = format!("  … and {} more in the report", troubles.len() - TROUBLES_MAX);
            let more = self.ink(Ink::Dim, &more);
            self.lines.push(more);
        }
        if summary.verdict.code == VerdictCode::Invalid {
            let said = self.ink(Ink::Bad, "The run is INVALID: its figures cannot be trusted.");
            self.lines.push(said);
        }
    }
}

/// A row of things that take time. What was interrupted by the end of the run stands with what failed, and is no reason for a colour.
fn timed(name: &str, ok: u64, failed: u64, interrupted: u64, [p50, p95]: [&Figure; 2]) -> Vec<Cell> {
    let lost = Cell::bad_if(failed > 0, words::number((failed + interrupted) as f64));
    vec![name.into(), words::number(ok as f64).into(), lost, words::figure(p50).into(), words::figure(p95).into()]
}

/// What stands beside a figure: its interval and its samples.
fn beside(figure: &Figure) -> String {
    let interval = words::interval(figure).map(|text| format!("{text}  ")).unwrap_or_default();
    let count = if figure.reading == Reading::NoData { String::new() } else { words::samples(figure) };
    format!("{interval}{count}")
}
