//! One HTTP client (TLS, a certificate authority of one's own, proxies, deadlines, secrets bound to an origin, redaction) and a small
//! server for pages that hubmark shows of itself.
//!
//! REST goes through `reqwest` with one connection pool per target. What needs a connection of its own (the kernels' WebSockets) gets a
//! [`Wire`] from [`HttpClient::dial`], because the 40 ms trap has to be met on the socket itself (`docs/adr/0202-kernel-sockets-dialled-by-hand.md`).
//! Both use one TLS configuration. Every call has a deadline, follows no redirect and never sends a secret to another origin.

mod aside;
mod body;
mod client;
mod error;
mod events;
mod proxy;
mod reply;
mod secret;
mod serve;
mod tls;
mod wire;

pub use aside::{Aside, is_large};
pub use body::JsonText;
pub use client::{HttpClient, Settings};
pub use error::{ErrorKind, HttpError};
pub use events::EventStream;
pub use proxy::unusable_proxy;
pub use reply::Reply;
pub use reqwest::Method;
pub use secret::Secret;
pub use serve::{Access, Answer, Server};
pub use wire::Wire;
