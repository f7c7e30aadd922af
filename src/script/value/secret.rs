//! Secrets: Lua holds where they come from and can do nothing with it but hand it on.

use crate::plan::SecretRef;
use mlua::{Error, MetaMethod, UserData, UserDataMethods, Value};

/// A secret in Lua's hands.
#[derive(Debug, Clone)]
pub(in crate::script) struct Secret(pub(in crate::script) SecretRef);

fn refused(what: &str) -> Error {
    Error::runtime(format!("a secret cannot be {what}\nhint: hand it on as it is: token = p.token"))
}

impl UserData for Secret {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |_, _, ()| -> mlua::Result<String> {
            Err(refused("turned into text"))
        });
        methods.add_meta_function(MetaMethod::Concat, |_, (_, _): (Value, Value)| -> mlua::Result<String> {
            Err(refused("turned into text"))
        });
        methods
            .add_meta_method(MetaMethod::Index, |_, _, _: Value| -> mlua::Result<()> { Err(refused("looked into")) });
        methods.add_meta_method(MetaMethod::NewIndex, |_, _, (_, _): (Value, Value)| -> mlua::Result<()> {
            Err(refused("changed"))
        });
        methods.add_meta_method(MetaMethod::Len, |_, _, ()| -> mlua::Result<f64> { Err(refused("measured")) });
        methods.add_meta_function(MetaMethod::Eq, |_, (_, _): (Value, Value)| -> mlua::Result<bool> {
            Err(refused("compared"))
        });
    }
}

/// Reads `env:NAME` or `file:PATH`.
pub(in crate::script) fn parse(text: &str) -> Result<SecretRef, String> {
    let shown =
        "a secret's value never stands in a scenario or on the command line: write \"env:NAME\" or \"file:PATH\"";
    match text.split_once(':') {
        Some(("env", name)) => {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(word) || name.starts_with(|c: char| c.is_ascii_digit()) {
                return Err("what follows env: is not the name of an environment variable".to_owned());
            }
            Ok(SecretRef::Env(name.to_owned()))
        }
        Some(("file", path)) if !path.is_empty() => Ok(SecretRef::File(path.into())),
        _ => Err(shown.to_owned()),
    }
}
