//! HTTP proxies of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`) for connections made by hand.
//!
//! REST gets them from `reqwest` itself. Both ask the same matcher, so they cannot disagree about which way an address goes.

use super::client::is_loopback;
use super::error::{ErrorKind, HttpError, LOGIN_WANTED, proxy_named, refused_by_proxy};
use super::wire::Wire;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::fmt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::http::Uri;
use url::Url;

/// Longest answer to a `CONNECT`: its head, and nothing may follow before it is used.
const HEAD_MAX: usize = 8 << 10;

/// The proxies of the environment, as they were when the client was made.
pub(super) struct Proxies(Option<Matcher>);

impl Proxies {
    /// No proxy for anything.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// What the environment says.
    pub(super) fn of_the_environment() -> Self {
        Self(Some(Matcher::from_system()))
    }

    /// The proxy that stands before an address of the scheme `http` or `https`.
    pub(super) fn before(&self, url: &Url) -> Option<Proxy> {
        let uri: Uri = url.as_str().parse().ok()?;
        let intercept = self.0.as_ref()?.intercept(&uri)?;
        Some(Proxy(intercept))
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy's address may hold a password.
        f.write_str(if self.0.is_some() { "Proxies(of the environment)" } else { "Proxies(none)" })
    }
}

/// A proxy on the way to an address.
pub(super) struct Proxy(Intercept);

impl Proxy {
    /// Its address, without user and password.
    ///
    /// # Errors
    /// It is no HTTP proxy.
    pub(super) fn url(&self) -> Result<Url, HttpError> {
        let uri = self.0.uri();
        let (scheme, host) = (uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default());
        let setup = |why: String| HttpError::new(ErrorKind::Setup, why);
        if !matches!(scheme, "http" | "https") {
            return Err(setup(format!(
                "the proxy {host} of the environment speaks {scheme}; hubmark speaks http and https"
            )));
        }
        let port = uri.port_u16().map_or(String::new(), |port| format!(":{port}"));
        Url::parse(&format!("{scheme}://{host}{port}/"))
            .map_err(|error| setup(format!("the proxy of the environment cannot be used: {error}")))
    }

    /// Asks it, over a connection to it, for a way to `host:port`.
    ///
    /// # Errors
    /// It refuses, or its answer is none of HTTP.
    pub(super) async fn tunnel(&self, wire: &mut Wire, host: &str) -> Result<(), HttpError> {
        let name = self.0.uri().authority().map_or("?", |authority| authority.as_str());
        let broken = |error: std::io::Error| HttpError::from_io(&error, &proxy_named(name));
        let login = match self.0.basic_auth().and_then(|login| login.to_str().ok()) {
            Some(login) => format!("Proxy-Authorization: {login}\r\n"),
            None => String::new(),
        };
        let request = format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n{login}\r\n");
        wire.write_all(request.as_bytes()).await.map_err(broken)?;
        wire.flush().await.map_err(broken)?;
        let head = head(wire).await.map_err(broken)?;
        let line = head.lines().next().unwrap_or_default();
        match status(line) {
            Some(200..=299) => Ok(()),
            Some(407) => Err(refused_by_proxy(name, host, LOGIN_WANTED)),
            Some(_) => Err(refused_by_proxy(name, host, &format!("it answers {line}"))),
            None => Err(HttpError::new(
                ErrorKind::Broken,
                format!("{} does not answer as an HTTP proxy does", proxy_named(name)),
            )),
        }
    }
}

/// The variable that names a proxy for an address and cannot be used, and why. Nothing else would say so: such a value is passed over, and
/// what should go through the proxy goes past it. `lookup` reads the environment; a value may hold a password and is not in the answer.
#[must_use]
pub fn unusable_proxy(url: &Url, lookup: &dyn Fn(&str) -> Option<String>) -> Option<(String, String)> {
    let own = if url.scheme() == "https" { "https_proxy" } else { "http_proxy" };
    let set = |name: &str| {
        let upper = name.to_uppercase();
        // In the order in which the matcher looks.
        let found = [upper.as_str(), name].into_iter().find_map(|name| Some((name.to_owned(), lookup(name)?)));
        found.filter(|(_, value)| !value.is_empty())
    };
    let (name, value) = set(own).or_else(|| set("all_proxy"))?;
    let uri: Uri = url.as_str().parse().ok()?;
    let without = set("no_proxy").map(|(_, value)| value).unwrap_or_default();
    let before = |proxy: String| Matcher::builder().all(proxy).no(without.clone()).build().intercept(&uri);
    if is_loopback(url) || before("http://proxy.invalid".to_owned()).is_none() {
        return None;
    }
    match before(value).map(Proxy).map(|proxy| proxy.url()) {
        None => Some((name, "its value is no address of a proxy".to_owned())),
        Some(Err(error)) => Some((name, error.message)),
        Some(Ok(_)) => None,
    }
}

/// The status of an answer by its first line.
fn status(line: &str) -> Option<u16> {
    line.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()
}

/// Reads up to the empty line and not a byte further: what follows belongs to the tunnel.
async fn head(wire: &mut Wire) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= HEAD_MAX {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        head.push(wire.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(all: &str, no: &str) -> Proxies {
        Proxies(Some(Matcher::builder().all(all.to_owned()).no(no.to_owned()).build()))
    }

    fn before(proxies: &Proxies, url: &str) -> Option<String> {
        proxies.before(&Url::parse(url).unwrap()).map(|proxy| proxy.url().unwrap().to_string())
    }

    #[test]
    fn a_proxy_is_asked_for_what_no_proxy_does_not_name() {
        let proxies = proxies("http://user:s3cret@proxy.test:3128", "inside.test,10.0.0.0/8");
        assert_eq!(before(&proxies, "https://hub.test/x").as_deref(), Some("http://proxy.test:3128/"));
        assert_eq!(before(&proxies, "https://hub.inside.test/"), None);
        assert_eq!(before(&proxies, "http://10.1.2.3:8000/"), None);
        assert_eq!(before(&Proxies::none(), "https://hub.test/"), None);
        assert!(!format!("{proxies:?}").contains("s3cret"));
    }

    #[test]
    fn a_proxy_of_another_kind_is_refused_by_its_name() {
        let proxies = proxies("socks5://proxy.test:1080", "");
        let error = proxies.before(&Url::parse("https://hub.test/").unwrap()).unwrap().url().unwrap_err();
        assert!(error.message.contains("proxy.test of the environment speaks socks5"), "{error}");
    }

    #[test]
    fn a_variable_that_names_no_proxy_is_found_where_it_would_be_used() {
        let unusable = |url: &str, variables: &[(&str, &str)]| {
            let lookup =
                |name: &str| variables.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned());
            unusable_proxy(&Url::parse(url).unwrap(), &lookup).map(|(name, why)| format!("{name}: {why}"))
        };
        let broken = Some("HTTP_PROXY: its value is no address of a proxy".to_owned());
        for value in ["http://pro xy:3128", "ftp://proxy.test", "http://"] {
            assert_eq!(unusable("http://hub.test/", &[("HTTP_PROXY", value)]), broken, "{value}");
        }
        let socks = unusable("https://hub.test/", &[("all_proxy", "socks5://user:s3cret@proxy.test:1080")]).unwrap();
        assert!(socks.starts_with("all_proxy: ") && socks.contains("socks5") && !socks.contains("s3cret"), "{socks}");
        for (url, variables) in [
            ("http://hub.test/", &[("HTTP_PROXY", "http://proxy.test:3128")] as &[_]),
            ("http://hub.test/", &[("HTTP_PROXY", "proxy.test:3128"), ("ALL_PROXY", "no proxy")]),
            ("http://hub.test/", &[("HTTPS_PROXY", "no proxy")]),
            ("http://hub.test/", &[("HTTP_PROXY", "no proxy"), ("NO_PROXY", "hub.test")]),
            ("http://127.0.0.1:8000/", &[("HTTP_PROXY", "no proxy")]),
            ("http://hub.test/", &[("HTTP_PROXY", "")]),
        ] {
            assert_eq!(unusable(url, variables), None, "{variables:?}");
        }
    }

    #[test]
    fn an_answer_is_told_by_its_status() {
        assert_eq!(status("HTTP/1.1 200 Connection established"), Some(200));
        assert_eq!(status("HTTP/1.0 407 Proxy Authentication Required"), Some(407));
        assert_eq!(status("SSH-2.0-OpenSSH"), None);
    }
}
