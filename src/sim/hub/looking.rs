//! What a simulated hub shows of itself: what is on it, and nothing that only a real one could say.

use super::super::state::name_of;
use super::SimHub;
use crate::clock::rfc3339;
use crate::event::{Failure, Outcome};
use crate::port::{HubPart, HubSeen};
use serde_json::{Value, json};

impl SimHub {
    /// A part of the hub, in the time that a request takes.
    pub(super) async fn seen(&self, part: HubPart) -> Result<HubSeen, Failure> {
        self.reachable()?;
        self.takes(20, 0.3).await;
        if self.plain && !matches!(part, HubPart::Info | HubPart::Metrics) {
            let text = format!("a plain Jupyter Server has no {}", part.name());
            return Err(Failure::new(Outcome::ScriptError, text));
        }
        let data = match part {
            HubPart::Info => json!({"version": "simulated", "facts": {"kind": "simulated"}, "scopes": []}),
            HubPart::Users => self.users_seen(),
            HubPart::Servers => self.servers_seen(None).into(),
            HubPart::Groups => json!([]),
            HubPart::Routes => self.routes_seen(),
            HubPart::Metrics => return Ok(HubSeen::Page(self.page())),
        };
        Ok(HubSeen::Data(data))
    }

    fn users_seen(&self) -> Value {
        let accounts: Vec<(String, i64)> = self.state.borrow().accounts.clone().into_iter().collect();
        let one = |(name, created): (String, i64)| {
            let servers = self.servers_seen(Some(&name));
            json!({"name": name, "admin": false, "groups": [], "created": rfc3339(created), "servers": servers})
        };
        accounts.into_iter().map(one).collect()
    }

    /// Servers of an account, or all of them.
    fn servers_seen(&self, of: Option<&str>) -> Vec<Value> {
        let state = self.state.borrow();
        let mut servers = Vec::new();
        for (path, started) in &state.servers {
            let account = path.split('/').next().unwrap_or_default();
            if of.is_some_and(|of| of != account) {
                continue;
            }
            let (name, url) = (name_of(path, account).unwrap_or_default(), format!("/user/{path}/"));
            let started = rfc3339(*started);
            servers.push(
                json!({"account": account, "name": name, "ready": true, "pending": null, "started": started, "url": url}),
            );
        }
        servers
    }

    fn routes_seen(&self) -> Value {
        let state = self.state.borrow();
        let hub = json!({"path": "/", "target": "simulated", "user": null});
        let one = |path: &String| {
            let account = path.split('/').next().unwrap_or_default();
            json!({"path": format!("/user/{path}/"), "target": "simulated", "user": account})
        };
        std::iter::once(hub).chain(state.servers.keys().map(one)).collect()
    }

    /// The two figures of JupyterHub's page that a simulated hub knows.
    fn page(&self) -> String {
        let state = self.state.borrow();
        format!(
            "# TYPE jupyterhub_running_servers gauge\njupyterhub_running_servers {}\n# TYPE jupyterhub_total_users gauge\njupyterhub_total_users {}\n",
            state.servers.len(),
            state.accounts.len()
        )
    }
}
