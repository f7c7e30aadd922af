//! Where the metrics of a farm's nodes come from: a sampler for each node that names a source.

use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::scenario::Env;
use super::secrets;
use crate::http::{HttpClient, Settings};
use crate::plan::{MetricsSource, Node, Plan, PrometheusTarget};
use crate::port::Sampler;
use crate::prom::profile::Profile;
use crate::prom::query::Prometheus;
use crate::prom::source::{ExporterSampler, NodeLabels, PrometheusSampler};
use crate::sampler::{HostSampler, OfNode};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// Longest time for one answer of an exporter or a Prometheus; a shorter interval has a shorter one.
const WITHIN: Duration = Duration::from_secs(10);
/// Longest time for one answer to a query of the scenario's functions.
const ASKED_WITHIN: Duration = Duration::from_secs(20);

/// A sampler for each node of a plan that names a source. Secrets are read here. Relative paths start at `folder`.
pub(crate) fn samplers(plan: &Plan, folder: &Path, env: &Env) -> CliResult<Vec<Box<dyn Sampler>>> {
    let within = WITHIN.min(plan.sampling.host.mul_f64(0.7));
    let of = |node: &Node| node.metrics.as_ref().map(|source| sampler(node, source, within, folder, env));
    plan.farm.nodes.iter().filter_map(of).collect()
}

fn sampler(
    node: &Node,
    source: &MetricsSource,
    within: Duration,
    folder: &Path,
    env: &Env,
) -> CliResult<Box<dyn Sampler>> {
    let labels = NodeLabels { node: node.name.clone(), role: node.role.name().to_owned() };
    Ok(match source {
        MetricsSource::Exporter { url, profile } => {
            let client = client(&whose(node), url, Settings::default())?;
            Box::new(ExporterSampler::new(labels, url.clone(), profile_of(node, profile.as_deref())?, client, within))
        }
        MetricsSource::Prometheus { url, token, selector, profile, ca } => {
            let target = PrometheusTarget { url: url.clone(), token: token.clone(), ca: ca.clone() };
            let prometheus = prometheus(&whose(node), &target, within, folder, env)?;
            let profile = profile_of(node, profile.as_deref())?;
            Box::new(PrometheusSampler::new(labels, prometheus, selector.clone(), profile))
        }
        MetricsSource::Here => Box::new(OfNode::new(Box::new(HostSampler::new()), &labels.node, &labels.role)),
    })
}

/// A Prometheus. `whose` says in messages what it is for.
fn prometheus(
    whose: &str,
    target: &PrometheusTarget,
    within: Duration,
    folder: &Path,
    env: &Env,
) -> CliResult<Prometheus> {
    let token = target.token.as_ref().map(|token| secrets::plain(token, whose, folder, env)).transpose()?;
    // A Prometheus behind a proxy takes tokens as `Bearer`, where hubs want their own word.
    let headers = token.map(|token| ("Authorization".to_owned(), format!("Bearer {token}")));
    let ca_pem = target.ca.as_ref().map(|ca| pem(whose, &folder.join(ca))).transpose()?;
    let settings = Settings { secret: None, headers: BTreeMap::from_iter(headers), ca_pem };
    Ok(Prometheus::new(client(whose, &target.url, settings)?, within))
}

/// Those that the scenario's functions may ask, by name. Secrets are read here. Relative paths start at `folder`.
pub(crate) fn asked(plan: &Plan, folder: &Path, env: &Env) -> CliResult<BTreeMap<String, Prometheus>> {
    let one = |(name, target): (&String, &PrometheusTarget)| {
        let made = prometheus(&format!("the Prometheus {name:?}"), target, ASKED_WITHIN, folder, env)?;
        Ok((name.clone(), made))
    };
    plan.prometheus.iter().map(one).collect()
}

fn whose(node: &Node) -> String {
    format!("the metrics of node {:?}", node.name)
}

fn client(whose: &str, url: &Url, settings: Settings) -> CliResult<HttpClient> {
    HttpClient::new(url, settings)
        .map_err(|error| CliError::caused(Exit::Environment, format!("{whose} cannot be had"), &error))
}

fn pem(whose: &str, path: &PathBuf) -> CliResult<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        let heading = format!("the certificate authority for {whose} cannot be read from {}", path.display());
        CliError::caused(Exit::Environment, heading, &error)
    })
}

/// The language knows the same names; this is where a list that has drifted apart would be seen.
fn profile_of(node: &Node, name: Option<&str>) -> CliResult<Option<Profile>> {
    let unknown =
        |name: &str| CliError::new(Exit::Scenario, format!("{}: no exporter is called {name:?}", whose(node)));
    name.map(|name| Profile::of(name).ok_or_else(|| unknown(name))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_of_the_language_is_one_of_the_sources() {
        let known: Vec<Option<Profile>> = crate::plan::PROFILES.iter().map(|name| Profile::of(name)).collect();
        assert!(known.iter().all(Option::is_some), "{known:?}");
        assert_eq!(known.len(), Profile::ALL.len());
    }
}
