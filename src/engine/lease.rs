//! The ledger: what hubmark is about to make, made, and took away again. Written before each request, so that a killed run can be
//! cleaned up after.

use super::dispatcher::Emitter;
use crate::clock::Clock;
use crate::event::{EventKind, Ids, LeaseKind, LeaseRecord, LeaseState};
use crate::port::ServerRef;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Number of a lease in its run.
pub(super) type LeaseId = u64;

/// The ledger of a running engine. Cloning gives the same ledger.
#[derive(Clone)]
pub(super) struct Ledger {
    emit: Emitter,
    clock: Clock,
    open: Rc<RefCell<Open>>,
}

#[derive(Default)]
struct Open {
    last: LeaseId,
    leases: BTreeMap<LeaseId, LeaseRecord>,
}

impl Ledger {
    pub(super) fn new(emit: Emitter, clock: Clock) -> Self {
        Self { emit, clock, open: Rc::default() }
    }

    /// Writes that an account is about to be made, and waits until that is durable. `None` if it cannot be written: then it must not be made.
    pub(super) async fn intend_account(&self, target: &str, account: &str) -> Option<LeaseId> {
        self.intend(LeaseKind::Account, target, account, "", "").await
    }

    /// The same for a server.
    pub(super) async fn intend_server(&self, target: &str, server: &ServerRef) -> Option<LeaseId> {
        self.intend(LeaseKind::Server, target, &server.account, &server.name, "").await
    }

    /// The same for a kernel on a server.
    pub(super) async fn intend_kernel(&self, target: &str, server: &ServerRef) -> Option<LeaseId> {
        self.intend(LeaseKind::Kernel, target, &server.account, "", &server.name).await
    }

    async fn intend(&self, what: LeaseKind, target: &str, account: &str, name: &str, server: &str) -> Option<LeaseId> {
        let record = {
            let mut open = self.open.borrow_mut();
            open.last += 1;
            let record = LeaseRecord {
                lease: open.last,
                what,
                target: target.to_owned(),
                account: account.to_owned(),
                name: name.to_owned(),
                server: server.to_owned(),
                state: LeaseState::Intended,
                wall_ns: self.clock.wall_ns_at(self.clock.now_ns()),
            };
            open.leases.insert(record.lease, record.clone());
            record
        };
        let lease = record.lease;
        if self.emit.durable(Ids::default(), EventKind::Lease(record)).await {
            return Some(lease);
        }
        self.open.borrow_mut().leases.remove(&lease);
        None
    }

    /// Writes that it exists now. `name` is the id that the hub gave, where it gave one.
    pub(super) async fn created(&self, lease: LeaseId, name: Option<&str>) {
        self.step(lease, LeaseState::Created, name).await;
    }

    /// Writes that it is gone.
    pub(super) async fn closed(&self, lease: LeaseId) {
        self.step(lease, LeaseState::Closed, None).await;
        self.open.borrow_mut().leases.remove(&lease);
    }

    async fn step(&self, lease: LeaseId, state: LeaseState, name: Option<&str>) {
        let record = {
            let mut open = self.open.borrow_mut();
            let Some(record) = open.leases.get_mut(&lease) else { return };
            record.state = state;
            record.wall_ns = self.clock.wall_ns_at(self.clock.now_ns());
            if let Some(name) = name {
                name.clone_into(&mut record.name);
            }
            record.clone()
        };
        self.emit.event(Ids::default(), EventKind::Lease(record)).await;
    }

    /// The leases that are not closed, by number.
    pub(super) fn open(&self) -> Vec<LeaseRecord> {
        self.open.borrow().leases.values().cloned().collect()
    }
}
