//! What to do about a hub that does not answer as a hub does.

use crate::event::{Failure, Outcome};
use crate::http::HttpError;
use url::Url;

/// Pages and services of a hub that people copy from a browser instead of its address.
const BELOW: [&str; 9] =
    ["/hub/api", "/hub/home", "/hub/login", "/hub/token", "/hub/admin", "/hub/spawn", "/hub/user", "/hub", "/services"];

/// Hints for a failure of an address.
pub(crate) fn hints(url: &Url, failure: &Failure) -> Vec<String> {
    if let Some(base) = base_of(url) {
        // Whatever such an address answers, it is not what was meant.
        return vec![format!("a hub's address is its base URL, without what its pages add: try {base}")];
    }
    if HttpError::tells_of_proxy(&failure.message) {
        return vec![
            "HTTP_PROXY, HTTPS_PROXY and ALL_PROXY name proxies; NO_PROXY names hosts that are reached without"
                .to_owned(),
        ];
    }
    if let Some(hint) = scheme(url, failure) {
        return vec![hint];
    }
    of_outcome(failure.outcome).map(str::to_owned).into_iter().collect()
}

/// The base URL of a hub, where the address has more than that.
fn base_of(url: &Url) -> Option<Url> {
    let path = url.path().trim_end_matches('/');
    let cut = match path.find("/user/") {
        Some(at) => Some(at),
        None => BELOW.iter().find_map(|page| path.strip_suffix(page)).map(str::len),
    }?;
    let mut base = url.clone();
    base.set_path(&format!("{}/", &path[..cut]));
    Some(base)
}

/// The address with the other scheme, where the failure looks as if that was meant.
fn scheme(url: &Url, failure: &Failure) -> Option<String> {
    let message = failure.message.to_lowercase();
    let (other, why) = match url.scheme() {
        // What listens there ends the connection, answers in TLS, or says in a page that it wants HTTPS.
        "http" if failure.outcome == Outcome::ConnectionLost || message.contains("https") => {
            ("https", "it may speak HTTPS only")
        }
        "https" if message.contains("does not speak tls") => ("http", "it may speak no HTTPS"),
        _ => return None,
    };
    let mut url = url.clone();
    let port = url.port();
    url.set_scheme(other).ok()?;
    // A port that is the other scheme's own is no longer written.
    url.set_port(port).ok()?;
    Some(format!("{why}: try {url}"))
}

/// Hints by the outcome alone.
pub(crate) fn of_outcome(outcome: Outcome) -> Option<&'static str> {
    Some(match outcome {
        Outcome::TokenRefused => {
            "the hub does not know this token; make a new one on its token page, or check the service's api_token"
        }
        Outcome::Unreachable => "is the hub running there? `hubmark lab up` starts one on this machine",
        Outcome::NameUnresolved => "check the host's name in the scenario or its --hub flag",
        Outcome::TlsUntrusted => "name the certificate authority's file: hm.hub { ca = \"ca.pem\" }",
        Outcome::HubTooOld => "upgrade the hub; hubmark does not drive this one",
        Outcome::UnexpectedReply => "is that address a JupyterHub? Its base URL belongs to the address",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(url: &str, outcome: Outcome, message: &str) -> String {
        hints(&Url::parse(url).unwrap(), &Failure::new(outcome, message)).join("\n")
    }

    #[test]
    fn the_address_of_a_page_leads_to_the_hubs_own() {
        for (url, base) in [
            ("http://hub.test/hub/api", "http://hub.test/"),
            ("http://hub.test/hub/", "http://hub.test/"),
            ("https://hub.test/jupyter/hub/home", "https://hub.test/jupyter/"),
            ("http://hub.test:8000/user/ada/lab", "http://hub.test:8000/"),
        ] {
            let hint = hint(url, Outcome::UserMissing, "the hub has no such account");
            assert!(hint.ends_with(&format!("try {base}")), "{hint}");
        }
        assert_eq!(base_of(&Url::parse("http://hub.test/jupyter/").unwrap()), None);
    }

    #[test]
    fn the_other_scheme_is_suggested_where_it_may_be_meant() {
        let lost = "the connection to hub.test ended before the answer was whole: invalid HTTP version parsed";
        assert!(hint("http://hub.test:8443/", Outcome::ConnectionLost, lost).ends_with("try https://hub.test:8443/"));
        let page = "Client sent an HTTP request to an HTTPS server.";
        assert!(hint("http://hub.test/", Outcome::UnexpectedReply, page).ends_with("try https://hub.test/"));
        let plain = "hub.test:8000 does not speak TLS as expected: received corrupt message";
        assert!(hint("https://hub.test:8000/", Outcome::TlsUntrusted, plain).ends_with("try http://hub.test:8000/"));
        let untrusted = "the certificate of hub.test is not trusted: UnknownIssuer";
        assert!(hint("https://hub.test/", Outcome::TlsUntrusted, untrusted).contains("certificate authority's file"));
    }

    #[test]
    fn a_failure_of_the_proxy_is_not_taken_for_the_hubs() {
        let message = "the proxy 127.0.0.1:3128 of the environment cannot be reached: refused, on the way to hub.test";
        let hint = hint("http://hub.test/", Outcome::Unreachable, message);
        assert!(hint.contains("NO_PROXY") && !hint.contains("lab up"), "{hint}");
    }
}
