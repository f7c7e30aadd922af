//! Looking up many accounts: in pages where that takes fewer requests than one for each.

use super::jupyterhub::{JupyterHub, UserModel};
use super::refusal::{refused, unanswered};
use super::rest::ANSWER_WITHIN;
use crate::event::Failure;
use crate::plan::rights::{self, Grant};
use crate::port::{AccountInfo, Hub};
use futures_util::StreamExt;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Single looks at one time.
const AT_ONCE: usize = 10;
/// Accounts asked for in one page. Hubs cut it to their own limit, 200 unless configured.
const PAGE: u32 = 200;
/// What a hub of version 2 or later answers with pages for.
const PAGES: &str = "application/jupyterhub-pagination+json";

#[derive(Deserialize)]
struct Page {
    items: Vec<UserModel>,
    #[serde(rename = "_pagination")]
    pagination: Pagination,
}

#[derive(Deserialize)]
struct Pagination {
    total: usize,
    next: Option<Next>,
}

/// Where the next page begins. Its address is not followed: behind a proxy the hub may not know its own.
#[derive(Deserialize)]
struct Next {
    offset: u32,
}

/// Accounts by name, in the order of the names.
pub(super) async fn accounts(hub: &JupyterHub, names: &[String]) -> Vec<Result<Option<AccountInfo>, Failure>> {
    if names.len() > AT_ONCE
        && let Ok(Some(mut all)) = list(hub, names.len()).await
    {
        return names.iter().map(|name| Ok(all.remove(name))).collect();
    }
    futures_util::stream::iter(names).map(|name| hub.account(name)).buffered(AT_ONCE).collect().await
}

/// All accounts of the hub; `None` where that takes more requests than `at_most`, or the token sees a part of them: an account that is not in that part
/// may be there all the same, so each is asked for by its name then.
async fn list(hub: &JupyterHub, at_most: usize) -> Result<Option<BTreeMap<String, AccountInfo>>, Failure> {
    let (_, who) = hub.who_am_i().await?;
    if rights::grant("list:users", &who.scopes, &[]) != Grant::Whole {
        return Ok(None);
    }
    let mut all = BTreeMap::new();
    let mut offset = 0;
    loop {
        let page = page(hub, offset).await?;
        let requests = page.pagination.total.div_ceil(page.items.len().max(1));
        if requests > at_most || page.items.iter().any(|user| !user.shows_servers()) {
            return Ok(None);
        }
        all.extend(page.items.into_iter().map(AccountInfo::from).map(|account| (account.name.clone(), account)));
        match page.pagination.next {
            Some(next) if next.offset > offset => offset = next.offset,
            _ => break,
        }
    }
    Ok(Some(all))
}

async fn page(hub: &JupyterHub, offset: u32) -> Result<Page, Failure> {
    let mut url = hub.api(&["users"]);
    url.query_pairs_mut().append_pair("offset", &offset.to_string()).append_pair("limit", &PAGE.to_string());
    let reply = hub.rest.http.get(&url, PAGES, ANSWER_WITHIN).await.map_err(|error| unanswered(&error))?;
    match reply.status {
        200 => reply.json().map_err(|error| unanswered(&error)),
        _ => Err(refused(&reply, false)),
    }
}
