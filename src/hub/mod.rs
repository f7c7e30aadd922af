//! Real hubs: JupyterHub's REST API, Jupyter Server's REST API, and kernels over their WebSocket.

mod addresses;
mod contents;
mod done;
mod doubt;
mod encode;
mod execute;
mod frame;
mod jupyterhub;
mod kernel;
mod listing;
mod looking;
mod numbers;
mod output;
mod output_widget;
mod place;
mod plain;
mod reading;
mod reconnect;
mod refusal;
mod reply;
mod rest;
mod socket;
mod spawn;
pub mod versions;

use crate::http::{HttpError, Secret, Settings};
use crate::plan::Target;
use crate::port::Hub;
use jupyterhub::JupyterHub;
use plain::PlainServer;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Why a target's client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The file of its certificate authority cannot be read.
    #[error("failed to read {path}: {why}")]
    Ca {
        /// The file.
        path: String,
        /// Cause.
        why: std::io::Error,
    },
    /// Its headers or certificate authority cannot be used.
    #[error(transparent)]
    Http(#[from] HttpError),
}

/// What opens a target.
#[derive(Debug, Default)]
pub struct Secrets {
    /// The token for everything, where there is one.
    pub target: Option<Secret>,
    /// Accounts' own tokens: what is done for such an account is done with its token alone.
    pub accounts: BTreeMap<String, Secret>,
}

impl From<Option<Secret>> for Secrets {
    fn from(target: Option<Secret>) -> Self {
        Self { target, accounts: BTreeMap::new() }
    }
}

/// A client of a hub or plain server. Nothing is sent yet.
///
/// # Errors
/// Its certificate authority or headers cannot be used.
pub fn connect(target: &Target, secrets: impl Into<Secrets>) -> Result<Rc<dyn Hub>, ConnectError> {
    let Secrets { target: secret, accounts } = secrets.into();
    let (url, ca, headers) = match target {
        Target::Hub(hub) => (&hub.url, &hub.ca, &hub.headers),
        Target::Server(server) => (&server.url, &server.ca, &server.headers),
    };
    let ca_pem = match ca {
        Some(path) => {
            Some(std::fs::read(path).map_err(|why| ConnectError::Ca { path: path.display().to_string(), why })?)
        }
        None => None,
    };
    let rest = rest::Rest::new(url, Settings { secret, headers: headers.clone(), ca_pem })?;
    Ok(match target {
        Target::Hub(_) => Rc::new(JupyterHub::new(rest.of_hub(), accounts)),
        Target::Server(_) => Rc::new(PlainServer::new(rest)),
    })
}
