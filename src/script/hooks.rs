//! Hooks: the functions under `on`, called with plain data. They ask the run for more and wait for it, and what they want done comes back
//! as actions.

use super::fault::LoadError;
use super::files::Folder;
use super::limits::{ACTIONS_MAX, TEXT_MAX, clip};
use super::loader::{self, Loaded};
use super::routine::{Made as RoutineMade, Routine, Step};
use super::schema::{HUB, PROM, RUN, RUN_FIELDS, SHARED, TASK_ERROR_FIELDS, TASK_FIELDS, run_words};
use super::session::{Site, site};
use super::suggest;
use super::value::{Checked, Made, to_json};
use super::vm::{StrictKind, Vm, strict_table};
use crate::event::{Failure, Level, LogLine, TaskRecord};
use crate::plan::{Hook, Plan};
use crate::port::{
    CallSite, HookAction, HookCall, HookTurn, RunAnswer, RunView, Script, ScriptFault, Turn, UserAnswer, UserAsk,
};
use mlua::{Error, Function, Lua, MetaMethod, Table, UserData, UserDataMethods, Value};
use serde_json::{Map, Value as Json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What hooks see and ask for, shared with the values in their hands.
pub(super) struct Shared {
    view: RefCell<RunView>,
    /// With the author's line where it is one of the log.
    actions: RefCell<Vec<(HookAction, Option<Site>)>>,
    cut: Cell<usize>,
}

impl Shared {
    /// Nothing seen and nothing asked for yet.
    pub(super) fn new() -> Rc<Self> {
        let view = RunView { run: String::new(), elapsed_s: 0.0, generation: 0, users: 0, simulated: false };
        Rc::new(Self { view: RefCell::new(view), actions: RefCell::default(), cut: Cell::new(0) })
    }

    /// Shows the run as it is now.
    pub(super) fn see(&self, view: &RunView) {
        self.view.borrow_mut().clone_from(view);
    }

    /// `run` for the author's functions.
    pub(super) fn run(self: &Rc<Self>, lua: &Lua) -> mlua::Result<Value> {
        Ok(Value::UserData(lua.create_userdata(Run(Rc::clone(self)))?))
    }

    fn add(&self, action: HookAction, site: Option<Site>) {
        let mut actions = self.actions.borrow_mut();
        if actions.len() < ACTIONS_MAX {
            actions.push((action, site));
        } else {
            self.cut.set(self.cut.get() + 1);
        }
    }

    /// Notes a line for the run's log, with the author's line that runs.
    pub(super) fn log(&self, lua: &Lua, level: Level, text: &str, fields: Map<String, Json>) {
        let line = LogLine { fields, ..LogLine::new(level, clip(text)) };
        self.add(HookAction::Log(line), site(lua));
    }

    /// The actions of one call; what was cut is said in a warning.
    pub(super) fn take(&self, folder: &Folder) -> Vec<HookAction> {
        let placed = |(mut action, site): (HookAction, Option<Site>)| {
            if let (HookAction::Log(line), Some(site)) = (&mut action, site) {
                line.place = Some(format!("{}:{}", folder.shown(&site.chunk), site.line));
            }
            action
        };
        let mut actions: Vec<_> = self.actions.take().into_iter().map(placed).collect();
        let cut = self.cut.take();
        if cut > 0 {
            let text = format!("the function asked for {cut} things more than the {ACTIONS_MAX} that one call may");
            actions.push(HookAction::Log(LogLine::new(Level::Warn, text)));
        }
        actions
    }
}

/// The VM of a scenario's hooks.
struct Hooks {
    routine: Routine,
    functions: BTreeMap<Hook, Function>,
    enter: Function,
    run: Value,
    /// The hook that was called last.
    hook: Hook,
}

impl Loaded {
    /// Makes what calls the scenario's hooks: a VM of its own that runs the same files with the same parameters.
    /// `origin_ns` is the wall time at which the run's clock began, nanoseconds since 1970: what `os.time` counts from.
    ///
    /// # Errors
    /// The files do not run a second time within their limits.
    pub fn hooks(&self, origin_ns: i64) -> Result<Box<dyn Script>, LoadError> {
        let again = &self.again;
        let session = loader::session(&again.request, again.folder.replay(), again.seed)?;
        let (vm, scenario) = loader::run(&session, &again.entry)?;
        let plan = Rc::new(self.plan.clone());
        let hooks = Hooks::new(vm, &scenario, &plan, origin_ns, again.entry.clone())
            .map_err(|error| LoadError::of(super::fault::from_lua(&error, &session.folder)))?;
        Ok(Box::new(hooks))
    }
}

impl Hooks {
    fn new(vm: Vm, scenario: &Made, plan: &Rc<Plan>, origin_ns: i64, entry: String) -> mlua::Result<Self> {
        let on = scenario.map("on");
        let functions = Hook::ALL.into_iter().filter_map(|hook| match on?.get(hook.name()) {
            Some(Checked::Function(function)) => Some((hook, function.clone())),
            _ => None,
        });
        let functions = functions.collect();
        let RoutineMade { routine, lib } = Routine::make(vm, plan, &[RUN, SHARED, HUB, PROM], entry, origin_ns)?;
        let make_run: Function = lib.raw_get("make_run")?;
        let run = make_run.call(())?;
        routine.limit_memory("hooks have")?;
        Ok(Self { functions, enter: lib.raw_get("enter")?, run, hook: Hook::Setup, routine })
    }

    fn turn(&self, step: Step) -> HookTurn {
        match step {
            Step::Done => Turn::Done,
            Step::Asks(UserAsk::OfRun(ask)) => Turn::Asks(ask),
            Step::Asks(_) => self.failed("it asked for what only users can"),
            Step::Raised(failure) => self.failed(&format!("error: {failure}")),
            Step::Failed(why) if self.routine.is_ended() => {
                self.failed(&format!("{why}\nno hook of this run is called any more"))
            }
            Step::Failed(why) => self.failed(&why),
        }
    }

    fn failed(&self, why: &str) -> HookTurn {
        Turn::Failed(ScriptFault { message: clip(&format!("on.{}: {why}", self.hook.name())) })
    }
}

impl Script for Hooks {
    fn begin(&mut self, view: &RunView, call: &HookCall<'_>) -> HookTurn {
        self.hook = call.hook();
        let function = self.functions.get(&self.hook).filter(|_| !self.routine.is_ended());
        let Some(function) = function.cloned() else {
            self.routine.forget();
            return Turn::Done;
        };
        let lua = &self.routine.vm.lua;
        let task = match call {
            HookCall::TaskDone(id, record, node) => match task(lua, id, record, *node) {
                Ok(task) => Value::Table(task),
                Err(error) => return self.failed(&error.to_string()),
            },
            _ => Value::Nil,
        };
        let step = self.routine.begin(view, &self.enter, (function, self.run.clone(), task));
        self.turn(step)
    }

    fn waits_at(&self) -> Option<CallSite> {
        self.routine.waits_at()
    }

    fn resume(&mut self, view: &RunView, answer: Result<RunAnswer, Failure>) -> HookTurn {
        let step = self.routine.resume(view, answer.map(UserAnswer::OfRun));
        self.turn(step)
    }

    fn take_actions(&mut self) -> Vec<HookAction> {
        self.routine.take_actions()
    }
}

/// A task as a frozen table.
pub(super) fn task(lua: &Lua, id: &str, record: &TaskRecord, node: Option<&str>) -> mlua::Result<Table> {
    let task = lua.create_table_with_capacity(0, TASK_FIELDS.len())?;
    task.raw_set("id", id)?;
    task.raw_set("notebook", record.notebook.as_str())?;
    task.raw_set("hub", record.target.as_str())?;
    task.raw_set("account", record.account.as_str())?;
    task.raw_set("node", node)?;
    task.raw_set("outcome", record.outcome.name())?;
    task.raw_set("duration_s", record.service_ns() as f64 / 1e9)?;
    task.raw_set("response_s", record.response_ns() as f64 / 1e9)?;
    task.raw_set("cells", record.cells)?;
    if let Some(failure) = &record.failure {
        let error = lua.create_table()?;
        error.raw_set("kind", failure.outcome.name())?;
        error.raw_set("message", clip(&failure.message))?;
        error.raw_set("cell", record.failed_cell)?;
        task.raw_set("error", strict_table(lua, error, StrictKind::Fields("task.error"), TASK_ERROR_FIELDS)?)?;
    }
    strict_table(lua, task, StrictKind::Fields("task"), TASK_FIELDS)
}

/// `run` in the hands of hooks.
struct Run(Rc<Shared>);

impl UserData for Run {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("mark", |_, this, text: String| {
            this.0.add(HookAction::Mark(clip(&text)), None);
            Ok(())
        });
        methods.add_method("stop", |_, this, reason: String| {
            this.0.add(HookAction::Stop(clip(&reason)), None);
            Ok(())
        });
        methods.add_meta_method(MetaMethod::Index, |lua, this, key: Value| {
            let word = key.to_string()?;
            let view = this.0.view.borrow();
            use mlua::IntoLua;
            match word.as_str() {
                "id" => view.run.as_str().into_lua(lua),
                "elapsed_s" => view.elapsed_s.into_lua(lua),
                "generation" => view.generation.into_lua(lua),
                "users" => view.users.into_lua(lua),
                "simulated" => view.simulated.into_lua(lua),
                "log" => Log(this.0.clone()).into_lua(lua),
                _ => Err(unknown("run", &word, RUN_FIELDS.iter().map(|field| field.0).chain(run_words()))),
            }
        });
        frozen(methods, "run");
    }
}

/// `run.log` in the hands of hooks.
struct Log(Rc<Shared>);

impl UserData for Log {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        for level in Level::ALL {
            methods.add_method(level.name(), move |lua, this, (text, fields): (String, Option<Value>)| {
                this.0.log(lua, level, &text, log_fields(level, fields)?);
                Ok(())
            });
        }
        methods.add_meta_method(MetaMethod::Index, |_, _, key: Value| -> mlua::Result<()> {
            Err(unknown("run.log", &key.to_string()?, Level::ALL.into_iter().map(Level::name)))
        });
        frozen(methods, "run.log");
    }
}

/// What the author gave beside a line's text: plain data by name.
fn log_fields(level: Level, fields: Option<Value>) -> mlua::Result<Map<String, Json>> {
    let wrong = |why: String| {
        let hint = "run.log:info(\"slow spawn\", { account = user.account, took_s = 31.5 })";
        Error::runtime(format!("wrong call of run.log:{}: {why}\nhint: {hint}", level.name()))
    };
    let Some(fields) = fields.filter(|fields| !fields.is_nil()) else { return Ok(Map::new()) };
    match to_json(&fields).map_err(&wrong)? {
        Json::Object(fields) if Json::Object(fields.clone()).to_string().len() > TEXT_MAX => {
            Err(wrong(format!("its fields take more than {} KiB as JSON", TEXT_MAX >> 10)))
        }
        Json::Object(fields) => Ok(fields),
        _ => Err(wrong("wanted a table of values by name after the text".to_owned())),
    }
}

pub(super) fn frozen<T, M: UserDataMethods<T>>(methods: &mut M, name: &'static str) {
    methods.add_meta_method(MetaMethod::NewIndex, move |_, _, (_, _): (Value, Value)| -> mlua::Result<()> {
        Err(Error::runtime(format!("{name} cannot be changed")))
    });
}

pub(super) fn unknown<'k>(of: &str, word: &str, known: impl Iterator<Item = &'k str>) -> Error {
    Error::runtime(format!("unknown field {word:?} of {of}\nhint: {}", suggest::hint(word, known)))
}
