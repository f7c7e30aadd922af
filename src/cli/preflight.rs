//! Before a run touches anything: are the hubs there, are the tokens right, do they have the scopes that the plan needs?

use super::Terminal;
use super::error::{CliError, CliResult};
use super::exit::Exit;
use crate::event::{Failure, Outcome};
use crate::plan::Plan;
use crate::port::{Hub, HubInfo};
use crate::record::TargetFacts;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// Longest wait for one hub.
const WITHIN: Duration = Duration::from_secs(20);

/// Reaches every hub of the plan and compares the token's scopes with what the plan needs.
pub(crate) async fn reach(
    plan: &Plan,
    hubs: &BTreeMap<String, Rc<dyn Hub>>,
    terminal: Terminal,
) -> CliResult<BTreeMap<String, TargetFacts>> {
    let estimate = plan.estimate();
    let mut facts = BTreeMap::new();
    for (name, hub) in hubs {
        let url = plan.targets.get(name).map(|target| target.url().to_string()).unwrap_or_default();
        let answer = tokio::time::timeout(WITHIN, hub.probe()).await;
        let answer = answer.unwrap_or_else(|_| Err(Failure::new(Outcome::Timeout, "no answer within 20 s")));
        let info = answer.map_err(|failure| unreachable_hub(name, &url, &failure))?;
        let kind = if hub.has_accounts() { "JupyterHub" } else { "Jupyter Server" };
        terminal.say(&format!("{name}: {kind} {} at {url}", info.version));
        if let Some(needed) = estimate.hubs.get(name) {
            scopes(name, &needed.scopes, &info)?;
        }
        let told = info.facts.into_iter().collect();
        facts.insert(name.clone(), TargetFacts { url, version: info.version, facts: told });
    }
    Ok(facts)
}

fn scopes(name: &str, needed: &[String], info: &HubInfo) -> CliResult<()> {
    if info.scopes.is_empty() {
        return Ok(());
    }
    let missing: Vec<&str> = needed.iter().filter(|scope| !info.scopes.contains(scope)).map(String::as_str).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(CliError::new(Exit::Environment, format!("the token for hub {name:?} lacks scopes: {}", missing.join(", ")))
        .hint("give the token's role these scopes in jupyterhub_config.py (`c.JupyterHub.load_roles`)"))
}

fn unreachable_hub(name: &str, url: &str, failure: &Failure) -> CliError {
    let error = CliError {
        causes: vec![failure.to_string()],
        ..CliError::new(Exit::Environment, format!("hub {name:?} at {url} cannot be used"))
    };
    match failure.outcome {
        Outcome::TokenRefused => error.hint(
            "the hub does not know this token; make a new one on its token page, or check the service's api_token",
        ),
        Outcome::Unreachable => error.hint("is the hub running there? `hubmark lab up` starts one on this machine"),
        Outcome::NameUnresolved => error.hint("check the host's name in the scenario or its --hub flag"),
        Outcome::TlsUntrusted => error.hint("name the certificate authority's file: hm.hub { ca = \"ca.pem\" }"),
        Outcome::UnexpectedReply => error.hint("is that address a JupyterHub? Its base URL belongs to the address"),
        _ => error,
    }
}
