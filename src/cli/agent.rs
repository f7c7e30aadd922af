//! `hubmark agent`: the exporter of one node.

use super::Terminal;
use super::args::{AgentArgs, Format, RoleArg};
use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::scenario::Env;
use super::{gpus, signals};
use crate::agent::{Agent, Credential, Identity, Unit};
use crate::engine::{Conflate, LiveView};
use crate::http::{Access, Server};
use crate::plan::quantity::parse_duration;
use crate::port::Sampler;
use crate::record::Environment;
use crate::sampler::{HostSampler, SelfSampler};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

/// Below this a sampler would be asked faster than the kernel's own counters move.
const INTERVAL_MIN: Duration = Duration::from_millis(100);

type Samplers = Vec<Box<dyn Sampler>>;

/// Everything that an agent samples of its machine, and the version of its GPUs' driver. A machine without one is no error, and has no series of GPUs.
fn samplers() -> CliResult<(Samplers, Option<String>)> {
    // Simulated GPUs would follow a run's tasks; an agent has no run.
    let (_, nothing) = Conflate::channel(LiveView::default());
    let env: Env = Rc::new(|name| std::env::var(name).ok());
    let mut environment = Environment::default();
    let gpus = gpus::start(None, &env, &nothing, &mut environment)?;
    let driver = environment.facts.remove("gpu_driver").filter(|_| gpus.is_some());
    let mut samplers: Samplers = vec![Box::new(HostSampler::new()), Box::new(SelfSampler::new())];
    samplers.extend(gpus);
    Ok((samplers, driver))
}

/// Runs an agent until it is told to stop, or prints its unit.
pub(crate) fn agent(args: &AgentArgs, terminal: Terminal) -> CliResult<Exit> {
    let interval = interval(&args.interval)?;
    let node = args.node.clone().unwrap_or_else(host_name);
    let mut identity = Identity { node, role: args.role.label(), driver: None, lent: lent(args)? };
    guarded(args)?;
    if args.unit {
        terminal.result(&unit(args, &identity)?.text());
        return Ok(Exit::Success);
    }
    let access = access(args)?;
    let scheme = if access.tls.is_some() { "https" } else { "http" };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::caused(Exit::Internal, "failed to start the runtime", &error))?;
    runtime.block_on(async {
        let server = Server::bind(args.listen, access).await.map_err(|error| {
            CliError::caused(Exit::Environment, "the agent cannot start", &error)
                .hint("--listen 127.0.0.1:0 takes any free port")
        })?;
        let place = format!("{scheme}://{}/metrics", server.address());
        terminal.say(&format!("agent of {} ({}): {place}", identity.node, identity.role));
        if terminal.format == Format::Json {
            terminal.json(&serde_json::json!({ "node": identity.node, "role": identity.role, "url": place }));
        }
        let (samplers, driver) = samplers()?;
        identity.driver = driver;
        let agent = Agent::new(identity, interval);
        let warn = |text: &str| terminal.say(&format!("{} {text}", terminal.err.yellow("warning:")));
        tokio::select! { biased;
            () = signals::terminated() => {}
            () = agent.run(samplers, &server, &warn) => {}
        }
        Ok(Exit::Success)
    })
}

fn interval(text: &str) -> CliResult<Duration> {
    let usage = |what: String| CliError::new(Exit::Usage, format!("--interval {text}: {what}"));
    let interval = parse_duration(text).map_err(|error| usage(error.to_string()))?;
    if interval < INTERVAL_MIN {
        return Err(usage("it is less than 100ms".to_owned()).hint("1s is the default"));
    }
    Ok(interval)
}

/// GPUs and the microservers that they are lent to.
fn lent(args: &AgentArgs) -> CliResult<BTreeMap<String, String>> {
    if args.role == RoleArg::Microserver && !args.gpus.is_empty() {
        return Err(CliError::new(Exit::Usage, "--gpu is for the server that lends its GPUs")
            .hint("a microserver's own GPUs carry its name anyway; say --role gpu-server on the server"));
    }
    let mut lent = BTreeMap::new();
    for (gpu, node) in &args.gpus {
        if lent.insert(gpu.clone(), node.clone()).is_some() {
            return Err(CliError::new(Exit::Usage, format!("--gpu {gpu} stands twice"))
                .hint("a GPU is lent to one microserver at a time"));
        }
    }
    Ok(lent)
}

/// Whether others could read the agent without being asked who they are.
fn guarded(args: &AgentArgs) -> CliResult<()> {
    if args.listen.ip().is_loopback() || args.token.is_some() || args.tls_cert.is_some() {
        return Ok(());
    }
    Err(CliError::new(
        Exit::Usage,
        format!("--listen {} is open to others, without a token and without TLS", args.listen),
    )
    .hint("--token file:/etc/hubmark/token asks for a token")
    .hint("--tls-cert FILE --tls-key FILE encrypt what is sent"))
}

fn access(args: &AgentArgs) -> CliResult<Access> {
    let token = args.token.as_deref().map(token).transpose()?;
    let tls = args.tls_cert.as_ref().zip(args.tls_key.as_ref());
    let tls = tls.map(|(chain, key)| Ok::<_, CliError>((file(chain)?, file(key)?))).transpose()?;
    Ok(Access { token, tls })
}

/// A token by its place.
fn token(place: &str) -> CliResult<String> {
    let missing = |what: String| CliError::new(Exit::Environment, format!("no token from {place}: {what}"));
    let value = match place.split_once(':') {
        Some(("env", name)) => std::env::var(name).map_err(|_| missing(format!("{name} is not set")))?,
        Some(("file", path)) => {
            String::from_utf8(file(Path::new(path))?).map_err(|_| missing("not UTF-8".to_owned()))?
        }
        _ => {
            return Err(CliError::new(Exit::Usage, "--token names where the token is, not the token itself")
                .hint("env:NAME for a variable, file:PATH for a file"));
        }
    };
    match value.trim() {
        "" => Err(missing("it is empty".to_owned())),
        value => Ok(value.to_owned()),
    }
}

fn file(path: &Path) -> CliResult<Vec<u8>> {
    std::fs::read(path)
        .map_err(|error| CliError::caused(Exit::Environment, format!("failed to read {}", path.display()), &error))
}

/// The unit of an agent with these arguments. Files that only root may read come as credentials.
fn unit(args: &AgentArgs, identity: &Identity) -> CliResult<Unit> {
    let program = std::env::current_exe()
        .map_err(|error| CliError::caused(Exit::Internal, "the program does not know its own path", &error))?;
    let mut command = vec![program.display().to_string(), "agent".to_owned()];
    let role = if args.role == RoleArg::Microserver { "microserver" } else { "gpu-server" };
    let mut option = |name: &str, value: &str| command.extend([format!("--{name}"), value.to_owned()]);
    option("role", role);
    option("node", &identity.node);
    for (gpu, node) in &args.gpus {
        option("gpu", &format!("{gpu}={node}"));
    }
    option("listen", &args.listen.to_string());
    option("interval", &args.interval);
    let mut credentials = Vec::new();
    let mut credential = |name: &'static str, path: PathBuf| {
        credentials.push(Credential { name, path });
        format!("%d/{name}")
    };
    match args.token.as_deref().map(|place| place.split_once(':')) {
        None => {}
        Some(Some(("file", path))) => option("token", &format!("file:{}", credential("token", path.into()))),
        Some(_) => {
            return Err(CliError::new(Exit::Usage, "a service has no environment of its own to take a token from")
                .hint("put it into a file that only root may read: --token file:/etc/hubmark/token"));
        }
    }
    if let Some((chain, key)) = args.tls_cert.as_ref().zip(args.tls_key.as_ref()) {
        option("tls-cert", &credential("tls-cert", chain.clone()));
        option("tls-key", &credential("tls-key", key.clone()));
    }
    Ok(Unit { command, credentials, loopback: args.listen.ip().is_loopback() })
}

fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
