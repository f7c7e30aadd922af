//! Reading secrets. Their values are read here, handed to the hubs' clients, and go nowhere else.

use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::scenario::Env;
use crate::http::Secret;
use crate::hub::Secrets;
use crate::plan::roster::{self, RosterError};
use crate::plan::{SecretRef, Target};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Everything that opens a target: its token, or its accounts' own. Relative paths start at `folder`.
pub(crate) fn of(name: &str, target: &Target, folder: &Path, env: &Env) -> CliResult<Secrets> {
    let mut reader = Reader { target: name, folder, env, rosters: BTreeMap::new() };
    let bound = |value: String| Secret::new(&value, target.url());
    let mut secrets = Secrets::default();
    if let Some(reference) = target.token() {
        secrets.target = Some(bound(reader.read(reference, None)?));
    }
    if let Target::Hub(hub) = target {
        for (account, reference) in hub.accounts.tokens() {
            secrets.accounts.insert(account.clone(), bound(reader.read(reference, Some(account))?));
        }
    }
    Ok(secrets)
}

/// A secret that is no hub's: a token of a Prometheus. `whose` says in messages what it is for.
pub(crate) fn plain(reference: &SecretRef, whose: &str, folder: &Path, env: &Env) -> CliResult<String> {
    let missing = |what: String| CliError::new(Exit::Environment, format!("no token for {whose}: {what}"));
    let value = match reference {
        SecretRef::Env(name) => {
            env(name).ok_or_else(|| missing(format!("the environment variable {name} is not set")))?
        }
        SecretRef::File(path) | SecretRef::Line(path) => std::fs::read_to_string(folder.join(path))
            .map_err(|error| missing(format!("failed to read {}: {error}", path.display())))?,
    };
    match value.trim() {
        "" => Err(missing(format!("{reference} is empty"))),
        value => Ok(value.to_owned()),
    }
}

struct Reader<'a> {
    target: &'a str,
    folder: &'a Path,
    env: &'a Env,
    /// Tokens by account of files of accounts, each read once.
    rosters: BTreeMap<PathBuf, BTreeMap<String, String>>,
}

impl Reader<'_> {
    /// The value of a secret: the hub's, or that of an account.
    fn read(&mut self, reference: &SecretRef, account: Option<&str>) -> CliResult<String> {
        let whose = account.map_or(String::new(), |account| format!("account {account:?} of "));
        let heading = format!("no token for {whose}hub {:?}", self.target);
        let missing = |what: String| CliError::new(Exit::Environment, format!("{heading}: {what}"));
        let value = match reference {
            SecretRef::Env(name) => (self.env)(name).ok_or_else(|| {
                missing(format!("the environment variable {name} is not set")).hint(format!(
                    "export {name}=… with a token of the hub; `hubmark check` prints the rights that it needs"
                ))
            })?,
            SecretRef::File(path) => self.text(path).map_err(missing)?,
            SecretRef::Line(path) => {
                if !self.rosters.contains_key(path) {
                    let roster = tokens(&self.text(path).map_err(missing)?)
                        .map_err(|error| missing(format!("{}: {error}", path.display())))?;
                    self.rosters.insert(path.clone(), roster);
                }
                let token = self.rosters.get(path).zip(account).and_then(|(roster, account)| roster.get(account));
                token.cloned().ok_or_else(|| missing(format!("{} has none for it any more", path.display())))?
            }
        };
        match value.trim() {
            "" => Err(missing(format!("{reference} is empty"))),
            value => Ok(value.to_owned()),
        }
    }

    fn text(&self, path: &Path) -> Result<String, String> {
        std::fs::read_to_string(self.folder.join(path))
            .map_err(|error| format!("failed to read {}: {error}", path.display()))
    }
}

fn tokens(text: &str) -> Result<BTreeMap<String, String>, RosterError> {
    let lines = roster::parse(text)?.into_iter();
    Ok(lines.filter_map(|line| Some((line.name.to_owned(), line.token?.to_owned()))).collect())
}
