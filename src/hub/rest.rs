//! Requests of one target, with their deadlines; what hub and plain server share.

use super::refusal::{message_of, refused, unanswered};
use crate::event::{Failure, Outcome};
use crate::http::{HttpClient, HttpError, Method, Reply, Settings};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use url::Url;

/// Longest wait for an answer of an API.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Longest wait for a kernel to be started by its server.
pub(super) const KERNEL_WITHIN: Duration = Duration::from_secs(60);

/// Longest wait where a short answer decides what a failure is called.
const LOOK_WITHIN: Duration = Duration::from_secs(5);
/// How often, and after how long, a kernel's end is asked for that the server cannot give yet.
const DELETES_MAX: u32 = 20;
const DELETE_AGAIN: Duration = Duration::from_millis(250);

/// The client of one target. Cloning gives the same client.
#[derive(Clone)]
pub(super) struct Rest {
    pub(super) http: Rc<HttpClient>,
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
        Ok(Self { http: Rc::new(HttpClient::new(base, settings)?) })
    }

    /// The address of a path below the base; each part is encoded.
    pub(super) fn url(&self, parts: &[&str]) -> Url {
        let mut url = self.http.base().clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// Sends and returns whatever answer comes.
    pub(super) async fn ask(&self, method: Method, url: &Url, body: Option<&Value>) -> Result<Reply, Failure> {
        self.http.send(method, url, body, ANSWER_WITHIN).await.map_err(|error| unanswered(&error))
    }

    /// Starts a kernel on the server at an address ending in `/`; its id.
    pub(super) async fn start_kernel(&self, server: &Url, spec: &str) -> Result<String, Failure> {
        let url = below(server, &["api", "kernels"]);
        let reply = self.http.send(Method::POST, &url, Some(&json!({"name": spec})), KERNEL_WITHIN).await;
        let reply = reply.map_err(|error| unanswered(&error))?;
        match reply.status {
            201 => Ok(reply.json::<KernelModel>().map_err(|error| unanswered(&error))?.id),
            500 => Err(self.not_started(server, spec, &reply).await),
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
        Failure::new(Outcome::KernelDied, message).with_status(reply.status)
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
        let reply = self.http.send(Method::POST, &url, None, LOOK_WITHIN).await.map_err(|error| unanswered(&error))?;
        match reply.status {
            404 => Err(Failure::new(Outcome::KernelDied, "the kernel is gone").with_status(404)),
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
                Err(Failure::new(Outcome::KernelDied, text).with_status(500))
            }
            _ => Err(refused(&reply, true)),
        }
    }

    /// What became of a kernel whose connection ended: looked up on its server.
    pub(super) async fn lost(&self, server: &Url, id: &str) -> Failure {
        let looked = self.http.send(Method::GET, &below(server, &["api", "kernels", id]), None, LOOK_WITHIN).await;
        match looked {
            Ok(reply) if reply.status == 200 => {
                Failure::new(Outcome::ConnectionLost, "the connection to the kernel ended; the kernel is still there")
            }
            Ok(reply) if reply.status == 404 => Failure::new(Outcome::KernelDied, "the kernel is gone"),
            Ok(reply) => refused(&reply, true),
            Err(error) => unanswered(&error),
        }
    }
}

/// An address below another.
pub(super) fn below(url: &Url, parts: &[&str]) -> Url {
    let mut url = url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(parts);
    }
    url
}
