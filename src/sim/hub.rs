//! A simulated hub, or a simulated plain server.

mod home;
mod looking;
mod pending;

pub(super) use home::Home;

use super::farm::SimFarm;
use super::faults::Faults;
use super::kernel::SimKernel;
use super::state::{Leftovers, OWNER, State, name_of, path};
use super::trouble::Trouble;
use crate::clock::{Chance, Clock, Purpose};
use crate::event::{Failure, KernelHome, Outcome};
use crate::plan::quantity::format_duration;
use crate::plan::{Calibration, Distribution};
use crate::port::{
    AccountInfo, Created, Hub, HubInfo, HubPart, HubSeen, Kernel, Local, ServerInfo, ServerRef, ServerRequest,
    TokenOwner,
};
use pending::Pending;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// A simulated hub. Cloning gives the same hub.
#[derive(Clone)]
pub struct SimHub {
    name: Rc<str>,
    plain: bool,
    clock: Clock,
    chance: Chance,
    faults: Faults,
    calibration: Option<Rc<Calibration>>,
    farm: Rc<SimFarm>,
    /// Spawns under way.
    pending: Rc<Cell<u32>>,
    /// What code took at any line of the author's, as far as it was measured.
    anywhere: Rc<[u64]>,
    draws: Rc<Cell<u64>>,
    arranged: Rc<RefCell<Vec<Trouble>>>,
    /// What kernels say of their machine, by the path of their server as [`super::homes`] has it.
    homes: Rc<RefCell<BTreeMap<String, KernelHome>>>,
    state: Rc<RefCell<State>>,
}

/// Median times of the lab's JupyterHub 6.1.1 with light servers, measured on two cores while hubmark was designed: spawn 0.8 s;
/// ten users at a time push it to about 2 s. Kernel start about 0.9 s, stops well under a second.
fn lognormal(median_ms: u64, sigma: f64) -> Distribution {
    Distribution::Lognormal { median: Duration::from_millis(median_ms), sigma }
}

impl SimHub {
    /// A hub with no account on it; `plain` makes it a plain server.
    #[must_use]
    pub fn new(name: &str, plain: bool, clock: &Clock, chance: &Chance, faults: Faults) -> Self {
        Self {
            name: name.into(),
            plain,
            clock: clock.clone(),
            chance: chance.clone(),
            faults,
            calibration: None,
            farm: Rc::default(),
            pending: Rc::default(),
            anywhere: Rc::default(),
            draws: Rc::default(),
            arranged: Rc::default(),
            homes: Rc::default(),
            state: Rc::default(),
        }
    }

    /// Says on which machines the kernels of its servers are. The others call themselves `simulated`.
    pub fn place(&self, homes: BTreeMap<String, KernelHome>) {
        self.homes.borrow_mut().extend(homes);
    }

    /// The same hub whose times are drawn from what a run was measured to take, as far as that run tells.
    #[must_use]
    pub fn calibrated(self, calibration: Option<Rc<Calibration>>) -> Self {
        let anywhere = calibration.as_ref().map(|times| times.anywhere()).unwrap_or_default().into();
        Self { calibration, anywhere, ..self }
    }

    /// The same hub whose kernels share the machines of a farm.
    #[must_use]
    pub fn on(self, farm: SimFarm) -> Self {
        Self { farm: Rc::new(farm), ..self }
    }

    /// Makes something go wrong at the next occasion; several of one kind come in the order in which they were arranged.
    pub fn arrange(&self, trouble: Trouble) {
        self.arranged.borrow_mut().push(trouble);
    }

    /// What goes wrong now: what was arranged, else what chance brings. No draw for what cannot happen.
    fn trouble<const N: usize>(&self, of: fn(Trouble) -> bool, chances: [(Trouble, f64); N]) -> Option<Trouble> {
        let arranged = self.arranged.borrow().iter().position(|trouble| of(*trouble));
        if let Some(at) = arranged {
            return Some(self.arranged.borrow_mut().remove(at));
        }
        chances.into_iter().find(|(_, probability)| self.happens(*probability)).map(|(trouble, _)| trouble)
    }

    /// Puts an account on the hub that is somebody else's, optionally with a running server.
    pub fn add_account(&self, name: &str, running: bool) {
        let mut state = self.state.borrow_mut();
        state.accounts.insert(name.to_owned(), 0);
        if running {
            state.servers.insert(name.to_owned(), 0);
        }
    }

    /// Puts the accounts on the hub that a plan expects to be there.
    pub fn add_accounts(&self, names: impl IntoIterator<Item = String>) {
        names.into_iter().for_each(|name| self.add_account(&name, false));
    }

    /// What is on the hub now.
    #[must_use]
    pub fn leftovers(&self) -> Leftovers {
        self.state.borrow().leftovers()
    }

    /// A random stream of its own for each draw.
    fn draw(&self) -> crate::clock::Stream {
        self.draws.set(self.draws.get() + 1);
        self.chance.stream(Purpose::World, &self.name, self.draws.get())
    }

    /// Whether a fault of this probability happens now. No draw for an impossible one.
    fn happens(&self, probability: f64) -> bool {
        probability > 0.0 && self.draw().unit() < probability
    }

    async fn takes(&self, median_ms: u64, sigma: f64) {
        let pause = self.draw().duration(&lognormal(median_ms, sigma));
        self.clock.sleep(pause).await;
    }

    /// Lasts as long as the measured times of a kind say, without them around a median.
    async fn measured(&self, of: impl Fn(&Calibration) -> &[u64], median_ms: u64, sigma: f64) {
        let values = self.calibration.as_deref().map_or(&[][..], of);
        let distribution = Calibration::distribution(values).unwrap_or_else(|| lognormal(median_ms, sigma));
        let pause = self.draw().duration(&distribution);
        self.clock.sleep(pause).await;
    }

    /// The same for a call of users' own code, by its name.
    async fn requested(&self, call: &str, median_ms: u64, sigma: f64) {
        self.measured(|times| times.calls.get(call).map_or(&[], Vec::as_slice), median_ms, sigma).await;
    }

    fn wall_ns(&self) -> i64 {
        self.clock.wall_ns_at(self.clock.now_ns())
    }

    fn require_account(&self, name: &str) -> Result<(), Failure> {
        if self.state.borrow().accounts.contains_key(name) {
            return Ok(());
        }
        Err(Failure::new(Outcome::UserMissing, format!("no account {name}")).with_status(404))
    }

    fn require_server(&self, server: &ServerRef) -> Result<(), Failure> {
        self.reachable()?;
        if self.plain || self.state.borrow().servers.contains_key(&path(server)) {
            return Ok(());
        }
        Err(Failure::new(Outcome::ServerStopped, format!("the server of {} is not running", server.account))
            .with_status(424))
    }

    /// Whether requests come through now.
    fn reachable(&self) -> Result<(), Failure> {
        let now = self.clock.elapsed();
        match self.faults.outage.is_some_and(|(from, until)| from <= now && now < until) {
            true => Err(Failure::new(Outcome::ProxyDown, "the hub's proxy does not answer (simulated)")),
            false => Ok(()),
        }
    }

    async fn unanswered(&self) -> Result<(), Failure> {
        self.reachable()?;
        if self.happens(self.faults.removal_unanswered) {
            self.clock.sleep(Duration::from_secs(30)).await;
            return Err(Failure::new(Outcome::Timeout, "no answer within 30 s"));
        }
        Ok(())
    }

    /// Takes a server away as a culler would: kernels and all.
    fn take_server(&self, path: &str) {
        let mut state = self.state.borrow_mut();
        state.servers.remove(path);
        state.kernels.retain(|_, owner| owner != path);
    }

    fn gone(&self, path: &str, kernel: &str) -> bool {
        self.state.borrow().kernels.get(kernel).is_none_or(|owner| owner != path)
    }
}

impl Hub for SimHub {
    fn probe(&self) -> Local<'_, Result<HubInfo, Failure>> {
        let facts = vec![("kind".to_owned(), "simulated".to_owned())];
        Box::pin(async move {
            Ok(HubInfo {
                version: "simulated".to_owned(),
                facts,
                scopes: vec![],
                owner: Some(TokenOwner::User(OWNER.to_owned())),
                skew: None,
            })
        })
    }

    fn has_accounts(&self) -> bool {
        !self.plain
    }

    fn account<'a>(&'a self, name: &'a str) -> Local<'a, Result<Option<AccountInfo>, Failure>> {
        Box::pin(async move {
            self.takes(20, 0.3).await;
            let state = self.state.borrow();
            let Some(created) = state.accounts.get(name) else { return Ok(None) };
            let servers = state.servers.iter().filter_map(|(path, started)| {
                let name = name_of(path, name)?.to_owned();
                Some(ServerInfo { name, ready: true, pending: false, started_ns: Some(*started) })
            });
            let servers = servers.collect();
            Ok(Some(AccountInfo { name: name.to_owned(), created_ns: Some(*created), servers }))
        })
    }

    fn create_account<'a>(&'a self, name: &'a str) -> Local<'a, Result<Created, Failure>> {
        Box::pin(async move {
            self.takes(30, 0.3).await;
            let now = self.wall_ns();
            let before = self.state.borrow().accounts.contains_key(name);
            if before {
                return Ok(Created::Before);
            }
            self.state.borrow_mut().accounts.insert(name.to_owned(), now);
            Ok(Created::Now)
        })
    }

    fn delete_account<'a>(&'a self, name: &'a str) -> Local<'a, Result<(), Failure>> {
        Box::pin(async move {
            self.unanswered().await?;
            self.takes(50, 0.3).await;
            self.take_server(name);
            self.state.borrow_mut().accounts.remove(name);
            Ok(())
        })
    }

    fn start_server<'a>(&'a self, request: &'a ServerRequest) -> Local<'a, Result<Created, Failure>> {
        Box::pin(async move {
            let account = request.server.account.as_str();
            self.reachable()?;
            self.require_account(account)?;
            let path = path(&request.server);
            if self.state.borrow().servers.contains_key(&path) {
                return Ok(Created::Before);
            }
            match self.trouble(Trouble::of_spawns, self.faults.of_spawns()) {
                None => {}
                Some(Trouble::SpawnHangs) => {
                    self.clock.sleep(request.timeout).await;
                    let text = format!("the server was not ready within {}", format_duration(request.timeout));
                    return Err(Failure::new(Outcome::SpawnTimeout, text));
                }
                Some(trouble) => {
                    if trouble == Trouble::SpawnFails {
                        self.takes(400, 0.3).await;
                    }
                    return Err(trouble.spawn());
                }
            }
            let place = self.farm.places.get(&path);
            if place.is_some_and(|place| !place.host.is_up()) {
                return Err(Failure::new(Outcome::SpawnFailed, "Spawn failed: the machine is down (simulated)"));
            }
            if self.farm.spawns_together.is_some_and(|most| self.pending.get() >= most) {
                return Err(Trouble::SpawnThrottled.spawn());
            }
            let pending = Pending::one_more(&self.pending);
            self.measured(|times| &times.spawn_ns, 2000, 0.3).await;
            drop(pending);
            let now = self.wall_ns();
            self.state.borrow_mut().servers.insert(path, now);
            Ok(Created::Now)
        })
    }

    fn stop_server<'a>(&'a self, server: &'a ServerRef) -> Local<'a, Result<(), Failure>> {
        Box::pin(async move {
            self.unanswered().await?;
            self.measured(|times| &times.server_stop_ns, 400, 0.3).await;
            self.take_server(&path(server));
            Ok(())
        })
    }

    fn open_kernel_told<'a>(
        &'a self,
        server: &'a ServerRef,
        spec: &'a str,
        told: &'a dyn Fn(&str),
    ) -> Local<'a, Result<Box<dyn Kernel>, Failure>> {
        Box::pin(async move {
            self.require_server(server)?;
            self.measured(|times| &times.kernel_start_ns, 900, 0.25).await;
            self.require_server(server)?;
            let trouble = self.trouble(Trouble::of_kernel_starts, self.faults.of_kernel_starts());
            if trouble == Some(Trouble::KernelDoesNotStart) {
                let text = format!("the kernel {spec} did not start (simulated)");
                return Err(Failure::new(Outcome::KernelStartFailed, text).with_status(500));
            }
            let id = format!("{:016x}", self.draw().bits());
            self.state.borrow_mut().kernels.insert(id.clone(), path(server));
            told(&id);
            if let Some(failure) = trouble.and_then(Trouble::ends_kernel) {
                return Err(failure);
            }
            let home = Home { hub: self.clone(), server: path(server), id };
            Ok(Box::new(SimKernel::new(home)) as Box<dyn Kernel>)
        })
    }

    fn kernels<'a>(&'a self, server: &'a ServerRef) -> Local<'a, Result<Vec<String>, Failure>> {
        Box::pin(async move {
            self.require_server(server)?;
            let state = self.state.borrow();
            let path = path(server);
            let mine: BTreeSet<&String> =
                state.kernels.iter().filter(|(_, owner)| **owner == path).map(|(id, _)| id).collect();
            Ok(mine.into_iter().cloned().collect())
        })
    }

    fn put_file<'a>(
        &'a self,
        server: &'a ServerRef,
        path: &'a str,
        bytes: Arc<[u8]>,
    ) -> Local<'a, Result<(), Failure>> {
        Box::pin(async move {
            self.require_server(server)?;
            self.requested("user:put", 20, 0.3).await;
            let place = (server.account.clone(), path.to_owned());
            self.state.borrow_mut().files.insert(place, bytes);
            Ok(())
        })
    }

    fn get_file<'a>(&'a self, server: &'a ServerRef, path: &'a str) -> Local<'a, Result<Vec<u8>, Failure>> {
        Box::pin(async move {
            self.require_server(server)?;
            self.requested("user:get", 20, 0.3).await;
            let state = self.state.borrow();
            let file = state.files.get(&(server.account.clone(), path.to_owned()));
            file.map(|bytes| bytes.to_vec()).ok_or_else(|| {
                let text = format!("the server did not read {path}: No such file or directory: {path}");
                Failure::new(Outcome::FileError, text).with_status(404)
            })
        })
    }

    fn look(&self, part: HubPart) -> Local<'_, Result<HubSeen, Failure>> {
        Box::pin(self.seen(part))
    }

    fn delete_kernel<'a>(&'a self, server: &'a ServerRef, id: &'a str) -> Local<'a, Result<(), Failure>> {
        Box::pin(async move {
            self.require_server(server)?;
            self.unanswered().await?;
            self.takes(150, 0.3).await;
            self.state.borrow_mut().kernels.remove(id);
            Ok(())
        })
    }
}
