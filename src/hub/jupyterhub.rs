//! JupyterHub.

use super::addresses::Addresses;
use super::kernel;
use super::listing;
use super::looking;
use super::place::Place;
use super::refusal::{refused, unanswered};
use super::rest::{Rest, skew};
use super::versions::{self, Support};
use crate::clock::{Wall, parse_rfc3339};
use crate::event::{Failure, Outcome};
use crate::http::{Method, Secret};
use crate::port::{
    AccountInfo, Created, Hub, HubInfo, HubPart, HubSeen, Kernel, Local, ServerInfo, ServerRef, ServerRequest,
    TokenOwner,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Longest wait until an account is gone whose server still stops.
const GONE_WITHIN: Duration = Duration::from_secs(40);
/// Pause between two looks.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// A JupyterHub.
pub(super) struct JupyterHub {
    pub(super) rest: Rest,
    /// The same hub with the tokens of accounts that bring their own.
    own: BTreeMap<String, JupyterHub>,
    addresses: Addresses,
}

/// An account as the hub describes it; what the token may not read is absent.
#[derive(Deserialize)]
pub(super) struct UserModel {
    name: String,
    created: Option<String>,
    servers: Option<BTreeMap<String, ServerModel>>,
}

#[derive(Deserialize)]
struct ServerModel {
    name: String,
    #[serde(default)]
    ready: bool,
    pending: Option<String>,
    started: Option<String>,
    /// Path below the hub's address, or the whole address where users have hosts of their own.
    url: Option<String>,
}

/// Whose token it is.
#[derive(Deserialize)]
pub(super) struct WhoAmI {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    pub(super) scopes: Vec<String>,
}

impl JupyterHub {
    pub(super) fn new(rest: Rest, tokens: BTreeMap<String, Secret>) -> Self {
        let with = |secret| Self::new(rest.with_secret(secret), BTreeMap::new());
        let own = tokens.into_iter().map(|(account, secret)| (account, with(secret))).collect();
        Self { rest, own, addresses: Addresses::default() }
    }

    /// The hub as an account that has a token of its own, else as the one that the hub's token belongs to.
    fn of(&self, account: &str) -> &Self {
        self.own.get(account).unwrap_or(self)
    }

    pub(super) fn api(&self, parts: &[&str]) -> Url {
        let all: Vec<&str> = ["hub", "api"].iter().chain(parts).copied().collect();
        self.rest.url(&all)
    }

    /// Address of a user's server.
    fn server(&self, server: &ServerRef) -> Url {
        if let Some(apart) = self.addresses.of(server) {
            return apart;
        }
        let mut parts = vec!["user", server.account.as_str()];
        if !server.name.is_empty() {
            parts.push(&server.name);
        }
        parts.push("");
        self.rest.url(&parts)
    }

    /// Starts a server, and finds out where it is as long as hub has not said that all are below its own address.
    async fn start(&self, request: &ServerRequest) -> Result<Created, Failure> {
        let created = self.spawn(request).await?;
        if created == Created::Now && self.addresses.unknown() {
            let account = self.model(&request.server.account).await?;
            let servers = account.and_then(|account| account.servers).unwrap_or_default();
            if let Some(url) = servers.get(&request.server.name).and_then(|server| server.url.as_deref()) {
                self.addresses.learn(&self.rest, &request.server, url)?;
            }
        }
        Ok(created)
    }

    /// The hub's version, and whose token this is.
    pub(super) async fn who_am_i(&self) -> Result<(String, WhoAmI), Failure> {
        let reply = self.rest.ask(Method::GET, &self.api(&["user"]), None).await?;
        let version = reply.header("x-jupyterhub-version").unwrap_or_default().to_owned();
        if versions::support(&version) == Support::TooOld {
            let text = format!("JupyterHub {version} is too old; hubmark drives {}", versions::range());
            return Err(Failure::new(Outcome::HubTooOld, text).with_status(reply.status));
        }
        match (reply.status, reply.header("location")) {
            (200, _) => {}
            // The API answers where it is and nowhere else: this is a hub below a path, or a page that wants a login.
            (301..=308, Some(location)) => {
                let text = format!("the address leads elsewhere, to {location}");
                return Err(Failure::new(Outcome::UnexpectedReply, text).with_status(reply.status));
            }
            _ => return Err(refused(&reply, false)),
        }
        Ok((version, reply.json().map_err(|error| unanswered(&error))?))
    }

    pub(super) async fn info(&self) -> Result<HubInfo, Failure> {
        let (version, who) = self.who_am_i().await?;
        if versions::support(&version) == Support::TooOld {
            let text = format!("version {version} is too old: wanted {}", versions::range());
            return Err(Failure::new(Outcome::HubTooOld, text));
        }
        let owner = if who.kind == "service" { TokenOwner::Service(who.name) } else { TokenOwner::User(who.name) };
        let mut facts = vec![("token_of".to_owned(), owner.to_string())];
        // More about the hub needs the scope `read:hub`; without it there is less to tell.
        let sent_ns = Wall::Machine.now_ns();
        let more = self.rest.ask(Method::GET, &self.api(&["info"]), None).await?;
        let skew = skew(&more, sent_ns);
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
        Ok(HubInfo { version, facts, scopes: who.scopes, owner: Some(owner), skew })
    }

    pub(super) async fn look(&self, name: &str) -> Result<Option<AccountInfo>, Failure> {
        Ok(self.model(name).await?.map(AccountInfo::from))
    }

    async fn model(&self, name: &str) -> Result<Option<UserModel>, Failure> {
        let reply = self.rest.ask(Method::GET, &self.api(&["users", name]), None).await?;
        match reply.status {
            200 => {}
            404 if reply.is_json() => return Ok(None),
            _ => return Err(refused(&reply, false)),
        }
        reply.json().map(Some).map_err(|error| unanswered(&error))
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

impl UserModel {
    /// Whether the token may see which servers it has.
    pub(super) fn shows_servers(&self) -> bool {
        self.servers.is_some()
    }
}

impl From<UserModel> for AccountInfo {
    fn from(user: UserModel) -> Self {
        let time = |text: Option<String>| text.and_then(|text| parse_rfc3339(&text));
        let servers = user.servers.unwrap_or_default().into_values().map(|server| ServerInfo {
            name: server.name,
            ready: server.ready,
            pending: server.pending.is_some(),
            started_ns: time(server.started),
        });
        Self { servers: servers.collect(), name: user.name, created_ns: time(user.created) }
    }
}

impl Hub for JupyterHub {
    fn probe(&self) -> Local<'_, Result<HubInfo, Failure>> {
        Box::pin(self.info())
    }

    fn probe_as<'a>(&'a self, account: &'a str) -> Local<'a, Result<HubInfo, Failure>> {
        Box::pin(self.of(account).info())
    }

    fn has_accounts(&self) -> bool {
        true
    }

    fn account<'a>(&'a self, name: &'a str) -> Local<'a, Result<Option<AccountInfo>, Failure>> {
        Box::pin(self.of(name).look(name))
    }

    fn accounts<'a>(&'a self, names: &'a [String]) -> Local<'a, Vec<Result<Option<AccountInfo>, Failure>>> {
        Box::pin(listing::accounts(self, names))
    }

    fn create_account<'a>(&'a self, name: &'a str) -> Local<'a, Result<Created, Failure>> {
        Box::pin(self.create(name))
    }

    fn delete_account<'a>(&'a self, name: &'a str) -> Local<'a, Result<(), Failure>> {
        Box::pin(self.delete(name))
    }

    fn start_server<'a>(&'a self, request: &'a ServerRequest) -> Local<'a, Result<Created, Failure>> {
        Box::pin(self.of(&request.server.account).start(request))
    }

    fn stop_server<'a>(&'a self, server: &'a ServerRef) -> Local<'a, Result<(), Failure>> {
        Box::pin(self.of(&server.account).stop(server))
    }

    fn open_kernel_told<'a>(
        &'a self,
        server: &'a ServerRef,
        spec: &'a str,
        told: &'a dyn Fn(&str),
    ) -> Local<'a, Result<Box<dyn Kernel>, Failure>> {
        let hub = self.of(&server.account);
        Box::pin(kernel::open(Place::behind_hub(&hub.rest, hub.server(server), server), spec, told))
    }

    fn kernels<'a>(&'a self, server: &'a ServerRef) -> Local<'a, Result<Vec<String>, Failure>> {
        let hub = self.of(&server.account);
        Box::pin(async move { hub.rest.kernels(&hub.server(server)).await })
    }

    fn put_file<'a>(
        &'a self,
        server: &'a ServerRef,
        path: &'a str,
        bytes: Arc<[u8]>,
    ) -> Local<'a, Result<(), Failure>> {
        let hub = self.of(&server.account);
        Box::pin(async move { hub.rest.put_file(&hub.server(server), path, bytes).await })
    }

    fn get_file<'a>(&'a self, server: &'a ServerRef, path: &'a str) -> Local<'a, Result<Vec<u8>, Failure>> {
        let hub = self.of(&server.account);
        Box::pin(async move { hub.rest.get_file(&hub.server(server), path).await })
    }

    fn look(&self, part: HubPart) -> Local<'_, Result<HubSeen, Failure>> {
        Box::pin(looking::look(self, part))
    }

    fn delete_kernel<'a>(&'a self, server: &'a ServerRef, id: &'a str) -> Local<'a, Result<(), Failure>> {
        let hub = self.of(&server.account);
        Box::pin(async move { hub.rest.delete_kernel(&hub.server(server), id).await })
    }
}
