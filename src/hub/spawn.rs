//! Starting and stopping a user's server.
//!
//! | answer to the spawn request | means | next |
//! | --- | --- | --- |
//! | 201, 202 | starting (201 also after a failed spawn) | follow the progress stream |
//! | 400 `is already running` | it was there before | – |
//! | 400 `pending` | the one before still stops | ask again |
//! | 400 `maximum of … named servers` | this user has too many | failure |
//! | 429 | too many spawn, or too many run | failure |
//! | 500 | the spawn failed at once | failure |

use super::jupyterhub::{JupyterHub, LOOK_AGAIN};
use super::refusal::{message_of, refused};
use crate::event::{Failure, Outcome};
use crate::http::{EventStream, Method};
use crate::plan::quantity::format_duration;
use crate::port::{Created, ServerRef, ServerRequest};
use serde::Deserialize;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::time::Duration;
use url::Url;

/// Longest wait until a server is gone.
const STOPPED_WITHIN: Duration = Duration::from_secs(40);
/// Silence of a progress stream after which the account is looked at.
const SILENT_FOR: Duration = Duration::from_secs(5);
/// Longest such silence.
const SILENT_MAX: Duration = Duration::from_secs(40);
/// How long the end of a spawn may be on its way in the stream.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// One event of the progress stream.
#[derive(Deserialize)]
struct Progress {
    #[serde(default)]
    ready: bool,
    #[serde(default)]
    failed: bool,
    #[serde(default)]
    message: String,
}

impl JupyterHub {
    fn server_api(&self, server: &ServerRef, more: &[&str]) -> Url {
        let mut parts = vec!["users", server.account.as_str()];
        if server.name.is_empty() {
            parts.push("server");
        } else {
            parts.extend(["servers", server.name.as_str()]);
        }
        parts.extend(more);
        self.api(&parts)
    }

    /// Asks for a server and waits until it is ready or failed, at most as long as the request allows.
    pub(super) async fn spawn(&self, request: &ServerRequest) -> Result<Created, Failure> {
        // A hub that is down while it starts a server may come back before the time is over. If not, that is what is told.
        let outage = RefCell::new(None);
        let whole = async {
            if self.ask_for(request).await? == Created::Before {
                return Ok(Created::Before);
            }
            self.follow(&request.server, &outage).await.map(|()| Created::Now)
        };
        let late = || {
            let text = format!("the server was not ready within {}", format_duration(request.timeout));
            Err(outage.take().unwrap_or_else(|| Failure::new(Outcome::SpawnTimeout, text)))
        };
        tokio::time::timeout(request.timeout, whole).await.unwrap_or_else(|_| late())
    }

    async fn ask_for(&self, request: &ServerRequest) -> Result<Created, Failure> {
        let url = self.server_api(&request.server, &[]);
        let options = Value::Object(request.options.clone());
        loop {
            let reply = self.rest.ask(Method::POST, &url, Some(&options)).await?;
            match reply.status {
                201 | 202 => return Ok(Created::Now),
                400 if message_of(&reply).contains("already running") => return Ok(Created::Before),
                400 if message_of(&reply).contains("already has the maximum") => {
                    return Err(Failure::new(Outcome::HubFull, message_of(&reply)).with_status(400));
                }
                400 if message_of(&reply).contains("pending") => tokio::time::sleep(LOOK_AGAIN).await,
                // A hub that waits for the spawn before it answers says so that it failed.
                500 => return Err(spawn_failure(message_of(&reply)).with_status(500)),
                _ => return Err(refused(&reply, false)),
            }
        }
    }

    /// Follows the progress stream; where there is none, or it breaks, looks at the account instead.
    async fn follow(&self, server: &ServerRef, outage: &RefCell<Option<Failure>>) -> Result<(), Failure> {
        let url = self.server_api(server, &["progress"]);
        if let Ok(Ok(mut stream)) = self.rest.http.events(&url, SILENT_FOR).await
            && let Some(end) = self.listen(&mut stream, server).await
        {
            return end;
        }
        self.poll(server, outage).await
    }

    /// What the progress stream says of the spawn's end. `None` where it breaks, or where the hub has nothing to tell any more: a proxy keeps
    /// a stream open whose hub was killed, so that silence says nothing and the account is looked at, after twice as long each time.
    async fn listen(&self, stream: &mut EventStream, server: &ServerRef) -> Option<Result<(), Failure>> {
        let mut silent_for = SILENT_FOR;
        loop {
            let Ok(next) = tokio::time::timeout(silent_for, stream.next()).await else {
                let account = self.look(&server.account).await.ok()??;
                let pending = account.servers.iter().any(|info| info.name == server.name && info.pending);
                silent_for = match pending {
                    true => (silent_for.max(SILENT_FOR) * 2).min(SILENT_MAX),
                    false if silent_for == LAST_WORDS => return None,
                    false => LAST_WORDS,
                };
                continue;
            };
            let data = next.ok()??;
            let Ok(progress) = serde_json::from_str::<Progress>(&data) else { continue };
            if progress.ready {
                return Some(Ok(()));
            }
            if progress.failed {
                return Some(Err(spawn_failure(progress.message)));
            }
        }
    }

    async fn poll(&self, server: &ServerRef, outage: &RefCell<Option<Failure>>) -> Result<(), Failure> {
        loop {
            let looked = match self.look(&server.account).await {
                Err(failure) if matches!(failure.outcome, Outcome::HubDown | Outcome::ProxyDown) => {
                    outage.replace(Some(failure));
                    tokio::time::sleep(LOOK_AGAIN).await;
                    continue;
                }
                other => other?,
            };
            outage.take();
            let Some(account) = looked else {
                return Err(Failure::new(Outcome::UserMissing, format!("account {} is gone", server.account)));
            };
            match account.servers.iter().find(|info| info.name == server.name) {
                Some(info) if info.ready => return Ok(()),
                Some(info) if info.pending => tokio::time::sleep(LOOK_AGAIN).await,
                _ => return Err(Failure::new(Outcome::SpawnFailed, "the hub has no such server any more")),
            }
        }
    }

    /// Stops a server and waits until the hub has none of that name.
    pub(super) async fn stop(&self, server: &ServerRef) -> Result<(), Failure> {
        let url = self.server_api(server, &[]);
        // A named server stays in its user's list after it stopped, unless it is asked to go.
        let remove = (!server.name.is_empty()).then(|| json!({"remove": true}));
        let gone = async {
            let reply = self.rest.ask(Method::DELETE, &url, remove.as_ref()).await?;
            match reply.status {
                204 => return Ok(()),
                404 if reply.is_json() => return Ok(()),
                // 400: a spawn is pending that cannot be cancelled yet, or it stops already.
                202 | 400 => {}
                _ => return Err(refused(&reply, false)),
            }
            loop {
                let account = self.look(&server.account).await?;
                match account.and_then(|account| account.servers.into_iter().find(|info| info.name == server.name)) {
                    None => return Ok(()),
                    Some(info) if info.ready && !info.pending => {
                        let again = self.rest.ask(Method::DELETE, &url, remove.as_ref()).await?;
                        if again.status == 204 {
                            return Ok(());
                        }
                    }
                    Some(_) => {}
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        let late = || Err(Failure::new(Outcome::Timeout, "the server did not stop within 40 s"));
        tokio::time::timeout(STOPPED_WITHIN, gone).await.unwrap_or_else(|_| late())
    }
}

/// The hub tells a server that did not answer in time from one that failed by words only.
fn spawn_failure(message: String) -> Failure {
    let late = message.contains("didn't respond in") || message.contains("Timeout") || message.contains("timed out");
    Failure::new(if late { Outcome::SpawnTimeout } else { Outcome::SpawnFailed }, message)
}
