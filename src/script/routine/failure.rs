//! A failure in the hands of the author's code: what a call on `user` or `kernel` raises.

use crate::event::{Failure, Outcome};
use crate::script::hooks::{frozen, unknown};
use crate::script::schema::{FAILURE_FIELDS, names};
use mlua::{IntoLua, MetaMethod, UserData, UserDataMethods, Value};

/// A failure of the system under test, and the author's line that met it.
#[derive(Debug, Clone)]
pub(in crate::script) struct Raised {
    pub(in crate::script) failure: Failure,
    /// What was called.
    pub(super) call: &'static str,
    /// File and line of the call, as they are shown.
    pub(super) place: String,
}

impl Raised {
    /// The failure with its place and call in its message.
    pub(in crate::script) fn placed(&self) -> Failure {
        let failure = &self.failure;
        let message = format!("{}: {}: {}", self.place, self.call, failure.message);
        Failure {
            status: failure.status,
            retry_after_s: failure.retry_after_s,
            ..Failure::new(failure.outcome, message)
        }
    }
}

/// Whether the same call can succeed later. What needs somebody to change something cannot.
fn is_retryable(outcome: Outcome) -> bool {
    !matches!(
        outcome,
        Outcome::TokenRefused
            | Outcome::TokenRevoked
            | Outcome::HubTooOld
            | Outcome::StdinRefused
            | Outcome::ScopeMissing
            | Outcome::UserMissing
            | Outcome::NameUnresolved
            | Outcome::TlsUntrusted
            | Outcome::CellError
            | Outcome::FileError
            | Outcome::ScriptError
            | Outcome::Unknown
    )
}

impl UserData for Raised {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::Index, |lua, this, key: Value| {
            let word = key.to_string()?;
            let failure = &this.failure;
            match word.as_str() {
                "kind" => failure.outcome.name().into_lua(lua),
                "status" => failure.status.into_lua(lua),
                "retryable" => is_retryable(failure.outcome).into_lua(lua),
                "retry_after_s" => failure.retry_after_s.into_lua(lua),
                "message" => failure.message.as_str().into_lua(lua),
                "call" => this.call.into_lua(lua),
                _ => Err(unknown("the failure", &word, names(FAILURE_FIELDS).into_iter())),
            }
        });
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| {
            let status = this.failure.status.map(|status| format!(" (HTTP {status})")).unwrap_or_default();
            let (outcome, message) = (this.failure.outcome, &this.failure.message);
            Ok(format!("{}: {}: {outcome}: {message}{status}", this.place, this.call))
        });
        frozen(methods, "the failure");
    }
}
