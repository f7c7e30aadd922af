//! JupyterHub.

use super::kernel;
use super::place::Place;
use super::refusal::{refused, unanswered};
use super::rest::Rest;
use crate::clock::parse_rfc3339;
use crate::event::{Failure, Outcome};
use crate::http::Method;
use crate::port::{AccountInfo, Created, Hub, HubInfo, Kernel, Local, ServerInfo, ServerRef, ServerRequest};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// Longest wait until an account is gone whose server still stops.
const GONE_WITHIN: Duration = Duration::from_secs(40);
/// Pause between two looks.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// A JupyterHub.
pub(super) struct JupyterHub {
    pub(super) rest: Rest,
}

#[derive(Deserialize)]
struct UserModel {
    name: String,
    created: Option<String>,
    #[serde(default)]
    servers: BTreeMap<String, ServerModel>,
}

#[derive(Deserialize)]
struct ServerModel {
    name: String,
    #[serde(default)]
    ready: bool,
    pending: Option<String>,
    started: Option<String>,
}

#[derive(Deserialize)]
struct WhoAmI {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    scopes: Vec<String>,
}

impl JupyterHub {
    pub(super) fn new(rest: Rest) -> Self {
        Self { rest }
    }

    pub(super) fn api(&self, parts: &[&str]) -> Url {
        let all: Vec<&str> = ["hub", "api"].iter().chain(parts).copied().collect();
        self.rest.url(&all)
    }

    /// Address of a user's server.
    fn server(&self, server: &ServerRef) -> Url {
        let mut parts = vec!["user", server.account.as_str()];
        if !server.name.is_empty() {
            parts.push(&server.name);
        }
        parts.push("");
        self.rest.url(&parts)
    }

    async fn info(&self) -> Result<HubInfo, Failure> {
        let reply = self.rest.ask(Method::GET, &self.api(&["user"]), None).await?;
        if reply.status != 200 {
            return Err(refused(&reply, false));
        }
        let version = reply.header("x-jupyterhub-version").unwrap_or_default().to_owned();
        let who: WhoAmI = reply.json().map_err(|error| unanswered(&error))?;
        let mut facts = vec![("token_of".to_owned(), format!("{} {}", who.kind, who.name))];
        // More about the hub needs the scope `read:hub`; without it there is less to tell.
        let more = self.rest.ask(Method::GET, &self.api(&["info"]), None).await?;
        if let Ok(Value::Object(info)) = more.json::<Value>() {
            for (key, value) in &info {
                let text = match value {
                    Value::String(text) => text.clone(),
                    Value::Object(map) => map.get("class").and_then(Value::as_str).unwrap_or_default().to_owned(),
                    _ => continue,
                };
                let text = text.split_whitespace().next().unwrap_or_default().to_owned();
                facts.push((key.clone(), text));
            }
        }
        facts.sort();
        Ok(HubInfo { version, facts, scopes: who.scopes })
    }

    pub(super) async fn look(&self, name: &str) -> Result<Option<AccountInfo>, Failure> {
        let reply = self.rest.ask(Method::GET, &self.api(&["users", name]), None).await?;
        match reply.status {
            200 => {}
            404 if reply.is_json() => return Ok(None),
            _ => return Err(refused(&reply, false)),
        }
        let user: UserModel = reply.json().map_err(|error| unanswered(&error))?;
        let time = |text: Option<String>| text.and_then(|text| parse_rfc3339(&text));
        let servers = user.servers.into_values().map(|server| ServerInfo {
            name: server.name,
            ready: server.ready,
            pending: server.pending.is_some(),
            started_ns: time(server.started),
        });
        Ok(Some(AccountInfo { servers: servers.collect(), name: user.name, created_ns: time(user.created) }))
    }

    async fn create(&self, name: &str) -> Result<Created, Failure> {
        let reply = self.rest.ask(Method::POST, &self.api(&["users", name]), Some(&json!({}))).await?;
        match reply.status {
            201 => Ok(Created::Now),
            409 => Ok(Created::Before),
            _ => Err(refused(&reply, false)),
        }
    }

    async fn delete(&self, name: &str) -> Result<(), Failure> {
        let gone = async {
            loop {
                let reply = self.rest.ask(Method::DELETE, &self.api(&["users", name]), None).await?;
                match reply.status {
                    204 => return Ok(()),
                    404 if reply.is_json() => return Ok(()),
                    // "in the process of stopping, please wait"
                    400 => tokio::time::sleep(LOOK_AGAIN).await,
                    _ => return Err(refused(&reply, false)),
                }
            }
        };
        let late = || Err(Failure::new(Outcome::Timeout, format!("account {name} was not gone within 40 s")));
        tokio::time::timeout(GONE_WITHIN, gone).await.unwrap_or_else(|_| late())
    }
}

impl Hub for JupyterHub {
    fn probe(&self) -> Local<'_, Result<HubInfo, Failure>> {
        Box::pin(self.info())
    }

    fn has_accounts(&self) -> bool {
        true
    }

    fn account<'a>(&'a self, name: &'a str) -> Local<'a, Result<Option<AccountInfo>, Failure>> {
        Box::pin(self.look(name))
    }

    fn create_account<'a>(&'a self, name: &'a str) -> Local<'a, Result<Created, Failure>> {
        Box::pin(self.create(name))
    }

    fn delete_account<'a>(&'a self, name: &'a str) -> Local<'a, Result<(), Failure>> {
        Box::pin(self.delete(name))
    }

    fn start_server<'a>(&'a self, request: &'a ServerRequest) -> Local<'a, Result<Created, Failure>> {
        Box::pin(self.spawn(request))
    }

    fn stop_server<'a>(&'a self, server: &'a ServerRef) -> Local<'a, Result<(), Failure>> {
        Box::pin(self.stop(server))
    }

    fn open_kernel<'a>(&'a self, server: &'a ServerRef, spec: &'a str) -> Local<'a, Result<Box<dyn Kernel>, Failure>> {
        Box::pin(kernel::open(Place::behind_hub(&self.rest, self.server(server), server), spec))
    }

    fn kernels<'a>(&'a self, server: &'a ServerRef) -> Local<'a, Result<Vec<String>, Failure>> {
        Box::pin(async move { self.rest.kernels(&self.server(server)).await })
    }

    fn put_file<'a>(&'a self, server: &'a ServerRef, path: &'a str, bytes: &'a [u8]) -> Local<'a, Result<(), Failure>> {
        Box::pin(async move { self.rest.put_file(&self.server(server), path, bytes).await })
    }

    fn get_file<'a>(&'a self, server: &'a ServerRef, path: &'a str) -> Local<'a, Result<Vec<u8>, Failure>> {
        Box::pin(async move { self.rest.get_file(&self.server(server), path).await })
    }

    fn delete_kernel<'a>(&'a self, server: &'a ServerRef, id: &'a str) -> Local<'a, Result<(), Failure>> {
        Box::pin(async move { self.rest.delete_kernel(&self.server(server), id).await })
    }
}
