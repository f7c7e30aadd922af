//! Requests of one target, with their deadlines; what hub and plain server share.

use super::refusal::{refused, unanswered};
use crate::event::{Failure, Outcome};
use crate::http::{HttpClient, HttpError, Method, Reply, Settings};
use serde::Deserialize;
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;
use url::Url;

/// Longest wait for an answer of an API.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Longest wait for a kernel to be started by its server.
pub(super) const KERNEL_WITHIN: Duration = Duration::from_secs(60);

/// The client of one target. Cloning gives the same client.
#[derive(Clone)]
pub(super) struct Rest {
    pub(super) http: Rc<HttpClient>,
}

#[derive(Deserialize)]
struct KernelModel {
    id: String,
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
        if reply.status != 201 {
            return Err(refused(&reply, true));
        }
        Ok(reply.json::<KernelModel>().map_err(|error| unanswered(&error))?.id)
    }

    pub(super) async fn kernels(&self, server: &Url) -> Result<Vec<String>, Failure> {
        let reply = self.ask(Method::GET, &below(server, &["api", "kernels"]), None).await?;
        if reply.status != 200 {
            return Err(refused(&reply, true));
        }
        let kernels: Vec<KernelModel> = reply.json().map_err(|error| unanswered(&error))?;
        Ok(kernels.into_iter().map(|kernel| kernel.id).collect())
    }

    pub(super) async fn delete_kernel(&self, server: &Url, id: &str) -> Result<(), Failure> {
        let reply = self.ask(Method::DELETE, &below(server, &["api", "kernels", id]), None).await?;
        if reply.status == 204 || (reply.status == 404 && reply.is_json()) {
            Ok(())
        } else {
            Err(refused(&reply, true))
        }
    }

    pub(super) async fn interrupt_kernel(&self, server: &Url, id: &str) -> Result<(), Failure> {
        let reply = self.ask(Method::POST, &below(server, &["api", "kernels", id, "interrupt"]), None).await?;
        if reply.is_success() { Ok(()) } else { Err(refused(&reply, true)) }
    }

    /// What became of a kernel whose connection ended: looked up on its server.
    pub(super) async fn lost(&self, server: &Url, id: &str) -> Failure {
        let looked =
            self.http.send(Method::GET, &below(server, &["api", "kernels", id]), None, Duration::from_secs(5)).await;
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
