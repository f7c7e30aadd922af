//! Arguments of `runs`.

use super::LogLevel;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Options of `runs`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<RunsCommand>,
}

/// What to do with past runs.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum RunsCommand {
    /// List them, the latest last
    List,
    /// Show one: its summary and where its files are
    Show {
        /// The run: its id, the beginning of it, `last`, or its folder
        run: String,
    },
    /// Print what a run said: the scenario's run.log and print, errors of its code, marks, trouble of hubmark's own
    #[command(after_help = "\
Examples:
  hubmark runs log                           of the latest run
  hubmark runs log last --follow --level warn
  hubmark runs log last --format json        one JSON object a line")]
    Log {
        /// The run: its id, the beginning of it, `last`, or its folder
        #[arg(default_value = "last")]
        run: String,
        /// Wait for more until the run has ended
        #[arg(long, short)]
        follow: bool,
        /// Least level that is printed
        #[arg(long, value_enum, default_value_t = LogLevel::Info, value_name = "LEVEL")]
        level: LogLevel,
    },
    /// Print what `simulate --calibration` draws its times from, measured by a run
    Calibrate {
        /// The run: its id, the beginning of it, `last`, or its folder
        run: String,
        /// Write it to a file instead
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Write a run's metrics by node and interval, and its tasks, as tables
    #[command(after_help = "\
Examples:
  hubmark runs export last                   into the folder csv of the run
  hubmark runs export last --output tables")]
    Export {
        /// The run: its id, the beginning of it, `last`, or its folder
        #[arg(default_value = "last")]
        run: String,
        /// Form of the tables
        #[arg(long = "as", value_enum, default_value_t = TableForm::Csv, value_name = "FORM")]
        form: TableForm,
        /// Folder to write them into; made where it is not there [default: the folder csv of the run]
        #[arg(long, short, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// Remove runs from the disk
    Rm {
        /// The runs: ids, beginnings of ids, `last`, or folders
        #[arg(required = true)]
        runs: Vec<String>,
        /// Even if a run left something on a hub, whose ledger is then lost
        #[arg(long)]
        force: bool,
    },
}

/// Forms of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableForm {
    /// Comma-separated values, RFC 4180
    Csv,
}
