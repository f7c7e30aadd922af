//! Where the metrics of a farm's nodes come from: a sampler for each node that names a source.

use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::scenario::Env;
use super::secrets;
use crate::http::{HttpClient, Settings};
use crate::plan::{MetricsSource, Node, Plan, PrometheusTarget, SecretRef};
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
pub(crate) const WITHIN: Duration = Duration::from_secs(10);
/// Longest time for one answer to a query of the scenario's functions.
const ASKED_WITHIN: Duration = Duration::from_secs(20);

/// Where one node's metrics come from, ready to be asked.
pub(crate) enum Source {
    /// A page that hubmark scrapes.
    Exporter(ExporterSampler),
    /// A Prometheus that hubmark asks.
    Prometheus(PrometheusSampler),
    /// This machine.
    Here(OfNode),
}

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
    Ok(match of_node(node, source, within, folder, env)? {
        Source::Exporter(sampler) => Box::new(sampler),
        Source::Prometheus(sampler) => Box::new(sampler),
        Source::Here(sampler) => Box::new(sampler),
    })
}

/// The source of one node, whose answers may take that long. Secrets are read here. Relative paths start at `folder`.
pub(crate) fn of_node(
    node: &Node,
    source: &MetricsSource,
    within: Duration,
    folder: &Path,
    env: &Env,
) -> CliResult<Source> {
    let labels = NodeLabels { node: node.name.clone(), role: node.role.name().to_owned() };
    Ok(match source {
        MetricsSource::Exporter { url, profile, token, ca } => {
            let client = client(&whose(node), url, access(&whose(node), token.as_ref(), ca.as_ref(), folder, env)?)?;
            let profile = profile_of(node, profile.as_deref())?;
            Source::Exporter(ExporterSampler::new(labels, url.clone(), profile, client, within))
        }
        MetricsSource::Prometheus { url, token, selector, profile, ca } => {
            let settings = access(&whose(node), token.as_ref(), ca.as_ref(), folder, env)?;
            let prometheus = Prometheus::new(client(&whose(node), url, settings)?, within);
            let profile = profile_of(node, profile.as_deref())?;
            Source::Prometheus(PrometheusSampler::new(labels, prometheus, selector.clone(), profile))
        }
        MetricsSource::Here => Source::Here(OfNode::new(Box::new(HostSampler::new()), &labels.node, &labels.role)),
    })
}

/// Prometheus servers that the scenario's functions may ask, by name. Secrets are read here. Relative paths start at `folder`.
pub(crate) fn asked(plan: &Plan, folder: &Path, env: &Env) -> CliResult<BTreeMap<String, Prometheus>> {
    let one = |(name, target): (&String, &PrometheusTarget)| {
        let whose = format!("the Prometheus {name:?}");
        let settings = access(&whose, target.token.as_ref(), target.ca.as_ref(), folder, env)?;
        let client = client(&whose, &target.url, settings)?;
        Ok((name.clone(), Prometheus::new(client, ASKED_WITHIN)))
    };
    plan.prometheus.iter().map(one).collect()
}

/// What a source asks for, and whom to believe that it is the source.
fn access(
    whose: &str,
    token: Option<&SecretRef>,
    ca: Option<&PathBuf>,
    folder: &Path,
    env: &Env,
) -> CliResult<Settings> {
    let token = token.map(|token| secrets::plain(token, whose, folder, env)).transpose()?;
    // Exporters, and a Prometheus behind a proxy, take tokens as `Bearer`, where hubs want their own word.
    let headers = token.map(|token| ("Authorization".to_owned(), format!("Bearer {token}")));
    let ca_pem = ca.map(|ca| pem(whose, &folder.join(ca))).transpose()?;
    Ok(Settings { secret: None, headers: BTreeMap::from_iter(headers), ca_pem })
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
