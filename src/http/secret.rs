//! Values that must not be seen.

use std::fmt;
use url::{Host, Origin, Url};

/// A secret that belongs to one origin (scheme, host, port). It has no `Display`, its `Debug` shows nothing of it, and it is given to
/// requests of its origin only.
#[derive(Clone)]
pub struct Secret {
    value: String,
    origin: Origin,
}

impl Secret {
    /// Binds a value to the origin of an address. White space around the value is cut, as files and variables often end in a line end.
    #[must_use]
    pub fn new(value: &str, at: &Url) -> Self {
        Self { value: value.trim().to_owned(), origin: at.origin() }
    }

    /// The value, for a request to `url`; `None` if that is another origin.
    #[must_use]
    pub fn reveal_to(&self, url: &Url) -> Option<&str> {
        // A WebSocket is of the same origin as the page it is opened for.
        let mut url = url.clone();
        let same = match url.scheme() {
            "ws" => url.set_scheme("http"),
            "wss" => url.set_scheme("https"),
            _ => Ok(()),
        };
        (same.is_ok() && url.origin() == self.origin).then_some(self.value.as_str())
    }

    /// The value, for a request to a subdomain of its host; `None` if the origin is none.
    #[must_use]
    pub(super) fn reveal_to_subdomain(&self, origin: &Origin) -> Option<&str> {
        is_subdomain(origin, &self.origin).then_some(self.value.as_str())
    }

    /// The text with every occurrence of the secret replaced.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        if self.value.is_empty() { text.to_owned() } else { text.replace(&self.value, "[redacted]") }
    }
}

/// Whether an origin is a subdomain of another's host, with the same scheme and port.
pub(super) fn is_subdomain(origin: &Origin, of: &Origin) -> bool {
    let (Origin::Tuple(scheme, Host::Domain(host), port), Origin::Tuple(of_scheme, Host::Domain(of_host), of_port)) =
        (origin, of)
    else {
        return false;
    };
    let below = host.strip_suffix(of_host.as_str()).is_some_and(|label| label.len() > 1 && label.ends_with('.'));
    below && (scheme, port) == (of_scheme, of_port)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret([redacted] for {})", self.origin.ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_secret_is_given_to_its_own_origin_only() {
        let secret = Secret::new("s3cret\n", &url("https://hub.example/base/"));
        assert_eq!(secret.reveal_to(&url("https://hub.example/user/x")), Some("s3cret"));
        assert_eq!(secret.reveal_to(&url("wss://hub.example:443/user/x")), Some("s3cret"));
        for other in ["http://hub.example/", "https://hub.example:8443/", "https://other.example/", "ws://hub.example/"]
        {
            assert_eq!(secret.reveal_to(&url(other)), None, "{other}");
        }
    }

    #[test]
    fn a_secret_follows_to_subdomains_of_its_host_alone() {
        let secret = Secret::new("s3cret", &url("https://hub.example:8443/base/"));
        let at = url("https://ada.hub.example:8443/user/ada/").origin();
        assert_eq!(secret.reveal_to_subdomain(&at), Some("s3cret"));
        for other in [
            "https://hub.example:8443/",
            "https://evilhub.example:8443/",
            "https://ada.hub.example/",
            "http://ada.hub.example:8443/",
            "https://hub.example.evil:8443/",
        ] {
            assert_eq!(secret.reveal_to_subdomain(&url(other).origin()), None, "{other}");
        }
        let address = Secret::new("s3cret", &url("http://127.0.0.1/"));
        assert_eq!(address.reveal_to_subdomain(&at), None, "an address has none");
    }

    #[test]
    fn a_secret_is_in_no_text() {
        let secret = Secret::new("s3cret", &url("http://hub.example/"));
        assert_eq!(format!("{secret:?}"), "Secret([redacted] for http://hub.example)");
        assert_eq!(secret.redact("token=s3cret&a=1"), "token=[redacted]&a=1");
    }
}
