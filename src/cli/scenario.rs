//! From arguments to a loaded scenario: which words are hubmark's flags and which are the scenario's own.

use super::Terminal;
use super::args::{Cli, ScenarioArgs};
use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::style::plain;
use crate::clock::Clock;
use crate::plan::Plan;
use crate::port::{Script, UserScripts};
use crate::script::{self, LoadError, LoadRequest, Loaded};
use clap::{ArgAction, CommandFactory};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// Commands that take a scenario.
const COMMANDS: [&str; 4] = ["check", "doctor", "simulate", "run"];

/// Looks up an environment variable.
pub(crate) type Env = Rc<dyn Fn(&str) -> Option<String>>;

/// A scenario that has loaded, and how it was asked for.
pub(crate) struct Scenario {
    /// Its file, absolute.
    pub(crate) path: PathBuf,
    pub(crate) plan: Rc<Plan>,
    /// Path, SHA-256 and size of each file read.
    pub(crate) files: Vec<(String, String, u64)>,
    pub(crate) source_hash: String,
    /// Documents by key.
    pub(crate) notebooks: BTreeMap<String, Arc<[u8]>>,
    /// The command line, secrets by name.
    pub(crate) command: Vec<String>,
    /// Where its secrets come from.
    pub(crate) env: Env,
    /// What its relative paths start at.
    pub(crate) folder: PathBuf,
    /// What it printed while it loaded.
    printed: Vec<String>,
    /// How many made-up GPUs are sampled instead of the machine's own.
    pub(crate) simulated_gpus: Option<u32>,
    loaded: Loaded,
}

/// What a command sets besides the arguments.
#[derive(Default)]
pub(crate) struct Overrides {
    /// Whether the scenario's time is counted in ticks, as a simulated world must, so that a seed repeats a run.
    pub(crate) ticks: bool,
    /// Environment variables that go before the process's own.
    pub(crate) secrets: BTreeMap<String, String>,
    /// How many made-up GPUs are sampled instead of the machine's own.
    pub(crate) simulated_gpus: Option<u32>,
}

impl Scenario {
    /// Loads the scenario that the arguments name.
    pub(crate) fn load(args: &ScenarioArgs) -> CliResult<Self> {
        Self::load_with(args, Overrides::default())
    }

    /// The same with something set besides.
    pub(crate) fn load_with(args: &ScenarioArgs, overrides: Overrides) -> CliResult<Self> {
        let (ticks, simulated_gpus) = (overrides.ticks, overrides.simulated_gpus);
        let env: Env = Rc::new(move |name| overrides.secrets.get(name).cloned().or_else(|| std::env::var(name).ok()));
        let mut request = request(args, &env)?;
        if ticks {
            request.limits.counting = script::Counting::Ticks;
        }
        let loaded = script::load(&request).map_err(|error| load_error(&error))?;
        let path = request.path.canonicalize().unwrap_or_else(|_| request.path.clone());
        Ok(Self {
            path,
            plan: Rc::new(loaded.plan.clone()),
            files: loaded.files.iter().map(|f| (f.path.clone(), f.sha256.clone(), f.bytes.len() as u64)).collect(),
            source_hash: loaded.source_hash.clone(),
            notebooks: loaded.notebooks.clone(),
            command: std::env::args().collect(),
            env,
            folder: loaded.folder.clone(),
            printed: loaded.printed.clone(),
            simulated_gpus,
            loaded,
        })
    }

    /// What calls the scenario's hooks, where it has any.
    pub(crate) fn hooks(&self, clock: &Clock) -> CliResult<Option<Box<dyn Script>>> {
        if self.plan.hooks.is_empty() {
            return Ok(None);
        }
        let wall_ns = clock.wall_ns_at(0);
        self.loaded.hooks(wall_ns).map(Some).map_err(|error| load_error(&error))
    }
}

impl Scenario {
    /// Shows what it printed while it loaded. What it prints later stands in the run's log.
    pub(crate) fn say_printed(&self, terminal: Terminal) {
        self.printed.iter().for_each(|line| terminal.say(&plain(line)));
    }

    /// What makes the code of the scenario's own users, where it has any.
    pub(crate) fn users(&self, clock: &Clock) -> CliResult<Option<Rc<dyn UserScripts>>> {
        if self.plan.users.values().all(|user| user.behaviour.is_none()) {
            return Ok(None);
        }
        self.loaded.users(clock.wall_ns_at(0)).map(Some).map_err(|error| load_error(&error))
    }
}

fn request(args: &ScenarioArgs, env: &Env) -> CliResult<LoadRequest> {
    let folder_file = args.scenario.join("scenario.lua");
    let path = if folder_file.is_file() { folder_file } else { args.scenario.clone() };
    let mut set = Vec::new();
    for pair in &args.set {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(CliError::new(Exit::Usage, format!("--set {pair} has no ="))
                .hint("write --set key=value, with a parameter of the scenario"));
        };
        set.push((key.to_owned(), value.to_owned()));
    }
    let request = LoadRequest {
        set,
        flags: args.parameters.clone(),
        preset: args.preset.clone(),
        env: Rc::clone(env),
        seed: args.seed,
        builtin_flags: known_flags().into_keys().collect(),
        ..LoadRequest::new(path)
    };
    if args.scenario_help {
        return Err(help(&request));
    }
    Ok(request)
}

/// The flags that a scenario declares, as a help text; printed in an error's place with exit code 0.
fn help(request: &LoadRequest) -> CliError {
    let described = script::describe_params(request);
    let mut text = format!("Parameters of {}:\n", request.path.display());
    for param in &described.params {
        let bounds = match (&param.min, &param.max) {
            (Some(min), Some(max)) => format!(", {min} to {max}"),
            (Some(min), None) => format!(", from {min}"),
            (None, Some(max)) => format!(", up to {max}"),
            (None, None) => String::new(),
        };
        let choices = if param.choices.is_empty() { String::new() } else { format!(": {}", param.choices.join(", ")) };
        let default =
            param.default.as_ref().map_or(", required".to_owned(), |default| format!(" [default: {default}]"));
        let about = param.about.as_deref().unwrap_or("");
        text.push_str(&format!("  {:<16} {}{choices}{bounds}{default}\n", param.flag(), param.kind.name()));
        if !about.is_empty() {
            text.push_str(&format!("  {:<16}   {about}\n", ""));
        }
    }
    if described.params.is_empty() {
        text.push_str("  none\n");
    }
    text.push_str("\n`hubmark run --help` lists hubmark's own flags.\n");
    if let (true, Some(error)) = (described.params.is_empty(), &described.error) {
        return load_error(error);
    }
    CliError { rendered: Some(text), ..CliError::new(Exit::Success, "") }
}

fn load_error(error: &LoadError) -> CliError {
    let exit = if error.kind() == script::LoadErrorKind::Argument { Exit::Usage } else { Exit::Scenario };
    CliError { rendered: Some(error.to_string()), ..CliError::new(exit, "the scenario cannot be loaded") }
}

/// Hubmark's own long flags of the commands that take a scenario, and whether a value follows.
fn known_flags() -> BTreeMap<String, bool> {
    let mut root = Cli::command();
    root.build();
    let mut flags = BTreeMap::new();
    let commands = root.get_subcommands().filter(|command| COMMANDS.contains(&command.get_name()));
    for arg in commands.flat_map(clap::Command::get_arguments) {
        if let Some(long) = arg.get_long() {
            flags.insert(long.to_owned(), matches!(arg.get_action(), ArgAction::Set | ArgAction::Append));
        }
    }
    flags
}

/// Puts the scenario's own flags behind `--`, so that they may stand anywhere behind the command. An unknown flag takes the next word
/// as its value unless that word is a flag, or is the only one left that can be the scenario.
pub(crate) fn split_parameters(arguments: Vec<OsString>) -> Vec<OsString> {
    let words: Option<Vec<String>> = arguments.iter().map(|word| word.to_str().map(str::to_owned)).collect();
    // Words that are no UTF-8 are left for clap to refuse.
    let Some(words) = words else { return arguments };
    let Some(at) = words.iter().position(|word| COMMANDS.contains(&word.as_str())) else { return arguments };
    if words[1..at].iter().any(|word| !word.starts_with('-')) && !words[1..at].iter().any(|word| word.starts_with("--"))
    {
        return arguments;
    }
    let known = known_flags();
    let (mut own, mut scenario, mut parameters) = (words[..=at].to_vec(), None::<String>, Vec::new());
    let rest = &words[at + 1..];
    let mut help = false;
    let mut i = 0;
    while i < rest.len() {
        let word = &rest[i];
        i += 1;
        if word == "--" {
            parameters.extend_from_slice(&rest[i..]);
            break;
        }
        if word == "--help" || word == "-h" {
            help = true;
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, inline) = long.split_once('=').map_or((long, false), |(name, _)| (name, true));
            let plain_word = |j: usize| rest.get(j).is_some_and(|next| !next.starts_with("--"));
            match known.get(name) {
                Some(takes) => {
                    own.push(word.clone());
                    if *takes && !inline && i < rest.len() {
                        own.push(rest[i].clone());
                        i += 1;
                    }
                }
                None => {
                    parameters.push(word.clone());
                    let scenario_follows = scenario.is_some() || (i + 1..rest.len()).any(plain_word);
                    if !inline && plain_word(i) && scenario_follows {
                        parameters.push(rest[i].clone());
                        i += 1;
                    }
                }
            }
        } else if scenario.is_none() && !word.starts_with('-') {
            scenario = Some(word.clone());
        } else {
            parameters.push(word.clone());
        }
    }
    match (&scenario, help) {
        (Some(_), true) => own.push("--scenario-help".to_owned()),
        (None, true) => own.push("--help".to_owned()),
        _ => {}
    }
    own.extend(scenario);
    if !parameters.is_empty() {
        own.push("--".to_owned());
        own.extend(parameters);
    }
    own.into_iter().map(OsString::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> String {
        let words = line.split(' ').map(OsString::from).collect();
        split_parameters(words).iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_scenarios_flags_may_stand_anywhere() {
        assert_eq!(
            split("hubmark run s.lua --users 20 --format json"),
            "hubmark run --format json s.lua -- --users 20"
        );
        assert_eq!(split("hubmark run --users 20 s.lua"), "hubmark run s.lua -- --users 20");
        assert_eq!(split("hubmark run --fast s.lua"), "hubmark run s.lua -- --fast");
        assert_eq!(split("hubmark run --users=20 s.lua --seed 7"), "hubmark run --seed 7 s.lua -- --users=20");
        assert_eq!(split("hubmark check s.lua --help"), "hubmark check --scenario-help s.lua");
        assert_eq!(split("hubmark check --help"), "hubmark check --help");
        assert_eq!(split("hubmark runs show last"), "hubmark runs show last");
        assert_eq!(split("hubmark --color never run s.lua --x 1"), "hubmark --color never run s.lua -- --x 1");
    }
}
