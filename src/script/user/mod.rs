//! Users of the author's own: each has a VM that ran the scenario's files once more, and its functions run there as coroutines.
//!
//! A call on `user` checks its arguments, leaves a [`UserAsk`] and yields; the engine does what is asked and resumes with the answer
//! (`docs/adr/0240-users-code-asks.md`). Each time between two yields is one slice of the guard.

mod answer;
mod ask;
mod failure;

use super::fault::{LoadError, author_text, breach_fault, from_lua};
use super::hm::Random;
use super::hooks::Shared;
use super::limits::clip;
use super::loader::{self, Again, Loaded};
use super::schema::{KERNEL, KERNEL_FIELDS, USER, USER_FIELDS, calls, names};
use super::session::{RunTime, Session, site};
use super::suggest;
use super::value::{Checked, Made, from_json, to_json};
use super::vm::{PRIMITIVES, StrictKind, Ticker, Vm, key_text, strict_table};
use crate::event::{Failure, Outcome};
use crate::plan::{GpuName, GpuRef, Plan, UserFunction};
use crate::port::{
    CallSite, HookAction, RunView, ScriptFault, Turn, UserAnswer, UserAsk, UserCode, UserFacts, UserFault, UserScripts,
};
use ask::Call;
use failure::Raised;
use mlua::thread::ThreadStatus;
use mlua::{Error, Function, IntoLuaMulti, Lua, MultiValue, Table, Thread, Value};
use std::cell::RefCell;
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
        let fault = |error: LoadError| ScriptFault { message: clip(&error.to_string()), said: vec![] };
        let (vm, scenario) = loader::run(&session, &again.entry).map_err(fault)?;
        let code = Code::new(vm, &scenario, self, facts, data);
        match code {
            Ok(code) => Ok(Box::new(code)),
            Err(error) => Err(fault(LoadError::of(from_lua(&error, &session.folder)))),
        }
    }
}

/// What a user's code asked last, and the line where it did.
struct Asked {
    ask: UserAsk,
    call: &'static str,
    /// File and line as Lua writes them, for errors of the code.
    place: String,
}

/// The code of one user.
struct Code {
    vm: Vm,
    functions: BTreeMap<UserFunction, Function>,
    shared: Rc<Shared>,
    run: Value,
    enter: Function,
    get_data: Function,
    set_data: Function,
    asked: Rc<RefCell<Option<Asked>>>,
    /// The coroutine that is under way, what it runs, and what it waits for.
    thread: Option<Thread>,
    function: UserFunction,
    waits: Option<Asked>,
    kind: String,
    id: String,
    entry: String,
    origin_ns: i64,
    data: Rc<str>,
    ended: bool,
}

impl Code {
    fn new(vm: Vm, scenario: &Made, scripts: &Scripts, facts: &UserFacts, data: Option<&str>) -> mlua::Result<Self> {
        let session = Rc::clone(&vm.session);
        let user = scenario.map("users").and_then(|users| match users.get(&facts.kind) {
            Some(Checked::Made(made)) => Some(Rc::clone(made)),
            _ => None,
        });
        let function = |function: &UserFunction| match user.as_ref()?.get(function.name()) {
            Some(Checked::Function(code)) => Some((*function, code.clone())),
            _ => None,
        };
        let functions = UserFunction::ALL.iter().filter_map(function).collect();
        let shared = Shared::new();
        let run = shared.run(&vm.lua)?;
        *session.hooks.borrow_mut() = Some(Rc::clone(&shared));
        let asked = Rc::new(RefCell::new(None));
        let shim = shim(&vm.lua, &session, &scripts.plan, &asked, facts)?;
        vm.lua.gc_collect()?;
        let most = session.limits.hook_memory_bytes;
        if vm.lua.used_memory() > most {
            return Err(Error::runtime(format!("the scenario keeps more than the {} MiB that a user has", most >> 20)));
        }
        session.guard.set_memory(&vm.lua, most)?;
        let mut code = Self {
            functions,
            shared,
            run,
            enter: shim.get("enter")?,
            get_data: shim.get("get_data")?,
            set_data: shim.get("set_data")?,
            asked,
            thread: None,
            function: UserFunction::Start,
            waits: None,
            kind: facts.kind.clone(),
            id: facts.id.clone(),
            entry: scripts.again.entry.clone(),
            origin_ns: scripts.origin_ns,
            data: data.unwrap_or("{}").into(),
            ended: false,
            vm,
        };
        code.restore_data()?;
        Ok(code)
    }

    /// Puts `user.data` back to what it was when a function last ended well.
    fn restore_data(&mut self) -> mlua::Result<()> {
        let data = serde_json::from_str(&self.data).map_err(Error::external)?;
        self.set_data.call(from_json(&self.vm.lua, &data)?)
    }

    /// Runs the code until it asks for something, or ends.
    fn advance(&mut self, view: &RunView, arguments: impl IntoLuaMulti) -> Turn {
        let session = Rc::clone(&self.vm.session);
        self.shared.see(view);
        session.time.set(Some(RunTime { elapsed_s: view.elapsed_s, origin_ns: self.origin_ns }));
        let Some(thread) = self.thread.clone().filter(|_| !self.ended) else {
            return self.failed("its code was ended by a limit".to_owned());
        };
        let ran = session.guard.run(session.limits.hook_time, || thread.resume::<MultiValue>(arguments));
        match ran {
            Err(breach) => {
                self.ended = true;
                self.failed(breach_fault(breach, &self.entry, &session.folder).to_string())
            }
            Ok(Err(error)) => self.failed(author_text(&error, &session.folder)),
            Ok(Ok(values)) if thread.status() == ThreadStatus::Finished => self.finished(values.front()),
            Ok(Ok(_)) => match self.asked.take() {
                Some(asked) => {
                    let ask = asked.ask.clone();
                    self.waits = Some(asked);
                    Turn::Asks(ask)
                }
                None => self.failed("it yielded without asking for anything".to_owned()),
            },
        }
    }

    fn finished(&mut self, raised: Option<&Value>) -> Turn {
        self.thread = None;
        if let Some(Value::UserData(data)) = raised
            && let Ok(raised) = data.borrow::<Raised>()
        {
            return Turn::Failed(UserFault { failure: raised.placed(), ended: false });
        }
        match self.keep_data() {
            Ok(()) => Turn::Done,
            Err(why) => {
                let restored = self.restore_data();
                let more = restored.err().map(|error| format!("\n{error}")).unwrap_or_default();
                self.failed(format!("error: user.data cannot be kept: {why}; it stays as it was{more}"))
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
    fn failed(&mut self, why: String) -> Turn {
        self.thread = None;
        let message = format!("users.{}.{}: {why}", self.kind, self.function.name());
        Turn::Failed(UserFault { failure: Failure::new(Outcome::ScriptError, clip(&message)), ended: self.ended })
    }

    /// What the coroutine is resumed with: a problem, or nil and the answer.
    fn reply(&self, asked: &Asked, answer: Result<UserAnswer, Failure>) -> mlua::Result<(Value, Value)> {
        let lua = &self.vm.lua;
        match answer {
            Ok(answer) => Ok((Value::Nil, answer::value(lua, &asked.ask, &answer)?)),
            Err(failure) if failure.outcome == Outcome::ScriptError => {
                let text = format!("{}: {}: {}", asked.place, asked.call, failure.message);
                Ok((Value::String(lua.create_string(text)?), Value::Nil))
            }
            Err(failure) => {
                let raised = Raised { failure, call: asked.call, place: self.shown(asked) };
                Ok((Value::UserData(lua.create_userdata(raised)?), Value::Nil))
            }
        }
    }

    /// The author's file and line as they are shown.
    fn shown(&self, asked: &Asked) -> String {
        match asked.place.split_once(':') {
            Some((chunk, line)) => format!("{}:{line}", self.vm.session.folder.shown(chunk)),
            None => asked.place.clone(),
        }
    }
}

impl UserCode for Code {
    fn begin(&mut self, view: &RunView, function: UserFunction, iteration: u64) -> Turn {
        self.function = function;
        (self.thread, self.waits) = (None, None);
        self.asked.take();
        let Some(code) = self.functions.get(&function).cloned() else { return Turn::Done };
        let session = &self.vm.session;
        let stream = format!("users/{}#{iteration}.{}", self.id, function.name());
        session.reseed(&stream);
        let random = Random::new(session, &format!("{stream}/random"));
        match self.vm.lua.create_thread(self.enter.clone()) {
            Ok(thread) => self.thread = Some(thread),
            Err(error) => return self.failed(error.to_string()),
        }
        let iteration = (iteration > 0).then_some(iteration);
        let run = self.run.clone();
        self.advance(view, (code, iteration, random, run))
    }

    fn waits_at(&self) -> Option<CallSite> {
        self.waits.as_ref().map(|asked| CallSite { call: asked.call, place: self.shown(asked) })
    }

    fn resume(&mut self, view: &RunView, answer: Result<UserAnswer, Failure>) -> Turn {
        let Some(asked) = self.waits.take() else {
            return self.failed("an answer came that nobody asked for".to_owned());
        };
        match self.reply(&asked, answer) {
            Ok(reply) => self.advance(view, reply),
            Err(error) => {
                // The answer does not fit into the user's memory.
                self.vm.session.guard.note(&error);
                self.ended = self.vm.session.guard.breach().is_some();
                let why = author_text(&error, &self.vm.session.folder);
                self.failed(format!("{}: {}: the answer cannot be given: {why}", asked.place, asked.call))
            }
        }
    }

    fn take_actions(&mut self) -> Vec<HookAction> {
        self.shared.take(&self.vm.session.folder)
    }

    fn data(&self) -> Rc<str> {
        Rc::clone(&self.data)
    }
}

/// Loads `user.lua` with what it needs.
fn shim(
    lua: &Lua,
    session: &Rc<Session>,
    plan: &Rc<Plan>,
    asked: &Rc<RefCell<Option<Asked>>>,
    facts: &UserFacts,
) -> mlua::Result<Table> {
    let lib: Table = lua.named_registry_value(PRIMITIVES)?;
    lib.raw_set("ask", asking(lua, plan, asked)?)?;
    lib.raw_set(
        "is_failure",
        lua.create_function(|_, value: Value| Ok(value.as_userdata().is_some_and(|data| data.is::<Raised>())))?,
    )?;
    lib.raw_set(
        "outcome_of",
        lua.create_function(|_, value: Value| {
            let raised = value.as_userdata().and_then(|data| data.borrow::<Raised>().ok());
            Ok(raised.map_or(Outcome::ScriptError, |raised| raised.failure.outcome).name())
        })?,
    )?;
    lib.raw_set(
        "unknown",
        lua.create_function(|_, (of, known, key): (String, Vec<String>, Value)| -> mlua::Result<Value> {
            let word = key_text(&key);
            // A known field without a value, such as `iteration` outside of iterations.
            if known.contains(&word) {
                return Ok(Value::Nil);
            }
            let hint = suggest::hint(&word, known.iter().map(String::as_str));
            Err(Error::runtime(format!("unknown field {word:?} of {of}\nhint: {hint}")))
        })?,
    )?;
    let main = Rc::clone(session);
    lib.raw_set(
        "set_main",
        lua.create_function(move |_, thread: Thread| {
            main.main.set(thread.to_pointer() as usize);
            Ok(())
        })?,
    )?;
    lib.raw_set(
        "freeze",
        lua.create_function(|_, table: Table| {
            table.set_readonly(true);
            Ok(())
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
    let made = session.guard.run(session.limits.hook_time, || shim.call((lib, words, who)));
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

/// The function that checks a call and leaves what it asks for.
fn asking(lua: &Lua, plan: &Rc<Plan>, asked: &Rc<RefCell<Option<Asked>>>) -> mlua::Result<Function> {
    let (plan, asked) = (Rc::clone(plan), Rc::clone(asked));
    lua.create_function(move |lua, (name, arguments): (String, MultiValue)| {
        let Some(call) = USER.iter().chain(KERNEL).map(|function| function.name).find(|call| *call == name) else {
            return Err(Error::runtime(format!("unknown call {name:?}")));
        };
        let place = site(lua).map_or_else(String::new, |site| format!("{}:{}", site.chunk, site.line));
        let ask = Call { plan: &plan, name: call, arguments, place: &place }.ask()?;
        *asked.borrow_mut() = Some(Asked { ask, call, place });
        Ok(())
    })
}
