//! What can go wrong below HTTP's own statuses.

use std::error::Error;
use std::io;

/// Why there is no answer, or none that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The host's name has no address.
    NameUnresolved,
    /// Nothing listens there, or the network cannot reach it.
    Unreachable,
    /// The certificate is not trusted.
    TlsUntrusted,
    /// The other side does not speak TLS as expected.
    TlsBroken,
    /// No answer within the deadline.
    Timeout,
    /// The connection ended before the answer was whole.
    Broken,
    /// The answer is longer than what is read.
    TooLarge,
    /// The answer is of another type than asked for.
    NotJson,
    /// The file of a certificate authority cannot be used.
    Authority,
    /// A header cannot be used.
    Header,
    /// The request or the client could not be made.
    Setup,
}

/// Why there is no answer, or none that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HttpError {
    /// Class of the error.
    pub kind: ErrorKind,
    /// What happened, without secrets.
    pub message: String,
    /// HTTP status, where there was one.
    pub status: Option<u16>,
}

impl HttpError {
    /// An error without a status.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), status: None }
    }

    /// An error of a class in its words.
    pub(super) fn named(kind: ErrorKind, host: &str, cause: &str) -> Self {
        Self::new(kind, describe(kind, host, cause))
    }

    /// Classifies what `reqwest` reports by the causes that it wraps.
    pub(super) fn from_reqwest(error: &reqwest::Error, host: &str) -> Self {
        // The address stands in the message already, and its query could hold what must not be seen.
        let kind = if error.is_timeout() { Some(ErrorKind::Timeout) } else { of_causes(error) };
        let kind = kind.unwrap_or(match () {
            () if error.is_connect() => ErrorKind::Unreachable,
            () if error.is_builder() => ErrorKind::Setup,
            () => ErrorKind::Broken,
        });
        Self::new(kind, describe(kind, host, &root_cause(error)))
    }

    /// The same for a request that goes through a proxy: what failed on the way to it, or at it, is its failure and not the host's.
    pub(super) fn from_reqwest_through(error: &reqwest::Error, host: &str, proxy: &str) -> Self {
        let plain = Self::from_reqwest(error, host);
        if !error.is_connect() || matches!(plain.kind, ErrorKind::TlsUntrusted | ErrorKind::TlsBroken) {
            return plain;
        }
        match tunnel_error(error) {
            Some("proxy authorization required") => refused_by_proxy(proxy, host, LOGIN_WANTED),
            Some("unsuccessful") => refused_by_proxy(proxy, host, "it refused"),
            Some(why) if why != "failed to create underlying connection" => refused_by_proxy(proxy, host, why),
            _ => Self::new(
                plain.kind,
                format!("{}, on the way to {host}", describe(plain.kind, &proxy_named(proxy), &root_cause(error))),
            ),
        }
    }

    /// Whether a message tells of a proxy of the environment.
    #[must_use]
    pub fn tells_of_proxy(message: &str) -> bool {
        PROXY.iter().all(|part| message.contains(part))
    }

    /// Classifies an error of a socket.
    pub(super) fn from_io(error: &io::Error, host: &str) -> Self {
        let kind = of_io(error).unwrap_or(ErrorKind::Broken);
        let cause = error.get_ref().map_or_else(|| error.to_string(), |inner| root_cause(inner));
        Self::new(kind, describe(kind, host, &cause))
    }
}

/// What messages call a proxy: its host and port stand between.
const PROXY: [&str; 2] = ["the proxy ", " of the environment"];
/// What a proxy that answers 407 wants.
pub(super) const LOGIN_WANTED: &str = "it wants a login: http://user:password@… in the variable that names it";

/// A proxy by its host and port, as messages name it.
pub(super) fn proxy_named(proxy: &str) -> String {
    format!("{}{proxy}{}", PROXY[0], PROXY[1])
}

/// A proxy answers, and gives no way to a host.
pub(super) fn refused_by_proxy(proxy: &str, host: &str, why: &str) -> HttpError {
    HttpError::new(ErrorKind::Unreachable, format!("{} gives no way to {host}: {why}", proxy_named(proxy)))
}

/// What a tunnel through a proxy failed by. Its error has no type of its own to ask for.
fn tunnel_error(error: &(dyn Error + 'static)) -> Option<&'static str> {
    const KNOWN: [&str; 6] = [
        "missing destination host",
        "proxy authorization required",
        "proxy response headers too long",
        "unexpected end of file",
        "unsuccessful",
        "failed to create underlying connection",
    ];
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(why) = error.to_string().strip_prefix("tunnel error: ") {
            return KNOWN.into_iter().find(|known| *known == why).or(Some("the way through it broke"));
        }
        next = error.source();
    }
    None
}

fn describe(kind: ErrorKind, host: &str, cause: &str) -> String {
    match kind {
        ErrorKind::NameUnresolved if host.starts_with(PROXY[0]) => {
            format!("{host} has a name without address: {cause}")
        }
        ErrorKind::NameUnresolved => format!("the name {host} has no address: {cause}"),
        ErrorKind::Unreachable => format!("{host} cannot be reached: {cause}"),
        ErrorKind::TlsUntrusted => format!("the certificate of {host} is not trusted: {cause}"),
        ErrorKind::TlsBroken => format!("{host} does not speak TLS as expected: {cause}"),
        ErrorKind::Timeout => format!("{host} did not answer in time"),
        ErrorKind::Broken => format!("the connection to {host} ended before the answer was whole: {cause}"),
        ErrorKind::TooLarge | ErrorKind::NotJson | ErrorKind::Authority | ErrorKind::Header | ErrorKind::Setup => {
            cause.to_owned()
        }
    }
}

fn of_causes(error: &(dyn Error + 'static)) -> Option<ErrorKind> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(kind) = error.downcast_ref::<io::Error>().and_then(of_io) {
            return Some(kind);
        }
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(of_tls(tls));
        }
        // The resolver's error has no type of its own to ask for.
        if error.to_string() == "dns error" {
            return Some(ErrorKind::NameUnresolved);
        }
        next = error.source();
    }
    None
}

fn of_io(error: &io::Error) -> Option<ErrorKind> {
    let inner = error.get_ref();
    if let Some(tls) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return Some(of_tls(tls));
    }
    // An error of the socket inside another one is no `source` of it, so it has to be unwrapped by hand.
    if let Some(nested) = inner.and_then(|inner| inner.downcast_ref::<io::Error>()) {
        return of_io(nested);
    }
    match error.kind() {
        io::ErrorKind::TimedOut => Some(ErrorKind::Timeout),
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => Some(ErrorKind::Unreachable),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(ErrorKind::Broken),
        _ => None,
    }
}

fn of_tls(error: &rustls::Error) -> ErrorKind {
    match error {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => ErrorKind::TlsUntrusted,
        _ => ErrorKind::TlsBroken,
    }
}

/// Words of the innermost cause: the outer ones repeat the address.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_found_inside_nested_errors() {
        let untrusted = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let nested = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, untrusted));
        assert_eq!(HttpError::from_io(&nested, "h:1").kind, ErrorKind::TlsUntrusted);
        let refused = io::Error::other(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(HttpError::from_io(&refused, "h:1").kind, ErrorKind::Unreachable);
    }
}
