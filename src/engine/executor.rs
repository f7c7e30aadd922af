//! Runs one executor: its users, and the barrier of `together`.

use super::context::Context;
use super::own::ErrorsInARow;
use super::placement::Seat;
use super::stop::StopLevel;
use super::user::User;
use crate::event::{EventKind, Ids};
use crate::plan::{Executor, ExecutorKind, Window};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use tokio::sync::Notify;

/// Where users of `together` wait for each other.
pub(super) struct Barrier {
    expected: u32,
    arrived: Cell<u32>,
    ready: Cell<u32>,
    all_here: Notify,
    released_ns: Cell<Option<u64>>,
    released: Notify,
}

impl Barrier {
    fn new(expected: u32) -> Self {
        Self {
            expected,
            arrived: Cell::new(0),
            ready: Cell::new(0),
            all_here: Notify::new(),
            released_ns: Cell::new(None),
            released: Notify::new(),
        }
    }

    /// Says that a user is here and whether it is ready, and waits for the release. The time of it, or `None` if the run stops first.
    pub(super) async fn arrive(&self, ready: bool, context: &Context) -> Option<u64> {
        self.arrived.set(self.arrived.get() + 1);
        self.ready.set(self.ready.get() + u32::from(ready));
        if self.arrived.get() == self.expected {
            self.all_here.notify_one();
        }
        // `Notify` wakes in the order of waiting, so that two runs with one seed are alike.
        tokio::select! { biased;
            () = context.stop.reached(StopLevel::Graceful) => None,
            () = self.released.notified() => self.released_ns.get(),
        }
    }
}

/// Runs an executor until its last user is gone. `load_ns` is the start of the load.
pub(super) async fn run(context: Rc<Context>, key: String, executor: Rc<Executor>, seats: Vec<Seat>, load_ns: u64) {
    let Some(spec) = context.plan.users.get(&executor.user).cloned().map(Rc::new) else { return };
    let ids = || Ids { executor: Some(key.as_str().into()), ..Ids::default() };
    let origin_ns = load_ns + executor.start.as_nanos() as u64;
    let stopped = tokio::select! { biased;
        () = context.stop.reached(StopLevel::Graceful) => true,
        () = context.clock.sleep_until(origin_ns) => false,
    };
    if stopped {
        return;
    }
    let together = matches!(executor.kind, ExecutorKind::ConstantUsers { together: true, .. });
    let barrier = together.then(|| Rc::new(Barrier::new(executor.users_max())));
    let mut windows: BTreeMap<u32, Vec<Window>> = BTreeMap::new();
    for window in executor.windows() {
        windows.entry(window.user).or_default().push(window);
    }
    let errors = Rc::new(ErrorsInARow::new(&spec));
    let mut users = tokio::task::JoinSet::new();
    for seat in seats {
        let mine = windows.remove(&seat.placement.user).unwrap_or_default();
        let user = User::new(&context, seat, &spec, &executor, &errors);
        users.spawn_local(user.run(mine, origin_ns, barrier.clone()));
    }
    match &barrier {
        Some(barrier) => release(&context, barrier, origin_ns, ids()).await,
        None => context.emit.event(ids(), EventKind::ExecutorStarted { ready: 0, waited_ns: 0 }).await,
    }
    while users.join_next().await.is_some() {}
    context.emit.event(ids(), EventKind::ExecutorEnded).await;
}

async fn release(context: &Context, barrier: &Barrier, origin_ns: u64, ids: Ids) {
    tokio::select! { biased;
        () = context.stop.reached(StopLevel::Graceful) => return,
        () = barrier.all_here.notified() => {}
    }
    let now = context.clock.now_ns();
    let started = EventKind::ExecutorStarted { ready: barrier.ready.get(), waited_ns: now.saturating_sub(origin_ns) };
    context.emit.event(ids, started).await;
    barrier.released_ns.set(Some(context.clock.now_ns()));
    barrier.released.notify_waiters();
}
