//! From the arguments of a call on `user` or `kernel` to what the engine is asked for.

use crate::event::Outcome;
use crate::plan::Instrument;
use crate::port::{ServerWish, UserAsk};
use crate::script::routine::{Call, data, duration, text};
use crate::script::schema::{EXECUTE, OPEN_KERNEL, RUN_NOTEBOOK, START_SERVER};
use crate::script::suggest;
use crate::script::value::{Checked, describe};
use mlua::{Error, Value};
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::Duration;

/// How long `kernel:execute` waits where the author does not say.
const EXECUTE_TIMEOUT: Duration = Duration::from_secs(600);
/// Most bytes of code that is executed at once.
const CODE_MAX: usize = 1 << 20;

impl Call<'_> {
    /// What is asked for; the error is the author's.
    pub(in crate::script) fn user_ask(&mut self) -> mlua::Result<UserAsk> {
        Ok(match self.name {
            "user:start_server" => self.start_server()?,
            "user:stop_server" => UserAsk::StopServer,
            "user:delete" => UserAsk::Delete,
            "user:open_kernel" => {
                let spec = text(&self.options(OPEN_KERNEL)?, "spec").unwrap_or_else(|| "python3".to_owned());
                UserAsk::OpenKernel { spec }
            }
            "user:run" => self.notebook()?,
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
            _ => UserAsk::OfRun(self.run_ask()?),
        })
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

    fn notebook(&mut self) -> mlua::Result<UserAsk> {
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
