//! A small server: pages that a program shows of itself, such as an agent's metrics.
//!
//! It stands on the same hyper as the client. It answers GET and HEAD with whole texts, keeps a bounded number of connections, gives each
//! request head a deadline, and asks for a token where it has one.

use super::error::{ErrorKind, HttpError};
use base64::Engine;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Connections at a time. A Prometheus holds one; more than a few are a mistake or an attack, and wait.
const CONNECTIONS: usize = 32;

/// Longest time for a request's head, and for a connection to be idle. Prometheus keeps its connection between scrapes.
const HEAD_WITHIN: Duration = Duration::from_secs(90);

/// Longest time for a TLS handshake.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The text.
    pub body: String,
}

impl Answer {
    /// Plain text.
    #[must_use]
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: body.into() }
    }
}

/// A server that is bound to its address.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    token: Option<String>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.address)
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Access(token: {}, tls: {})", self.token.is_some(), self.tls.is_some())
    }
}

/// Who may ask a server, and how.
#[derive(Clone, Default)]
pub struct Access {
    /// A token that requests have to bring, as `Authorization: Bearer …` (or `token …`, or as the password of Basic).
    pub token: Option<String>,
    /// Certificate chain and private key, both PEM.
    pub tls: Option<(Vec<u8>, Vec<u8>)>,
}

impl Server {
    /// Binds to an address; port 0 is any free one.
    ///
    /// # Errors
    /// [`ErrorKind::Setup`]: the address is taken or not this machine's, or certificate and key are unusable.
    pub async fn bind(address: SocketAddr, access: Access) -> Result<Self, HttpError> {
        let setup = |what: String| HttpError::new(ErrorKind::Setup, what);
        let tls = access.tls.map(|(chain, key)| acceptor(&chain, &key)).transpose()?;
        let listener =
            TcpListener::bind(address).await.map_err(|error| setup(format!("cannot listen on {address}: {error}")))?;
        let address = listener.local_addr().map_err(|error| setup(format!("no address: {error}")))?;
        Ok(Self { listener, address, tls, token: access.token })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is dropped. `page` gives the page of a path, `None` where there is none.
    pub async fn run(&self, page: impl Fn(&str) -> Option<Answer>) {
        let page = &page;
        let mut connections = FuturesUnordered::new();
        loop {
            tokio::select! { biased;
                Some(()) = connections.next(), if !connections.is_empty() => {}
                accepted = self.listener.accept(), if connections.len() < CONNECTIONS => match accepted {
                    Ok((stream, _)) => connections.push(self.connection(stream, page)),
                    // Too many open files, or the peer went away at once: the next one may do better, after a moment.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                },
            }
        }
    }

    async fn connection(&self, stream: TcpStream, page: &impl Fn(&str) -> Option<Answer>) {
        // A page is written in one piece; the last of it does not wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else { return self.exchange(stream, page).await };
        if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_WITHIN, tls.accept(stream)).await {
            self.exchange(stream, page).await;
        }
    }

    async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S, page: &impl Fn(&str) -> Option<Answer>) {
        let service = service_fn(|request: Request<Incoming>| {
            std::future::ready(Ok::<_, Infallible>(self.answer(&request, page)))
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(16 << 10);
        // What fails here is the peer's affair: it went away or does not speak HTTP.
        let _ = http.serve_connection(TokioIo::new(stream), service).await;
    }

    fn answer(&self, request: &Request<Incoming>, page: &impl Fn(&str) -> Option<Answer>) -> Response<Full<Bytes>> {
        let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some(token) = &self.token
            && !given.and_then(token_of).is_some_and(|given| same(given.as_bytes(), token.as_bytes()))
        {
            let mut response = respond(Answer::text(401, "a token is needed: Authorization: Bearer …\n"));
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return response;
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = respond(Answer::text(405, "GET and HEAD are answered here\n"));
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        respond(page(request.uri().path()).unwrap_or_else(|| Answer::text(404, "there is no such page\n")))
    }
}

fn respond(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    response
}

/// The token of an `Authorization` header: `Bearer`, hubmark's and JupyterHub's own `token`, or the password of `Basic`.
fn token_of(header: &str) -> Option<String> {
    let (scheme, value) = header.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" | "token" => Some(value.trim().to_owned()),
        "basic" => {
            let pair = base64::engine::general_purpose::STANDARD.decode(value.trim()).ok()?;
            String::from_utf8(pair).ok()?.split_once(':').map(|(_, password)| password.to_owned())
        }
        _ => None,
    }
}

/// Whether two secrets are equal, in a time that says nothing of where they differ.
fn same(left: &[u8], right: &[u8]) -> bool {
    let differing = left.iter().zip(right).fold(0u8, |differing, (l, r)| differing | (l ^ r));
    left.len() == right.len() && std::hint::black_box(differing) == 0
}

fn acceptor(chain: &[u8], key: &[u8]) -> Result<TlsAcceptor, HttpError> {
    let unusable = |what: &str, cause: String| HttpError::new(ErrorKind::Setup, format!("{what} is unusable: {cause}"));
    let certificates = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unusable("the certificate", error.to_string()))?;
    if certificates.is_empty() {
        return Err(unusable("the certificate", "the file holds none in PEM form".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| unusable("the private key", error.to_string()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable("TLS", error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|error| unusable("the certificate with its key", error.to_string()))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{HttpClient, Settings};
    use std::collections::BTreeMap;
    use url::Url;

    const WITHIN: Duration = Duration::from_secs(20);

    async fn get(base: &str, settings: Settings, method: Method) -> (u16, String) {
        let url = Url::parse(base).unwrap();
        let client = HttpClient::new(&url, settings).unwrap();
        let reply = client.send(method, &url, None, WITHIN).await.unwrap();
        (reply.status, reply.text())
    }

    fn page(path: &str) -> Option<Answer> {
        (path == "/metrics").then(|| Answer::text(200, "a 1\n"))
    }

    fn bearer(token: &str) -> Settings {
        let headers = BTreeMap::from([("Authorization".to_owned(), format!("Bearer {token}"))]);
        Settings { headers, ..Settings::default() }
    }

    #[tokio::test]
    async fn pages_are_given_and_nothing_else() {
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), Access::default()).await.unwrap();
        let base = format!("http://{}", server.address());
        let asking = async {
            assert_eq!(get(&format!("{base}/metrics"), bearer("x"), Method::GET).await, (200, "a 1".to_owned()));
            assert_eq!(get(&format!("{base}/nothing"), Settings::default(), Method::GET).await.0, 404);
            assert_eq!(get(&format!("{base}/metrics"), Settings::default(), Method::POST).await.0, 405);
        };
        tokio::select! { biased; () = asking => {}, () = server.run(page) => unreachable!("it runs until it is dropped") }
        let taken = Server::bind(server.address(), Access::default()).await.unwrap_err();
        assert!(taken.message.starts_with("cannot listen on 127.0.0.1:"), "{taken}");
    }

    #[tokio::test]
    async fn a_server_with_a_token_wants_it() {
        let access = Access { token: Some("s3cret".to_owned()), tls: None };
        assert!(!format!("{access:?}").contains("s3cret"));
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), access).await.unwrap();
        let url = format!("http://{}/metrics", server.address());
        let basic = BTreeMap::from([("Authorization".to_owned(), "Basic cHJvbTpzM2NyZXQ=".to_owned())]);
        let asking = async {
            assert_eq!(get(&url, bearer("s3cret"), Method::GET).await.0, 200);
            assert_eq!(get(&url, Settings { headers: basic, ..Settings::default() }, Method::GET).await.0, 200);
            for wrong in ["s3cre", "s3cret1", "S3cret", ""] {
                assert_eq!(get(&url, bearer(wrong), Method::GET).await.0, 401, "{wrong:?}");
            }
            assert_eq!(get(&url, Settings::default(), Method::GET).await.0, 401);
        };
        tokio::select! { biased; () = asking => {}, () = server.run(page) => unreachable!("it runs until it is dropped") }
    }

    #[tokio::test]
    async fn a_certificate_makes_it_tls() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (chain, key) = (made.cert.pem().into_bytes(), made.signing_key.serialize_pem().into_bytes());
        let access = Access { token: None, tls: Some((chain.clone(), key)) };
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), access).await.unwrap();
        let url = format!("https://localhost:{}/metrics", server.address().port());
        let trusting = Settings { ca_pem: Some(chain.clone()), ..Settings::default() };
        let asking = async { assert_eq!(get(&url, trusting, Method::GET).await.0, 200) };
        tokio::select! { biased; () = asking => {}, () = server.run(page) => unreachable!("it runs until it is dropped") }
        let broken = Access { token: None, tls: Some((chain, b"nothing".to_vec())) };
        let error = Server::bind("127.0.0.1:0".parse().unwrap(), broken).await.unwrap_err();
        assert!(error.message.starts_with("the private key is unusable: "), "{error}");
    }
}
