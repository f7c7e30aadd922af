//! The client of one target.

use super::body::JsonText;
use super::error::{self, ErrorKind, HttpError};
use super::events::EventStream;
use super::proxy::Proxies;
use super::reply::Reply;
use super::secret::{Secret, is_subdomain};
use super::tls;
use super::wire::{self, Wire};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, Response, redirect};
use rustls::ClientConfig;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// Longest time to make a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// Idle connections are closed before JupyterHub's proxy does it (5 s in Node), so that no request meets a closing connection.
const POOL_IDLE: Duration = Duration::from_secs(4);

/// Bytes of a body that are read.
const BODY_MAX: usize = 16 << 20;

/// How a client is made.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Token for `Authorization: token …`.
    pub secret: Option<Secret>,
    /// Extra request headers.
    pub headers: BTreeMap<String, String>,
    /// PEM text of a certificate authority to trust besides the system's.
    pub ca_pem: Option<Vec<u8>>,
}

/// The client of one target: one pool of connections, one TLS configuration, one secret.
#[derive(Debug)]
pub struct HttpClient {
    client: reqwest::Client,
    base: Url,
    secret: Option<Secret>,
    headers: HeaderMap,
    tls: Arc<ClientConfig>,
    proxies: Arc<Proxies>,
    /// Whether the target has servers on subdomains of its host.
    subdomains: Cell<bool>,
}

impl HttpClient {
    /// A client for addresses below `base`.
    ///
    /// # Errors
    /// A header or the certificate authority is unusable.
    pub fn new(base: &Url, settings: Settings) -> Result<Self, HttpError> {
        let setup = |message: String| HttpError::new(ErrorKind::Setup, message);
        let tls = tls::configuration(settings.ca_pem.as_deref())?;
        let headers = extra_headers(&settings.headers)?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(ClientConfig::clone(&tls))
            .redirect(redirect::Policy::none())
            .tcp_nodelay(true)
            .connect_timeout(CONNECT_WITHIN)
            .pool_idle_timeout(POOL_IDLE)
            .user_agent(concat!("hubmark/", env!("CARGO_PKG_VERSION")));
        let mut proxies = Proxies::of_the_environment();
        if is_loopback(base) {
            builder = builder.no_proxy();
            proxies = Proxies::none();
        }
        let client = builder.build().map_err(|error| setup(format!("the HTTP client cannot be made: {error}")))?;
        Ok(Self {
            client,
            base: base.clone(),
            secret: settings.secret,
            headers,
            tls,
            proxies: Arc::new(proxies),
            subdomains: Cell::new(false),
        })
    }

    /// The same client for another secret of the same target: one pool of connections serves both.
    #[must_use]
    pub fn with_secret(&self, secret: Secret) -> Self {
        Self {
            client: self.client.clone(),
            base: self.base.clone(),
            secret: Some(secret),
            headers: self.headers.clone(),
            tls: Arc::clone(&self.tls),
            proxies: Arc::clone(&self.proxies),
            subdomains: self.subdomains.clone(),
        }
    }

    /// From now on token and headers go to subdomains of the target's host too: its servers are there. False if the address is none of them.
    pub fn follow_to_subdomain(&self, server: &Url) -> bool {
        let is_one = is_subdomain(&server.origin(), &self.base.origin());
        self.subdomains.set(self.subdomains.get() || is_one);
        is_one
    }

    /// Where it is for.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// A connection of one's own to the host of an address (`http`, `https`, `ws`, `wss`): the same proxies and trust as for requests.
    ///
    /// # Errors
    /// The name has no address, nothing listens, the proxy refuses, TLS fails, or `within` is over.
    pub async fn dial(&self, url: &Url, within: Duration) -> Result<Wire, HttpError> {
        let url = as_http(url)
            .ok_or_else(|| HttpError::new(ErrorKind::Setup, format!("{} cannot be dialled", host_of(url))))?;
        wire::dial(&url, &self.tls, &self.proxies, within).await
    }

    /// The text without the secret.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.secret.as_ref().map_or_else(|| text.to_owned(), |secret| secret.redact(text))
    }

    /// Headers for a request to `url`: the extra ones, and the token if the origin is its own. Nothing for another origin.
    #[must_use]
    pub fn headers_for(&self, url: &Url) -> HeaderMap {
        let Some(origin) = as_http(url).map(|url| url.origin()) else { return HeaderMap::new() };
        let apart = self.subdomains.get() && is_subdomain(&origin, &self.base.origin());
        if !apart && origin != self.base.origin() {
            return HeaderMap::new();
        }
        let mut headers = self.headers.clone();
        let token = self.secret.as_ref().and_then(|secret| match apart {
            true => secret.reveal_to_subdomain(&origin),
            false => secret.reveal_to(url),
        });
        if let Some(Ok(mut value)) = token.map(|token| HeaderValue::from_str(&format!("token {token}"))) {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        headers
    }

    /// Sends a request and reads the answer whole, whatever its status.
    ///
    /// # Errors
    /// There was no whole answer within `within`, or it is longer than 16 MiB.
    pub async fn send(
        &self,
        method: Method,
        url: &Url,
        body: Option<&JsonText>,
        within: Duration,
    ) -> Result<Reply, HttpError> {
        let mut request = self.request(method, url).header(ACCEPT, "application/json");
        if let Some(JsonText(text)) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(text.clone());
        }
        self.whole(request, within).await
    }

    /// Asks for an address in a form other than plain JSON, and reads the answer whole.
    ///
    /// # Errors
    /// As [`HttpClient::send`].
    pub async fn get(&self, url: &Url, accept: &str, within: Duration) -> Result<Reply, HttpError> {
        self.whole(self.request(Method::GET, url).header(ACCEPT, accept), within).await
    }

    async fn whole(&self, request: RequestBuilder, within: Duration) -> Result<Reply, HttpError> {
        let whole = async {
            let mut response = request.send().await.map_err(|error| self.error(&error))?;
            let status = response.status().as_u16();
            let headers = std::mem::take(response.headers_mut());
            self.checked(Reply { status, proxy: self.open_proxy(), headers, body: self.body(response).await? })
        };
        tokio::time::timeout(within, whole).await.map_err(|_| self.late(within))?
    }

    /// Opens a stream of server-sent events. A status other than 200 comes back as a reply.
    ///
    /// # Errors
    /// There was no answer within `within`.
    pub async fn events(&self, url: &Url, within: Duration) -> Result<Result<EventStream, Reply>, HttpError> {
        let request = self.request(Method::GET, url).header(ACCEPT, "text/event-stream");
        let answer = async {
            let mut response = request.send().await.map_err(|error| self.error(&error))?;
            let status = response.status().as_u16();
            if status == 200 {
                return Ok(Ok(EventStream::new(response, self.host())));
            }
            let headers = std::mem::take(response.headers_mut());
            let reply = Reply { status, proxy: self.open_proxy(), headers, body: self.body(response).await? };
            self.checked(reply).map(Err)
        };
        tokio::time::timeout(within, answer).await.map_err(|_| self.late(within))?
    }

    fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        self.client.request(method, url.clone()).headers(self.headers_for(url))
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, HttpError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.error(&error))? {
            if body.len() + chunk.len() > BODY_MAX {
                let message = format!("the answer of {} is longer than {} MiB", self.host(), BODY_MAX >> 20);
                return Err(HttpError::new(ErrorKind::TooLarge, message));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn error(&self, error: &reqwest::Error) -> HttpError {
        let mut error = match self.proxy() {
            Some(proxy) => HttpError::from_reqwest_through(error, &self.host(), &proxy),
            None => HttpError::from_reqwest(error, &self.host()),
        };
        error.message = self.redact(&error.message);
        error
    }

    /// Host and port of the proxy that stands before the target.
    fn proxy(&self) -> Option<String> {
        let proxy = self.proxies.before(&self.base)?;
        proxy.url().ok().as_ref().map(host_of)
    }

    /// The same as messages name it, where it reads what passes and may answer itself.
    fn open_proxy(&self) -> Option<String> {
        let open = self.base.scheme() == "http";
        self.proxy().filter(|_| open).map(|proxy| error::proxy_named(&proxy))
    }

    /// A status that only proxies give is theirs.
    fn checked(&self, reply: Reply) -> Result<Reply, HttpError> {
        match self.proxy().filter(|_| reply.status == 407) {
            Some(proxy) => Err(error::refused_by_proxy(&proxy, &self.host(), error::LOGIN_WANTED)),
            None => Ok(reply),
        }
    }

    fn late(&self, within: Duration) -> HttpError {
        let message = format!("{} did not answer within {} s", self.host(), within.as_secs_f64());
        HttpError::new(ErrorKind::Timeout, message)
    }

    fn host(&self) -> String {
        host_of(&self.base)
    }
}

/// The address of a WebSocket as that of the page which it is opened for.
fn as_http(url: &Url) -> Option<Url> {
    let mut url = url.clone();
    let scheme = match url.scheme() {
        "ws" => "http",
        "wss" => "https",
        _ => return Some(url),
    };
    url.set_scheme(scheme).ok()?;
    Some(url)
}

/// Host and port of an address, as messages name it.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Proxies of the environment are never asked for what is on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn extra_headers(headers: &BTreeMap<String, String>) -> Result<HeaderMap, HttpError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let unusable =
            |what: &str| HttpError::new(ErrorKind::Header, format!("the header {name:?} has an unusable {what}"));
        let key = HeaderName::try_from(name.as_str()).map_err(|_| unusable("name"))?;
        let mut value = HeaderValue::try_from(value.as_str()).map_err(|_| unusable("value"))?;
        value.set_sensitive(true);
        map.insert(key, value);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(base: &str) -> HttpClient {
        let base = Url::parse(base).unwrap();
        let secret = Some(Secret::new("s3cret", &base));
        let headers = BTreeMap::from([("X-Mine".to_owned(), "1".to_owned())]);
        HttpClient::new(&base, Settings { secret, headers, ca_pem: None }).unwrap()
    }

    #[test]
    fn another_origin_gets_neither_token_nor_headers() {
        let client = client("http://127.0.0.1:8000/base/");
        let own = client.headers_for(&Url::parse("ws://127.0.0.1:8000/base/user/x").unwrap());
        assert_eq!(own.get("authorization").unwrap(), "token s3cret");
        assert_eq!(own.get("x-mine").unwrap(), "1");
        assert!(client.headers_for(&Url::parse("http://127.0.0.1:8001/base/").unwrap()).is_empty());
    }

    #[test]
    fn subdomains_get_the_token_once_the_hub_has_servers_there() {
        let client = client("https://hub.test/");
        let server = Url::parse("wss://ada.hub.test/user/ada/").unwrap();
        assert!(client.headers_for(&server).is_empty(), "nobody said that a server is there");
        assert!(!client.follow_to_subdomain(&Url::parse("https://elsewhere.test/").unwrap()));
        assert!(client.headers_for(&server).is_empty());
        assert!(client.follow_to_subdomain(&Url::parse("https://grace.hub.test/user/grace/").unwrap()));
        assert_eq!(client.headers_for(&server).get("authorization").unwrap(), "token s3cret");
        assert!(client.headers_for(&Url::parse("https://elsewhere.test/").unwrap()).is_empty());
        assert!(client.headers_for(&Url::parse("http://ada.hub.test/").unwrap()).is_empty(), "not in the open");
    }

    #[test]
    fn debug_output_holds_no_secret() {
        assert!(!format!("{:?}", client("http://127.0.0.1:8000/")).contains("s3cret"));
    }

    #[tokio::test]
    async fn nothing_listening_is_unreachable_and_an_unknown_name_is_unresolved() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let free = listener.local_addr().unwrap();
        drop(listener);
        for (base, kind) in [
            (format!("http://{free}/"), ErrorKind::Unreachable),
            ("http://no-such-host.invalid/".to_owned(), ErrorKind::NameUnresolved),
        ] {
            let client = client(&base);
            let error = client.send(Method::GET, client.base(), None, Duration::from_secs(20)).await.unwrap_err();
            assert_eq!(error.kind, kind, "{error}");
        }
    }
}
