//! Before a run touches anything: are the hubs there, are the tokens right, do they have the scopes that the plan needs?

use super::Terminal;
use super::checkup::{self, Examined, Level};
use super::error::{CliError, CliResult};
use super::exit::Exit;
use crate::plan::Plan;
use crate::port::Hub;
use crate::record::TargetFacts;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Reaches every hub of the plan and compares what the tokens may do with what the plan needs. The first thing that is wrong ends it.
pub(crate) async fn reach(
    plan: &Plan,
    hubs: &BTreeMap<String, Rc<dyn Hub>>,
    terminal: Terminal,
) -> CliResult<BTreeMap<String, TargetFacts>> {
    let mut facts = BTreeMap::new();
    for (name, hub) in hubs {
        let Examined { url, info, findings, .. } = checkup::examine(plan, name, hub.as_ref()).await;
        for finding in findings {
            match finding.level {
                Level::Fail => {
                    return Err(CliError {
                        causes: finding.causes,
                        hints: finding.hints,
                        ..CliError::new(Exit::Environment, format!("hub {name:?} at {url}: {}", finding.text))
                    });
                }
                Level::Warn => terminal.say(&format!("{} {name}: {}", terminal.err.yellow("warning:"), finding.text)),
                Level::Ok => {}
            }
        }
        let kind = if hub.has_accounts() { "JupyterHub" } else { "Jupyter Server" };
        terminal.say(&format!("{name}: {kind} {} at {url}", info.version));
        let told = info.facts.into_iter().collect();
        facts.insert(name.clone(), TargetFacts { url, version: info.version, facts: told });
    }
    Ok(facts)
}
