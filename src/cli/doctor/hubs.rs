//! Hubs and servers: whether they answer, their versions, tokens, rights, accounts and clocks.

use super::clocks;
use super::document::TargetSeen;
use crate::cli::checkup::{self, Examined, Finding, Level, names};
use crate::cli::scenario::Scenario;
use crate::cli::wire::{self, NoClient};
use crate::plan::{Plan, Target};
use crate::port::{AccountInfo, Hub};
use std::collections::BTreeMap;

/// Looks at every hub and server of a scenario.
pub(super) async fn look(scenario: &Scenario) -> BTreeMap<String, TargetSeen> {
    let mut seen = BTreeMap::new();
    for (name, target) in &scenario.plan.targets {
        // Each by itself: one whose token is missing hides nothing of the others.
        let one = match wire::connect_one(name, target, &scenario.folder, &scenario.env) {
            Ok(hub) => look_at(&scenario.plan, name, hub.as_ref()).await,
            Err(none) => refused(target, none),
        };
        seen.insert(name.clone(), one);
    }
    seen
}

async fn look_at(plan: &Plan, name: &str, hub: &dyn Hub) -> TargetSeen {
    let mut found = checkup::examine(plan, name, hub).await;
    let answers = found.findings.iter().all(|finding| finding.level != Level::Fail);
    found.findings.extend(found.info.skew.map(|skew| clocks::judge(skew, true)));
    if let Some(Target::Hub(target)) = plan.targets.get(name)
        && answers
        && !found.accounts.is_empty()
    {
        let looked = hub.accounts(&found.accounts).await;
        found.findings.extend(accounts(target.accounts.create(), &found.accounts, looked));
    }
    let Examined { url, info, findings, .. } = found;
    TargetSeen { url, version: info.version, scopes: info.scopes, clock: info.skew.map(clocks::seen), findings }
}

/// Whether the accounts are there, or free where hubmark shall make them.
fn accounts<E: ToString>(
    create: bool,
    accounts: &[String],
    looked: Vec<Result<Option<AccountInfo>, E>>,
) -> Vec<Finding> {
    let (mut there, mut missing, mut busy, mut failed) = (vec![], vec![], vec![], vec![]);
    for (name, looked) in accounts.iter().zip(looked) {
        match looked {
            Err(failure) => failed.push(failure.to_string()),
            Ok(None) => missing.push(name),
            Ok(Some(account)) => {
                there.push(name);
                if account.servers.iter().any(|server| server.name.is_empty()) {
                    busy.push(name);
                }
            }
        }
    }
    let fail = |text: String| Finding::new(Level::Fail, "accounts", text);
    let mut findings = Vec::new();
    if let Some(failure) = failed.first() {
        let mut finding = fail(format!("{} accounts cannot be looked at", failed.len()));
        finding.causes.push(failure.clone());
        findings.push(finding);
    }
    if create && !there.is_empty() {
        let text = format!("{} are there already: {}", there.len(), names(there.into_iter()));
        findings.push(fail(text).hint("if a killed run left them: `hubmark clean --all`; else choose another pattern"));
    } else if !create && !missing.is_empty() {
        let text = format!("{} are not there: {}", missing.len(), names(missing.into_iter()));
        findings.push(fail(text).hint("let hubmark make them: hm.accounts { pattern = …, create = true }"));
    } else if !busy.is_empty() {
        let text = format!("{} have a server running: {}", busy.len(), names(busy.into_iter()));
        findings.push(fail(text).hint("hubmark neither uses nor stops servers that it did not start"));
    }
    if findings.is_empty() {
        let text = if create { "free, to be made and removed" } else { "there, without a running server" };
        findings.push(Finding::new(Level::Ok, "accounts", format!("{} {text}", accounts.len())));
    }
    findings
}

/// A target whose client cannot be made: no token, no certificate authority.
fn refused(target: &Target, none: NoClient) -> TargetSeen {
    let finding = Finding::failed(none.topic, none.error);
    TargetSeen { url: target.url().to_string(), findings: vec![finding], ..TargetSeen::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::ServerInfo;

    fn found(create: bool, looked: Vec<Option<&[&str]>>) -> (Level, String) {
        let names: Vec<String> = (1..=looked.len()).map(|n| format!("u{n}")).collect();
        let looked = looked.into_iter().zip(&names).map(|(servers, name)| {
            let server =
                |name: &&str| ServerInfo { name: (*name).to_owned(), ready: true, pending: false, started_ns: None };
            let servers = servers.map(|servers| servers.iter().map(server).collect());
            Ok::<_, String>(servers.map(|servers| AccountInfo { name: name.clone(), created_ns: None, servers }))
        });
        let findings = accounts(create, &names, looked.collect());
        assert_eq!(findings.len(), 1, "{findings:?}");
        (findings[0].level, findings[0].text.clone())
    }

    #[test]
    fn accounts_to_be_made_must_be_free_and_others_there_and_idle() {
        assert_eq!(found(true, vec![None, None]).0, Level::Ok);
        assert_eq!(found(true, vec![None, Some(&[])]), (Level::Fail, "1 are there already: u2".to_owned()));
        assert_eq!(found(false, vec![Some(&["mine"]), Some(&[])]).0, Level::Ok);
        assert_eq!(found(false, vec![Some(&[]), None]), (Level::Fail, "1 are not there: u2".to_owned()));
        assert_eq!(found(false, vec![Some(&[""])]), (Level::Fail, "1 have a server running: u1".to_owned()));
    }
}
