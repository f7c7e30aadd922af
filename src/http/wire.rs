//! Connections made by hand: TCP with immediate acknowledgements, through a proxy where there is one, and TLS over it.

use super::client::host_of;
use super::error::{ErrorKind, HttpError, proxy_named};
use super::proxy::Proxies;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Url;

/// Connects to the host of a `http` or `https` address: through the proxy before it, where there is one.
///
/// # Errors
/// The name has no address, nothing listens, the proxy refuses, TLS fails, or `within` is over.
pub(super) async fn dial(
    url: &Url,
    tls: &Arc<ClientConfig>,
    proxies: &Proxies,
    within: Duration,
) -> Result<Wire, HttpError> {
    let host = host_of(url);
    let late =
        || HttpError::new(ErrorKind::Timeout, format!("{host} did not answer within {} s", within.as_secs_f64()));
    let connected = async {
        let Some(proxy) = proxies.before(url) else { return connect(url, &host, tls).await };
        let at = proxy.url()?;
        let mut wire = connect(&at, &proxy_named(&host_of(&at)), tls).await?;
        let (name, port) = address(url)?;
        // An IPv6 address keeps its brackets here.
        let name = if name.contains(':') { format!("[{name}]") } else { name.to_owned() };
        proxy.tunnel(&mut wire, &format!("{name}:{port}")).await?;
        encrypt(url, wire, tls).await
    };
    tokio::time::timeout(within, connected).await.map_err(|_| late())?
}

/// Host and port of an address, as the resolver and TLS want them: IPv6 without brackets.
fn address(url: &Url) -> Result<(&str, u16), HttpError> {
    let host = host_of(url);
    let setup = |message: String| HttpError::new(ErrorKind::Setup, message);
    let name = url.host_str().ok_or_else(|| setup(format!("{host} names no host")))?;
    let port = url.port_or_known_default().ok_or_else(|| setup(format!("{host} names no port")))?;
    Ok((name.trim_start_matches('[').trim_end_matches(']'), port))
}

/// `host` is what messages call it.
async fn connect(url: &Url, host: &str, tls: &Arc<ClientConfig>) -> Result<Wire, HttpError> {
    let (name, port) = address(url)?;
    let addresses: Vec<_> = match tokio::net::lookup_host((name, port)).await {
        Ok(addresses) => addresses.collect(),
        Err(error) => {
            return Err(HttpError::named(ErrorKind::NameUnresolved, host, &error.to_string()));
        }
    };
    let stream = TcpStream::connect(&addresses[..]).await.map_err(|error| {
        let mut error = HttpError::from_io(&error, host);
        error.kind = if error.kind == ErrorKind::Broken { ErrorKind::Unreachable } else { error.kind };
        error
    })?;
    stream.set_nodelay(true).map_err(|error| HttpError::from_io(&error, host))?;
    encrypt(url, Wire::Plain(PromptTcp { stream, wrote: true }), tls).await
}

/// TLS over a connection, where the address asks for it.
async fn encrypt(url: &Url, wire: Wire, tls: &Arc<ClientConfig>) -> Result<Wire, HttpError> {
    if url.scheme() != "https" {
        return Ok(wire);
    }
    let (name, _) = address(url)?;
    let server = ServerName::try_from(name.to_owned())
        .map_err(|_| HttpError::new(ErrorKind::Setup, format!("{name} is no name for TLS")))?;
    let stream = TlsConnector::from(Arc::clone(tls)).connect(server, wire).await;
    Ok(Wire::Tls(Box::new(stream.map_err(|error| HttpError::from_io(&error, &host_of(url)))?)))
}

/// TCP that acknowledges at once. Jupyter's servers send small frames and wait for the acknowledgement of each before the next, and
/// Linux delays acknowledgements by 40 ms on a connection that it takes for interactive. It does so from each write on, and until then
/// a read acknowledges what it takes: so this is asked for once behind each write, not before each read.
#[derive(Debug)]
pub struct PromptTcp {
    stream: TcpStream,
    wrote: bool,
}

impl AsyncRead for PromptTcp {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        #[cfg(target_os = "linux")]
        if self.wrote {
            // Asked for when there is something to acknowledge: before that it would do nothing.
            std::task::ready!(self.stream.poll_read_ready(cx))?;
            // Without it reads are slower and as correct, so a refusal is no error.
            let _ = rustix::net::sockopt::set_tcp_quickack(&self.stream, true);
            self.wrote = false;
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for PromptTcp {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.wrote = true;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A connection, plain or encrypted.
#[derive(Debug)]
pub enum Wire {
    /// TCP.
    Plain(PromptTcp),
    /// TLS over TCP, or over TLS to a proxy.
    Tls(Box<TlsStream<Wire>>),
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Wire::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Wire::Tls(tls) => Pin::new(tls).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Wire::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Wire::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Wire::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Wire::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Wire::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Wire::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}
