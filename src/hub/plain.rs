//! A plain Jupyter Server: one server, no accounts.

use super::kernel;
use super::looking;
use super::place::Place;
use super::refusal::{refused, unanswered};
use super::rest::{Rest, skew};
use crate::clock::Wall;
use crate::event::{Failure, Outcome};
use crate::http::Method;
use crate::port::{AccountInfo, Created, Hub, HubInfo, HubPart, HubSeen, Kernel, Local, ServerRef, ServerRequest};
use serde::Deserialize;
use std::sync::Arc;
use url::Url;

/// A plain Jupyter Server.
pub(super) struct PlainServer {
    rest: Rest,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

impl PlainServer {
    pub(super) fn new(rest: Rest) -> Self {
        Self { rest }
    }

    fn base(&self) -> Url {
        self.rest.http.base().clone()
    }

    async fn info(&self) -> Result<HubInfo, Failure> {
        let sent_ns = Wall::Machine.now_ns();
        let reply = self.rest.ask(Method::GET, &self.rest.url(&["api"]), None).await?;
        let skew = skew(&reply, sent_ns);
        if reply.status != 200 {
            return Err(refused(&reply, true));
        }
        let version: Version = reply.json().map_err(|error| unanswered(&error))?;
        // The version is told to everybody; only this says whether the token is right.
        self.rest.kernels(&self.base()).await?;
        Ok(HubInfo { version: version.version, skew, ..HubInfo::default() })
    }

    fn no_accounts<T>() -> Result<T, Failure> {
        Err(Failure::new(Outcome::Unknown, "a plain Jupyter Server has no accounts"))
    }
}

impl Hub for PlainServer {
    fn probe(&self) -> Local<'_, Result<HubInfo, Failure>> {
        Box::pin(self.info())
    }

    fn has_accounts(&self) -> bool {
        false
    }

    fn account<'a>(&'a self, _name: &'a str) -> Local<'a, Result<Option<AccountInfo>, Failure>> {
        Box::pin(std::future::ready(Self::no_accounts()))
    }

    fn create_account<'a>(&'a self, _name: &'a str) -> Local<'a, Result<Created, Failure>> {
        Box::pin(std::future::ready(Self::no_accounts()))
    }

    fn delete_account<'a>(&'a self, _name: &'a str) -> Local<'a, Result<(), Failure>> {
        Box::pin(std::future::ready(Self::no_accounts()))
    }

    fn start_server<'a>(&'a self, _request: &'a ServerRequest) -> Local<'a, Result<Created, Failure>> {
        Box::pin(std::future::ready(Self::no_accounts()))
    }

    fn stop_server<'a>(&'a self, _server: &'a ServerRef) -> Local<'a, Result<(), Failure>> {
        Box::pin(std::future::ready(Self::no_accounts()))
    }

    fn open_kernel_told<'a>(
        &'a self,
        _server: &'a ServerRef,
        spec: &'a str,
        told: &'a dyn Fn(&str),
    ) -> Local<'a, Result<Box<dyn Kernel>, Failure>> {
        Box::pin(kernel::open(Place::plain(&self.rest, self.base()), spec, told))
    }

    fn kernels<'a>(&'a self, _server: &'a ServerRef) -> Local<'a, Result<Vec<String>, Failure>> {
        Box::pin(async move { self.rest.kernels(&self.base()).await })
    }

    fn put_file<'a>(
        &'a self,
        _server: &'a ServerRef,
        path: &'a str,
        bytes: Arc<[u8]>,
    ) -> Local<'a, Result<(), Failure>> {
        Box::pin(async move { self.rest.put_file(&self.base(), path, bytes).await })
    }

    fn get_file<'a>(&'a self, _server: &'a ServerRef, path: &'a str) -> Local<'a, Result<Vec<u8>, Failure>> {
        Box::pin(async move { self.rest.get_file(&self.base(), path).await })
    }

    fn look(&self, part: HubPart) -> Local<'_, Result<HubSeen, Failure>> {
        Box::pin(async move {
            match part {
                HubPart::Info => Ok(HubSeen::Data(looking::info(&self.info().await?))),
                HubPart::Metrics => looking::metrics(&self.rest, &self.rest.url(&["metrics"])).await,
                part => Err(looking::not_on_a_plain_server(part)),
            }
        })
    }

    fn delete_kernel<'a>(&'a self, _server: &'a ServerRef, id: &'a str) -> Local<'a, Result<(), Failure>> {
        Box::pin(async move { self.rest.delete_kernel(&self.base(), id).await })
    }
}
