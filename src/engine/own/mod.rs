//! Users of the author's own: drives their code, which asks for one thing at a time, and does what it asks for.

mod calls;
mod errors;
mod names;
mod notes;

pub(super) use errors::ErrorsInARow;

use super::context::Context;
use super::hooks;
use super::session::Session;
use super::stop::StopLevel;
use super::view::LiveView;
use crate::clock::{Purpose, Stream};
use crate::event::{EventKind, Failure, Ids, IterationId, LeaseKind, LeaseState, Outcome, UserId};
use crate::plan::{Placement, Plan, UserFunction, UserSpec};
use crate::port::{Created, KernelNumber, RunView, ScriptFault, Turn, UserCode, UserFacts, UserScripts};
use calls::{Served, Visit};
use names::Names;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::rc::Rc;
use tokio::sync::watch;

/// What the code of all users of a run shares.
pub(super) struct Scripts {
    make: Rc<dyn UserScripts>,
    run_id: String,
    simulated: bool,
    view: watch::Receiver<LiveView>,
    /// Code that was made before the load and that its user has not taken yet.
    made: RefCell<BTreeMap<UserId, Box<dyn UserCode>>>,
    steps: Names,
    checks: Names,
}

impl Scripts {
    pub(super) fn new(
        make: Rc<dyn UserScripts>,
        run_id: &str,
        simulated: bool,
        view: watch::Receiver<LiveView>,
    ) -> Self {
        Self {
            make,
            run_id: run_id.to_owned(),
            simulated,
            view,
            made: RefCell::default(),
            steps: Names::of("steps"),
            checks: Names::of("checks"),
        }
    }

    fn see(&self, context: &Context) -> RunView {
        RunView {
            run: self.run_id.clone(),
            elapsed_s: context.clock.elapsed().as_secs_f64(),
            generation: context.emit.generation(),
            users: self.view.borrow().users,
            simulated: self.simulated,
        }
    }
}

/// Makes the code of every user before the load: running the scenario's files takes a millisecond each, which would make the first
/// starts late.
pub(super) async fn prepare(context: &Context, placements: &[Placement]) -> Result<(), ScriptFault> {
    let Some(scripts) = &context.scripts else { return Ok(()) };
    for placement in placements {
        let Some(executor) = context.plan.load.get(&placement.executor) else { continue };
        let Some(spec) = context.plan.users.get(&executor.user) else { continue };
        let id = UserId { executor: placement.executor.as_str().into(), index: placement.user };
        if let Some(own) = OwnUser::new(&id, placement, &context.plan, spec) {
            let code = scripts.make.user(&own.facts, None)?;
            scripts.made.borrow_mut().insert(id, code);
        }
        if context.stop.level() > StopLevel::Go {
            break;
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// When a function is called.
pub(super) struct Occasion {
    pub(super) function: UserFunction,
    /// The iteration, for `iterate`.
    pub(super) iteration: Option<IterationId>,
    /// When it should have begun.
    pub(super) scheduled_ns: u64,
    pub(super) started_ns: u64,
}

impl Occasion {
    /// Not in an iteration.
    pub(super) fn outside(function: UserFunction, now_ns: u64) -> Self {
        Self { function, iteration: None, scheduled_ns: now_ns, started_ns: now_ns }
    }

    fn ids(&self, user: &UserId) -> Ids {
        self.iteration.as_ref().map_or_else(|| user.into(), Ids::from)
    }
}

/// A user whose code is the author's.
pub(super) struct OwnUser {
    id: UserId,
    facts: UserFacts,
    spec: Rc<UserSpec>,
    code: Option<Box<dyn UserCode>>,
    /// `user.data` of the last VM.
    data: Option<Rc<str>>,
    /// Whether `start` ended well and nothing was lost since.
    pub(super) entered: bool,
    kernels: u32,
    /// Kernels that `start` opened.
    lasting: BTreeSet<KernelNumber>,
    /// Whether its server was lost and the code has not started another since.
    lost: bool,
    /// Whether its server outlived a failure that the user holds on after: `start_server` finds it again.
    kept: bool,
    /// Whether the code deleted the account.
    account_deleted: bool,
}

impl OwnUser {
    /// `None` for a user with a mix.
    pub(super) fn new(id: &UserId, placement: &Placement, plan: &Plan, spec: &UserSpec) -> Option<Self> {
        spec.behaviour.as_ref()?;
        let executor = plan.load.get(&placement.executor)?;
        let node = placement.node.as_deref().and_then(|name| plan.farm.node(name));
        Some(Self {
            id: id.clone(),
            facts: UserFacts {
                kind: executor.user.clone(),
                id: id.to_string(),
                target: placement.target.clone(),
                account: placement.account.clone().unwrap_or_default(),
                node: placement.node.clone(),
                gpus: node.map(|node| node.gpus.clone()).unwrap_or_default(),
            },
            spec: Rc::new(spec.clone()),
            code: None,
            data: None,
            entered: false,
            kernels: 0,
            lasting: BTreeSet::new(),
            lost: false,
            kept: false,
            account_deleted: false,
        })
    }

    /// Whether its code is there: it is not after it was cut short or broke a limit.
    pub(super) fn stands(&self) -> bool {
        self.code.is_some()
    }

    fn take_code(&mut self, scripts: &Scripts) -> Result<Box<dyn UserCode>, Failure> {
        if let Some(code) = self.code.take().or_else(|| scripts.made.borrow_mut().remove(&self.id)) {
            return Ok(code);
        }
        let made = scripts.make.user(&self.facts, self.data.as_deref());
        made.map_err(|fault| Failure::new(Outcome::ScriptError, fault.message))
    }

    /// Runs a function until it ends or `cut` resolves; then its code is dropped where it waits. A failure has been recorded.
    pub(super) async fn call(
        &mut self,
        context: &Context,
        occasion: &Occasion,
        session: &mut Session,
        cut: impl Future<Output = ()>,
    ) -> Result<(), Failure> {
        let Some(scripts) = &context.scripts else {
            return Err(Failure::new(Outcome::Unknown, "the code of users was not loaded"));
        };
        let ids = occasion.ids(&self.id);
        let who = format!("users.{}.{}", self.facts.kind, occasion.function.name());
        let mut code = match self.take_code(scripts) {
            Ok(code) => code,
            Err(failure) => {
                let kind = EventKind::UserCodeFailed { function: occasion.function, failure: failure.clone() };
                context.emit.event(ids, kind).await;
                return Err(failure);
            }
        };
        let think = self.think_stream(context, occasion);
        let mut visit = Visit::new(context, scripts, occasion, ids.clone(), think);
        let mut cut = pin!(cut);
        let mut turn =
            code.begin(&scripts.see(context), occasion.function, occasion.iteration.as_ref().map_or(0, |id| id.n));
        let result = loop {
            hooks::carry_out(code.take_actions(), &ids, &who, &context.emit, &context.stop).await;
            match turn {
                Turn::Done => break Ok(()),
                Turn::Failed(fault) => break Err((fault.failure, fault.ended)),
                Turn::Asks(ask) => match visit.serve(self, ask, session, cut.as_mut()).await {
                    Served::Answer(answer) => {
                        if let Err(failure) = &answer {
                            visit.raises(code.waits_at(), failure).await;
                        }
                        turn = code.resume(&scripts.see(context), answer);
                    }
                    Served::Spins(failure) => break Err((failure, true)),
                    Served::Cut => {
                        let at = code.waits_at().map(|site| format!(" in {} at {}", site.call, site.place));
                        let text = format!("cut off{}", at.unwrap_or_default());
                        break Err((Failure::new(Outcome::Interrupted, text), true));
                    }
                },
            }
        };
        let outcome = result.as_ref().err().map_or(Outcome::Ok, |(failure, _)| failure.outcome);
        visit.end_steps(outcome).await;
        self.data = Some(code.data());
        let Err((failure, ended)) = result else {
            self.code = Some(code);
            return Ok(());
        };
        if !ended {
            self.code = Some(code);
        }
        if outcome != Outcome::Interrupted {
            let kind = EventKind::UserCodeFailed { function: occasion.function, failure: failure.clone() };
            context.emit.event(ids, kind).await;
        }
        Err(failure)
    }

    /// Think times of one call, another draw each time.
    fn think_stream(&self, context: &Context, occasion: &Occasion) -> Stream {
        let n = occasion.iteration.as_ref().map_or(0, |id| id.n);
        context.chance.stream(Purpose::Think, &self.facts.id, n)
    }

    /// After an iteration: closes what it opened, and more where something was lost. `ends` says that the kernels of notebooks go too.
    /// Through an outage server and kernels of `start` are kept: stopping them would take the work of everybody who only waits.
    pub(super) async fn settle(&mut self, context: &Context, session: &mut Session, outcome: Outcome, ends: bool) {
        self.kept = outcome.holds();
        let lost = self.lost || (outcome.loses_kernel() && !self.kept && !self.lasting.is_empty());
        if lost || !self.stands() {
            return self.shut(context, session).await;
        }
        let lasting: BTreeSet<String> = self.lasting.iter().map(|number| key_of(*number)).collect();
        let goes = |key: &str| if key.starts_with(KEY) { !lasting.contains(key) } else { ends };
        session.close_kernels_if(context, goes).await;
    }

    /// Closes everything; the user has to come in again.
    pub(super) async fn shut(&mut self, context: &Context, session: &mut Session) {
        self.entered = false;
        self.lost = false;
        self.kept = false;
        self.lasting.clear();
        // What did not stop has an event, and the next start takes it away first.
        let _ = session.close(context).await;
    }

    /// After a `start` that failed: its next try begins anew. Where only the hub was in the way it finds its server again.
    pub(super) async fn withdraw(&mut self, context: &Context, session: &mut Session, outcome: Outcome) {
        if self.lost || !outcome.holds() {
            return self.shut(context, session).await;
        }
        self.kept = true;
        self.lasting.clear();
        session.close_kernels(context).await;
    }

    /// The server is gone: so is everything on it, and code that goes on finds it so.
    async fn lose_server(&mut self, context: &Context, session: &mut Session) {
        self.lost = true;
        self.lasting.clear();
        session.lost_server(context).await;
    }

    /// Makes the account again that the code has deleted.
    pub(super) async fn restore_account(&mut self, context: &Context, session: &Session) -> Result<(), Failure> {
        if !self.account_deleted {
            return Ok(());
        }
        let account = session.account();
        let Some(lease) = context.ledger.intend_account(session.target(), account).await else {
            return Err(Failure::new(
                Outcome::Unknown,
                "the lease of the account cannot be written, so it is not made",
            ));
        };
        // Where no answer came the lease stays open: the account may have been made.
        match session.hub().create_account(account).await? {
            Created::Now => context.ledger.created(lease, None).await,
            Created::Before => {
                context.ledger.closed(lease).await;
                let text = format!("somebody else made the account {account} meanwhile");
                return Err(Failure::new(Outcome::NotOurs, text));
            }
        }
        self.account_deleted = false;
        Ok(())
    }

    async fn delete_account(&mut self, context: &Context, session: &mut Session) -> Result<(), Failure> {
        let account = session.account().to_owned();
        let open = context.ledger.open();
        let ours = open.iter().find(|lease| {
            lease.what == LeaseKind::Account
                && lease.state == LeaseState::Created
                && (&*lease.target, &*lease.account) == (session.target(), &*account)
        });
        let Some(lease) = ours else {
            let text = format!("hubmark did not make the account {account} in this run, so it does not delete it");
            return Err(Failure::new(Outcome::NotOurs, text));
        };
        self.stop_server(context, session).await?;
        session.hub().delete_account(&account).await?;
        context.ledger.closed(lease.lease).await;
        self.account_deleted = true;
        Ok(())
    }

    async fn stop_server(&mut self, context: &Context, session: &mut Session) -> Result<(), Failure> {
        self.lasting.clear();
        session.close(context).await.map_err(|mut failure| {
            failure.message.push_str("; hubmark removes the server at the end of the run");
            failure
        })
    }
}

/// What keys of kernels that users' code opened begin with: no name of a specification does.
const KEY: char = '#';

/// The session's key of a kernel that a user's code opened.
fn key_of(number: KernelNumber) -> String {
    format!("{KEY}{number}")
}
