//! The command line: arguments, the composition root (`wire`), progress, errors, exit codes. The only place that prints.

mod advice;
mod agent;
mod args;
mod check;
mod checkup;
mod clean;
mod demo;
mod doctor;
mod error;
mod exit;
mod gpus;
mod home;
mod lab;
mod log;
mod new;
mod nodes;
mod outside;
mod page;
mod preflight;
mod progress;
mod prom;
mod reference;
mod report;
mod run;
mod runs;
mod scenario;
mod secrets;
mod signals;
mod simulate;
mod simulated_farm;
mod sources;
mod style;
mod wire;

pub use exit::Exit;
pub use reference::{command_line, csv, lua, metrics, outcomes};

use args::{Cli, Command, Format};
use clap::{CommandFactory, Parser};
use error::CliResult;
use std::io::Write;
use std::process::ExitCode;
use style::Style;

/// What every command needs to print.
#[derive(Clone, Copy)]
pub(crate) struct Terminal {
    /// For results.
    pub(crate) out: Style,
    /// For everything else.
    pub(crate) err: Style,
    /// For people or for programs.
    pub(crate) format: Format,
}

impl Terminal {
    /// Prints a result to standard output. A reader that went away ends nothing.
    pub(crate) fn result(self, text: &str) {
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(text.as_bytes());
        if !text.ends_with('\n') {
            let _ = stdout.write_all(b"\n");
        }
        let _ = stdout.flush();
    }

    /// Says something beside the result, on standard error.
    pub(crate) fn say(self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        let _ = writeln!(stderr, "{text}");
    }

    /// Prints a value as JSON.
    pub(crate) fn json<T: serde::Serialize>(self, value: &T) {
        self.result(&serde_json::to_string_pretty(value).unwrap_or_default());
    }
}

/// Runs the command line and returns the process's exit code.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = scenario::split_parameters(std::env::args_os().collect());
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Success.into() };
        }
    };
    let terminal = Terminal {
        out: Style::decide(cli.global.color, &std::io::stdout()),
        err: Style::decide(cli.global.color, &std::io::stderr()),
        format: cli.global.format,
    };
    match dispatch(cli, terminal) {
        Ok(exit) => exit.into(),
        // A help text that needed the scenario is a result.
        Err(error) if error.exit == Exit::Success => {
            terminal.result(&error.render(terminal.out));
            Exit::Success.into()
        }
        Err(error) => {
            let mut stderr = std::io::stderr().lock();
            let _ = stderr.write_all(error.render(terminal.err).as_bytes());
            error.exit.into()
        }
    }
}

fn dispatch(cli: Cli, terminal: Terminal) -> CliResult<Exit> {
    let runs_dir = home::runs_dir(cli.global.runs_dir);
    match cli.command {
        Command::Demo(args) => demo::demo(&args, &runs_dir, terminal),
        Command::New(args) => new::new(&args, terminal),
        Command::Check(args) => check::check(&args, terminal),
        Command::Doctor(args) => doctor::doctor(&args, &runs_dir, terminal),
        Command::Simulate(args) => simulate::simulate(&args, &runs_dir, terminal),
        Command::Run(args) => run::run(&args, &runs_dir, terminal),
        Command::Clean(args) => clean::clean(&args, &runs_dir, terminal),
        Command::Runs(args) => runs::runs(args, &runs_dir, terminal),
        Command::Report(args) => report::report(&args, &runs_dir, terminal),
        Command::Lab(args) => lab::lab(&args, terminal),
        Command::Agent(args) => agent::agent(&args, terminal),
        Command::Prom(args) => prom::prom(&args, terminal),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "hubmark", &mut script);
            terminal.result(&String::from_utf8_lossy(&script));
            Ok(Exit::Success)
        }
    }
}
