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

    /// The same secret for a subdomain of its host, with the same scheme and port; `None` for any other address.
    #[must_use]
    pub fn for_subdomain(&self, url: &Url) -> Option<Self> {
        let (Origin::Tuple(scheme, host, port), Origin::Tuple(to_scheme, to_host, to_port)) =
            (&self.origin, url.origin())
        else {
            return None;
        };
        let (Host::Domain(host), Host::Domain(to_host)) = (host, to_host) else { return None };
        let below = to_host.strip_suffix(host.as_str()).is_some_and(|label| label.len() > 1 && label.ends_with('.'));
        let same = (scheme, port) == (&to_scheme, &to_port);
        (below && same).then(|| Self { value: self.value.clone(), origin: url.origin() })
    }

    /// The text with every occurrence of the secret replaced.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        if self.value.is_empty() { text.to_owned() } else { text.replace(&self.value, "[redacted]") }
    }
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
        let at = url("https://ada.hub.example:8443/user/ada/");
        assert_eq!(secret.for_subdomain(&at).unwrap().reveal_to(&at), Some("s3cret"));
        for other in [
            "https://hub.example:8443/",
            "https://evilhub.example:8443/",
            "https://ada.hub.example/",
            "http://ada.hub.example:8443/",
            "https://hub.example.evil:8443/",
            "https://.hub.example:8443/",
        ] {
            assert!(Url::parse(other).is_err() || secret.for_subdomain(&url(other)).is_none(), "{other}");
        }
        assert!(Secret::new("s3cret", &url("http://127.0.0.1/")).for_subdomain(&at).is_none(), "an address has none");
    }

    #[test]
    fn a_secret_is_in_no_text() {
        let secret = Secret::new("s3cret", &url("http://hub.example/"));
        assert_eq!(format!("{secret:?}"), "Secret([redacted] for http://hub.example)");
        assert_eq!(secret.redact("token=s3cret&a=1"), "token=[redacted]&a=1");
    }
}
