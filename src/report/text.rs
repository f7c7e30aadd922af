//! The summary for a terminal: at most 40 lines, and whole without colour.

mod nodes;

use super::summary::{
    ErrorGroup, Figure, Finding, IterationRow, Judgement, KeyFigure, Reading, Ruling, RunState, Summary, VerdictCode,
};
use super::words;

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

#[derive(Clone, Copy)]
enum Ink {
    Bold,
    Dim,
    Good,
    Bad,
    Warn,
}

struct Page {
    style: Style,
    lines: Vec<String>,
}

/// Most rows of each list.
const THRESHOLDS_MAX: usize = 7;
const NOTEBOOKS_MAX: usize = 5;
/// Most thresholds, notebooks and errors where users' own code has lines too.
const BESIDE_OWN_MAX: usize = 2;
const ERRORS_MAX: usize = 3;
const CAUGHT_MAX: usize = 1;
const NOTES_MAX: usize = 3;
const TROUBLES_MAX: usize = 2;

/// The compact summary of a run, each line ended by a line feed.
#[must_use]
pub fn text(summary: &Summary, style: Style) -> String {
    let mut page = Page { style: Style { width: style.width.max(60), ..style }, lines: Vec::new() };
    page.head(summary);
    page.key_figures(summary);
    page.thresholds(summary);
    page.work(summary);
    page.nodes(summary);
    page.own(summary);
    page.stages(summary);
    page.errors(summary);
    page.notices(summary);
    page.notes(summary);
    page.lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

impl Page {
    fn ink(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            _ if !self.style.colour || text.is_empty() => return text.to_owned(),
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Good => "32",
            Ink::Bad => "31",
            Ink::Warn => "33",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    fn wrapped(&mut self, text: &str) {
        let mut line = String::new();
        for word in text.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > self.style.width {
                self.lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.lines.push(line);
    }

    fn cut(&self, text: &str, used: usize) -> String {
        let most = self.style.width.saturating_sub(used).max(20);
        match text.char_indices().nth(most) {
            Some((_, _)) => text.chars().take(most - 1).chain(['…']).collect(),
            None => text.to_owned(),
        }
    }

    fn title(&mut self, text: &str) {
        self.lines.push(String::new());
        let title = self.ink(Ink::Bold, text);
        self.lines.push(title);
    }

    fn head(&mut self, summary: &Summary) {
        let header = &summary.header;
        let valid = if header.valid { self.ink(Ink::Good, "VALID") } else { self.ink(Ink::Bad, "INVALID") };
        let simulated = if header.simulated { self.ink(Ink::Warn, "SIMULATED") + "  " } else { String::new() };
        let state = match header.state {
            RunState::Finished => String::new(),
            RunState::Interrupted => "  interrupted".to_owned(),
            RunState::Failed => "  failed".to_owned(),
            RunState::Open => "  no end recorded".to_owned(),
        };
        let name = self.ink(Ink::Bold, &header.name);
        let run = self.ink(Ink::Dim, &header.run);
        self.lines.push(format!("{simulated}{name}  {valid}{state}  {run}"));
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
        for key in summary.key_figures.iter().filter(large) {
            let value = words::figure(&key.figure);
            let extra = self.ink(Ink::Dim, &beside(&key.figure));
            self.lines.push(format!("  {:<24}{value:>16}   {extra}", key.name));
        }
        let counts = summary.key_figures.iter().filter(|key| small.contains(&key.key.as_str()));
        let counts: Vec<String> =
            counts.map(|k| format!("{} {}", k.name.to_lowercase(), words::figure(&k.figure))).collect();
        let counts = self.ink(Ink::Dim, &counts.join(" · "));
        self.lines.push(format!("  {counts}"));
    }

    fn thresholds(&mut self, summary: &Summary) {
        let rows = &summary.thresholds;
        if rows.is_empty() {
            return;
        }
        let count = |ruling: Ruling| rows.iter().filter(|row| row.ruling == ruling).count();
        let parts = [Ruling::Fail, Ruling::Undecided, Ruling::Pass].map(|ruling| (count(ruling), ruling.word()));
        let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        self.title(&format!("Thresholds: {}", parts.join(", ")));
        let order = |row: &&Judgement| match row.ruling {
            Ruling::Fail => 0,
            Ruling::Undecided => 1,
            Ruling::Pass => 2,
        };
        let mut sorted: Vec<&Judgement> = rows.iter().collect();
        sorted.sort_by_key(order);
        let most = if has_own(summary) { BESIDE_OWN_MAX } else { THRESHOLDS_MAX };
        for row in sorted.iter().take(most) {
            let (sign, ink) = match row.ruling {
                Ruling::Pass => ("✓ pass     ", Ink::Good),
                Ruling::Fail => ("✗ fail     ", Ink::Bad),
                Ruling::Undecided => ("? undecided", Ink::Warn),
            };
            let sign = self.ink(ink, sign);
            let label = row.label.as_ref().map(|l| format!(" ({l})")).unwrap_or_default();
            let came_out = match (&row.reason, row.measured.value) {
                (Some(reason), None) => reason.clone(),
                (Some(reason), Some(_)) => format!("{}; {reason}", words::figure(&row.measured)),
                (None, _) => words::figure(&row.measured),
            };
            let said = format!("{}{label}: {came_out}", row.objective);
            let said = self.cut(&said, 15);
            self.lines.push(format!("  {sign}  {said}"));
        }
        self.more(sorted.len(), most);
    }

    fn more(&mut self, all: usize, shown: usize) {
        if all > shown {
            let more = self.ink(Ink::Dim, &format!("  … and {} more in the report", all - shown));
            self.lines.push(more);
        }
    }

    /// Iterations of users of the author's own by executor, and tasks by notebook.
    fn work(&mut self, summary: &Summary) {
        let iterations: Vec<&IterationRow> = summary.iterations.iter().filter(|row| row.ended > 0).collect();
        let tasks = summary.notebooks.iter().any(|row| row.ended > 0);
        let title = match (iterations.is_empty(), tasks) {
            (true, false) => return,
            (true, true) => "Notebooks",
            (false, true) => "Iterations and notebooks",
            (false, false) => "Iterations",
        };
        self.title(&format!("{title:<26}{:>8}{:>8}{:>18}{:>18}", "ok", "failed", "median", "p95"));
        for row in iterations.iter().take(BESIDE_OWN_MAX) {
            self.row(&row.executor, row.ok, row.failed, [&row.p50, &row.p95]);
        }
        self.more(iterations.len(), BESIDE_OWN_MAX);
        if tasks {
            let most = if has_own(summary) { BESIDE_OWN_MAX } else { NOTEBOOKS_MAX };
            for row in summary.notebooks.iter().take(most) {
                self.row(&row.key, row.ok, row.failed + row.interrupted, [&row.p50, &row.p95]);
            }
            self.more(summary.notebooks.len(), most);
        }
    }

    fn row(&mut self, name: &str, ok: u64, failed: u64, [p50, p95]: [&Figure; 2]) {
        let lost = format!("{:>8}", words::number(failed as f64));
        let lost = if failed > 0 { self.ink(Ink::Bad, &lost) } else { lost };
        let name = self.cut(name, self.style.width - 22);
        let (p50, p95) = (words::figure(p50), words::figure(p95));
        self.lines.push(format!("  {name:<24}{:>8}{lost}{p50:>18}{p95:>18}", words::number(ok as f64)));
    }

    /// Steps, checks and metrics of users of the author's own.
    fn own(&mut self, summary: &Summary) {
        let steps = summary.steps.iter().map(|row| {
            let failed =
                if row.failed > 0 { format!(", {} failed", words::number(row.failed as f64)) } else { String::new() };
            format!("{} p95 {}{failed}", row.name, words::figure(&row.p95))
        });
        if has_own(summary) && summary.notebooks.iter().all(|row| row.ended == 0) {
            self.lines.push(String::new());
        }
        self.listed("steps: ", steps.collect());
        let checks = summary
            .checks
            .iter()
            .map(|row| format!("{} {} of {}", row.name, words::figure(&row.held), words::number(row.made as f64)));
        self.listed("checks: ", checks.collect());
        self.listed(
            "metrics: ",
            summary.metrics.iter().map(|m| format!("{} {}", m.name, words::metric(m, 1))).collect(),
        );
    }

    /// One line with what fits into it.
    fn listed(&mut self, what: &str, items: Vec<String>) {
        if !items.is_empty() {
            let said = self.cut(&format!("{what}{}", items.join(" · ")), 2);
            let said = self.ink(Ink::Dim, &said);
            self.lines.push(format!("  {said}"));
        }
    }

    fn stages(&mut self, summary: &Summary) {
        if summary.stages.is_empty() {
            return;
        }
        // What rounds to nothing is in the report.
        let shown = summary.stages.iter().filter(|stage| stage.share >= 0.005);
        let parts: Vec<String> =
            shown.map(|s| format!("{} {}", s.name.to_lowercase(), words::percent(s.share))).collect();
        self.title("Working time of users");
        self.wrapped(&parts.join(" · "));
    }

    fn errors(&mut self, summary: &Summary) {
        let most = if has_own(summary) { BESIDE_OWN_MAX } else { ERRORS_MAX };
        if !summary.errors.is_empty() {
            self.title(&words::counted(summary.failures(), "failure"));
            self.groups(&summary.errors, most);
        }
        if !summary.caught.is_empty() {
            let caught = words::counted(summary.failures_caught(), "failure");
            self.title(&format!("{caught} caught by the scenario"));
            self.groups(&summary.caught, CAUGHT_MAX);
        }
    }

    fn groups(&mut self, groups: &[ErrorGroup], most: usize) {
        for group in groups.iter().take(most) {
            let at = group.place.as_ref().map(|place| format!(" at {place}")).unwrap_or_default();
            let head = format!("  {:>5} × {} in {}{at}", words::number(group.count as f64), group.outcome, group.stage);
            let message = if group.message.is_empty() { String::new() } else { format!(": {}", group.message) };
            let line = self.cut(&format!("{head}{message}"), 0);
            self.lines.push(line);
        }
        self.more(groups.len(), most);
    }

    /// A line for each, without a title: they are no failures.
    fn notices(&mut self, summary: &Summary) {
        for row in &summary.notices {
            let count = words::number(row.count as f64);
            let line = self.cut(&format!("Noticed {count} × {} in {}: {}", row.kind, words::met_by(row), row.about), 0);
            self.lines.push(line);
        }
    }

    fn notes(&mut self, summary: &Summary) {
        let notes = summary.quality.checks.iter().filter(|c| matches!(c.finding, Finding::Warning | Finding::Invalid));
        for check in notes.take(NOTES_MAX) {
            let (sign, ink) =
                if check.finding == Finding::Invalid { ("invalid:", Ink::Bad) } else { ("note:", Ink::Warn) };
            let said = self.cut(&check.says, 10);
            let sign = self.ink(ink, sign);
            self.lines.push(format!("{sign} {said}"));
        }
        for trouble in summary.quality.troubles.iter().take(TROUBLES_MAX) {
            let times = if trouble.count > 1 { format!(" ({} ×)", trouble.count) } else { String::new() };
            let said = self.cut(&format!("trouble in {}{times}: {}", trouble.component, trouble.text), 2);
            let said = self.ink(Ink::Dim, &said);
            self.lines.push(said);
        }
        self.more(summary.quality.troubles.len(), TROUBLES_MAX);
        if summary.verdict.code == VerdictCode::Invalid {
            let said = self.ink(Ink::Bad, "The run is INVALID: its figures cannot be trusted.");
            self.lines.push(said);
        }
    }
}

/// Whether there are users of the author's own, or what they recorded. Then the other lists are shorter, so that all of it fits a screen.
fn has_own(summary: &Summary) -> bool {
    !(summary.iterations.is_empty()
        && summary.steps.is_empty()
        && summary.checks.is_empty()
        && summary.metrics.is_empty())
}

/// What stands beside a figure: its interval and its samples.
fn beside(figure: &Figure) -> String {
    let interval = words::interval(figure).map(|text| format!("{text}  ")).unwrap_or_default();
    let count = if figure.reading == Reading::NoData { String::new() } else { words::samples(figure) };
    format!("{interval}{count}")
}
