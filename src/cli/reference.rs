//! Reference pages, generated from the same tables that the program uses. A test compares them with `docs/reference/`.

use super::args::Cli;
use crate::event::{NoticeKind, Outcome};
use clap::{Command, CommandFactory};

/// The command line: the help of every command.
#[must_use]
pub fn command_line() -> String {
    let mut page = String::from("# Command line\n\nGenerated from `src/cli/args.rs`.\n");
    let mut root = Cli::command().term_width(100);
    root.build();
    section(&mut page, &mut root);
    page
}

fn section(page: &mut String, command: &mut Command) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## `{name}`\n\n```text\n{}\n```\n", help.join("\n").trim_end()));
    for child in command.get_subcommands_mut().filter(|child| child.get_name() != "help") {
        section(page, child);
    }
}

/// The series that hubmark samples.
#[must_use]
pub fn metrics() -> String {
    let mut page = crate::sampler::reference_markdown();
    page.push_str(
        "\n## Metrics of thresholds\n\nGenerated from `src/plan/threshold.rs`. The form is `metric{label=value}.aggregate [each label] op value`.\n\n",
    );
    page.push_str(&crate::plan::threshold::reference_table());
    page
}

/// The tables of `runs export`.
#[must_use]
pub fn csv() -> String {
    crate::report::csv_reference()
}

/// The scenario language.
#[must_use]
pub fn lua() -> String {
    crate::script::reference_markdown()
}

/// How things end.
#[must_use]
pub fn outcomes() -> String {
    let mut page = String::from(
        "# Outcomes\n\nGenerated from `src/event/outcomes.rs`. How tasks, spawns, kernel starts and clean-up steps end. A failure of the hub is \
         recorded as what it is;\nit never ends a run.\n\n| outcome | what happened | how it is recognised | what hubmark does next |\n| --- | --- | --- | --- |\n",
    );
    for info in Outcome::TABLE {
        let seen = if info.seen.is_empty() { "–" } else { info.seen };
        page.push_str(&format!("| `{}` | {} | {seen} | {} |\n", info.name, info.about, info.next));
    }
    page.push_str(
        "\n## Notices\n\nGenerated from `src/event/task.rs`. What a task, or code that a user of one's own executed, met without failing by it. The record\nof the task or call counts it, and so does the report.\n\n\
         | notice | what it is |\n| --- | --- |\n",
    );
    for kind in NoticeKind::ALL {
        page.push_str(&format!("| `{}` | {} |\n", kind.name(), kind.about()));
    }
    page
}
