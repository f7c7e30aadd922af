//! Accounts of a hub.

use super::Builder;
use crate::plan::{Accounts, SecretRef, roster};
use crate::script::files::FileError;
use crate::script::limits::FILE_MAX;
use crate::script::suggest;
use crate::script::value::{Checked, Made};
use std::collections::BTreeMap;

/// The accounts of the hub that `path` leads to; what hubmark makes by itself where the author says nothing.
pub(super) fn of(builder: &Builder, path: &str, value: Option<&Checked>) -> Accounts {
    let path = format!("{path}.accounts");
    match value {
        None => Accounts::Pattern { pattern: "hubmark-%04d".to_owned(), create: true },
        Some(Checked::Made(made)) => match (made.text("pattern"), made.text("file")) {
            (Some(pattern), _) => Accounts::Pattern { pattern, create: made.boolean("create").unwrap_or(false) },
            (None, Some(file)) => from_file(builder, &format!("{path}.file"), &file),
            (None, None) => from_list(builder, &format!("{path}.list"), made),
        },
        // The one word that the schema lets through.
        Some(_) => Accounts::Own,
    }
}

fn from_list(builder: &Builder, path: &str, made: &Made) -> Accounts {
    let (mut names, mut tokens) = (Vec::new(), BTreeMap::new());
    for (index, item) in made.list("list").iter().enumerate() {
        let (name, token) = match item {
            Checked::Text(name) => (name, None),
            Checked::Map(fields) => match (fields.get("name"), fields.get("token")) {
                (Some(Checked::Text(name)), Some(Checked::Secret(token))) => (name, Some(token)),
                (Some(Checked::Text(name)), _) => (name, None),
                _ => continue,
            },
            _ => continue,
        };
        let wrong = |why: String| builder.wrong(&format!("{path}[{}]", index + 1), why, None);
        if name.trim().is_empty() {
            wrong("an account without a name".to_owned());
        } else if names.contains(name) {
            // Two users under one account would share its server, and the second would find it taken.
            wrong(format!("account {name:?} stands twice"));
        }
        names.push(name.clone());
        tokens.extend(token.map(|token| (name.clone(), token.clone())));
    }
    Accounts::List { names, tokens }
}

/// Names of a file. Its tokens are read again when a run connects; here they are passed over.
fn from_file(builder: &Builder, path: &str, file: &str) -> Accounts {
    let (mut names, mut tokens) = (Vec::new(), BTreeMap::new());
    match builder.session.folder.read(file, FILE_MAX) {
        Err(error) => {
            let hint = match &error {
                FileError::Missing { near, .. } if !near.is_empty() => {
                    Some(suggest::hint(file, near.iter().map(String::as_str)))
                }
                _ => None,
            };
            builder.wrong(path, format!("accounts: {error}"), hint.as_deref());
        }
        Ok(read) => {
            let text = String::from_utf8_lossy(&read.bytes);
            match roster::parse(&text) {
                Err(error) => builder.wrong(path, format!("accounts: {file:?}: {error}"), None),
                Ok(lines) if lines.is_empty() => builder.wrong(path, format!("accounts: {file:?} names none"), None),
                Ok(lines) => {
                    for line in lines {
                        names.push(line.name.to_owned());
                        if line.token.is_some() {
                            tokens.insert(line.name.to_owned(), SecretRef::Line(file.into()));
                        }
                    }
                }
            }
        }
    }
    Accounts::List { names, tokens }
}
