//! From the arguments of a call on `user` or `kernel` to what the engine is asked for.

use crate::event::Outcome;
use crate::plan::quantity::parse_duration;
use crate::plan::{Instrument, Plan};
use crate::port::{ServerWish, UserAsk};
use crate::script::check::Checker;
use crate::script::schema::{EXECUTE, Field, OPEN_KERNEL, RUN_NOTEBOOK, START_SERVER};
use crate::script::suggest;
use crate::script::value::{Checked, Quantity, describe};
use mlua::{Error, MultiValue, Value};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long `kernel:execute` waits where the author does not say.
const EXECUTE_TIMEOUT: Duration = Duration::from_secs(600);
/// Most bytes of code that is executed at once.
const CODE_MAX: usize = 1 << 20;

/// The arguments of one call.
pub(super) struct Call<'p> {
    pub(super) plan: &'p Plan,
    pub(super) name: &'static str,
    pub(super) arguments: MultiValue,
    /// File and line of the call, the file below the scenario's folder.
    pub(super) place: &'p str,
}

type Fields = BTreeMap<&'static str, Checked>;

impl Call<'_> {
    /// What is asked for; the error is the author's.
    pub(super) fn ask(mut self) -> mlua::Result<UserAsk> {
        let ask = match self.name {
            "user:start_server" => self.start_server()?,
            "user:stop_server" => UserAsk::StopServer,
            "user:delete" => UserAsk::Delete,
            "user:open_kernel" => {
                let spec = text(&self.options(OPEN_KERNEL)?, "spec").unwrap_or_else(|| "python3".to_owned());
                UserAsk::OpenKernel { spec }
            }
            "user:run" => self.run()?,
            "user:think" => UserAsk::Think,
            "user:sleep" => UserAsk::Sleep(self.duration()?),
            "user:pace" => UserAsk::Pace(self.duration()?),
            "user:step" => self.step()?,
            "user:put" => UserAsk::Put { path: self.path()?, bytes: self.bytes()? },
            "user:get" => UserAsk::Get { path: self.path()? },
            "user:check" => self.check()?,
            "user:metric" => self.metric()?,
            "kernel:execute" => self.execute()?,
            "kernel:interrupt" => UserAsk::Interrupt { kernel: self.kernel()? },
            "kernel:restart" => UserAsk::Restart { kernel: self.kernel()? },
            "kernel:close" => UserAsk::CloseKernel { kernel: self.kernel()? },
            _ => return Err(self.wrong("it cannot be called")),
        };
        match self.arguments.len() {
            0 => Ok(ask),
            more => Err(self.wrong(format!("{more} arguments too many"))),
        }
    }

    fn wrong(&self, why: impl std::fmt::Display) -> Error {
        Error::runtime(format!("wrong call of {}: {why}", self.name))
    }

    fn next(&mut self) -> Value {
        self.arguments.pop_front().unwrap_or(Value::Nil)
    }

    /// The optional table with fields at the end of the arguments.
    fn options(&mut self, fields: &'static [Field]) -> mlua::Result<Fields> {
        let table = match self.next() {
            Value::Nil => return Ok(Fields::new()),
            Value::Table(table) => table,
            other => return Err(self.wrong(format!("found {}, wanted a table", describe(&other)))),
        };
        let mut checker = Checker::new(self.name.to_owned());
        let checked = checker.fields(fields, &table, None);
        match checker.wrong.into_iter().next() {
            None => Ok(checked),
            Some(wrong) => {
                let hints: String = wrong.hints.iter().map(|hint| format!("\nhint: {hint}")).collect();
                Err(Error::runtime(format!("{}{hints}", wrong.heading)))
            }
        }
    }

    fn start_server(&mut self) -> mlua::Result<UserAsk> {
        let fields = self.options(START_SERVER)?;
        let mut options = data(&fields, "options");
        if let Some(profile) = text(&fields, "profile") {
            options.insert("profile".to_owned(), Json::String(profile));
        }
        Ok(UserAsk::StartServer(ServerWish {
            name: text(&fields, "name"),
            options,
            timeout: duration(&fields, "timeout"),
        }))
    }

    fn run(&mut self) -> mlua::Result<UserAsk> {
        let notebook = self.word("the key of a notebook")?;
        if !self.plan.notebooks.contains_key(&notebook) {
            let hint = suggest::hint(&notebook, self.plan.notebooks.keys().map(String::as_str));
            return Err(Error::runtime(format!("{}: unknown notebook {notebook:?}\nhint: {hint}", self.name)));
        }
        let fields = self.options(RUN_NOTEBOOK)?;
        let keep = match fields.get("keep") {
            Some(Checked::Boolean(keep)) => Some(*keep),
            _ => None,
        };
        Ok(UserAsk::Run { notebook, params: data(&fields, "params"), keep })
    }

    fn execute(&mut self) -> mlua::Result<UserAsk> {
        let kernel = self.kernel()?;
        let code = self.word("code as a text")?;
        if code.len() > CODE_MAX {
            return Err(self.wrong("the code is over 1 MiB"));
        }
        let timeout = duration(&self.options(EXECUTE)?, "timeout").unwrap_or(EXECUTE_TIMEOUT);
        Ok(UserAsk::Execute { kernel, code, timeout, place: self.place.to_owned() })
    }

    fn kernel(&mut self) -> mlua::Result<u32> {
        match self.next() {
            Value::Integer(number) => u32::try_from(number).map_err(|_| self.wrong("there is no such kernel")),
            Value::Number(number) => Ok(number as u32),
            _ => Err(self.wrong("wanted a kernel")),
        }
    }

    fn word(&mut self, what: &str) -> mlua::Result<String> {
        match self.next() {
            Value::String(text) => match text.to_str() {
                Ok(text) => Ok(text.to_owned()),
                Err(_) => Err(self.wrong("a text is not UTF-8")),
            },
            other => Err(self.wrong(format!("found {}, wanted {what}", describe(&other)))),
        }
    }

    /// A path below the server's root.
    fn path(&mut self) -> mlua::Result<String> {
        let path = self.word("a path on the server")?;
        let inside = path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        match inside && path.len() <= 1000 {
            true => Ok(path),
            false => Err(self.wrong(format!("{path:?} is no path below the server's root, such as \"work/data.csv\""))),
        }
    }

    fn bytes(&mut self) -> mlua::Result<Arc<[u8]>> {
        match self.next() {
            Value::String(bytes) => Ok(Arc::from(&*bytes.as_bytes())),
            other => Err(self.wrong(format!("found {}, wanted the file's content as a text", describe(&other)))),
        }
    }

    /// A name that thresholds can select by.
    fn label(&mut self) -> mlua::Result<String> {
        let name = self.word("a name")?;
        let odd = |c: char| c.is_control() || "{}=,<>/\"".contains(c);
        if name.trim().is_empty() || name.trim() != name || name.len() > 100 || name.contains(odd) {
            return Err(self.wrong(format!(
                "{name:?} is not a name\nhint: up to 100 bytes, without {{ }} = , < > / \" and without space at its ends"
            )));
        }
        Ok(name)
    }

    fn duration(&mut self) -> mlua::Result<Duration> {
        let value = self.next();
        let wanted = "wanted a duration like \"90s\"";
        match &value {
            Value::String(text) => match parse_duration(&text.to_string_lossy()) {
                Ok(duration) => Ok(duration),
                Err(error) => Err(self.wrong(error)),
            },
            Value::UserData(data) => match data.borrow::<Quantity>().ok().and_then(|quantity| quantity.as_duration()) {
                Some(duration) => Ok(duration),
                None => Err(self.wrong(format!("found {}, {wanted}", describe(&value)))),
            },
            Value::Integer(_) | Value::Number(_) => {
                let number = value.to_string()?;
                let hint = format!("hint: say in which unit: \"{number}s\"");
                Err(self.wrong(format!("found the bare number {number}, {wanted}\n{hint}")))
            }
            other => Err(self.wrong(format!("found {}, {wanted}", describe(other)))),
        }
    }

    fn step(&mut self) -> mlua::Result<UserAsk> {
        match self.word("a name")?.as_str() {
            "begin" => Ok(UserAsk::StepBegins(self.label()?)),
            _ => {
                let word = self.word("an outcome")?;
                let known = Outcome::TABLE.iter().map(|info| info.outcome).find(|outcome| outcome.name() == word);
                Ok(UserAsk::StepEnds(known.unwrap_or(Outcome::ScriptError)))
            }
        }
    }

    fn check(&mut self) -> mlua::Result<UserAsk> {
        let name = self.label()?;
        match self.next() {
            Value::Boolean(ok) => Ok(UserAsk::Check { name, ok }),
            other => Err(self.wrong(format!(
                "found {}, wanted true or false\nhint: compare it: user:check({name:?}, value ~= nil)",
                describe(&other)
            ))),
        }
    }

    fn metric(&mut self) -> mlua::Result<UserAsk> {
        let name = self.word("the name of a metric")?;
        let Some(metric) = self.plan.metrics.get(&name) else {
            let declare = format!("declare it: metrics = {{ {name} = {{ kind = \"gauge\" }} }}");
            let near = suggest::did_you_mean(&name, self.plan.metrics.keys().map(String::as_str));
            let hint = near.map_or(declare, |near| format!("did you mean {near:?}?"));
            return Err(Error::runtime(format!("{}: unknown metric {name:?}\nhint: {hint}", self.name)));
        };
        let value = match self.next() {
            Value::Integer(n) => n as f64,
            Value::Number(n) => n,
            other => return Err(self.wrong(format!("found {}, wanted a number", describe(&other)))),
        };
        if !value.is_finite() {
            return Err(self.wrong(format!("{value} is no value of a metric")));
        }
        if metric.kind == Instrument::Counter && value < 0.0 {
            return Err(self.wrong(format!("{name:?} is a counter, which cannot go down by {value}")));
        }
        Ok(UserAsk::Observe { name, value })
    }
}

fn text(fields: &Fields, name: &str) -> Option<String> {
    match fields.get(name) {
        Some(Checked::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

fn duration(fields: &Fields, name: &str) -> Option<Duration> {
    match fields.get(name) {
        Some(Checked::Duration(duration)) => Some(*duration),
        _ => None,
    }
}

fn data(fields: &Fields, name: &str) -> Map<String, Json> {
    match fields.get(name) {
        Some(Checked::Data(data)) => data.clone(),
        _ => Map::new(),
    }
}
