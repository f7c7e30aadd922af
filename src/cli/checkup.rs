//! What can be said of a hub without touching it: whether it answers, its version, whose tokens these are and what they may do. `run` looks before each
//! run, `doctor` shows it.

use super::advice;
use super::error::CliError;
use crate::event::{Failure, Outcome};
use crate::hub::versions::{self, Support};
use crate::plan::rights::{self, Grant};
use crate::plan::{Accounts, HubTarget, Plan, Target, place};
use crate::port::{Hub, HubInfo, TokenOwner};
use futures_util::StreamExt;
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Duration;
use url::Url;

/// Longest wait for one answer about a hub.
const WITHIN: Duration = Duration::from_secs(20);
/// Tokens looked at at one time.
const AT_ONCE: usize = 10;
/// Accounts that are named where many are meant.
const NAMED: usize = 5;

/// How a finding ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Level {
    /// As it should be.
    Ok,
    /// The run can go on.
    Warn,
    /// The run cannot do its work.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Finding {
    /// How it ends.
    pub(crate) level: Level,
    /// What was looked at. Of a hub: `answer`, `version`, `token`, `rights`, `accounts`, `clock`, or what keeps it from being asked: `ca`, `headers`,
    /// `proxy`, `client`. Of a node: `source`, `gpu`, `clock`. Of a kernel: `kernel`, `placement`, `packages`.
    pub(crate) topic: &'static str,
    /// What was found.
    pub(crate) text: String,
    /// Why, the nearest first.
    pub(crate) causes: Vec<String>,
    /// What to do.
    pub(crate) hints: Vec<String>,
}

impl Finding {
    pub(crate) fn new(level: Level, topic: &'static str, text: impl Into<String>) -> Self {
        Self { level, topic, text: text.into(), causes: vec![], hints: vec![] }
    }

    /// That something could not even be asked.
    pub(crate) fn failed(topic: &'static str, error: CliError) -> Self {
        Self { causes: error.causes, hints: error.hints, ..Self::new(Level::Fail, topic, error.heading) }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// What was found of one hub or server.
pub(crate) struct Examined {
    pub(crate) url: String,
    pub(crate) info: HubInfo,
    /// Accounts that users will work under, sorted.
    pub(crate) accounts: Vec<String>,
    pub(crate) findings: Vec<Finding>,
}

/// Looks at a target of a plan.
pub(crate) async fn examine(plan: &Plan, name: &str, hub: &dyn Hub) -> Examined {
    let accounts = accounts_on(plan, name);
    let mut findings = Vec::new();
    let Some(target) = plan.targets.get(name) else {
        return Examined { url: String::new(), info: HubInfo::default(), accounts, findings };
    };
    let (at, url) = (target.url(), target.url().to_string());
    let Target::Hub(target) = target else {
        let info = answer(hub.probe().await_within().await, at, "Jupyter Server", &mut findings);
        return Examined { url, info: info.unwrap_or_default(), accounts, findings };
    };
    // Where every account brings a token there is no other, so the first of them asks.
    let asked = match accounts.first() {
        Some(account) if target.accounts.bring_tokens() => hub.probe_as(account).await_within().await,
        _ => hub.probe().await_within().await,
    };
    let Some(info) = answer(asked, at, "JupyterHub", &mut findings) else {
        return Examined { url, info: HubInfo::default(), accounts, findings };
    };
    findings.push(version(&info.version));
    if !target.accounts.bring_tokens() {
        findings.extend(one_token(target, &info, &accounts));
    }
    findings.extend(own_tokens(target, hub, &accounts).await);
    Examined { url, info, accounts, findings }
}

/// Accounts of a hub that the plan names, sorted.
fn accounts_on(plan: &Plan, name: &str) -> Vec<String> {
    let placements = place(plan).unwrap_or_default();
    let accounts: BTreeSet<String> =
        placements.into_iter().filter(|p| p.target == name).filter_map(|p| p.account).collect();
    accounts.into_iter().collect()
}

trait AwaitWithin {
    /// The answer, or that there was none in time.
    async fn await_within(self) -> Result<HubInfo, Failure>;
}

impl<F: Future<Output = Result<HubInfo, Failure>>> AwaitWithin for F {
    async fn await_within(self) -> Result<HubInfo, Failure> {
        let late = |_| Err(Failure::new(Outcome::Timeout, "no answer within 20 s"));
        tokio::time::timeout(WITHIN, self).await.unwrap_or_else(late)
    }
}

fn answer(asked: Result<HubInfo, Failure>, url: &Url, kind: &str, findings: &mut Vec<Finding>) -> Option<HubInfo> {
    match asked {
        Ok(info) => {
            findings.push(Finding::new(Level::Ok, "answer", format!("{kind} {}", info.version)));
            Some(info)
        }
        Err(failure) => {
            let mut finding = Finding::new(Level::Fail, "answer", "it cannot be used");
            finding.causes.push(failure.to_string());
            finding.hints.extend(advice::hints(url, &failure));
            findings.push(finding);
            None
        }
    }
}

fn version(version: &str) -> Finding {
    let range = versions::range();
    match versions::support(version) {
        Support::Tested => Finding::new(Level::Ok, "version", format!("{version} is in the tested range: {range}")),
        Support::Later => {
            Finding::new(Level::Warn, "version", format!("{version} is later than what was tested: {range}"))
        }
        Support::Unknown => Finding::new(Level::Warn, "version", "the hub does not tell its version"),
        Support::TooOld => {
            Finding::new(Level::Fail, "version", format!("version {version} is too old: wanted {range}"))
                .hint("upgrade the hub; hubmark does not drive this one")
        }
    }
}

/// The token that does everything.
fn one_token(target: &HubTarget, info: &HubInfo, accounts: &[String]) -> Vec<Finding> {
    let owner = info.owner.as_ref().map_or("nobody".to_owned(), ToString::to_string);
    let own = target.accounts == Accounts::Own;
    let mut accounts = accounts.to_vec();
    match &info.owner {
        Some(TokenOwner::User(name)) if own => accounts = vec![name.clone()],
        _ if own => {
            let text = format!("accounts = \"self\" needs a user's token, and this one is of {owner}");
            return vec![
                Finding::new(Level::Fail, "token", text).hint("make a token on the hub's token page (/hub/token)"),
            ];
        }
        // Those with a token of their own are looked at by themselves.
        _ => accounts.retain(|account| target.accounts.tokens().all(|(with, _)| with != account)),
    }
    let mut findings = vec![Finding::new(Level::Ok, "token", format!("of {owner}, from {}", target.token))];
    findings.extend(judge(&rights::needed(target), info, &accounts, &owner));
    findings
}

/// Compares the scopes that are needed with those that a token has.
fn judge(needed: &[String], info: &HubInfo, accounts: &[String], owner: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut missing = Vec::new();
    let mut without = BTreeSet::new();
    for need in needed {
        match rights::grant(need, &info.scopes, accounts) {
            Grant::Whole => {}
            Grant::Groups(groups) => {
                let groups = groups.join(", ");
                let text = format!("{need} is limited to members of {groups}: are all accounts in it?");
                findings.push(Finding::new(Level::Warn, "rights", text));
            }
            Grant::Missing(accounts) => {
                missing.push(need.as_str());
                without.extend(accounts);
            }
        }
    }
    if missing.is_empty() {
        if findings.is_empty() {
            findings.push(Finding::new(Level::Ok, "rights", needed.join(" ")));
        }
        return findings;
    }
    // Filters that cover some accounts and not others: the others are named.
    let partly = without.len() < accounts.len();
    let whom = if partly { format!(" for {}", names(without.iter())) } else { String::new() };
    let text = format!("the token of {owner} lacks scopes: {}{whom}", missing.join(", "));
    let mut lacking = Finding::new(Level::Fail, "rights", text);
    lacking.hints = grant_hints(info, &missing);
    findings.push(lacking);
    findings
}

/// How to give a token what it lacks, to be copied.
fn grant_hints(info: &HubInfo, missing: &[&str]) -> Vec<String> {
    let scopes = missing.iter().map(|scope| format!("{scope:?}")).collect::<Vec<_>>().join(", ");
    let role = |kind: &str, name: &str| {
        format!(
            "in jupyterhub_config.py: c.JupyterHub.load_roles.append({{\"name\": \"hubmark\", {kind:?}: [{name:?}], \"scopes\": [{scopes}]}})"
        )
    };
    match &info.owner {
        Some(TokenOwner::Service(name)) => vec![role("services", name)],
        Some(TokenOwner::User(_)) if missing.iter().all(|scope| scope.ends_with("!user")) => {
            vec![
                "make a token on the hub's token page (/hub/token) and leave its scopes empty: it may do what you may"
                    .to_owned(),
            ]
        }
        Some(TokenOwner::User(name)) => vec![
            role("users", name),
            "without admin rights: hm.hub { accounts = \"self\" } uses named servers of your own".to_owned(),
        ],
        None => vec![],
    }
}

/// The tokens that accounts bring: is each of its account, and may it drive that account's server?
async fn own_tokens(target: &HubTarget, hub: &dyn Hub, accounts: &[String]) -> Vec<Finding> {
    let with: Vec<&String> =
        accounts.iter().filter(|account| target.accounts.tokens().any(|(with, _)| with == *account)).collect();
    if with.is_empty() {
        return vec![];
    }
    let asked =
        futures_util::stream::iter(&with).map(async |account| (*account, hub.probe_as(account).await_within().await));
    let answers: Vec<_> = asked.buffered(AT_ONCE).collect().await;
    let mut findings: Vec<Finding> = answers.iter().filter_map(|(account, asked)| of_account(account, asked)).collect();
    if findings.is_empty() {
        findings.push(Finding::new(Level::Ok, "token", format!("{} accounts bring their own", with.len())));
        findings.push(Finding::new(Level::Ok, "rights", format!("{} of each", rights::of_one_user().join(" "))));
    }
    findings
}

/// What is wrong with the token that an account brings.
fn of_account(account: &str, asked: &Result<HubInfo, Failure>) -> Option<Finding> {
    let info = match asked {
        Ok(info) => info,
        Err(failure) => {
            let mut finding =
                Finding::new(Level::Fail, "token", format!("the token of account {account:?} cannot be used"));
            finding.causes.push(failure.to_string());
            finding.hints.extend(advice::of_outcome(failure.outcome).map(str::to_owned));
            return Some(finding);
        }
    };
    // JupyterHub makes names of users lowercase unless it is told otherwise.
    let same =
        |owner: &TokenOwner| matches!(owner, TokenOwner::User(name) if name.to_lowercase() == account.to_lowercase());
    if !info.owner.as_ref().is_some_and(same) {
        let owner = info.owner.as_ref().map_or("nobody".to_owned(), ToString::to_string);
        let text = format!("the token given for account {account:?} is of {owner}");
        return Some(
            Finding::new(Level::Fail, "token", text).hint("each line wants the token of the account it names"),
        );
    }
    let accounts = [account.to_owned()];
    judge(&rights::of_one_user(), info, &accounts, &format!("user {account}"))
        .into_iter()
        .find(|finding| finding.level != Level::Ok)
}

/// Some names of many.
pub(crate) fn names<'n>(names: impl ExactSizeIterator<Item = &'n String>) -> String {
    let count = names.len();
    let mut text = names.take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if count > NAMED {
        text.push_str(&format!(" and {} more", count - NAMED));
    }
    text
}
