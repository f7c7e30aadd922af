//! The command line. The reference page is generated from here.

mod agent;
mod prom;
mod runs;

pub(crate) use agent::{AgentArgs, RoleArg};
pub(crate) use prom::{PromArgs, PromCommand, PromTargets};
pub(crate) use runs::{RunsArgs, RunsCommand, TableForm};

use crate::event::Level;
use crate::sim::Planted;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Scripted load on JupyterHub: real notebooks, real hubs, a report that says what limits the farm.
#[derive(Debug, Parser)]
#[command(name = "hubmark", version, about, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  hubmark demo                               a real JupyterHub on this machine, a short run, a report
  hubmark new first && hubmark check first   write a scenario of your own and see its plan
  hubmark run first --users 20               run it; a scenario's parameters are flags
  hubmark runs list                          what was run so far

Exit codes: 0 success, 1 internal error, 2 usage, 3 scenario invalid, 4 environment unusable, 5 run invalid,
99 thresholds failed, 105 interrupted.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
    /// Print data for people or for programs
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) format: Format,
    /// Folder that holds the runs [default: runs, or $HUBMARK_RUNS]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) runs_dir: Option<PathBuf>,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One JSON document on standard output
    Json,
}

/// Levels of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    /// All of it
    Info,
    /// Warnings and errors
    Warn,
    /// Errors
    Error,
}

impl From<LogLevel> for Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Info => Level::Info,
            LogLevel::Warn => Level::Warn,
            LogLevel::Error => Level::Error,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a real JupyterHub here (or use yours), run a short scenario on it, write a report
    Demo(DemoArgs),
    /// Write a new scenario with its notebook and editor completion
    New(NewArgs),
    /// Load a scenario and print its plan: users, spawns, kernels, rights. Touches nothing
    Check(ScenarioArgs),
    /// Look whether everything is there that a scenario needs, and where each metric will come from. Touches nothing
    Doctor(DoctorArgs),
    /// Run a scenario in virtual time against a simulated hub
    Simulate(SimulateArgs),
    /// Run a scenario on real hubs
    Run(RunArgs),
    /// Remove what killed runs left on hubs, exactly by their ledgers
    Clean(CleanArgs),
    /// List, show or remove past runs
    Runs(RunsArgs),
    /// Render the report of a run again: while it runs, after a crash, years later
    Report(ReportArgs),
    /// The local JupyterHub that the demo and the tests use
    Lab(LabArgs),
    /// The exporter of one node: host and GPU metrics with the node's role and name, for Prometheus
    Agent(AgentArgs),
    /// What a Prometheus and a Grafana need to watch a farm
    Prom(PromArgs),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  hubmark completions bash > ~/.local/share/bash-completion/completions/hubmark")]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// A scenario and its parameters.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hubmark check scenario.lua                 what it would do
  hubmark check scenario.lua --help          the flags that the scenario itself declares
  hubmark check scenario.lua --users 20 --format json")]
pub(crate) struct ScenarioArgs {
    /// The scenario: a Lua file, or a folder with a scenario.lua
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: PathBuf,
    /// Set a declared parameter; the same as --key value
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Use a preset that the scenario declares
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
    /// Seed of every random choice, instead of the scenario's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Flags that the scenario declares, such as --users 20; they may stand anywhere
    #[arg(value_name = "PARAMETERS", last = true, allow_hyphen_values = true, num_args = 0..)]
    pub(crate) parameters: Vec<String>,
    /// Show the flags that the scenario declares
    #[arg(long, hide = true)]
    pub(crate) scenario_help: bool,
}

/// Options of `run`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  export JUPYTERHUB_API_TOKEN=…              a token that may start servers (see `hubmark check`)
  hubmark run scenario.lua --hub http://hub.example.org --users 20
  hubmark run scenario.lua --format json > result.json

Ctrl-C stops gracefully: tasks under way may end. A second Ctrl-C stops at once. Either way what the run made on the hub is
removed and the report is written.")]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// Least level of the log's lines that are shown while the run goes on; `hubmark runs log` shows all of them
    #[arg(long, value_enum, default_value_t = LogLevel::Warn, value_name = "LEVEL")]
    pub(crate) log: LogLevel,
    /// Show the run's own metrics at http://ADDRESS:PORT/metrics while it goes on, on this machine only
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) metrics: Option<std::net::SocketAddr>,
    /// What a threshold that cannot be decided, for lack of samples, makes of the exit code
    #[arg(long, value_enum, default_value_t = Undecided::Pass, value_name = "RULE")]
    pub(crate) undecided: Undecided,
}

/// What a threshold that cannot be decided makes of the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Undecided {
    /// Nothing: a line says which
    Pass,
    /// Exit code 99, as of one that failed
    Fail,
}

/// Options of `doctor`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hubmark doctor scenario.lua
  hubmark doctor scenario.lua --users 40 --format json
  hubmark doctor farm-baseline --preset farm16 --ask-kernels    also what is installed where notebooks run

Looks at hubs (version, token, rights, accounts, clock), at the farm's nodes (source of metrics, GPUs, driver, clock), with --ask-kernels
also at Python, PyTorch, TensorFlow, scikit-learn and the placement of kernels, and says for each metric of the specification what it
will come from. Exit code 4 where something is missing that the run needs.")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// Start the server of one user of each node (of each hub without nodes), ask a kernel what is installed, and remove both
    #[arg(long)]
    pub(crate) ask_kernels: bool,
}

/// Options of `simulate`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Example:
  hubmark simulate scenario.lua --seed 7     four hours in about a second; the same seed gives the same bytes
  hubmark simulate farm-baseline --fault slow:ms-07,speed=60%     what would the report say of a slow node?")]
pub(crate) struct SimulateArgs {
    #[command(flatten)]
    pub(crate) scenario: ScenarioArgs,
    /// Draw times from this file, which `hubmark runs calibrate` wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) calibration: Option<PathBuf>,
    /// Plant a fault in the simulated farm, such as slow:ms-07,speed=60% (repeat for more)
    #[arg(
        long,
        value_name = "FAULT",
        long_help = "\
Plant a fault in the simulated farm; repeat for more:
  slow:NODE,speed=60%                    its processors and GPUs do so much of their work
  throttled:NODE,gpu=3,speed=50%,from=1h a GPU lowers its clock
  leak:NODE,rate=10GiB                   memory grows by so much an hour
  reboot:NODE,at=1h,lasts=95s            it goes away and comes back
  spawns:HUB,together=2                  the hub refuses more spawns at a time with 429"
    )]
    pub(crate) fault: Vec<Planted>,
    /// What a threshold that cannot be decided, for lack of samples, makes of the exit code
    #[arg(long, value_enum, default_value_t = Undecided::Pass, value_name = "RULE")]
    pub(crate) undecided: Undecided,
}

/// Options of `demo`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hubmark demo
  JUPYTERHUB_API_TOKEN=… hubmark demo --hub http://127.0.0.1:8000")]
pub(crate) struct DemoArgs {
    /// Use this JupyterHub instead of starting one; its token comes from JUPYTERHUB_API_TOKEN
    #[arg(long, value_name = "URL")]
    pub(crate) hub: Option<String>,
    /// Virtual users
    #[arg(long, value_name = "N")]
    pub(crate) users: Option<u32>,
    /// Time at full load, such as 90s
    #[arg(long, value_name = "DURATION")]
    pub(crate) length: Option<String>,
    /// Sample this many made-up GPUs, whose load follows the users; marked SIMULATED wherever they appear
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) gpus: Option<u32>,
}

/// Options of `new`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  hubmark new first && hubmark check first")]
pub(crate) struct NewArgs {
    /// Folder to make; its name becomes the scenario's
    pub(crate) name: PathBuf,
}

/// Options of `clean`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hubmark clean last                         what the latest run left
  hubmark clean --all                        what any run left

The hub's token comes from where the run's scenario took it.")]
pub(crate) struct CleanArgs {
    /// The run: its id, the beginning of it, `last`, or its folder
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub(crate) run: Option<String>,
    /// All runs that left something
    #[arg(long)]
    pub(crate) all: bool,
}

/// Options of `report`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hubmark report last                        write report.html, report.md and summary.json again and print the summary
  hubmark report last --as md                print the report as Markdown")]
pub(crate) struct ReportArgs {
    /// The run: its id, the beginning of it, `last`, or its folder
    #[arg(default_value = "last")]
    pub(crate) run: String,
    /// Print this form to standard output instead of writing all of them into the run's folder
    #[arg(long = "as", value_enum, value_name = "FORM")]
    pub(crate) form: Option<ReportForm>,
}

/// Forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportForm {
    /// One page, no external address
    Html,
    /// Markdown
    Md,
    /// summary.json
    Json,
    /// For a terminal
    Text,
}

/// Options of `lab`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  hubmark lab up                             prints the hub's address and token
  hubmark lab status
  hubmark lab down")]
pub(crate) struct LabArgs {
    #[command(subcommand)]
    pub(crate) command: LabCommand,
}

/// Name of the lab where none is given.
pub(crate) const DEFAULT_LAB: &str = "default";

/// What to do with the lab.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum LabCommand {
    /// Install what is missing and start a JupyterHub on this machine
    Up {
        /// Name of the lab; several may run at once
        #[arg(long, default_value = DEFAULT_LAB)]
        name: String,
        /// Folder in which its servers look for kernels before their own, as in JUPYTER_PATH (repeat for more)
        #[arg(long = "kernels", value_name = "DIR")]
        kernels: Vec<PathBuf>,
    },
    /// Show the labs that run
    Status,
    /// Stop a lab and everything it started
    Down {
        /// Name of the lab
        #[arg(long, default_value = DEFAULT_LAB, conflicts_with = "all")]
        name: String,
        /// All labs
        #[arg(long)]
        all: bool,
    },
}
