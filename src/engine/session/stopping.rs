//! The end of a user's server, and what is asked again where nobody answered.

use super::super::context::Context;
use super::super::lease::LeaseId;
use super::{CLOSE_WITHIN, Orphan, Session};
use crate::event::{EventKind, Failure, Outcome};

impl Session {
    /// Forgets a server that turned out to be gone, and closes what was on it.
    pub(in crate::engine) async fn lost_server(&mut self, context: &Context) {
        self.running = false;
        self.settle_opening(context).await;
        let gone = std::mem::take(&mut self.kernels).into_values();
        self.orphans.extend(gone.map(|open| Orphan { lease: open.lease, id: Some(open.kernel.id().to_owned()) }));
        let _ = self.stop_server(context).await;
    }

    /// Closes kernels and server. What cannot be closed stays in the ledger for the end of the run.
    ///
    /// # Errors
    /// Why the server did not stop.
    pub(in crate::engine) async fn close(&mut self, context: &Context) -> Result<(), Failure> {
        self.cut_spawn(context).await;
        self.close_kernels(context).await;
        self.running = false;
        self.stop_server(context).await
    }

    /// Records a spawn that nobody waits for any more: without it a farm whose servers take longer than the load would show nothing at all.
    async fn cut_spawn(&mut self, context: &Context) {
        let Some((asked, began)) = self.spawning.take() else { return };
        let took_ns = context.clock.now_ns() - began;
        let text = "it was given up while the server was being started";
        let event = EventKind::ServerStarted {
            target: self.target.clone(),
            outcome: Outcome::Interrupted,
            took_ns,
            waited_ns: began - asked,
            failure: Some(Failure::new(Outcome::Interrupted, text)),
        };
        context.emit.event(&self.user, event).await;
    }

    /// Drops the connections to all kernels and leaves them running, as who closes a tab does. Their leases stay open until their server is
    /// stopped, or, on a plain server, until the end of the run.
    pub(in crate::engine) async fn leave_kernels(&mut self, context: &Context) {
        self.settle_opening(context).await;
        self.left.extend(std::mem::take(&mut self.kernels).into_values().map(|open| open.lease));
    }

    /// Takes away what an earlier spawn may have left behind before another one is asked for. In an outage that is this spawn's failure:
    /// nothing was stopped, and a user who tries again would fill the record with stops that it never wished for.
    pub(super) async fn clear_doubt(&mut self, context: &Context) -> Result<(), Failure> {
        self.cut_spawn(context).await;
        let Some(lease) = self.server_lease else { return Ok(()) };
        let (took_ns, failure) = self.ask_to_stop(context).await;
        match failure {
            Some(failure) if failure.outcome.is_outage() => {
                let (target, outcome) = (self.target.clone(), failure.outcome);
                let shown = Some(failure.clone());
                let event = EventKind::ServerStarted { target, outcome, took_ns, waited_ns: 0, failure: shown };
                context.emit.event(&self.user, event).await;
                Err(failure)
            }
            failure => self.stopped(context, lease, took_ns, failure).await,
        }
    }

    pub(super) async fn stop_server(&mut self, context: &Context) -> Result<(), Failure> {
        let Some(lease) = self.server_lease else { return Ok(()) };
        let (took_ns, failure) = self.ask_to_stop(context).await;
        self.stopped(context, lease, took_ns, failure).await
    }

    pub(super) async fn ask_to_stop(&self, context: &Context) -> (u64, Option<Failure>) {
        let began = context.clock.now_ns();
        let failure = match context.clock.within(CLOSE_WITHIN, self.hub.stop_server(&self.server)).await {
            Some(Ok(())) => None,
            Some(Err(failure)) => Some(failure),
            None => Some(Failure::new(Outcome::Timeout, "the server did not stop within 60 s")),
        };
        (context.clock.now_ns() - began, failure)
    }

    pub(super) async fn stopped(
        &mut self,
        context: &Context,
        lease: LeaseId,
        took_ns: u64,
        failure: Option<Failure>,
    ) -> Result<(), Failure> {
        let outcome = failure.as_ref().map_or(Outcome::Ok, |f| f.outcome);
        let (target, shown) = (self.target.clone(), failure.clone());
        context.emit.event(&self.user, EventKind::ServerStopped { target, outcome, took_ns, failure: shown }).await;
        if let Some(failure) = failure {
            return Err(failure);
        }
        context.ledger.closed(lease).await;
        self.server_lease = None;
        let orphans = std::mem::take(&mut self.orphans).into_iter().map(|orphan| orphan.lease);
        for lease in orphans.chain(std::mem::take(&mut self.left)) {
            context.ledger.closed(lease).await;
        }
        Ok(())
    }
}
