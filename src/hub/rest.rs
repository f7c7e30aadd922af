//! Requests of one target, with their deadlines; what hub and plain server share.

use super::refusal::{message_of, refused, unanswered};
use crate::clock::{Skew, Wall, WallTime};
use crate::event::{Failure, Outcome};
use crate::http::Aside;
use crate::http::{ErrorKind, HttpClient, HttpError, JsonText, Method, Reply, Secret, Settings};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use url::Url;

/// Longest wait for an answer of an API.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Longest wait for a kernel to be started by its server.
pub(super) const KERNEL_WITHIN: Duration = Duration::from_secs(60);

/// Longest wait where a short answer decides what a failure is called.
pub(super) const LOOK_WITHIN: Duration = Duration::from_secs(5);
/// Said of a kernel that its server does not know.
pub(super) const GONE: &str = "the server has no such kernel any more";
/// How often, and after how long, a kernel's end is asked for that the server cannot give yet.
const DELETES_MAX: u32 = 20;
const DELETE_AGAIN: Duration = Duration::from_millis(250);

/// The client of one target. Cloning gives the same client.
#[derive(Clone)]
pub(super) struct Rest {
    pub(super) http: Rc<HttpClient>,
    past: Rc<Past>,
    /// What is too much work for the thread that everybody shares.
    pub(super) aside: Aside,
}

/// What a target did before. An outage is told from a wrong address, and a revoked token from a wrong one, by nothing else.
#[derive(Default)]
struct Past {
    is_hub: Cell<bool>,
    answered: Cell<bool>,
    accepted: Cell<bool>,
}

#[derive(Deserialize)]
struct KernelModel {
    id: String,
}

#[derive(Deserialize)]
struct SpecsModel {
    #[serde(default)]
    kernelspecs: BTreeMap<String, IgnoredAny>,
}

impl Rest {
    pub(super) fn new(base: &Url, settings: Settings) -> Result<Self, HttpError> {
        Ok(Self { http: Rc::new(HttpClient::new(base, settings)?), past: Rc::default(), aside: Aside::default() })
    }

    /// Says that the address is the proxy of a JupyterHub.
    pub(super) fn of_hub(self) -> Self {
        self.past.is_hub.set(true);
        self
    }

    /// The same target with another token, of which nothing is known yet.
    pub(super) fn with_secret(&self, secret: Secret) -> Self {
        let past = Past { is_hub: self.past.is_hub.clone(), ..Past::default() };
        Self { http: Rc::new(self.http.with_secret(secret)), past: Rc::new(past), aside: self.aside.clone() }
    }

    /// The address of a path below the base; each part is encoded.
    pub(super) fn url(&self, parts: &[&str]) -> Url {
        let mut url = self.http.base().clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// Sends and returns whatever answer comes, except that of a hub that does not know the token.
    pub(super) async fn ask(&self, method: Method, url: &Url, body: Option<&Value>) -> Result<Reply, Failure> {
        self.send(method, url, body, ANSWER_WITHIN).await
    }

    /// The same with a deadline of its own.
    pub(super) async fn send(
        &self,
        method: Method,
        url: &Url,
        body: Option<&Value>,
        within: Duration,
    ) -> Result<Reply, Failure> {
        let text = body.map(JsonText::of).transpose().map_err(|error| unanswered(&error))?;
        self.send_text(method, url, text.as_ref(), within).await
    }

    /// The same with a body that is written already.
    pub(super) async fn send_text(
        &self,
        method: Method,
        url: &Url,
        body: Option<&JsonText>,
        within: Duration,
    ) -> Result<Reply, Failure> {
        let reply = match self.http.send(method.clone(), url, body, within).await {
            // The connection came from the pool and was ended by the other side. What changes nothing when it is done twice is sent again.
            Err(error) if error.kind == ErrorKind::Broken && method != Method::POST => {
                self.http.send(method, url, body, within).await
            }
            other => other,
        };
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => return Err(self.without_answer(&error).await),
        };
        self.past.answered.set(true);
        // A server tells its version to everybody.
        if reply.is_success() && !url.path().ends_with("/api") {
            self.past.accepted.set(true);
        }
        match self.revoked(url, &reply) {
            Some(failure) => Err(failure),
            None => Ok(reply),
        }
    }

    /// A hub's server refuses a token for many reasons; the hub itself names a scope that is missing, and else does not know the token.
    fn revoked(&self, url: &Url, reply: &Reply) -> Option<Failure> {
        if !matches!(reply.status, 401 | 403) || !self.past.accepted.get() {
            return None;
        }
        let message = message_of(reply);
        let of_hub = url.path().contains("/hub/api/") && reply.is_json() && !message.contains("not authorized");
        let unknown = of_hub || !self.past.is_hub.get();
        let text = format!("the token was accepted before and is not any more: {message}");
        unknown.then(|| Failure::new(Outcome::TokenRevoked, text).with_status(reply.status))
    }

    /// A connection that broke says nothing of what it broke; whether somebody listens there does.
    async fn without_answer(&self, error: &HttpError) -> Failure {
        if error.kind == ErrorKind::Broken
            && self.past.is_hub.get()
            && let Err(refused) = self.http.dial(self.http.base(), LOOK_WITHIN).await
        {
            return self.unanswered(&refused);
        }
        self.unanswered(error)
    }

    /// There was no answer, or none that can be used.
    pub(super) fn unanswered(&self, error: &HttpError) -> Failure {
        let mut failure = unanswered(error);
        if failure.outcome == Outcome::Unreachable && self.past.is_hub.get() && self.past.answered.get() {
            failure.outcome = Outcome::ProxyDown;
            failure.message = format!("the hub's proxy answered before, and now {}", failure.message);
        }
        failure
    }

    /// Starts a kernel on the server at an address ending in `/`; its id.
    pub(super) async fn start_kernel(&self, server: &Url, spec: &str) -> Result<String, Failure> {
        let url = below(server, &["api", "kernels"]);
        let reply = self.send(Method::POST, &url, Some(&json!({"name": spec})), KERNEL_WITHIN).await?;
        match reply.status {
            201 => Ok(reply.json::<KernelModel>().map_err(|error| unanswered(&error))?.id),
            500 => match refused(&reply, true) {
                failure if failure.outcome == Outcome::HubDown => Err(failure),
                _ => Err(self.not_started(server, spec, &reply).await),
            },
            _ => Err(refused(&reply, true)),
        }
    }

    /// The server says `Unhandled error` of a name that it does not know, so it is asked for the names.
    async fn not_started(&self, server: &Url, spec: &str, reply: &Reply) -> Failure {
        let asked = self.ask(Method::GET, &below(server, &["api", "kernelspecs"]), None).await;
        let specs = asked.ok().and_then(|reply| reply.json::<SpecsModel>().ok());
        let message = match specs {
            Some(specs) if !specs.kernelspecs.contains_key(spec) => {
                let names = specs.kernelspecs.into_keys().collect::<Vec<_>>().join(", ");
                format!("the server has no kernel named {spec}; it has {names}")
            }
            _ => format!("the kernel {spec} did not start: {}", message_of(reply)),
        };
        Failure::new(Outcome::KernelStartFailed, message).with_status(reply.status)
    }

    pub(super) async fn kernels(&self, server: &Url) -> Result<Vec<String>, Failure> {
        let reply = self.ask(Method::GET, &below(server, &["api", "kernels"]), None).await?;
        if reply.status != 200 {
            return Err(refused(&reply, true));
        }
        let kernels: Vec<KernelModel> = reply.json().map_err(|error| unanswered(&error))?;
        Ok(kernels.into_iter().map(|kernel| kernel.id).collect())
    }

    /// Shuts a kernel down. While the server restarts a kernel that died it cannot delete it and answers 500, so it is asked again.
    pub(super) async fn delete_kernel(&self, server: &Url, id: &str) -> Result<(), Failure> {
        let url = below(server, &["api", "kernels", id]);
        let mut tries = 0;
        loop {
            let reply = self.ask(Method::DELETE, &url, None).await?;
            tries += 1;
            match reply.status {
                204 => return Ok(()),
                404 if reply.is_json() => return Ok(()),
                500 if tries < DELETES_MAX => tokio::time::sleep(DELETE_AGAIN).await,
                _ => return Err(refused(&reply, true)),
            }
        }
    }

    pub(super) async fn interrupt_kernel(&self, server: &Url, id: &str) -> Result<(), Failure> {
        let url = below(server, &["api", "kernels", id, "interrupt"]);
        let reply = self.send(Method::POST, &url, None, LOOK_WITHIN).await?;
        match reply.status {
            404 => Err(Failure::new(Outcome::KernelDeleted, GONE).with_status(404)),
            _ if reply.is_success() => Ok(()),
            _ => Err(refused(&reply, true)),
        }
    }

    /// Restarts a kernel and waits until its server says that it runs again.
    pub(super) async fn restart_kernel(&self, server: &Url, id: &str) -> Result<(), Failure> {
        let url = below(server, &["api", "kernels", id, "restart"]);
        let reply =
            self.http.send(Method::POST, &url, None, KERNEL_WITHIN).await.map_err(|error| unanswered(&error))?;
        match reply.status {
            404 => Err(Failure::new(Outcome::KernelDied, "the kernel is gone").with_status(404)),
            _ if reply.is_success() => Ok(()),
            500 => {
                let text = format!("the kernel did not restart: {}", message_of(&reply));
                Err(Failure::new(Outcome::KernelStartFailed, text).with_status(500))
            }
            _ => Err(refused(&reply, true)),
        }
    }
}

/// How far the clock is from this machine's that an answer just now tells, which was asked for at `sent_ns`.
pub(super) fn skew(reply: &Reply, sent_ns: WallTime) -> Option<Skew> {
    Skew::of_date(reply.header("date")?, sent_ns, Wall::Machine.now_ns())
}

/// An address below another.
pub(super) fn below(url: &Url, parts: &[&str]) -> Url {
    let mut url = url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(parts);
    }
    url
}
