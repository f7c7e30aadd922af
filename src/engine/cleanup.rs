//! Removes what a run made on hubs, by its ledger and nothing else. The same code ends a run and serves `hubmark clean`.
//!
//! | lease | removed when | otherwise |
//! | --- | --- | --- |
//! | kernel with an id | always: ids are the server's own and unique | – |
//! | kernel without an id | with its server | on a plain server it cannot be told from others: reported |
//! | server | it was started not later than the lease says | left alone: somebody started it anew |
//! | server with a name | the same, and also when it does not run: it stays in its user's list otherwise | left alone |
//! | account, *created* | the hub's `created` time is not after the lease | left alone: somebody made it anew |
//! | account, *intended* | the hub's `created` time falls into the request's time | left alone: it was somebody else's |
//!
//! What an *intended* lease names and the hub does not have is looked for again until its request cannot arrive any more.

use crate::clock::Clock;
use crate::event::{Failure, LeaseKind, LeaseRecord, LeaseState, Outcome};
use crate::port::{AccountInfo, Hub, ServerRef};
use futures_util::StreamExt;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// Steps under way at one time.
const AT_ONCE: usize = 10;
/// Tries of one step.
const TRIES: u32 = 4;
/// How long hub, proxy or route may be away before they count as gone.
const OUTAGE: Duration = Duration::from_secs(60);
/// Longest wait for one try.
const TRY_WITHIN: Duration = Duration::from_secs(45);
/// Difference between a hub's clock and ours that is taken for the same time.
pub const CLOCKS_APART: Duration = Duration::from_secs(120);
const SKEW_NS: i64 = CLOCKS_APART.as_secs().cast_signed() * 1_000_000_000;
/// An account that was made later than this after its lease was written was not made by that request.
const REQUEST_NS: i64 = 60_000_000_000;

/// A request that was sent before its process died is taken by the hub within this, or never.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);
/// Pause between two looks for what may still arrive.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What happened to one lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleanStep {
    /// The lease.
    pub lease: LeaseRecord,
    /// `Ok(true)`: it was removed or is gone; `Ok(false)`: it is somebody else's and was left alone; `Err`: it may still be there.
    pub result: Result<bool, Failure>,
}

/// What happened to all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CleanReport {
    /// In the order in which they were done: kernels, servers, accounts.
    pub steps: Vec<CleanStep>,
}

impl CleanReport {
    /// Leases whose thing may still be there.
    pub fn left_behind(&self) -> impl Iterator<Item = &CleanStep> {
        self.steps.iter().filter(|step| step.result.is_err())
    }
}

/// Removes what open leases name. Leases of hubs that are not in `hubs` count as left behind.
pub async fn clean_leases(hubs: &BTreeMap<String, Rc<dyn Hub>>, leases: &[LeaseRecord], clock: &Clock) -> CleanReport {
    let mut report = CleanReport::default();
    let patience = Patience::default();
    for kind in [LeaseKind::Kernel, LeaseKind::Server, LeaseKind::Account] {
        let of_kind = leases.iter().filter(|lease| lease.what == kind && lease.state != LeaseState::Closed);
        let steps =
            futures_util::stream::iter(of_kind).map(|lease| step(hubs, lease, clock, &patience)).buffered(AT_ONCE);
        report.steps.extend(steps.collect::<Vec<_>>().await);
    }
    settle_kernels(&mut report);
    report
}

/// A kernel without an id is gone once its account's server is.
fn settle_kernels(report: &mut CleanReport) {
    let gone: Vec<(String, String, String)> = report
        .steps
        .iter()
        .filter(|step| step.lease.what == LeaseKind::Server && step.result == Ok(true))
        .map(|step| server_of(&step.lease))
        .collect();
    for step in report.steps.iter_mut().filter(|step| step.lease.what == LeaseKind::Kernel && step.result.is_err()) {
        if gone.contains(&server_of(&step.lease)) {
            step.result = Ok(true);
        }
    }
}

/// Hub, account and name of the server that a lease is about.
fn server_of(lease: &LeaseRecord) -> (String, String, String) {
    (lease.target.clone(), lease.account.clone(), lease.server_name().to_owned())
}

async fn step(
    hubs: &BTreeMap<String, Rc<dyn Hub>>,
    lease: &LeaseRecord,
    clock: &Clock,
    patience: &Patience,
) -> CleanStep {
    let Some(hub) = hubs.get(&lease.target) else {
        let failure = Failure::new(Outcome::Unknown, format!("no hub {:?} to clean", lease.target));
        return CleanStep { lease: lease.clone(), result: Err(failure) };
    };
    let mut attempt = 0;
    loop {
        let result = clock
            .within(TRY_WITHIN, remove(hub.as_ref(), lease, clock))
            .await
            .unwrap_or_else(|| Err(Failure::new(Outcome::Timeout, "no end of it within 45 s")));
        attempt += 1;
        match &result {
            Err(failure) if failure.outcome.holds() && patience.left(clock) => {}
            Err(failure) if attempt < TRIES && worth_another_try(failure) => {}
            _ => return CleanStep { lease: lease.clone(), result },
        }
        clock.sleep(Duration::from_millis(500 << attempt.min(4))).await;
    }
}

/// How long outages are waited out, all steps together: from the first that met one. A hub that is started anew gets its time, and one that
/// is gone does not cost that time once for each of a thousand leases.
#[derive(Default)]
struct Patience {
    until_ns: Cell<Option<u64>>,
}

impl Patience {
    fn left(&self, clock: &Clock) -> bool {
        let now = clock.now_ns();
        let until = self.until_ns.get().unwrap_or(now + OUTAGE.as_nanos() as u64);
        self.until_ns.set(Some(until));
        now < until
    }
}

fn worth_another_try(failure: &Failure) -> bool {
    match failure.outcome {
        Outcome::Timeout | Outcome::ConnectionLost | Outcome::UnexpectedReply => true,
        outcome if outcome.holds() => false,
        _ => failure.status.is_some_and(|status| status >= 500 || status == 429),
    }
}

async fn remove(hub: &dyn Hub, lease: &LeaseRecord, clock: &Clock) -> Result<bool, Failure> {
    let server = ServerRef { account: lease.account.clone(), name: lease.server_name().to_owned() };
    match lease.what {
        LeaseKind::Kernel if lease.name.is_empty() => {
            Err(Failure::new(Outcome::Unknown, "the kernel's id was not known yet when the run was killed"))
        }
        LeaseKind::Kernel => match hub.delete_kernel(&server, &lease.name).await {
            // No server, no account, no kernel.
            Err(failure) if matches!(failure.outcome, Outcome::ServerStopped | Outcome::UserMissing) => Ok(true),
            other => other.map(|()| true),
        },
        LeaseKind::Server => remove_server(hub, lease, &server, clock).await,
        LeaseKind::Account => remove_account(hub, lease, clock).await,
        LeaseKind::Token => Err(Failure::new(Outcome::Unknown, "this hubmark makes no tokens")),
    }
}

async fn remove_server(hub: &dyn Hub, lease: &LeaseRecord, server: &ServerRef, clock: &Clock) -> Result<bool, Failure> {
    let arrival = Arrival::of(lease, clock);
    loop {
        let Some(account) = hub.account(&lease.account).await? else { return Ok(true) };
        match account.servers.iter().find(|info| info.name == server.name) {
            Some(running) => {
                let request_ns = if lease.state == LeaseState::Intended { REQUEST_NS } else { 0 };
                if running.started_ns.is_some_and(|started| started > lease.wall_ns + SKEW_NS + request_ns) {
                    return Ok(false);
                }
                return hub.stop_server(server).await.map(|()| true);
            }
            None if arrival.is_awaited().await => {}
            None if server.name.is_empty() => return Ok(true),
            None => return hub.stop_server(server).await.map(|()| true),
        }
    }
}

async fn remove_account(hub: &dyn Hub, lease: &LeaseRecord, clock: &Clock) -> Result<bool, Failure> {
    let arrival = Arrival::of(lease, clock);
    loop {
        match hub.account(&lease.account).await? {
            Some(account) if account_is_ours(&account, lease) => {
                return hub.delete_account(&lease.account).await.map(|()| true);
            }
            Some(_) => return Ok(false),
            None if arrival.is_awaited().await => {}
            None => return Ok(true),
        }
    }
}

/// The request of a lease that is only *intended*: its process died, and the request may still be on its way to the hub.
struct Arrival<'c> {
    clock: &'c Clock,
    until_ns: u64,
}

impl<'c> Arrival<'c> {
    fn of(lease: &LeaseRecord, clock: &'c Clock) -> Self {
        let now_ns = clock.now_ns();
        let within_ns = ARRIVES_WITHIN.as_nanos() as i64;
        // A wall clock that was set back meanwhile makes nobody wait longer.
        let left_ns = (lease.wall_ns + within_ns - clock.wall_ns_at(now_ns)).clamp(0, within_ns);
        let left_ns = if lease.state == LeaseState::Intended { left_ns } else { 0 };
        Self { clock, until_ns: now_ns + left_ns.cast_unsigned() }
    }

    /// Whether it can still come; after a pause.
    async fn is_awaited(&self) -> bool {
        let awaited = self.clock.now_ns() < self.until_ns;
        if awaited {
            self.clock.sleep(LOOK_AGAIN).await;
        }
        awaited
    }
}

fn account_is_ours(account: &AccountInfo, lease: &LeaseRecord) -> bool {
    match (lease.state, account.created_ns) {
        (LeaseState::Created, Some(created)) => created <= lease.wall_ns + SKEW_NS,
        (LeaseState::Created, None) => true,
        (LeaseState::Intended, Some(created)) => {
            (lease.wall_ns - SKEW_NS..=lease.wall_ns + SKEW_NS + REQUEST_NS).contains(&created)
        }
        (LeaseState::Intended, None) | (LeaseState::Closed, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(state: LeaseState) -> LeaseRecord {
        LeaseRecord {
            lease: 1,
            what: LeaseKind::Account,
            target: "h".to_owned(),
            account: "a".to_owned(),
            name: String::new(),
            server: String::new(),
            state,
            wall_ns: 1_000_000_000_000,
        }
    }

    fn account(created_s: Option<i64>) -> AccountInfo {
        AccountInfo { name: "a".to_owned(), created_ns: created_s.map(|s| s * 1_000_000_000), servers: vec![] }
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_is_waited_out_once_for_all_steps_together() {
        let clock = Clock::start(&crate::clock::Wall::Fixed(0));
        let patience = Patience::default();
        clock.sleep(Duration::from_secs(100)).await;
        assert!(patience.left(&clock), "it begins with the first step that met an outage");
        clock.sleep(OUTAGE - Duration::from_secs(1)).await;
        assert!(patience.left(&clock));
        clock.sleep(Duration::from_secs(1)).await;
        assert!(!patience.left(&clock));
    }

    #[test]
    fn an_account_that_somebody_made_anew_is_not_ours() {
        assert!(account_is_ours(&account(Some(999)), &lease(LeaseState::Created)));
        assert!(account_is_ours(&account(Some(10)), &lease(LeaseState::Created)), "a hub whose clock is far behind");
        assert!(!account_is_ours(&account(Some(2_000)), &lease(LeaseState::Created)));
    }

    #[test]
    fn an_account_of_an_unanswered_request_is_ours_only_if_made_in_its_time() {
        assert!(account_is_ours(&account(Some(1_001)), &lease(LeaseState::Intended)));
        assert!(!account_is_ours(&account(Some(10)), &lease(LeaseState::Intended)), "it was there long before");
        assert!(!account_is_ours(&account(Some(2_000)), &lease(LeaseState::Intended)));
        assert!(!account_is_ours(&account(None), &lease(LeaseState::Intended)));
    }
}
