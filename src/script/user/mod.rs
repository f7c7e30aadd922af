//! Users of the author's own: each has a VM that ran the scenario's files once more, and its functions run there as coroutines.

mod answer;
mod ask;

pub(super) use answer::value;

use super::fault::{LoadError, from_lua};
use super::hm::Random;
use super::limits::clip;
use super::loader::{self, Again, Loaded};
use super::routine::{Made as RoutineMade, Raised, Routine, Step};
use super::schema::{HUB, KERNEL, KERNEL_FIELDS, PROM, RUN, SHARED, USER, USER_FIELDS, calls, names};
use super::session::Session;
use super::value::{Checked, Made, from_json, to_json};
use super::vm::{StrictKind, Ticker, Vm, strict_table};
use crate::event::{Failure, Outcome};
use crate::plan::{GpuName, GpuRef, Plan, UserFunction};
use crate::port::{
    CallSite, HookAction, RunView, ScriptFault, Turn, UserAnswer, UserCode, UserFacts, UserFault, UserScripts,
};
use mlua::{Error, Function, Lua, Table, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Most bytes of `user.data`, as JSON.
const DATA_MAX: usize = 256 << 10;
/// Calls that `user.lua` makes itself, with arguments or results of its own.
const OWN_CALLS: &[&str] = &["open_kernel", "run", "step", "try"];

impl Loaded {
    /// Makes what runs the scenario's own users. `origin_ns` is the wall time at which the run's clock began, nanoseconds since 1970.
    ///
    /// # Errors
    /// The clock of the scripts cannot be had.
    pub fn users(&self, origin_ns: i64) -> Result<Rc<dyn UserScripts>, LoadError> {
        let ticker = loader::ticker()?;
        Ok(Rc::new(Scripts { again: self.again.clone(), plan: Rc::new(self.plan.clone()), ticker, origin_ns }))
    }
}

/// What makes the VMs of users.
struct Scripts {
    again: Again,
    plan: Rc<Plan>,
    /// One for all: their VMs run one at a time.
    ticker: Rc<Ticker>,
    origin_ns: i64,
}

impl UserScripts for Scripts {
    fn user(&self, facts: &UserFacts, data: Option<&str>) -> Result<Box<dyn UserCode>, ScriptFault> {
        let again = &self.again;
        let session = loader::session_with(&again.request, again.folder.replay(), again.seed, &self.ticker);
        let fault = |error: LoadError| ScriptFault { message: clip(&error.to_string()) };
        let (vm, scenario) = loader::run(&session, &again.entry).map_err(fault)?;
        let code = Code::new(vm, &scenario, self, facts, data);
        match code {
            Ok(code) => Ok(Box::new(code)),
            Err(error) => Err(fault(LoadError::of(from_lua(&error, &session.folder)))),
        }
    }
}

/// The code of one user.
struct Code {
    routine: Routine,
    functions: BTreeMap<UserFunction, Function>,
    enter: Function,
    get_data: Function,
    set_data: Function,
    function: UserFunction,
    kind: String,
    id: String,
    data: Rc<str>,
}

impl Code {
    fn new(vm: Vm, scenario: &Made, scripts: &Scripts, facts: &UserFacts, data: Option<&str>) -> mlua::Result<Self> {
        let user = scenario.map("users").and_then(|users| match users.get(&facts.kind) {
            Some(Checked::Made(made)) => Some(Rc::clone(made)),
            _ => None,
        });
        let function = |function: &UserFunction| match user.as_ref()?.get(function.name()) {
            Some(Checked::Function(code)) => Some((*function, code.clone())),
            _ => None,
        };
        let functions = UserFunction::ALL.iter().filter_map(function).collect();
        let entry = scripts.again.entry.clone();
        let RoutineMade { routine, lib } =
            Routine::make(vm, &scripts.plan, &[USER, KERNEL, RUN, SHARED, HUB, PROM], entry, scripts.origin_ns)?;
        let shim = shim(&routine.vm.lua, &routine.vm.session, &lib, facts)?;
        routine.limit_memory("a user has")?;
        let mut code = Self {
            functions,
            enter: shim.get("enter")?,
            get_data: shim.get("get_data")?,
            set_data: shim.get("set_data")?,
            function: UserFunction::Start,
            kind: facts.kind.clone(),
            id: facts.id.clone(),
            data: data.unwrap_or("{}").into(),
            routine,
        };
        code.restore_data()?;
        Ok(code)
    }

    /// Puts `user.data` back to what it was when a function last ended well.
    fn restore_data(&mut self) -> mlua::Result<()> {
        let data = serde_json::from_str(&self.data).map_err(Error::external)?;
        self.set_data.call(from_json(&self.routine.vm.lua, &data)?)
    }

    fn turn(&mut self, step: Step) -> Turn {
        match step {
            Step::Asks(ask) => Turn::Asks(ask),
            Step::Raised(failure) => Turn::Failed(UserFault { failure, ended: false }),
            Step::Failed(why) => self.failed(&why),
            Step::Done => self.done(),
        }
    }

    fn done(&mut self) -> Turn {
        match self.keep_data() {
            Ok(()) => Turn::Done,
            Err(why) => {
                let restored = self.restore_data();
                let more = restored.err().map(|error| format!("\n{error}")).unwrap_or_default();
                self.failed(&format!("error: user.data cannot be kept: {why}; it stays as it was{more}"))
            }
        }
    }

    /// Looks at `user.data` and notes it for a later VM.
    fn keep_data(&mut self) -> Result<(), String> {
        let value: Value = self.get_data.call(()).map_err(|error| error.to_string())?;
        let text = match value {
            Value::Nil => "null".to_owned(),
            value => to_json(&value)?.to_string(),
        };
        if text.len() > DATA_MAX {
            return Err(format!("it has {} KiB as JSON, and at most {} KiB can be", text.len() >> 10, DATA_MAX >> 10));
        }
        if *text != *self.data {
            self.data = text.into();
        }
        Ok(())
    }

    /// The function ended by an error of its own.
    fn failed(&self, why: &str) -> Turn {
        let message = format!("users.{}.{}: {why}", self.kind, self.function.name());
        let failure = Failure::new(Outcome::ScriptError, clip(&message));
        Turn::Failed(UserFault { failure, ended: self.routine.is_ended() })
    }
}

impl UserCode for Code {
    fn begin(&mut self, view: &RunView, function: UserFunction, iteration: u64) -> Turn {
        self.function = function;
        let Some(code) = self.functions.get(&function).cloned() else {
            self.routine.forget();
            return Turn::Done;
        };
        let session = &self.routine.vm.session;
        let stream = format!("users/{}#{iteration}.{}", self.id, function.name());
        session.reseed(&stream);
        let random = Random::new(session, &format!("{stream}/random"));
        let iteration = (iteration > 0).then_some(iteration);
        let step = self.routine.begin(view, &self.enter, (code, iteration, random));
        self.turn(step)
    }

    fn waits_at(&self) -> Option<CallSite> {
        self.routine.waits_at()
    }

    fn resume(&mut self, view: &RunView, answer: Result<UserAnswer, Failure>) -> Turn {
        let step = self.routine.resume(view, answer);
        self.turn(step)
    }

    fn take_actions(&mut self) -> Vec<HookAction> {
        self.routine.take_actions()
    }

    fn data(&self) -> Rc<str> {
        Rc::clone(&self.data)
    }
}

/// Loads `user.lua` with what it needs.
fn shim(lua: &Lua, session: &Rc<Session>, lib: &Table, facts: &UserFacts) -> mlua::Result<Table> {
    lib.raw_set(
        "outcome_of",
        lua.create_function(|_, value: Value| {
            let raised = value.as_userdata().and_then(|data| data.borrow::<Raised>().ok());
            Ok(raised.map_or(Outcome::ScriptError, |raised| raised.failure.outcome).name())
        })?,
    )?;
    let table = |words: Vec<&'static str>| lua.create_sequence_from(words);
    let simple = |words: Vec<&'static str>| words.into_iter().filter(|word| !OWN_CALLS.contains(word)).collect();
    let words = lua.create_table()?;
    words.raw_set("user_calls", table(simple(calls(USER)))?)?;
    words.raw_set("kernel_calls", table(calls(KERNEL))?)?;
    words.raw_set("user", table([calls(USER), names(USER_FIELDS)].concat())?)?;
    words.raw_set("kernel", table([calls(KERNEL), names(KERNEL_FIELDS)].concat())?)?;
    let who = lua.create_table()?;
    who.raw_set("id", facts.id.as_str())?;
    who.raw_set("hub", facts.target.as_str())?;
    who.raw_set("account", facts.account.as_str())?;
    who.raw_set("node", facts.node.as_deref())?;
    who.raw_set("gpus", gpus(lua, &facts.gpus)?)?;
    let shim = lua.load(include_str!("user.lua")).set_name("=hubmark");
    let made = session.guard.run(session.limits.hook_time, || shim.call((lib.clone(), words, who)));
    made.unwrap_or_else(|breach| Err(Error::runtime(breach.to_string())))
}

/// GPUs as a frozen list of frozen tables.
fn gpus(lua: &Lua, of: &[GpuRef]) -> mlua::Result<Table> {
    let list = lua.create_table()?;
    for gpu in of {
        let (index, uuid) = match &gpu.gpu {
            GpuName::Index(index) => (Some(*index), None),
            GpuName::Uuid(uuid) => (None, Some(uuid.as_str())),
        };
        let row = lua.create_table()?;
        row.raw_set("node", gpu.node.as_str())?;
        row.raw_set("index", index)?;
        row.raw_set("uuid", uuid)?;
        list.raw_push(strict_table(lua, row, StrictKind::Fields("gpu"), &["index", "uuid"])?)?;
    }
    list.set_readonly(true);
    Ok(list)
}
