//! Does what a user's code asks for.

use super::{Occasion, OwnUser, Scripts, key_of};
use crate::clock::Stream;
use crate::engine::context::Context;
use crate::engine::session::Session;
use crate::engine::task;
use crate::event::{EventKind, Failure, Ids, Notice, Outcome, TaskId};
use crate::notebook::{Answer, Message};
use crate::plan::UserFunction;
use crate::port::{CellRequest, Executed, KernelNumber, ServerWish, UserAnswer, UserAsk};
use serde_json::{Map, Value};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

/// Most calls that take no time, steps, checks and observations among them, of one run of a function.
const CALLS_MAX: u32 = 10_000;
/// What takes less takes no time.
const NO_TIME_NS: u64 = 100_000;
/// Shortest wait: a loop of waits of no time would never let time pass.
const LEAST_WAIT: Duration = Duration::from_millis(1);
/// Most bytes of a file that code reads.
const FILE_MAX: usize = 4 << 20;
/// Longest wait for a request about a kernel or a file.
const REQUEST_WITHIN: Duration = Duration::from_secs(60);
/// What came of an ask.
pub(super) enum Served {
    Answer(Result<UserAnswer, Failure>),
    /// The function was cut short.
    Cut,
    /// The function goes on and on without letting time pass; no `pcall` may keep it at that.
    Spins(Failure),
}

/// One call of a function while it goes on.
pub(super) struct Visit<'v> {
    pub(super) context: &'v Context,
    pub(super) scripts: &'v Scripts,
    pub(super) occasion: &'v Occasion,
    ids: Ids,
    think: Stream,
    /// Steps under way: name with those around it, and when it began.
    pub(super) steps: Vec<(String, u64)>,
    /// Calls so far that took no time.
    idle: u32,
    tasks: u32,
    paced_ns: u64,
}

impl<'v> Visit<'v> {
    pub(super) fn new(
        context: &'v Context,
        scripts: &'v Scripts,
        occasion: &'v Occasion,
        ids: Ids,
        think: Stream,
    ) -> Self {
        let paced_ns = occasion.started_ns;
        Self { context, scripts, occasion, ids, think, steps: vec![], idle: 0, tasks: 0, paced_ns }
    }

    /// Does what is asked for, or gives up when `cut` resolves.
    pub(super) async fn serve(
        &mut self,
        own: &mut OwnUser,
        ask: UserAsk,
        session: &mut Session,
        cut: Pin<&mut impl Future<Output = ()>>,
    ) -> Served {
        let began_ns = self.context.clock.now_ns();
        let served = self.serve_one(own, ask, session, cut).await;
        self.idle += u32::from(self.context.clock.now_ns() - began_ns < NO_TIME_NS);
        if self.idle <= CALLS_MAX {
            return served;
        }
        let function = self.occasion.function.name();
        let text = format!(
            "users.{}.{function}: over {CALLS_MAX} calls that take no time, steps, checks and metrics among them",
            own.facts.kind
        );
        Served::Spins(Failure::new(Outcome::ScriptError, text))
    }

    async fn serve_one(
        &mut self,
        own: &mut OwnUser,
        ask: UserAsk,
        session: &mut Session,
        mut cut: Pin<&mut impl Future<Output = ()>>,
    ) -> Served {
        match ask {
            UserAsk::StepBegins(_) | UserAsk::StepEnds(_) | UserAsk::Check { .. } | UserAsk::Observe { .. } => {
                Served::Answer(self.note(ask).await)
            }
            UserAsk::Run { notebook, params, keep } => self.run(own, &notebook, &params, keep, session, cut).await,
            ask => tokio::select! { biased;
                () = cut.as_mut() => Served::Cut,
                answer = self.act(own, ask, session) => Served::Answer(answer),
            },
        }
    }

    pub(super) async fn emit(&self, kind: EventKind) {
        self.context.emit.event(self.ids.clone(), kind).await;
    }

    async fn run(
        &mut self,
        own: &mut OwnUser,
        notebook: &str,
        params: &Map<String, Value>,
        keep: Option<bool>,
        session: &mut Session,
        cut: Pin<&mut impl Future<Output = ()>>,
    ) -> Served {
        let refused = |why: String| Served::Answer(Err(Failure::new(Outcome::ScriptError, why)));
        let Some(iteration) = self.occasion.iteration.clone() else {
            return refused("notebooks are executed in iterate, because a task belongs to an iteration".to_owned());
        };
        if let Err(failure) = needs_server(session) {
            return Served::Answer(Err(failure));
        }
        let documents = &self.context.documents;
        let (Some(document), Some(spec)) = (documents.get(notebook), self.context.plan.notebooks.get(notebook)) else {
            return refused(format!("there is no notebook {notebook:?}"));
        };
        // Injected values replace those that were injected before, so the plan's go along.
        let mut values = spec.params.clone();
        values.extend(params.clone());
        let document = match document.with_parameters(&values, &spec.kernel) {
            Ok(_) if params.is_empty() => Rc::clone(document),
            Ok(document) => Rc::new(document),
            Err(error) => return refused(format!("notebook {notebook:?} cannot take these parameters: {error}")),
        };
        self.tasks += 1;
        // What made the iteration late makes its tasks late.
        let late_ns = self.occasion.started_ns - self.occasion.scheduled_ns;
        let id = TaskId { iteration, k: self.tasks };
        let order = task::Order {
            id: id.clone(),
            notebook,
            document,
            scheduled_ns: self.context.clock.now_ns() - late_ns,
            keep,
            whims: &[],
        };
        match task::carry_out(self.context, order, session, cut).await {
            None => refused(format!("there is no notebook {notebook:?}")),
            Some(record) if record.outcome == Outcome::Interrupted => Served::Cut,
            Some(record) => {
                self.lost(own, session, record.outcome).await;
                let node = own.facts.node.clone();
                Served::Answer(Ok(UserAnswer::Task { id: id.to_string(), record: Box::new(record), node }))
            }
        }
    }

    /// What a failure takes with it is closed at once, so that code that goes on finds things as they are.
    async fn lost(&self, own: &mut OwnUser, session: &mut Session, outcome: Outcome) {
        if outcome.loses_server() {
            own.lose_server(self.context, session).await;
        } else if outcome.loses_kernel() {
            session.close_kernels_if(self.context, |key| !key.starts_with(super::KEY)).await;
        }
    }

    async fn act(&mut self, own: &mut OwnUser, ask: UserAsk, session: &mut Session) -> Result<UserAnswer, Failure> {
        let context = self.context;
        match ask {
            UserAsk::StartServer(wish) => self.start_server(own, &wish, session).await,
            UserAsk::StopServer => own.stop_server(context, session).await.map(|()| UserAnswer::Done),
            UserAsk::Delete => {
                if !session.hub().has_accounts() {
                    return Err(misuse("a plain server has no accounts"));
                }
                own.delete_account(context, session).await.map(|()| UserAnswer::Done)
            }
            UserAsk::OpenKernel { spec } => self.open_kernel(own, &spec, session).await,
            UserAsk::Execute { kernel, code, timeout, place } => {
                self.execute(own, kernel, &CellRequest { code, timeout, expect: None }, place, session).await
            }
            UserAsk::CloseKernel { kernel } => {
                let key = key_of(kernel);
                session.close_kernels_if(context, |other| other == key).await;
                own.lasting.remove(&kernel);
                Ok(UserAnswer::Done)
            }
            UserAsk::Think => {
                let pause = self.think.duration(&own.spec.think);
                self.wait(pause).await
            }
            UserAsk::Sleep(pause) => self.wait(pause).await,
            UserAsk::Pace(pace) => {
                let due_ns = self.paced_ns + pace.as_nanos() as u64;
                let now_ns = context.clock.now_ns();
                self.paced_ns = due_ns.max(now_ns);
                self.wait(Duration::from_nanos(due_ns.saturating_sub(now_ns))).await
            }
            UserAsk::OfRun(ask) => context.looks.answer(ask).await.map(UserAnswer::OfRun),
            ask => self.request(own, ask, session).await,
        }
    }

    async fn wait(&self, pause: Duration) -> Result<UserAnswer, Failure> {
        self.context.clock.sleep(pause.max(LEAST_WAIT)).await;
        Ok(UserAnswer::Done)
    }

    async fn start_server(
        &self,
        own: &mut OwnUser,
        wish: &ServerWish,
        session: &mut Session,
    ) -> Result<UserAnswer, Failure> {
        if session.running() && std::mem::take(&mut own.kept) {
            if session.is_named(wish) {
                return Ok(UserAnswer::Server { name: session.server().name.clone(), took: Duration::ZERO });
            }
            own.stop_server(self.context, session).await?;
        }
        if session.running() {
            return Err(misuse("the user has a server already; stop it first with user:stop_server()"));
        }
        own.restore_account(self.context, session).await?;
        let began_ns = self.context.clock.now_ns();
        session.start_as(self.context, wish).await?;
        own.lost = false;
        let took = Duration::from_nanos(self.context.clock.now_ns() - began_ns);
        Ok(UserAnswer::Server { name: session.server().name.clone(), took })
    }

    async fn open_kernel(&self, own: &mut OwnUser, spec: &str, session: &mut Session) -> Result<UserAnswer, Failure> {
        needs_server(session)?;
        own.kernels += 1;
        let number = own.kernels;
        if let Err(failure) = session.open_as(self.context, &key_of(number), spec).await {
            self.lost(own, session, failure.outcome).await;
            return Err(failure);
        }
        if self.occasion.function == UserFunction::Start {
            own.lasting.insert(number);
        }
        Ok(UserAnswer::Kernel(number))
    }

    async fn execute(
        &self,
        own: &mut OwnUser,
        number: KernelNumber,
        request: &CellRequest,
        place: String,
        session: &mut Session,
    ) -> Result<UserAnswer, Failure> {
        let mut said = Answer::default();
        let kernel = session.open_kernel(&key_of(number)).ok_or_else(closed)?;
        kernel.begin_call(&place);
        let began_ns = self.context.clock.now_ns();
        let result = kernel.execute(request, &mut |message: Message| said.take(message)).await;
        let took_ns = self.context.clock.now_ns() - began_ns;
        let (failure, notices) = match &result {
            Ok(reply) => (reply.failure.clone(), reply.notices.clone()),
            Err(failure) => (Some(failure.clone()), Vec::new()),
        };
        let (outputs, cut) = said.finish();
        // What is missing from the result, whoever left it out: the server, the connection or hubmark.
        let truncated = cut || notices.iter().any(|notice| notice.kind.loses_output());
        self.ended("kernel:execute", session, took_ns, failure.clone(), Told { place, notices }).await;
        let reply = match result {
            Ok(reply) => reply,
            Err(failure) => {
                self.gone(own, number, session, failure.outcome).await;
                return Err(failure);
            }
        };
        if let Some(failure) = failure.clone().filter(|failure| failure.outcome != Outcome::CellError) {
            return Err(failure);
        }
        Ok(UserAnswer::Executed(Box::new(Executed {
            outputs,
            truncated,
            took: Duration::from_nanos(took_ns),
            count: reply.execution_count,
            raised: failure,
        })))
    }

    /// A kernel that can no longer be used, and its server if that is what was lost. In an outage both may still be there.
    async fn gone(&self, own: &mut OwnUser, number: KernelNumber, session: &mut Session, outcome: Outcome) {
        if outcome.loses_server() {
            return own.lose_server(self.context, session).await;
        }
        if outcome.holds() {
            return;
        }
        let key = key_of(number);
        session.close_kernels_if(self.context, |other| other == key).await;
    }

    /// Short requests about a kernel or a file.
    async fn request(&self, own: &mut OwnUser, ask: UserAsk, session: &mut Session) -> Result<UserAnswer, Failure> {
        let clock = &self.context.clock;
        let began_ns = clock.now_ns();
        let late = || Err(Failure::new(Outcome::Timeout, "no answer within 60 s"));
        let mut broken = None;
        let (call, result) = match ask {
            UserAsk::Interrupt { kernel } => {
                let open = session.open_kernel(&key_of(kernel)).ok_or_else(closed)?;
                let done = clock.within(REQUEST_WITHIN, open.interrupt()).await.unwrap_or_else(late);
                ("kernel:interrupt", done.map(|()| UserAnswer::Done))
            }
            UserAsk::Restart { kernel } => {
                let open = session.open_kernel(&key_of(kernel)).ok_or_else(closed)?;
                let done = clock.within(REQUEST_WITHIN, open.restart()).await.unwrap_or_else(late);
                broken = done.is_err().then_some(kernel);
                ("kernel:restart", done.map(|()| UserAnswer::Done))
            }
            UserAsk::Put { path, bytes } => {
                needs_server(session)?;
                let put = session.hub().put_file(session.server(), &path, bytes);
                let done = clock.within(REQUEST_WITHIN, put).await.unwrap_or_else(late);
                ("user:put", done.map(|()| UserAnswer::Done))
            }
            UserAsk::Get { path } => {
                needs_server(session)?;
                let get = session.hub().get_file(session.server(), &path);
                let late = || Err(Failure::new(Outcome::Timeout, "no answer within 60 s"));
                let bytes = clock.within(REQUEST_WITHIN, get).await.unwrap_or_else(late);
                ("user:get", bytes.and_then(|bytes| small_enough(&path, bytes)))
            }
            _ => return Err(Failure::new(Outcome::Unknown, "it cannot be done")),
        };
        let took_ns = clock.now_ns() - began_ns;
        let failure = result.as_ref().err().cloned();
        self.ended(call, session, took_ns, failure.clone(), Told::default()).await;
        if let Some(failure) = failure {
            match broken {
                Some(number) => self.gone(own, number, session, failure.outcome).await,
                None if failure.outcome.loses_server() => own.lose_server(self.context, session).await,
                None => {}
            }
        }
        result
    }

    /// Records a call that no other event tells of.
    async fn ended(&self, call: &str, session: &Session, took_ns: u64, failure: Option<Failure>, told: Told) {
        let outcome = failure.as_ref().map_or(Outcome::Ok, |failure| failure.outcome);
        let (call, target) = (call.to_owned(), session.target().to_owned());
        let Told { place, notices } = told;
        self.emit(EventKind::CallEnded { call, target, place, outcome, took_ns, failure, notices }).await;
    }
}

/// What an execution of code tells beyond other calls.
#[derive(Default)]
struct Told {
    /// Where the author asked for it.
    place: String,
    notices: Vec<Notice>,
}

/// A wrong use of a call: the code's own error.
fn misuse(why: &str) -> Failure {
    Failure::new(Outcome::ScriptError, why)
}

fn closed() -> Failure {
    misuse("this kernel is closed; open another with user:open_kernel")
}

fn needs_server(session: &Session) -> Result<(), Failure> {
    match session.running() {
        true => Ok(()),
        false => Err(misuse("the user has no server; start one first with user:start_server {…}")),
    }
}

fn small_enough(path: &str, bytes: Vec<u8>) -> Result<UserAnswer, Failure> {
    match bytes.len() <= FILE_MAX {
        true => Ok(UserAnswer::File(bytes)),
        false => {
            let text = format!("{path} has {} bytes, and at most {} MiB can be read", bytes.len(), FILE_MAX >> 20);
            Err(Failure::new(Outcome::FileError, text))
        }
    }
}
