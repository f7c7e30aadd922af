//! The report as Markdown, for merge requests, wikis and mails.

mod farm;
mod nodes;

use super::summary::{ErrorGroup, Finding, RunState, Summary};
use super::{attribution, gpus, words};

struct Page(String);

/// The whole report as Markdown.
#[must_use]
pub fn markdown(summary: &Summary) -> String {
    let mut page = Page(String::new());
    page.head(summary);
    page.key_figures(summary);
    page.thresholds(summary);
    page.scalability(summary);
    page.farm(summary);
    page.drift(summary);
    page.notebooks(summary);
    page.nodes(summary);
    page.own(summary);
    page.stages(summary);
    page.intervals(summary);
    page.errors(summary);
    page.notices(summary);
    page.log(summary);
    page.gpus(summary);
    page.attribution(summary);
    page.machines(summary);
    page.quality(summary);
    page.origin(summary);
    page.0
}

/// A cell of a table: no line ends, no bar, no markup.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '`' | '<' | '[' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// A heading and a table. The first column is to the left, the others to the right where `right`.
    fn table(&mut self, title: &str, columns: &[&str], right: bool, rows: impl IntoIterator<Item = Vec<String>>) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return;
        }
        self.line(&format!("\n## {title}\n"));
        self.line(&format!("| {} |", columns.join(" | ")));
        let rule = if right { " ---: |" } else { " --- |" };
        self.line(&format!("| --- |{}", rule.repeat(columns.len() - 1)));
        for row in rows {
            let cells: Vec<String> = row.iter().map(|text| cell(text)).collect();
            self.line(&format!("| {} |", cells.join(" | ")));
        }
    }

    fn head(&mut self, summary: &Summary) {
        let header = &summary.header;
        self.line(&format!("# {}: {}\n", cell(&header.name), if header.valid { "VALID" } else { "INVALID" }));
        if header.simulated {
            self.line("> **SIMULATED**: no figure of this report was measured on a real machine.\n");
        }
        for reason in &header.invalid_because {
            self.line(&format!("> **INVALID**: {}\n", cell(reason)));
        }
        let sentences: Vec<String> = summary.verdict.sentences.iter().map(|s| cell(s)).collect();
        self.line(&format!("**{}**\n", sentences.join(" ")));
        if let Some(about) = &header.about {
            self.line(&format!("{}\n", cell(about)));
        }
        let state = match header.state {
            RunState::Finished => "finished",
            RunState::Interrupted => "interrupted",
            RunState::Aborted => "ended by a threshold",
            RunState::Failed => "failed",
            RunState::Open => "no end recorded",
        };
        let because = header.ended_because.as_ref().map(|why| format!(" ({})", cell(why))).unwrap_or_default();
        self.line(&format!("- Run `{}`, started {}, {state}{because}", header.run, header.started));
        let load = header.load_s.map_or_else(|| "no load".to_owned(), |s| format!("load of {}", words::lasting(s)));
        self.line(&format!(
            "- {load}, {} in all; seed {}; hubmark {}",
            words::lasting(header.length_s),
            header.seed,
            header.hubmark
        ));
        for target in &header.targets {
            self.line(&format!("- {} `{}` at {} {}", target.kind, target.name, target.url, cell(&target.version)));
        }
        if !header.machine.line.is_empty() {
            self.line(&format!("- hubmark on {}", cell(&header.machine.line)));
        }
        for (key, value) in &header.tags {
            self.line(&format!("- {}: {}", cell(key), cell(value)));
        }
    }

    fn key_figures(&mut self, summary: &Summary) {
        let rows = summary.key_figures.iter().map(|key| {
            let interval = words::interval(&key.figure).unwrap_or_default();
            vec![key.name.clone(), words::figure(&key.figure), interval, words::samples(&key.figure)]
        });
        self.table("Key figures", &["figure", "value", "95 % interval", "samples"], true, rows);
    }

    fn thresholds(&mut self, summary: &Summary) {
        let rows = summary.thresholds.iter().map(|row| {
            let measured = words::figure(&row.measured);
            let interval = words::interval(&row.measured).unwrap_or_default();
            let label = row.label.clone().unwrap_or_default();
            let reason = row.reason.clone().unwrap_or_default();
            vec![row.objective.clone(), label, row.ruling.word().to_owned(), measured, interval, reason]
        });
        let columns = ["objective", "of", "ruling", "measured", "95 % interval", "why"];
        self.table("Thresholds", &columns, false, rows);
        let rows = summary.broken.iter().map(|span| {
            let to = span.to_s.map_or_else(|| "the end".to_owned(), words::lasting);
            let (of, action) = (span.label.clone().unwrap_or_default(), span.action.clone().unwrap_or_default());
            vec![span.objective.clone(), of, words::lasting(span.from_s), to, span.figure.clone(), action]
        });
        let columns = ["objective", "worst", "from", "until", "measured first", "action"];
        self.table("Thresholds broken while the run went on", &columns, false, rows);
    }

    fn notebooks(&mut self, summary: &Summary) {
        let share = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), words::percent);
        let rows = summary.notebooks.iter().map(|row| {
            vec![
                row.key.clone(),
                words::number(row.ok as f64),
                words::number(row.failed as f64),
                words::number(row.interrupted as f64),
                words::number(row.given_up as f64),
                share(row.wanted_share),
                share(Some(row.realised_share)),
                words::figure(&row.p50),
                words::figure(&row.p95),
                words::figure(&row.p95_of_successes),
            ]
        });
        let columns = [
            "notebook",
            "ok",
            "failed",
            "interrupted",
            "given up",
            "wanted",
            "realised",
            "median",
            "p95",
            "p95 of successes",
        ];
        self.table("Tasks by notebook", &columns, true, rows);
    }

    fn own(&mut self, summary: &Summary) {
        let rows = summary.iterations.iter().map(|row| {
            vec![
                row.executor.clone(),
                words::number(row.ok as f64),
                words::number(row.failed as f64),
                words::number(row.interrupted as f64),
                words::number(row.dropped as f64),
                words::figure(&row.p50),
                words::figure(&row.p95),
                words::figure(&row.p95_of_successes),
            ]
        });
        let columns = ["executor", "ok", "failed", "cut short", "dropped", "median", "p95", "p95 of successes"];
        self.table("Iterations", &columns, true, rows);
        let rows = summary.steps.iter().map(|row| {
            vec![
                row.name.clone(),
                words::number(row.ended as f64),
                words::number(row.failed as f64),
                words::number(row.interrupted as f64),
                words::figure(&row.p50),
                words::figure(&row.p95),
            ]
        });
        self.table("Steps", &["step", "ended", "failed", "interrupted", "median", "p95"], true, rows);
        let rows = summary.checks.iter().map(|row| {
            let interval = words::interval(&row.held).unwrap_or_default();
            let (made, failed) = (words::number(row.made as f64), words::number(row.failed as f64));
            vec![row.name.clone(), made, failed, words::figure(&row.held), interval]
        });
        self.table("Checks", &["check", "made", "failed", "share that held", "95 % interval"], true, rows);
        let rows = summary.metrics.iter().map(|row| {
            vec![row.name.clone(), row.kind.clone(), words::number(row.observed as f64), words::metric(row, usize::MAX)]
        });
        self.table("Metrics of the scenario", &["metric", "kind", "observed", "figures"], false, rows);
    }

    fn stages(&mut self, summary: &Summary) {
        let rows = summary.stages.iter().map(|row| {
            vec![
                row.name.clone(),
                words::number(row.ended as f64),
                words::number(row.failed as f64),
                words::figure(&row.p50),
                words::figure(&row.p95),
                words::lasting(row.total_s),
                words::percent(row.share),
            ]
        });
        let columns = ["stage", "ended", "failed", "median", "p95", "in all", "share"];
        self.table("Where the time went", &columns, true, rows);
    }

    fn intervals(&mut self, summary: &Summary) {
        let percent = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), words::percent);
        let iterations = summary.by_iterations();
        let rows = summary.intervals.iter().map(|row| {
            let work = row.work(iterations);
            vec![
                words::lasting(row.from_s),
                words::number(row.users),
                words::number(work.completed as f64),
                words::number(work.failed as f64),
                words::number(work.per_minute),
                words::figure(&work.p50),
                words::figure(&work.p95),
                percent(row.host_cpu),
                percent(row.self_cpu),
                row.lateness_s.map_or_else(|| "–".to_owned(), words::duration),
            ]
        });
        let columns =
            ["from", "users", "ok", "failed", "per minute", "median", "p95", "machine", "hubmark", "lateness"];
        let title = if iterations { "Iterations over time" } else { "Over time" };
        self.table(title, &columns, true, rows);
    }

    fn errors(&mut self, summary: &Summary) {
        self.groups("Failures by cause", &summary.errors, summary.errors_ungrouped);
        self.groups("Caught by the scenario, and no failures of the run", &summary.caught, summary.caught_ungrouped);
    }

    fn groups(&mut self, title: &str, groups: &[ErrorGroup], ungrouped: u64) {
        let rows = groups.iter().map(|group| {
            vec![
                words::number(group.count as f64),
                group.outcome.clone(),
                group.stage.clone(),
                group.title(),
                words::lasting(group.first_s),
                words::lasting(group.last_s),
                group.kept.clone().unwrap_or_default(),
            ]
        });
        let columns = ["count", "outcome", "in", "message", "first", "last", "executed notebook"];
        self.table(title, &columns, false, rows);
        if ungrouped > 0 {
            let more = words::number(ungrouped as f64);
            self.line(&format!("\n{more} more had causes of their own."));
        }
    }

    fn notices(&mut self, summary: &Summary) {
        let rows = summary
            .notices
            .iter()
            .map(|row| vec![words::number(row.count as f64), row.kind.clone(), words::met_by(row), row.about.clone()]);
        self.table("Noticed, and not counted as failures", &["count", "notice", "met by", "what it is"], false, rows);
    }

    fn gpus(&mut self, summary: &Summary) {
        let rows = summary.gpus.iter().map(|row| gpus::cells(row).map(gpus::Cell::whole).into());
        self.table(gpus::title(summary), &gpus::COLUMNS, true, rows);
        if gpus::simulated(summary) {
            self.line(&format!("\n> **{}**", gpus::SIMULATED));
        }
    }

    fn attribution(&mut self, summary: &Summary) {
        let Some(of) = &summary.attribution else { return };
        let rows = of.notebooks.iter().map(|row| attribution::cells(row).into());
        self.table("GPU time and energy of tasks", &attribution::COLUMNS, true, rows);
        self.line(&format!("\n{}", attribution::notes(of).iter().map(|note| cell(note)).collect::<Vec<_>>().join(" ")));
        if summary.header.simulated {
            self.line("\n> **SIMULATED: no figure of them was measured.**");
        }
    }

    fn log(&mut self, summary: &Summary) {
        let log = &summary.log;
        let rows = log.texts.iter().map(|text| {
            let (count, at) = (words::number(text.count as f64), words::lasting(text.first_s));
            vec![text.level.to_string(), count, text.text.clone(), text.place.clone().unwrap_or_default(), at]
        });
        self.table("Log of the scenario", &["level", "lines", "first text", "place", "first at"], false, rows);
        if log.lines() > 0 {
            self.line(&format!("\n{}: `hubmark runs log {}`", words::log(log), summary.header.run));
        }
    }

    fn machines(&mut self, summary: &Summary) {
        let rows = summary.machines.iter().map(|line| {
            let show = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| words::value(v, line.unit));
            vec![line.name.clone(), show(line.mean), show(line.max), show(line.capacity)]
        });
        self.table("The machine and hubmark itself", &["series", "mean", "most", "of"], true, rows);
    }

    fn quality(&mut self, summary: &Summary) {
        let quality = &summary.quality;
        let rows = quality.checks.iter().map(|check| {
            let finding = match check.finding {
                Finding::Good => "good",
                Finding::Warning => "warning",
                Finding::Invalid => "INVALID",
                Finding::Unknown => "unknown",
            };
            let measured = words::figure(&check.measured);
            vec![check.name.clone(), finding.to_owned(), measured, check.limit.clone(), check.says.clone()]
        });
        self.table("Quality of the measurement", &["check", "finding", "measured", "limit", "meaning"], false, rows);
        self.line("");
        for identity in &quality.identities {
            let sign = if identity.holds { "=" } else { "≠" };
            let (left, right) = (words::number(identity.left), words::number(identity.right));
            self.line(&format!("- {}: {left} {sign} {right}: {}", identity.left_is, identity.right_is));
        }
        self.line(&format!("- {}", quality.steady.says));
        for trouble in &quality.troubles {
            let (count, text) = (words::counted(trouble.count, "time"), cell(&trouble.text));
            let at = words::lasting(trouble.first_s);
            self.line(&format!("- {} reported trouble {count}, first after {at}: {text}", cell(&trouble.component)));
        }
        if quality.troubles_left_out > 0 {
            self.line(&format!(
                "- {} more of trouble are in the record",
                words::counted(quality.troubles_left_out, "report")
            ));
        }
    }

    fn origin(&mut self, summary: &Summary) {
        let origin = &summary.origin;
        self.line("\n## How to repeat it\n");
        self.line(&format!("```sh\n{}\n```\n", origin.repeat));
        self.line(&format!("- seed `{}`", origin.seed));
        self.line(&format!("- files `{}`", origin.source_hash));
        self.line(&format!("- plan `{}`", origin.plan_hash));
        for (name, value) in &origin.environment_start {
            self.line(&format!("- {}: {}", cell(name), cell(value)));
        }
    }
}
