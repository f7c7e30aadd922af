//! `hubmark prom`: configuration for a Prometheus and a Grafana.

use super::Terminal;
use super::args::{PromArgs, PromCommand, PromTargets, ScenarioArgs};
use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::scenario::Scenario;
use crate::plan::quantity::{parse_duration, parse_ratio};
use crate::plan::{MetricsSource, Node, Role};
use crate::prom::profile::Profile;
use crate::prom::setup::{Access, Limits, Scrape, Target, Window, dashboard, rules};
use std::path::Path;
use std::time::Duration;

/// Prints what was asked for.
pub(crate) fn prom(args: &PromArgs, terminal: Terminal) -> CliResult<Exit> {
    match &args.command {
        PromCommand::Config(targets) => terminal.result(&scrape(targets, terminal)?.text()),
        PromCommand::Rules { interval: text, memory, gpu_memory, cpu } => {
            let window = Window::of(interval(text)?);
            let limits = Limits {
                memory: share("--memory", memory)?,
                gpu_memory: share("--gpu-memory", gpu_memory)?,
                cpu: share("--cpu", cpu)?,
            };
            terminal.result(&rules(window, limits));
        }
        PromCommand::Dashboard => terminal.json(&dashboard()),
    }
    Ok(Exit::Success)
}

fn scrape(args: &PromTargets, terminal: Terminal) -> CliResult<Scrape> {
    let mut farm = match &args.scenario {
        Some(path) => of_scenario(path, args, terminal)?,
        None => Named::default(),
    };
    farm.microservers.extend(targets(&args.microservers)?);
    farm.gpu_servers.extend(targets(&args.gpu_servers)?);
    if farm.microservers.is_empty() && farm.gpu_servers.is_empty() && args.run.is_none() {
        return Err(CliError::new(Exit::Usage, "there is nothing to scrape")
            .hint("name the nodes' agents: --microserver ms-01=HOST:9477 --gpu-server gx8=HOST:9477")
            .hint("or a scenario whose nodes name theirs: hm.node { …, metrics = hm.exporter(\"http://HOST:9477/metrics\") }"));
    }
    if args.lent_gpus && farm.gpu_servers.is_empty() {
        return Err(CliError::new(Exit::Usage, "--lent-gpus without a GPU server to lend them")
            .hint("name its agent: --gpu-server gx8=HOST:9477"));
    }
    Ok(Scrape {
        microservers: farm.microservers,
        gpu_servers: farm.gpu_servers,
        lent_gpus: args.lent_gpus || farm.lent_gpus,
        run: args.run.as_deref().map(target).transpose()?,
        interval: interval(&args.interval)?,
        access: Access { token_file: args.token_file.clone(), ca_file: args.ca_file.clone() },
        rules: Some(args.rules.clone()),
    })
}

/// Exporters that a scenario names.
#[derive(Default)]
struct Named {
    microservers: Vec<Target>,
    gpu_servers: Vec<Target>,
    lent_gpus: bool,
}

fn of_scenario(path: &Path, args: &PromTargets, terminal: Terminal) -> CliResult<Named> {
    let scenario = Scenario::load(&ScenarioArgs {
        scenario: path.to_owned(),
        set: args.set.clone(),
        preset: args.preset.clone(),
        seed: None,
        parameters: vec![],
        scenario_help: false,
    })?;
    let mut named = Named::default();
    let farm = &scenario.plan.farm;
    for node in &farm.nodes {
        match node.metrics.as_ref().map(|source| exporter(node, source)) {
            Some(Some(target)) if node.role == Role::Microserver => named.microservers.push(target),
            Some(Some(target)) => {
                let lends =
                    |other: &Node| other.name != node.name && other.gpus.iter().any(|gpu| gpu.node == node.name);
                named.lent_gpus |= target.path.is_none() && farm.nodes.iter().any(lends);
                named.gpu_servers.push(target);
            }
            Some(None) => terminal.say(&format!(
                "{} node {}: its metrics come from no exporter that could be scraped; it is left out",
                terminal.err.yellow("warning:"),
                node.name
            )),
            None => {}
        }
    }
    Ok(named)
}

/// The target of a node's exporter. An agent that is named as one has a page for the node's role; any other page is taken as it is.
fn exporter(node: &Node, source: &MetricsSource) -> Option<Target> {
    let MetricsSource::Exporter { url, profile, .. } = source else { return None };
    let agent = profile.as_deref().and_then(Profile::of) == Some(Profile::Agent);
    Some(Target {
        node: node.name.clone(),
        address: format!("{}:{}", url.host_str()?, url.port_or_known_default()?),
        path: (!agent).then(|| url.path().to_owned()),
        tls: url.scheme() == "https",
    })
}

fn targets(texts: &[String]) -> CliResult<Vec<Target>> {
    texts.iter().map(|text| target(text)).collect()
}

fn target(text: &str) -> CliResult<Target> {
    Target::parse(text).map_err(|error| {
        CliError::new(Exit::Usage, error.to_string())
            .hint("a target is [NODE=]HOST:PORT[/PATH], such as ms-01=10.0.0.1:9477")
    })
}

fn interval(text: &str) -> CliResult<Duration> {
    let usage = |what: String| CliError::new(Exit::Usage, format!("--interval {text}: {what}"));
    let interval = parse_duration(text).map_err(|error| usage(error.to_string()))?;
    match interval {
        _ if interval < Duration::from_secs(1) => Err(usage("it is less than 1s".to_owned())),
        // Prometheus calls a series gone that it has not seen for five minutes.
        _ if interval > Duration::from_secs(240) => Err(usage("it is more than 4m".to_owned())
            .hint("Prometheus takes a series that is five minutes old for gone; scrape every minute and let the report have its rows")),
        _ => Ok(interval),
    }
}

fn share(name: &str, text: &str) -> CliResult<f64> {
    let usage = |what: String| CliError::new(Exit::Usage, format!("{name} {text}: {what}"));
    let share = parse_ratio(text).map_err(|error| usage(error.to_string()))?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(usage("a share from 0% to 100% is due".to_owned())) }
}
