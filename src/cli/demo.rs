//! `hubmark demo`: a real JupyterHub, a short scenario, a report, without set-up.

use super::Terminal;
use super::args::{DemoArgs, ScenarioArgs, Undecided};
use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::run::Wanted;
use super::scenario::{Overrides, Scenario};
use super::{home, lab, run};
use crate::event::Level;
use crate::lab::Lab;
use std::fs;
use std::path::{Path, PathBuf};

/// The scenario of the demo, carried in the binary.
const FILES: [(&str, &str); 4] = [
    ("scenario.lua", include_str!("../../scenarios/quickstart/scenario.lua")),
    ("notebooks/montecarlo.ipynb", include_str!("../../scenarios/quickstart/notebooks/montecarlo.ipynb")),
    ("notebooks/text.ipynb", include_str!("../../scenarios/quickstart/notebooks/text.ipynb")),
    ("notebooks/matrix.ipynb", include_str!("../../scenarios/quickstart/notebooks/matrix.ipynb")),
];

/// Name of the variable that the scenario takes its token from.
const TOKEN: &str = "JUPYTERHUB_API_TOKEN";

/// Runs the demo.
pub(crate) fn demo(args: &DemoArgs, runs_dir: &Path, terminal: Terminal) -> CliResult<Exit> {
    let folder = unpack()?;
    match &args.hub {
        Some(url) => drive(args, url, None, &folder, runs_dir, terminal),
        None => {
            let lab =
                Lab::start(&lab::options(), &mut lab::progress(terminal)).map_err(|error| lab::lab_error(&error))?;
            let result = drive(args, lab.url(), Some(lab.token()), &folder, runs_dir, terminal);
            let stopped = lab.stop().map_err(|error| lab::lab_error(&error));
            let exit = result?;
            stopped.map(|()| exit)
        }
    }
}

fn drive(
    args: &DemoArgs,
    url: &str,
    token: Option<&str>,
    folder: &Path,
    runs_dir: &Path,
    terminal: Terminal,
) -> CliResult<Exit> {
    let mut set = vec![format!("hub={url}")];
    set.extend(args.users.map(|users| format!("users={users}")));
    set.extend(args.length.as_ref().map(|length| format!("length={length}")));
    let scenario = ScenarioArgs {
        scenario: folder.to_owned(),
        set,
        preset: None,
        seed: None,
        parameters: vec![],
        scenario_help: false,
    };
    let overrides = Overrides {
        secrets: token.map(|token| (TOKEN.to_owned(), token.to_owned())).into_iter().collect(),
        simulated_gpus: args.gpus,
        ..Overrides::default()
    };
    let scenario = Scenario::load_with(&scenario, overrides)?;
    let wanted = Wanted { log: Level::Warn, metrics: None, undecided: Undecided::Pass };
    run::run_loaded(&scenario, wanted, runs_dir, terminal).map(|(exit, _)| exit)
}

/// Writes the scenario into the cache, so that it can be read, copied and run again.
fn unpack() -> CliResult<PathBuf> {
    let folder = home::cache_dir().join("scenarios").join(concat!("quickstart-", env!("CARGO_PKG_VERSION")));
    for (name, text) in FILES {
        let path = folder.join(name);
        let write = || {
            fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            if fs::read_to_string(&path).is_ok_and(|there| there == text) { Ok(()) } else { fs::write(&path, text) }
        };
        write().map_err(|error| {
            CliError::caused(Exit::Environment, format!("failed to write {}", path.display()), &error)
        })?;
    }
    Ok(folder)
}
