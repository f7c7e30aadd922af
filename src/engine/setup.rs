//! Before the load: accounts. What somebody else owns is refused here, before anything is touched.

use super::context::Context;
use crate::event::Failure;
use crate::plan::{Placement, Target};
use crate::port::{AccountInfo, Created, Hub, TokenOwner};
use futures_util::StreamExt;
use std::collections::{BTreeMap, BTreeSet};

/// Accounts made at one time.
const AT_ONCE: usize = 10;

/// Why the accounts of a run cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// An account that hubmark should create is there already.
    #[error("account {account:?} is on hub {hub:?} already, and hubmark did not create it in this run")]
    AccountTaken {
        /// Hub.
        hub: String,
        /// Account.
        account: String,
    },
    /// An account that should exist does not.
    #[error("account {account:?} is not on hub {hub:?}")]
    AccountMissing {
        /// Hub.
        hub: String,
        /// Account.
        account: String,
    },
    /// The server of an account runs already.
    #[error("the server of account {account:?} on hub {hub:?} is running already")]
    ServerTaken {
        /// Hub.
        hub: String,
        /// Account.
        account: String,
    },
    /// All users shall work under the token's own account, and the token has none.
    #[error("accounts = \"self\" on hub {hub:?} needs a user's token, and this one is of {owner}")]
    NoOwnAccount {
        /// Hub.
        hub: String,
        /// Whose token it is.
        owner: String,
    },
    /// The hub did not do what was asked.
    #[error("hub {hub:?} failed at account {account:?}: {failure}")]
    Hub {
        /// Hub.
        hub: String,
        /// Account.
        account: String,
        /// What was seen.
        failure: Failure,
    },
    /// The ledger cannot be written, so nothing may be made.
    #[error("the lease of account {account:?} cannot be written")]
    Ledger {
        /// Account.
        account: String,
    },
}

/// Makes sure that every account of the plan is there and free: creates them where the plan says so. Users who work under the token's own account are
/// told its name.
pub(super) async fn accounts(context: &Context, placements: &mut [Placement]) -> Result<(), SetupError> {
    name_own_accounts(context, placements).await?;
    // By hub and account: names of the servers that its users will have, the empty one for the default server.
    let mut by_hub: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for placement in placements.iter().filter(|placement| placement.server.is_none()) {
        if let Some(account) = &placement.account {
            let servers = by_hub.entry(&placement.target).or_default().entry(account).or_default();
            servers.insert(placement.home.as_deref().unwrap_or_default());
        }
    }
    // First look at all of them, so that a refusal comes before the first account is made.
    for (name, accounts) in &by_hub {
        let Some((hub, create)) = hub_of(context, name) else { continue };
        let names: Vec<String> = accounts.keys().map(|account| (*account).to_owned()).collect();
        for ((account, servers), found) in accounts.iter().zip(hub.accounts(&names).await) {
            check(name, account, servers, create, found)?;
        }
    }
    for (name, accounts) in &by_hub {
        let Some((hub, true)) = hub_of(context, name) else { continue };
        let made = futures_util::stream::iter(accounts.keys())
            .map(|account| create(context, name, hub, account))
            .buffered(AT_ONCE);
        let results: Vec<_> = made.collect().await;
        results.into_iter().collect::<Result<Vec<()>, _>>()?;
    }
    Ok(())
}

/// The account of the token's user, for users who get named servers of it. Its default server and the others are nobody's business here: the run's
/// own carry its nonce.
async fn name_own_accounts(context: &Context, placements: &mut [Placement]) -> Result<(), SetupError> {
    let hubs: BTreeSet<String> = placements.iter().filter(|p| p.server.is_some()).map(|p| p.target.clone()).collect();
    for name in hubs {
        let Some((hub, _)) = hub_of(context, &name) else { continue };
        let info = hub.probe().await.map_err(|failure| SetupError::Hub {
            hub: name.clone(),
            account: "self".to_owned(),
            failure,
        })?;
        let owner = match info.owner {
            Some(TokenOwner::User(account)) => account,
            other => {
                let owner = other.map_or("nobody".to_owned(), |owner| owner.to_string());
                return Err(SetupError::NoOwnAccount { hub: name, owner });
            }
        };
        for placement in placements.iter_mut().filter(|p| p.target == name) {
            placement.account = Some(owner.clone());
        }
    }
    Ok(())
}

fn hub_of<'c>(context: &'c Context, name: &str) -> Option<(&'c dyn Hub, bool)> {
    let hub = context.hubs.get(name)?;
    let create = matches!(context.plan.targets.get(name), Some(Target::Hub(hub)) if hub.accounts.create());
    Some((hub.as_ref(), create))
}

fn check(
    hub: &str,
    account: &str,
    servers: &BTreeSet<&str>,
    create: bool,
    found: Result<Option<AccountInfo>, Failure>,
) -> Result<(), SetupError> {
    let (hub, account) = (hub.to_owned(), account.to_owned());
    match found {
        Err(failure) => Err(SetupError::Hub { hub, account, failure }),
        Ok(Some(_)) if create => Err(SetupError::AccountTaken { hub, account }),
        Ok(None) if !create => Err(SetupError::AccountMissing { hub, account }),
        Ok(Some(info)) if info.servers.iter().any(|server| servers.contains(server.name.as_str())) => {
            Err(SetupError::ServerTaken { hub, account })
        }
        Ok(_) => Ok(()),
    }
}

async fn create(context: &Context, name: &str, hub: &dyn Hub, account: &str) -> Result<(), SetupError> {
    let Some(lease) = context.ledger.intend_account(name, account).await else {
        return Err(SetupError::Ledger { account: account.to_owned() });
    };
    match hub.create_account(account).await {
        Ok(Created::Now) => {
            context.ledger.created(lease, None).await;
            Ok(())
        }
        Ok(Created::Before) => {
            context.ledger.closed(lease).await;
            Err(SetupError::AccountTaken { hub: name.to_owned(), account: account.to_owned() })
        }
        // The lease stays open: a request that failed on the way back may have made the account.
        Err(failure) => Err(SetupError::Hub { hub: name.to_owned(), account: account.to_owned(), failure }),
    }
}
