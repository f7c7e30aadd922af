//! Loading a scenario: its files run in a fresh VM without input or output, what they return becomes a plan.

use super::build::{self, Built};
use super::fault::{Fault, LoadError, LoadErrorKind, breach_fault, from_lua};
use super::files::{FileError, FileRead, Folder, source_hash};
use super::limits::{Limits, SOURCE_MAX};
use super::params::{Arguments, ParamInfo, Params};
use super::session::Session;
use super::value::{Made, MadeRef, describe};
use super::vm::{Ticker, Vm, run_source};
use crate::plan::{Plan, SecretRef, Target, validate};
use mlua::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// Looks up an environment variable.
pub type Env = Rc<dyn Fn(&str) -> Option<String>>;

/// What is to be loaded.
#[derive(Clone)]
pub struct LoadRequest {
    /// The scenario's file, or its folder if the file is called `scenario.lua`.
    pub path: PathBuf,
    /// Arguments `--set key=value`, in order.
    pub set: Vec<(String, String)>,
    /// Arguments that are no flags of hubmark's own: `--agents 45`, `--agents=45`, `--fast`.
    pub flags: Vec<String>,
    /// The chosen preset.
    pub preset: Option<String>,
    /// Looks up an environment variable, to see whether secrets are there. The library reads no environment itself.
    pub env: Env,
    /// Seed that goes before the scenario's.
    pub seed: Option<u64>,
    /// Names of hubmark's own flags, with or without `--`; no parameter may have one.
    pub builtin_flags: Vec<String>,
    /// Limits of the scenario's code.
    pub limits: Limits,
}

impl LoadRequest {
    /// A request without arguments, in an empty environment.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            set: vec![],
            flags: vec![],
            preset: None,
            env: Rc::new(|_| None),
            seed: None,
            builtin_flags: vec![],
            limits: Limits::default(),
        }
    }
}

/// A scenario that has loaded.
pub struct Loaded {
    /// The plan, valid.
    pub plan: Plan,
    /// Declared parameters with the values in force, in the author's order.
    pub params: Vec<ParamInfo>,
    /// Names of the presets.
    pub presets: Vec<String>,
    /// Files that were read, sorted by path.
    pub files: Vec<FileRead>,
    /// SHA-256 over the sorted (path, bytes) of all files read, in hexadecimal.
    pub source_hash: String,
    /// Notebooks' documents by key.
    pub notebooks: BTreeMap<String, Arc<[u8]>>,
    /// The scenario's folder, absolute: what paths in the plan are relative to.
    pub folder: PathBuf,
    /// Secrets that the plan needs and that are not there.
    pub missing_secrets: Vec<SecretRef>,
    /// What the scenario printed while it loaded, bounded.
    pub printed: Vec<String>,
    /// What makes its hooks' VM.
    pub(super) again: Again,
}

/// What is needed to run the same files with the same parameters once more.
#[derive(Clone)]
pub(super) struct Again {
    pub(super) folder: Folder,
    pub(super) entry: String,
    pub(super) request: LoadRequest,
    pub(super) seed: u64,
}

/// What help texts need to know of a scenario, also of one that does not load with the given arguments.
#[derive(Debug, Clone)]
pub struct Described {
    /// Declared parameters, in the author's order.
    pub params: Vec<ParamInfo>,
    /// Names of the presets.
    pub presets: Vec<String>,
    /// What is wrong, if it does not load.
    pub error: Option<LoadError>,
}

/// Loads a scenario: runs its files, builds and validates the plan.
///
/// # Errors
/// Everything that is wrong with the scenario or the arguments, each with its place.
pub fn load(request: &LoadRequest) -> Result<Loaded, LoadError> {
    let (folder, entry) = open(&request.path)?;
    let seed = request.seed.unwrap_or(build::SEED);
    let first = attempt(request, folder, &entry, seed)?;
    // A scenario that names a seed and draws at load draws with that seed: it is known only once the file has run.
    if first.plan.seed == seed || !first.again_needed {
        return Ok(first.finish(request, entry));
    }
    let (seed, folder) = (first.plan.seed, first.folder.replay());
    let second = attempt(request, folder, &entry, seed)?;
    if second.plan.seed != seed {
        let heading = "the seed depends on chance: it is another one each time it is used";
        return Err(LoadError::of(Fault::new(LoadErrorKind::Plan, heading)));
    }
    Ok(second.finish(request, entry))
}

/// Declared parameters of a scenario, whatever else is wrong with it or with the arguments.
#[must_use]
pub fn describe_params(request: &LoadRequest) -> Described {
    match load(request) {
        Ok(loaded) => Described { params: loaded.params, presets: loaded.presets, error: None },
        Err(error) => Described { params: error.params.clone(), presets: error.presets.clone(), error: Some(error) },
    }
}

/// The folder and the name of the scenario's file in it.
fn open(path: &Path) -> Result<(Folder, String), LoadError> {
    let shown = path.display().to_string();
    let fault = |why: String| Fault { file: Some(shown.clone()), ..Fault::new(LoadErrorKind::File, why) };
    let resolved = path.canonicalize().map_err(|error| {
        LoadError::of(match error.kind() {
            std::io::ErrorKind::NotFound => {
                fault("there is no such scenario".to_owned()).hint("hubmark new NAME writes a first one")
            }
            _ => fault(format!("failed to open the scenario: {error}")),
        })
    })?;
    if resolved.is_dir() {
        let file = path.join("scenario.lua");
        return match file.is_file() {
            true => open(&file),
            false => {
                let fault = fault("the folder has no scenario.lua".to_owned()).hint("give the scenario's file");
                Err(LoadError::of(fault))
            }
        };
    }
    let (Some(root), Some(name)) = (resolved.parent(), resolved.file_name()) else {
        return Err(LoadError::of(fault("the scenario has no folder".to_owned())));
    };
    let given = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok((Folder::new(root.to_owned(), given), name.to_string_lossy().into_owned()))
}

/// A load that went well, not yet finished.
struct Attempt {
    plan: Plan,
    notebooks: BTreeMap<String, Arc<[u8]>>,
    folder: Folder,
    params: Vec<ParamInfo>,
    presets: Vec<String>,
    printed: Vec<String>,
    /// Whether the scenario drew with a seed that is not its own.
    again_needed: bool,
}

impl Attempt {
    fn finish(self, request: &LoadRequest, entry: String) -> Loaded {
        // Where the files ran with another seed they drew nothing from it; what users and hooks draw comes from the plan's.
        let seed = self.plan.seed;
        let files = self.folder.files();
        let missing_secrets = missing_secrets(&self.plan, self.folder.root(), request);
        Loaded {
            source_hash: source_hash(&files),
            folder: self.folder.root().to_owned(),
            missing_secrets,
            params: self.params,
            presets: self.presets,
            files,
            notebooks: self.notebooks,
            printed: self.printed,
            again: Again { folder: self.folder.replay(), entry, request: request.clone(), seed },
            plan: self.plan,
        }
    }
}

fn attempt(request: &LoadRequest, folder: Folder, entry: &str, seed: u64) -> Result<Attempt, LoadError> {
    let session = session(request, folder, seed)?;
    let built = match run(&session, entry) {
        Ok((vm, scenario)) => {
            session.params.borrow().leftovers().into_iter().for_each(|fault| session.fault(fault));
            let built = finish_plan(&session, &scenario, request, entry);
            drop(scenario);
            drop(vm);
            Some(built)
        }
        Err(error) => {
            // What the constructors found comes first: it is often the cause of what stopped the script.
            let mut faults = session.faults.borrow_mut();
            if error.kind() == LoadErrorKind::Limit || faults.is_empty() {
                faults.splice(0..0, error.faults);
            }
            None
        }
    };
    let (params, presets) = {
        let params = session.params.borrow();
        (params.declared.clone(), params.presets.clone())
    };
    let mut faults = session.faults.take();
    match built {
        Some(built) if faults.is_empty() => Ok(Attempt {
            plan: built.plan,
            notebooks: built.notebooks,
            again_needed: session.drawn.get() && request.seed.is_none(),
            params,
            presets,
            printed: session.printed.take(),
            folder: session.folder.replay(),
        }),
        _ => {
            faults.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
            Err(LoadError { faults, cut: session.faults_cut.get(), files: session.folder.files(), params, presets })
        }
    }
}

/// A session for one run of the scenario's files.
pub(super) fn session(request: &LoadRequest, folder: Folder, seed: u64) -> Result<Rc<Session>, LoadError> {
    let ticker = ticker()?;
    Ok(session_with(request, folder, seed, &ticker))
}

/// What time in Lua is measured with.
pub(super) fn ticker() -> Result<Rc<Ticker>, LoadError> {
    Ticker::start().map(Rc::new).map_err(|error| {
        let heading = format!("failed to start the script's clock: {error}");
        LoadError::of(Fault::new(LoadErrorKind::Limit, heading))
    })
}

/// The same with a ticker that is there already.
pub(super) fn session_with(request: &LoadRequest, folder: Folder, seed: u64, ticker: &Rc<Ticker>) -> Rc<Session> {
    let arguments = Arguments::new(request.set.clone(), request.flags.clone());
    let params = Params::new(arguments, request.preset.clone(), request.builtin_flags.clone());
    Rc::new(Session::new(folder, request.limits.clone(), params, seed, ticker))
}

/// Runs the scenario's file in a fresh VM; gives what it returned.
pub(super) fn run(session: &Rc<Session>, entry: &str) -> Result<(Vm, Rc<Made>), LoadError> {
    let shown = session.folder.shown(entry);
    let in_file = |heading: String| Fault { file: Some(shown.clone()), ..Fault::new(LoadErrorKind::File, heading) };
    let source = session.folder.read(entry, SOURCE_MAX).map_err(|error| match error {
        FileError::TooLarge { bytes, most, .. } => {
            let mut fault = in_file(format!("the scenario has {bytes} bytes; at most {most} are read"));
            fault.kind = LoadErrorKind::Limit;
            LoadError::of(fault)
        }
        other => LoadError::of(in_file(other.to_string())),
    })?;
    let failed = |error: &mlua::Error| LoadError::of(from_lua(error, &session.folder));
    let vm = Vm::new(session.clone()).map_err(|error| failed(&error))?;
    let ran = session.guard.run(session.limits.load_time, || run_source(&vm.lua, entry, &source.bytes));
    let value = match ran {
        Err(breach) => return Err(LoadError::of(breach_fault(breach, entry, &session.folder))),
        Ok(Err(error)) => return Err(failed(&error)),
        Ok(Ok(value)) => value,
    };
    match value.as_userdata().and_then(|data| data.borrow::<MadeRef>().ok()) {
        Some(made) if made.0.constructor.name == "scenario" => {
            let made = made.0.clone();
            Ok((vm, made))
        }
        _ => {
            let mut fault = in_file(format!("the scenario returns {}, wanted hm.scenario {{…}}", describe(&value)));
            fault.kind = LoadErrorKind::Plan;
            Err(LoadError::of(match value {
                Value::Table(_) => fault.hint("write return hm.scenario before the table"),
                Value::Nil => fault.hint("end the file with return hm.scenario { … }"),
                _ => fault,
            }))
        }
    }
}

/// Builds the plan and validates it as a whole once its parts are right.
fn finish_plan(session: &Rc<Session>, scenario: &Rc<Made>, request: &LoadRequest, entry: &str) -> Built {
    let name = default_name(session.folder.root(), entry);
    let built = build::plan(session, scenario, &name, request.seed);
    if session.faults.borrow().is_empty() {
        for fault in validate(&built.plan) {
            build::note(session, scenario, &fault);
        }
    }
    built
}

/// The file's name without its end, or its folder's where the file is called `scenario.lua`.
fn default_name(root: &Path, entry: &str) -> String {
    let stem = Path::new(entry).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let name = match (stem.as_str(), root.file_name()) {
        ("scenario", Some(folder)) => folder.to_string_lossy().into_owned(),
        _ => stem,
    };
    let word = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let name: String = name.chars().map(word).take(100).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "scenario".to_owned() } else { name.to_owned() }
}

fn missing_secrets(plan: &Plan, folder: &Path, request: &LoadRequest) -> Vec<SecretRef> {
    let of_accounts = plan.targets.values().filter_map(|target| match target {
        Target::Hub(hub) => Some(hub.accounts.tokens().map(|(_, token)| token)),
        Target::Server(_) => None,
    });
    let mut needed: Vec<SecretRef> = plan.targets.values().filter_map(Target::token).cloned().collect();
    needed.extend(of_accounts.flatten().cloned());
    needed.extend(plan.prometheus.values().filter_map(|prometheus| prometheus.token.clone()));
    needed.sort();
    needed.dedup();
    needed.retain(|secret| match secret {
        SecretRef::Env(name) => (request.env)(name).is_none_or(|value| value.is_empty()),
        SecretRef::File(path) | SecretRef::Line(path) => !folder.join(path).is_file(),
    });
    needed
}
