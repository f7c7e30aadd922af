//! What one user has on its hub: a server, and kernels on it. Each is leased before it is asked for.

mod stopping;

use super::context::Context;
use super::lease::LeaseId;
use crate::event::{EventKind, Failure, Outcome, UserId};
use crate::plan::{Placement, Target};
use crate::port::{Created, Hub, Kernel, ServerRef, ServerRequest, ServerWish};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Longest wait for one step of cleaning up.
const CLOSE_WITHIN: Duration = Duration::from_secs(60);

/// A kernel and its lease.
struct OpenKernel {
    kernel: Box<dyn Kernel>,
    lease: LeaseId,
}

/// A user's server and kernels.
pub(super) struct Session {
    user: UserId,
    target: String,
    server: ServerRef,
    /// Name of the user's server where the user wishes for no other.
    home: String,
    /// Options of its spawns that its node adds to those of the hub.
    options: serde_json::Map<String, serde_json::Value>,
    hub: Rc<dyn Hub>,
    running: bool,
    server_lease: Option<LeaseId>,
    /// A spawn that is under way: when it was asked for, and when its turn came.
    spawning: Option<(u64, u64)>,
    kernels: BTreeMap<String, OpenKernel>,
    /// A kernel that is being opened. It goes on when the one who waits for it is cut short, so that it is known and can be closed.
    opening: Option<Opening>,
    /// Kernels that could not be closed: they go when their server goes, or when it can be reached again.
    orphans: Vec<Orphan>,
    /// Leases of kernels that their user left running on purpose: they go when their server goes.
    left: Vec<LeaseId>,
}

/// A kernel that may be there although nobody uses it any more, and its id where that is known.
struct Orphan {
    lease: LeaseId,
    id: Option<String>,
}

/// A kernel that is being opened, and its lease.
struct Opening {
    lease: LeaseId,
    /// Its id, once its server gave it.
    id: Rc<OnceCell<String>>,
    task: JoinHandle<Result<Box<dyn Kernel>, Failure>>,
}

impl Session {
    /// Nothing open yet. `None` if the placement names no hub of this run.
    pub(super) fn new(context: &Context, user: &UserId, placement: &Placement) -> Option<Self> {
        let account = placement.account.clone().unwrap_or_default();
        let numbered = placement.server.map(|n| context.server_name(n));
        let home = numbered.or_else(|| placement.home.clone()).unwrap_or_default();
        let node = placement.node.as_deref().and_then(|name| context.plan.farm.node(name));
        Some(Self {
            user: user.clone(),
            target: placement.target.clone(),
            server: ServerRef { account, name: home.clone() },
            home,
            options: node.map(|node| node.options.clone()).unwrap_or_default(),
            hub: Rc::clone(context.hubs.get(&placement.target)?),
            running: false,
            server_lease: None,
            spawning: None,
            kernels: BTreeMap::new(),
            opening: None,
            orphans: Vec::new(),
            left: Vec::new(),
        })
    }

    /// Account that the user works under; empty on a plain server.
    pub(super) fn account(&self) -> &str {
        &self.server.account
    }

    /// Hub or server.
    pub(super) fn target(&self) -> &str {
        &self.target
    }

    /// The hub that it works on.
    pub(super) fn hub(&self) -> &Rc<dyn Hub> {
        &self.hub
    }

    /// The server that it works on.
    pub(super) fn server(&self) -> &ServerRef {
        &self.server
    }

    /// Whether the server is the one that is wished for.
    pub(super) fn is_named(&self, wish: &ServerWish) -> bool {
        self.server.name == self.name_for(wish)
    }

    fn name_for(&self, wish: &ServerWish) -> String {
        match &wish.name {
            None => self.home.clone(),
            Some(name) if self.home.is_empty() => name.clone(),
            // Users of one account tell their servers apart.
            Some(name) => format!("{}-{name}", self.home),
        }
    }

    /// Whether the server is there, as far as known.
    pub(super) fn running(&self) -> bool {
        self.running
    }

    /// Starts the server and waits until it is ready. A plain server is ready.
    pub(super) async fn start(&mut self, context: &Context) -> Result<(), Failure> {
        self.start_as(context, &ServerWish::default()).await
    }

    /// The same with wishes of the user's own.
    pub(super) async fn start_as(&mut self, context: &Context, wish: &ServerWish) -> Result<(), Failure> {
        if !self.hub.has_accounts() {
            self.running = true;
            return Ok(());
        }
        self.clear_doubt(context).await?;
        let asked = context.clock.now_ns();
        let gate = context.gates.get(&self.target).cloned();
        let _turn = match &gate {
            Some(gate) => gate.pass().await,
            None => None,
        };
        self.server.name = self.name_for(wish);
        let Some(lease) = context.ledger.intend_server(&self.target, &self.server).await else {
            return Err(Failure::new(
                Outcome::Unknown,
                "the lease of the server cannot be written, so it is not started",
            ));
        };
        self.server_lease = Some(lease);
        let mut options = match context.plan.targets.get(&self.target) {
            Some(Target::Hub(hub)) => hub.options.clone(),
            _ => serde_json::Map::new(),
        };
        options.extend(self.options.clone());
        options.extend(wish.options.clone());
        let timeout = wish.timeout.unwrap_or(context.plan.spawns.timeout);
        let request = ServerRequest { server: self.server.clone(), options, timeout };
        let began = context.clock.now_ns();
        self.spawning = Some((asked, began));
        let result = self.hub.start_server(&request).await;
        self.spawning = None;
        let took_ns = context.clock.now_ns() - began;
        let failure = match result {
            Ok(Created::Now) => None,
            Ok(Created::Before) => Some(Failure::new(
                Outcome::NotOurs,
                format!("the server of {} was running already; it is left alone", self.account()),
            )),
            Err(failure) => Some(failure),
        };
        let outcome = failure.as_ref().map_or(Outcome::Ok, |f| f.outcome);
        let event = EventKind::ServerStarted {
            target: self.target.clone(),
            outcome,
            took_ns,
            waited_ns: began - asked,
            failure: failure.clone(),
        };
        context.emit.event(&self.user, event).await;
        self.started(context, lease, failure).await
    }

    async fn started(&mut self, context: &Context, lease: LeaseId, failure: Option<Failure>) -> Result<(), Failure> {
        match failure {
            None => {
                context.ledger.created(lease, None).await;
                self.running = true;
                Ok(())
            }
            Some(failure) if failure.outcome == Outcome::NotOurs => {
                context.ledger.closed(lease).await;
                self.server_lease = None;
                Err(failure)
            }
            // Nobody would answer to a stop either: the next try begins with it.
            Some(failure) if failure.outcome.is_outage() => Err(failure),
            Some(failure) => {
                // A failed or slow spawn may still become a server: take it away before the next try.
                let _ = self.stop_server(context).await;
                Err(failure)
            }
        }
    }

    /// The kernel for a specification, opened if it is not open yet.
    pub(super) async fn kernel(&mut self, context: &Context, spec: &str) -> Result<&mut Box<dyn Kernel>, Failure> {
        if !self.kernels.contains_key(spec) {
            let open = self.open(context, spec).await?;
            self.kernels.insert(spec.to_owned(), open);
        }
        self.kernels
            .get_mut(spec)
            .map(|open| &mut open.kernel)
            .ok_or_else(|| Failure::new(Outcome::Unknown, "the kernel is not open"))
    }

    /// Opens a kernel under a key of the caller's own, which no name of a specification is.
    pub(super) async fn open_as(&mut self, context: &Context, key: &str, spec: &str) -> Result<(), Failure> {
        let open = self.open(context, spec).await?;
        self.kernels.insert(key.to_owned(), open);
        Ok(())
    }

    /// An open kernel by its key.
    pub(super) fn open_kernel(&mut self, key: &str) -> Option<&mut Box<dyn Kernel>> {
        self.kernels.get_mut(key).map(|open| &mut open.kernel)
    }

    async fn open(&mut self, context: &Context, spec: &str) -> Result<OpenKernel, Failure> {
        self.reclaim(context).await;
        let Some(lease) = context.ledger.intend_kernel(&self.target, &self.server).await else {
            return Err(Failure::new(
                Outcome::Unknown,
                "the lease of the kernel cannot be written, so it is not started",
            ));
        };
        let began = context.clock.now_ns();
        let (hub, server, wanted) = (Rc::clone(&self.hub), self.server.clone(), spec.to_owned());
        let id = Rc::new(OnceCell::new());
        let given = Rc::clone(&id);
        let task = tokio::task::spawn_local(async move {
            // A kernel has one id: another is not told.
            let told = |id: &str| drop(given.set(id.to_owned()));
            hub.open_kernel_told(&server, &wanted, &told).await
        });
        let opening = self.opening.insert(Opening { lease, id: Rc::clone(&id), task });
        let result = opened((&mut opening.task).await);
        self.opening = None;
        let took_ns = context.clock.now_ns() - began;
        let (kernel_id, failure) = match &result {
            Ok(kernel) => (kernel.id().to_owned(), None),
            Err(failure) => (String::new(), Some(failure.clone())),
        };
        let event = EventKind::KernelStarted {
            target: self.target.clone(),
            kernel_id,
            spec: spec.to_owned(),
            outcome: failure.as_ref().map_or(Outcome::Ok, |f| f.outcome),
            took_ns,
            failure,
        };
        context.emit.event(&self.user, event).await;
        let kernel = match result {
            Ok(kernel) => kernel,
            // A server that answered with a refusal has no such kernel; without an answer it may have one.
            Err(failure) if failure.status.is_some() && !self.hub.has_accounts() && id.get().is_none() => {
                context.ledger.closed(lease).await;
                return Err(failure);
            }
            Err(failure) => {
                self.orphan(context, lease, id.get().cloned()).await;
                return Err(failure);
            }
        };
        context.ledger.created(lease, Some(kernel.id())).await;
        Ok(OpenKernel { kernel, lease })
    }

    /// Ends an opening that nobody waits for any more. On a hub the kernel goes with its server; a plain server stays, so there the
    /// kernel is waited for and closed.
    async fn settle_opening(&mut self, context: &Context) {
        let Some(Opening { lease, id, task }) = self.opening.take() else { return };
        if self.hub.has_accounts() {
            task.abort();
            self.orphan(context, lease, id.get().cloned()).await;
        } else if let Ok(kernel) = opened(task.await) {
            context.ledger.created(lease, Some(kernel.id())).await;
            self.kernels.insert(String::new(), OpenKernel { kernel, lease });
        } else {
            self.orphan(context, lease, id.get().cloned()).await;
        }
    }

    /// Keeps in mind a kernel that could not be opened and may be there. With its id it can be removed by itself, also by who cleans up
    /// after this process.
    async fn orphan(&mut self, context: &Context, lease: LeaseId, id: Option<String>) {
        if let Some(id) = &id {
            context.ledger.created(lease, Some(id)).await;
        }
        self.orphans.push(Orphan { lease, id });
    }

    /// Closes kernels that could not be closed, or not be opened, during an outage: until then they hold what a new kernel may need, such as a GPU's memory.
    /// The first that still cannot be closed ends it, because the others will not go better.
    async fn reclaim(&mut self, context: &Context) {
        while let Some(at) = self.orphans.iter().position(|orphan| orphan.id.is_some()) {
            let Some(Orphan { lease, id: Some(id) }) = self.orphans.get(at) else { return };
            match context.clock.within(CLOSE_WITHIN, self.hub.delete_kernel(&self.server, id)).await {
                Some(Ok(())) => context.ledger.closed(*lease).await,
                _ => return,
            }
            self.orphans.remove(at);
        }
    }

    /// Closes every kernel: the end of a session.
    pub(super) async fn close_kernels(&mut self, context: &Context) {
        self.close_kernels_if(context, |_| true).await;
    }

    /// Closes the kernels whose key is one of these.
    pub(super) async fn close_kernels_if(&mut self, context: &Context, these: impl Fn(&str) -> bool) {
        self.settle_opening(context).await;
        let (closing, staying) = std::mem::take(&mut self.kernels).into_iter().partition(|(key, _)| these(key));
        self.kernels = staying;
        let closing: BTreeMap<String, OpenKernel> = closing;
        for (_, open) in closing {
            let kernel_id = open.kernel.id().to_owned();
            let began = context.clock.now_ns();
            let outcome = match context.clock.within(CLOSE_WITHIN, open.kernel.close()).await {
                Some(Ok(())) => Outcome::Ok,
                Some(Err(failure)) => failure.outcome,
                None => Outcome::Timeout,
            };
            let took_ns = context.clock.now_ns() - began;
            let target = self.target.clone();
            let orphan_id = kernel_id.clone();
            context.emit.event(&self.user, EventKind::KernelClosed { target, kernel_id, outcome, took_ns }).await;
            if outcome.is_ok() {
                context.ledger.closed(open.lease).await;
            } else {
                self.orphans.push(Orphan { lease: open.lease, id: Some(orphan_id) });
            }
        }
    }
}

/// What came of an opening; a panic in it is a failure with a cause.
fn opened(
    result: Result<Result<Box<dyn Kernel>, Failure>, tokio::task::JoinError>,
) -> Result<Box<dyn Kernel>, Failure> {
    result.unwrap_or_else(|error| Err(Failure::new(Outcome::Unknown, format!("opening the kernel ended: {error}"))))
}
