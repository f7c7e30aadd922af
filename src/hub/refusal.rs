//! From HTTP's words to outcomes.

use crate::event::{Failure, Outcome};
use crate::http::{ErrorKind, HttpError, Reply};
use serde_json::Value;

/// There was no answer, or none that can be used.
pub(super) fn unanswered(error: &HttpError) -> Failure {
    let outcome = match error.kind {
        ErrorKind::NameUnresolved => Outcome::NameUnresolved,
        ErrorKind::Unreachable => Outcome::Unreachable,
        ErrorKind::TlsUntrusted | ErrorKind::TlsBroken => Outcome::TlsUntrusted,
        ErrorKind::Timeout => Outcome::Timeout,
        ErrorKind::Broken => Outcome::ConnectionLost,
        ErrorKind::TooLarge | ErrorKind::NotJson => Outcome::UnexpectedReply,
        ErrorKind::Authority | ErrorKind::Header | ErrorKind::Setup => Outcome::Unknown,
    };
    let failure = Failure::new(outcome, error.message.clone());
    match error.status {
        Some(status) => failure.with_status(status),
        None => failure,
    }
}

/// Said where an error has a message that is empty.
const NO_REASON: &str = "no reason given";

/// The `message` of an error's JSON, else its text in one line. The contents API says JSON and sends bare text.
pub(super) fn message_of(reply: &Reply) -> String {
    if reply.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
        return "an HTML page where JSON was due".to_owned();
    }
    let value = reply.json::<Value>().ok();
    match value.as_ref().and_then(|value| value.get("message")) {
        Some(Value::String(message)) if !message.is_empty() => message.clone(),
        Some(_) => NO_REASON.to_owned(),
        None => reply.text(),
    }
}

/// An answer that is not what was asked for. `at_server`: it came from a user's server, not from the hub's API.
pub(super) fn refused(reply: &Reply, at_server: bool) -> Failure {
    let message = message_of(reply);
    let to_hub = reply.header("location").is_some_and(|location| location.contains("/hub/"));
    let outcome = match reply.status {
        302 | 303 if to_hub => Outcome::ServerStopped,
        424 => Outcome::ServerStopped,
        503 if at_server => Outcome::ServerStopped,
        // The proxy answers, and has nobody behind it.
        502..=504 => Outcome::HubDown,
        // A server asks the hub about each token that it does not know yet.
        500 if at_server && message.contains("connect to Hub API") => Outcome::HubDown,
        // Without a server the proxy sends a request with a body to the hub, which answers with a page.
        403 if at_server && !reply.is_json() => Outcome::ServerStopped,
        401 => Outcome::TokenRefused,
        403 if message.contains("not authorized") => Outcome::ScopeMissing,
        // What is no JSON did not come from the API: an address that is no hub, or a page of its proxy.
        403 if reply.is_json() => Outcome::TokenRefused,
        404 if reply.is_json() && !at_server => Outcome::UserMissing,
        429 if reply.header("retry-after").is_some() => Outcome::SpawnThrottled,
        429 => Outcome::HubFull,
        _ => Outcome::UnexpectedReply,
    };
    let text = match outcome {
        Outcome::ServerStopped if reply.status < 400 || !reply.is_json() => {
            "the server is not running: its address leads to the hub".to_owned()
        }
        Outcome::TokenRefused if message == NO_REASON => "the token is not accepted".to_owned(),
        Outcome::HubDown if !at_server => format!("the proxy answers, and no hub behind it: {message}"),
        Outcome::UserMissing => "the hub has no such account".to_owned(),
        _ => message,
    };
    // What is no JSON did not come from the hub's API: perhaps from the proxy that stands before it.
    let text = match &reply.proxy {
        Some(proxy) if !reply.is_json() => format!("{text} (the answer came by way of {proxy})"),
        _ => text,
    };
    let mut failure = Failure::new(outcome, text).with_status(reply.status);
    failure.retry_after_s = reply.header("retry-after").and_then(|seconds| seconds.parse().ok());
    failure
}
