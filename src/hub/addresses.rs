//! Where users' servers are reached: below the hub's own address, or each user's on a host of its own (`JupyterHub.subdomain_host`).
//!
//! The hub says so in its model of a server, so it is asked once, after the first server started. Tokens follow to subdomains of the hub's host and nowhere
//! else.

use super::rest::Rest;
use crate::event::{Failure, Outcome};
use crate::port::ServerRef;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use url::Url;

/// What the hub has said so far.
#[derive(Default)]
pub(super) struct Addresses {
    /// Whether servers have hosts of their own; `None` before the first one was looked at.
    apart: Cell<Option<bool>>,
    servers: RefCell<BTreeMap<ServerRef, Url>>,
}

impl Addresses {
    /// Whether the hub has to be asked about a new server.
    pub(super) fn unknown(&self) -> bool {
        self.apart.get() != Some(false)
    }

    /// Address of a server that is on a host of its own.
    pub(super) fn of(&self, server: &ServerRef) -> Option<Url> {
        self.servers.borrow().get(server).cloned()
    }

    /// Notes what the hub says of a server: a path, or a whole address.
    pub(super) fn learn(&self, rest: &Rest, server: &ServerRef, told: &str) -> Result<(), Failure> {
        let base = rest.http.base();
        let Ok(url) = base.join(told) else {
            let text = format!("the hub says that the server is at {told:?}, which is no address");
            return Err(Failure::new(Outcome::UnexpectedReply, text));
        };
        self.apart.set(Some(url.origin() != base.origin()));
        if url.origin() == base.origin() {
            return Ok(());
        }
        if !rest.http.follow_to_subdomain(&url) {
            let text = format!(
                "the hub says that the server is at {url}, which is no subdomain of {}: no token is sent there",
                base.host_str().unwrap_or_default()
            );
            return Err(Failure::new(Outcome::UnexpectedReply, text));
        }
        self.servers.borrow_mut().insert(server.clone(), url);
        Ok(())
    }
}
