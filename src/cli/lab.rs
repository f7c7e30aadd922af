//! `hubmark lab`: the local JupyterHub that the demo and the tests use.

use super::Terminal;
use super::args::{DEFAULT_LAB, Format, LabArgs, LabCommand};
use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::{home, signals};
use crate::lab::{self, Condition, LabError, LabOptions, LabProgress, LabStatus};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Options of a lab of this user.
pub(crate) fn options() -> LabOptions {
    LabOptions::new(home::cache_dir(), home::search_path())
}

/// Says what a lab is doing, on standard error.
pub(crate) fn progress(terminal: Terminal) -> impl FnMut(LabProgress) {
    let mut fetched = 0;
    move |step| {
        let text = match step {
            LabProgress::WaitingForOther => "waiting for another hubmark that is installing JupyterHub".to_owned(),
            LabProgress::MakingEnvironment { python } => {
                format!("installing JupyterHub into hubmark's cache, once (Python {python})")
            }
            LabProgress::Fetching { packages, of } if packages == of || packages >= fetched + 20 => {
                fetched = packages;
                format!("  {packages} of {of} packages")
            }
            LabProgress::Installing { packages } => format!("  installing {packages} packages"),
            LabProgress::InstallingProxy => "  installing the proxy".to_owned(),
            LabProgress::ProxyFallback { reason } => {
                format!("  npm could not install the proxy ({reason}); using the Python one")
            }
            LabProgress::Replaced { name } => {
                format!(
                    "the hub or proxy of lab {name} died: starting a new one, with another address and token and no accounts"
                )
            }
            LabProgress::Reaped { names } => format!("removed what a killed hubmark left: {}", names.join(", ")),
            LabProgress::Starting => "starting JupyterHub".to_owned(),
            _ => return,
        };
        terminal.say(&terminal.err.dim(&text));
    }
}

/// An error of the lab, with what to do.
pub(crate) fn lab_error(error: &LabError) -> CliError {
    if matches!(error, LabError::Cancelled) {
        return CliError::new(Exit::Interrupted, "the lab was not started: interrupted");
    }
    let cli = CliError::caused(Exit::Environment, "the lab is not available", error);
    match error.hint() {
        Some(hint) => cli.hint(hint),
        None => cli,
    }
}

/// Starts, shows or stops labs.
pub(crate) fn lab(args: &LabArgs, terminal: Terminal) -> CliResult<Exit> {
    match &args.command {
        LabCommand::Up { name, kernels } => up(name, kernels, terminal),
        LabCommand::Status => status(terminal),
        LabCommand::Down { name, all } => down(name, *all, terminal),
    }
}

fn up(name: &str, kernels: &[PathBuf], terminal: Terminal) -> CliResult<Exit> {
    let jupyter_path = kernels.iter().map(|folder| kernels_in(folder)).collect::<CliResult<_>>()?;
    let options = LabOptions { jupyter_path, ..options() };
    signals::cancel_start(options.cancel.clone());
    let (info, started) = lab::up(&options, name, &mut progress(terminal)).map_err(|error| lab_error(&error))?;
    if !started && !kernels.is_empty() {
        let warning = terminal.err.yellow("warning:");
        terminal.say(&format!("{warning} lab {name} runs already, with the kernels that it was started with"));
        terminal.say(&format!("{} {} first", terminal.err.cyan("hint:"), down_command(name)));
    }
    if terminal.format == Format::Json {
        terminal.json(&json!({"name": info.name, "url": info.url, "token": info.token, "password": info.password, "folder": info.directory, "started": started}));
        return Ok(Exit::Success);
    }
    let how = if started { "is up" } else { "was up already" };
    terminal.result(&format!(
        "lab {name} {how}: {}\n\n  export JUPYTERHUB_API_TOKEN={}\n  hubmark run SCENARIO --hub {}\n\nIn a browser: any user name, password {}. {} stops it.",
        info.url,
        info.token,
        info.url,
        info.password,
        down_command(name)
    ));
    Ok(Exit::Success)
}

/// The absolute path of a folder for `JUPYTER_PATH`; without kernels in it servers would start their own and say nothing.
fn kernels_in(folder: &Path) -> CliResult<PathBuf> {
    let heading = || format!("--kernels {}: there is no folder kernels in it", folder.display());
    let folder = std::path::absolute(folder).map_err(|error| CliError::caused(Exit::Usage, heading(), &error))?;
    match folder.join("kernels").is_dir() {
        true => Ok(folder),
        false => Err(CliError::new(Exit::Usage, heading()).hint("it holds kernels/NAME/kernel.json for each kernel")),
    }
}

/// The command that stops a lab: the name belongs to it unless it is the default one.
fn down_command(name: &str) -> String {
    if name == DEFAULT_LAB { "`hubmark lab down`".to_owned() } else { format!("`hubmark lab down --name {name}`") }
}

fn condition(status: &LabStatus) -> String {
    match &status.condition {
        Condition::Running { owner: None } => "running".to_owned(),
        Condition::Running { owner: Some(pid) } => format!("running, ends with process {pid}"),
        Condition::Starting => "starting".to_owned(),
        Condition::Broken => "broken: its hub or proxy died".to_owned(),
        Condition::Abandoned => "abandoned: the next start removes it".to_owned(),
        Condition::Elsewhere { host } => format!("on {host}"),
    }
}

fn status(terminal: Terminal) -> CliResult<Exit> {
    let labs = lab::list(&home::cache_dir()).map_err(|error| lab_error(&error))?;
    if terminal.format == Format::Json {
        let rows: Vec<_> = labs
            .iter()
            .map(|lab| {
                json!({
                    "name": lab.name, "condition": condition(lab), "url": lab.info.as_ref().map(|info| &info.url),
                    "hub_pid": lab.hub_pid, "proxy_pid": lab.proxy_pid, "servers": lab.servers, "kernels": lab.kernels,
                    "memory_bytes": lab.memory_bytes, "folder": lab.directory,
                })
            })
            .collect();
        terminal.json(&rows);
        return Ok(Exit::Success);
    }
    if labs.is_empty() {
        terminal.say("no lab is up; `hubmark lab up` starts one");
    }
    for lab in &labs {
        let url = lab.info.as_ref().map_or("", |info| info.url.as_str());
        let pid = |pid: Option<i32>| pid.map_or("–".to_owned(), |pid| pid.to_string());
        terminal.result(&format!(
            "{}  {url}  {}\n  hub {}, proxy {}, {} servers, {} kernels, {:.0} MB",
            terminal.out.bold(&lab.name),
            condition(lab),
            pid(lab.hub_pid),
            pid(lab.proxy_pid),
            lab.servers,
            lab.kernels,
            lab.memory_bytes as f64 / 1e6
        ));
    }
    Ok(Exit::Success)
}

fn down(name: &str, all: bool, terminal: Terminal) -> CliResult<Exit> {
    let cache = home::cache_dir();
    if all {
        let stopped = lab::down_detached(&cache).map_err(|error| lab_error(&error))?;
        terminal
            .result(&format!("stopped {}", if stopped.is_empty() { "nothing".to_owned() } else { stopped.join(", ") }));
    } else {
        lab::down(&cache, name).map_err(|error| lab_error(&error))?;
        terminal.result(&format!("lab {name} is down"));
    }
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_stops_a_lab_names_it() {
        assert_eq!(down_command(DEFAULT_LAB), "`hubmark lab down`");
        assert_eq!(down_command("second"), "`hubmark lab down --name second`");
    }
}
