//! Where a kernel lives, and what became of it: the server's word, and the hub's where that leaves it open.
//!
//! | the server's address answers | and the hub says of the server | means |
//! | --- | --- | --- |
//! | 302, 424 | ready | `route_lost`: the proxy was started anew and waits for its routes |
//! | 503 | ready | `server_died`: the proxy has a route to nobody, and the hub has not looked yet |
//! | 302, 424, 503 | none of that name, or it stops | `server_culled`, before any use `server_stopped` |
//! | 403 | it does not know the token | `token_revoked` |
//! | 403 | it knows the token | `token_refused` |
//! | any of these | nothing | what the hub's own silence is called |

use super::refusal::{refused, unanswered};
use super::rest::{ANSWER_WITHIN, LOOK_WITHIN, Rest, below};
use crate::event::{Failure, Outcome};
use crate::http::{ErrorKind, Method};
use crate::port::ServerRef;
use serde::Deserialize;
use std::collections::BTreeMap;
use url::Url;

/// A server, and the hub that it belongs to.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) rest: Rest,
    /// Its address, ending in `/`.
    pub(super) server: Url,
    /// How the hub calls it; `None` for a plain server.
    of_hub: Option<ServerRef>,
}

/// What a server says of a kernel.
pub(super) enum Seen {
    /// It has it, in this state.
    State(String),
    /// It has none of that id.
    Nothing,
    /// It does not say.
    Trouble(Failure),
}

/// A failure called by its cause, and whether it can pass.
pub(super) struct Verdict {
    pub(super) failure: Failure,
    pub(super) hope: Hope,
}

/// Whether the next try can go better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hope {
    /// It cannot.
    None,
    /// It can if this was a moment of transition: the same thing seen a few times is true.
    Little,
    /// It can: hubs, proxies and networks come back.
    Good,
}

#[derive(Deserialize)]
struct KernelModel {
    #[serde(default)]
    execution_state: String,
}

#[derive(Deserialize)]
struct UserModel {
    #[serde(default)]
    servers: BTreeMap<String, ServerModel>,
}

#[derive(Deserialize)]
struct ServerModel {
    #[serde(default)]
    ready: bool,
    pending: Option<String>,
}

/// A hub does not say why it has no server of that name any more.
const GONE: &str = "the server went away while it was used: it was stopped, or it ended and the hub noticed";

impl Place {
    /// A server of a hub.
    pub(super) fn behind_hub(rest: &Rest, server: Url, name: &ServerRef) -> Self {
        Self { rest: rest.clone(), server, of_hub: Some(name.clone()) }
    }

    /// A server without a hub.
    pub(super) fn plain(rest: &Rest, server: Url) -> Self {
        Self { rest: rest.clone(), server, of_hub: None }
    }

    /// Asks the server for a kernel.
    pub(super) async fn look(&self, id: &str) -> Seen {
        let url = below(&self.server, &["api", "kernels", id]);
        match self.rest.send(Method::GET, &url, None, LOOK_WITHIN).await {
            Ok(reply) if reply.status == 200 => match reply.json::<KernelModel>() {
                Ok(model) => Seen::State(model.execution_state),
                Err(error) => Seen::Trouble(unanswered(&error)),
            },
            Ok(reply) if reply.status == 404 && reply.is_json() => Seen::Nothing,
            Ok(reply) => Seen::Trouble(refused(&reply, true)),
            Err(failure) => Seen::Trouble(failure),
        }
    }

    /// Calls a failure by its cause. `used`: the server was in use until then.
    pub(super) async fn explain(&self, failure: Failure, used: bool) -> Verdict {
        let hope = match failure.outcome {
            Outcome::ServerStopped => return self.explain_stop(failure, used).await,
            Outcome::TokenRefused => return self.explain_refusal(failure).await,
            // Without a hub there is nobody who would start the server again under its old kernels.
            Outcome::Unreachable if self.of_hub.is_none() => Hope::Little,
            Outcome::TokenRevoked | Outcome::ScopeMissing | Outcome::UserMissing => Hope::None,
            _ => Hope::Good,
        };
        Verdict { failure, hope }
    }

    async fn explain_stop(&self, failure: Failure, used: bool) -> Verdict {
        let Some(server) = &self.of_hub else { return Verdict { failure, hope: Hope::Little } };
        let called = |outcome, text: &str, hope| {
            let status = failure.status;
            Verdict { failure: Failure { status, ..Failure::new(outcome, text) }, hope }
        };
        match self.ready(server).await {
            Ok(true) if failure.status == Some(503) => {
                let text = "the server's process does not answer any more; the hub still takes it for running";
                called(Outcome::ServerDied, text, Hope::Little)
            }
            Ok(true) => {
                let text = "the hub says that the server is ready, but the proxy has no route to it";
                called(Outcome::RouteLost, text, Hope::Good)
            }
            Ok(false) if used => called(Outcome::ServerCulled, GONE, Hope::None),
            Ok(false) => called(Outcome::ServerStopped, "the server is not running: the hub has none", Hope::None),
            Err(other) if matches!(other.outcome, Outcome::ScopeMissing | Outcome::UserMissing) => {
                Verdict { failure, hope: Hope::Little }
            }
            Err(other) => Verdict { failure: other, hope: Hope::Good },
        }
    }

    /// Whether the hub takes a server for running.
    async fn ready(&self, server: &ServerRef) -> Result<bool, Failure> {
        let url = self.rest.url(&["hub", "api", "users", &server.account]);
        let reply = self.rest.send(Method::GET, &url, None, ANSWER_WITHIN).await?;
        if reply.status != 200 {
            return Err(refused(&reply, false));
        }
        let user: UserModel = reply.json().map_err(|error| unanswered(&error))?;
        Ok(user.servers.get(&server.name).is_some_and(|server| server.ready && server.pending.is_none()))
    }

    /// A hub that does not know the token any more is asked itself: servers keep what it said for minutes.
    async fn explain_refusal(&self, failure: Failure) -> Verdict {
        let asked = match &self.of_hub {
            Some(_) => self.rest.ask(Method::GET, &self.rest.url(&["hub", "api", "user"]), None).await.err(),
            None => None,
        };
        match asked {
            Some(known) if known.outcome == Outcome::TokenRevoked => Verdict { failure: known, hope: Hope::None },
            _ => Verdict { failure, hope: Hope::None },
        }
    }

    /// What became of a kernel that its server does not know, or whose end it announced.
    pub(super) async fn explain_absence(&self) -> Failure {
        if let Some(server) = &self.of_hub
            && matches!(self.ready(server).await, Ok(false))
        {
            return Failure::new(
                Outcome::ServerCulled,
                "the server went away while it was used, and its kernels with it: it was stopped, or it ended and the hub noticed",
            );
        }
        // A plain server that stops closes its door, then shuts its kernels down.
        if self.of_hub.is_none()
            && let Err(error) = self.rest.http.dial(&self.server, LOOK_WITHIN).await
            && error.kind == ErrorKind::Unreachable
        {
            let text = "the server shut its kernels down and listens no more: it was stopped";
            return Failure::new(Outcome::ServerStopped, text);
        }
        Failure::new(Outcome::KernelDeleted, super::rest::GONE)
    }
}
