//! How the author's functions run, of users and hooks alike: a function is a coroutine of its VM, and whatever it has to wait for is a
//! question that the engine answers.
//!
//! A call that waits checks its arguments, leaves what it asks for and yields; the engine does it and resumes with the answer
//! (`docs/adr/0240-users-code-asks.md`). Each time between two yields is one slice of the guard.

mod answer;
mod ask;
mod call;
mod failure;

pub(super) use answer::value;
pub(super) use call::{Call, data, duration, text};
pub(super) use failure::Raised;

use super::fault::{author_text, breach_fault};
use super::hooks::Shared;
use super::schema::{Function as Word, HUB, PROM, Row, SHARED, calls, gpu_fields, host_fields};
use super::session::{RunTime, Session, site};
use super::suggest;
use super::user;
use super::vm::{PRIMITIVES, Vm, key_text};
use crate::event::{Failure, Outcome};
use crate::plan::Plan;
use crate::port::{CallSite, HookAction, RunView, UserAnswer, UserAsk};
use mlua::thread::ThreadStatus;
use mlua::{Error, Function, IntoLuaMulti, Lua, MultiValue, Table, Thread, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// What a function asked last, and the line where it did.
pub(super) struct Asked {
    pub(super) ask: UserAsk,
    call: &'static str,
    /// File and line as Lua writes them, for errors of the code.
    place: String,
}

/// How far a function came.
pub(super) enum Step {
    /// It waits for the answer to this.
    Asks(UserAsk),
    /// It returned.
    Done,
    /// It ended by a failure that it did not catch.
    Raised(Failure),
    /// It ended by an error of its own, in words.
    Failed(String),
}

/// The functions of one VM, one of which runs at a time.
pub(super) struct Routine {
    pub(super) vm: Vm,
    shared: Rc<Shared>,
    asked: Rc<RefCell<Option<Asked>>>,
    /// The coroutine that is under way, and what it waits for.
    thread: Option<Thread>,
    waits: Option<Asked>,
    entry: String,
    origin_ns: i64,
    ended: bool,
}

/// A routine, and what hubmark's own Lua in its VM works with.
pub(super) struct Made {
    pub(super) routine: Routine,
    pub(super) lib: Table,
}

impl Routine {
    /// A VM whose functions may ask for these words. `origin_ns` is the wall time at which the run's clock began, nanoseconds since 1970.
    pub(super) fn make(
        vm: Vm,
        plan: &Rc<Plan>,
        words: &'static [&'static [Word]],
        entry: String,
        origin_ns: i64,
    ) -> mlua::Result<Made> {
        let shared = Shared::new();
        *vm.session.hooks.borrow_mut() = Some(Rc::clone(&shared));
        let asked = Rc::new(RefCell::new(None));
        let lib = lib(&vm.lua, &vm.session, plan, words, &asked)?;
        let record = shared.run(&vm.lua)?;
        let shim = vm.lua.load(include_str!("run.lua")).set_name("=hubmark");
        let session = Rc::clone(&vm.session);
        let made: mlua::Result<Table> = session
            .guard
            .run(session.limits.hook_time, || shim.call((lib.clone(), run_words(&vm.lua)?, record)))
            .unwrap_or_else(|breach| Err(Error::runtime(breach.to_string())));
        made?.for_each(|name: String, value: Value| lib.raw_set(name, value))?;
        let routine = Self { vm, shared, asked, thread: None, waits: None, entry, origin_ns, ended: false };
        Ok(Made { routine, lib })
    }

    /// Holds the VM to the memory that the code of a run may have. `whose` has it.
    pub(super) fn limit_memory(&self, whose: &str) -> mlua::Result<()> {
        let Vm { lua, session, .. } = &self.vm;
        lua.gc_collect()?;
        let most = session.limits.hook_memory_bytes;
        if lua.used_memory() > most {
            return Err(Error::runtime(format!("the scenario keeps more than the {} MiB that {whose}", most >> 20)));
        }
        session.guard.set_memory(lua, most)
    }

    /// Begins a function; what an earlier one still waited for is forgotten.
    pub(super) fn begin(&mut self, view: &RunView, enter: &Function, arguments: impl IntoLuaMulti) -> Step {
        self.forget();
        match self.vm.lua.create_thread(enter.clone()) {
            Ok(thread) => self.thread = Some(thread),
            Err(error) => return Step::Failed(error.to_string()),
        }
        self.advance(view, arguments)
    }

    /// Forgets a function that still waits for something.
    pub(super) fn forget(&mut self) {
        (self.thread, self.waits) = (None, None);
        self.asked.take();
    }

    /// Goes on with the answer.
    pub(super) fn resume(&mut self, view: &RunView, answer: Result<UserAnswer, Failure>) -> Step {
        let Some(asked) = self.waits.take() else {
            return self.failed("an answer came that nobody asked for".to_owned());
        };
        match self.reply(&asked, answer) {
            Ok(reply) => self.advance(view, reply),
            Err(error) => {
                // The answer does not fit into the VM's memory.
                self.vm.session.guard.note(&error);
                self.ended = self.vm.session.guard.breach().is_some();
                let why = author_text(&error, &self.vm.session.folder);
                self.failed(format!("{}: {}: the answer cannot be given: {why}", asked.place, asked.call))
            }
        }
    }

    /// Whether a limit has ended the VM.
    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// The call whose answer it waits for.
    pub(super) fn waits_at(&self) -> Option<CallSite> {
        self.waits.as_ref().map(|asked| CallSite { call: asked.call, place: self.shown(asked) })
    }

    /// What the code asked of the run since the last call of this.
    pub(super) fn take_actions(&self) -> Vec<HookAction> {
        self.shared.take(&self.vm.session.folder)
    }

    fn advance(&mut self, view: &RunView, arguments: impl IntoLuaMulti) -> Step {
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
            Ok(Ok(values)) if thread.status() == ThreadStatus::Finished => {
                self.thread = None;
                match values.front() {
                    Some(Value::UserData(data)) => match data.borrow::<Raised>() {
                        Ok(raised) => Step::Raised(raised.placed()),
                        Err(_) => Step::Done,
                    },
                    _ => Step::Done,
                }
            }
            Ok(Ok(_)) => match self.asked.take() {
                Some(asked) => {
                    let ask = asked.ask.clone();
                    self.waits = Some(asked);
                    Step::Asks(ask)
                }
                None => self.failed("it yielded without asking for anything".to_owned()),
            },
        }
    }

    fn failed(&mut self, why: String) -> Step {
        self.thread = None;
        Step::Failed(why)
    }

    /// What the coroutine is resumed with: a problem, or nil and the answer.
    fn reply(&self, asked: &Asked, answer: Result<UserAnswer, Failure>) -> mlua::Result<(Value, Value)> {
        let lua = &self.vm.lua;
        match answer {
            Ok(answer) => Ok((Value::Nil, user::value(lua, &asked.ask, &answer)?)),
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

/// What `run.lua` and `user.lua` work with.
fn lib(
    lua: &Lua,
    session: &Rc<Session>,
    plan: &Rc<Plan>,
    words: &'static [&'static [Word]],
    asked: &Rc<RefCell<Option<Asked>>>,
) -> mlua::Result<Table> {
    let lib: Table = lua.named_registry_value(PRIMITIVES)?;
    lib.raw_set("ask", asking(lua, plan, words, asked)?)?;
    let of = Rc::clone(plan);
    lib.raw_set(
        "name_known",
        lua.create_function(move |_, (name, arguments): (String, MultiValue)| {
            let name = if name == "run:prom" { "run:prom" } else { "run:hub" };
            ask::name_known(&of, name, Call { plan: &of, name, arguments, place: "" })
        })?,
    )?;
    lib.raw_set(
        "is_failure",
        lua.create_function(|_, value: Value| Ok(value.as_userdata().is_some_and(|data| data.is::<Raised>())))?,
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
            Ok(table)
        })?,
    )?;
    Ok(lib)
}

/// The names of what hangs on `run`.
fn run_words(lua: &Lua) -> mlua::Result<Table> {
    let words = lua.create_table()?;
    let table = |words: Vec<&'static str>| lua.create_sequence_from(words);
    let machine = |fields: Vec<Row>| table(fields.iter().map(|row| row.0).chain(["sample"]).collect());
    words.raw_set("gpu", machine(gpu_fields())?)?;
    words.raw_set("host", machine(host_fields())?)?;
    words.raw_set("hub", table(calls(HUB))?)?;
    words.raw_set("prom", table(calls(PROM))?)?;
    words.raw_set("shared", table(calls(SHARED))?)?;
    Ok(words)
}

/// The function that checks a call and leaves what it asks for.
fn asking(
    lua: &Lua,
    plan: &Rc<Plan>,
    words: &'static [&'static [Word]],
    asked: &Rc<RefCell<Option<Asked>>>,
) -> mlua::Result<Function> {
    let (plan, asked) = (Rc::clone(plan), Rc::clone(asked));
    lua.create_function(move |lua, (name, arguments): (String, MultiValue)| {
        let mut known = words.iter().copied().flatten().map(|function| function.name);
        let Some(call) = known.find(|call| *call == name) else {
            return Err(Error::runtime(format!("unknown call {name:?}")));
        };
        let place = site(lua).map_or_else(String::new, |site| format!("{}:{}", site.chunk, site.line));
        let mut arguments = Call { plan: &plan, name: call, arguments, place: &place };
        let ask = arguments.user_ask()?;
        arguments.end()?;
        *asked.borrow_mut() = Some(Asked { ask, call, place });
        Ok(())
    })
}
