//! `hubmark new`: a scenario of one's own, with its notebook and editor completion.

use super::Terminal;
use super::args::NewArgs;
use super::error::{CliError, CliResult};
use super::exit::Exit;
use crate::script;
use std::fs;

/// What a new scenario consists of: path and content. `NAME` stands for the name.
const FILES: [(&str, &str); 3] = [
    ("scenario.lua", include_str!("../../lua/templates/scenario/scenario.lua")),
    ("notebooks/first.ipynb", include_str!("../../lua/templates/scenario/notebooks/first.ipynb")),
    (".luarc.json", include_str!("../../lua/templates/scenario/.luarc.json")),
];

/// Writes a new scenario's folder.
pub(crate) fn new(args: &NewArgs, terminal: Terminal) -> CliResult<Exit> {
    let folder = &args.name;
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return Err(CliError::new(Exit::Usage, format!("{name:?} cannot be a scenario's name"))
            .hint("use letters, digits, '-', '_' and '.'"));
    }
    if folder.exists() {
        return Err(
            CliError::new(Exit::Usage, format!("{} exists already", folder.display())).hint("choose another name")
        );
    }
    let types = script::luacats();
    let files = FILES.iter().map(|(path, text)| ((*path).to_owned(), text.replace("NAME", &name)));
    for (path, text) in files.chain([(".hubmark/types/hubmark.lua".to_owned(), types)]) {
        let path = folder.join(path);
        let write = || {
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            fs::write(&path, text)
        };
        write().map_err(|error| {
            CliError::caused(Exit::Environment, format!("failed to write {}", path.display()), &error)
        })?;
    }
    terminal.result(&format!(
        "made {0}/scenario.lua, its notebook, and completion for editors with a Lua language server\n\nnext:\n  hubmark check {0}\n  hubmark simulate {0}",
        folder.display()
    ));
    Ok(Exit::Success)
}
