//! Looking at a hub for the author's functions: reads only, and nothing in it that is secret.

use super::jupyterhub::JupyterHub;
use super::refusal::{refused, unanswered};
use super::rest::{ANSWER_WITHIN, Rest};
use crate::event::{Failure, Outcome};
use crate::http::{Method, Reply};
use crate::port::{HubInfo, HubPart, HubSeen};
use serde_json::{Map, Value, json};
use url::Url;

/// Asked for in one page. Hubs cut it to their own limit, 200 unless configured.
const PAGE: usize = 200;
/// Most users or groups that are listed.
const LISTED_MAX: usize = 10_000;
/// What is taken of a user besides its servers: a hub tells more, some of it secret (`auth_state`).
const OF_USERS: &[&str] = &["name", "admin", "groups", "created", "last_activity"];
/// What is taken of a server: the hub tells options of its spawn too, which may hold secrets.
const OF_SERVERS: &[&str] = &["name", "ready", "pending", "started", "last_activity", "url"];

/// Looks at a part of a JupyterHub.
pub(super) async fn look(hub: &JupyterHub, part: HubPart) -> Result<HubSeen, Failure> {
    let data = match part {
        HubPart::Info => info(&hub.info().await?),
        HubPart::Users => list(hub, "users").await?.iter().map(user).collect(),
        HubPart::Servers => list(hub, "users").await?.iter().flat_map(servers).collect(),
        HubPart::Groups => list(hub, "groups").await?.iter().map(|group| taken(group, &["name", "users"])).collect(),
        HubPart::Routes => routes(&ask(hub, &hub.api(&["proxy"])).await?),
        HubPart::Metrics => return metrics(&hub.rest, &hub.rest.url(&["hub", "metrics"])).await,
    };
    Ok(HubSeen::Data(data))
}

/// What a hub or a server says of itself.
pub(super) fn info(info: &HubInfo) -> Value {
    let facts: Map<String, Value> = info.facts.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let owner = info.owner.as_ref().map(ToString::to_string);
    json!({"version": info.version, "facts": facts, "scopes": info.scopes, "token_of": owner})
}

/// A page of metrics, as text.
pub(super) async fn metrics(rest: &Rest, url: &Url) -> Result<HubSeen, Failure> {
    let reply = rest.http.get(url, "text/plain", ANSWER_WITHIN).await.map_err(|error| unanswered(&error))?;
    match reply.status {
        200 => Ok(HubSeen::Page(String::from_utf8_lossy(reply.bytes()).into_owned())),
        // The page is the hub's own and not its API's: it refuses in HTML and names no scope.
        401 | 403 => {
            let text = "the token may not read the metrics; it needs the scope read:metrics";
            Err(Failure::new(Outcome::ScopeMissing, text).with_status(reply.status))
        }
        _ => Err(refused(&reply, false)),
    }
}

pub(super) fn not_on_a_plain_server(part: HubPart) -> Failure {
    let text = format!("a plain Jupyter Server has no {}", part.name());
    Failure::new(Outcome::ScriptError, text)
}

async fn ask(hub: &JupyterHub, url: &Url) -> Result<Value, Failure> {
    read(hub, hub.rest.ask(Method::GET, url, None).await?).await
}

/// A large answer is read on another thread.
async fn read(hub: &JupyterHub, reply: Reply) -> Result<Value, Failure> {
    match reply.status {
        200 => {
            let bytes = reply.size();
            let read = hub.rest.aside.run(bytes, move || reply.json::<Value>()).await;
            read.map_err(|error| unanswered(&error))
        }
        _ => Err(refused(&reply, false)),
    }
}

/// Everything that a list of the hub has, page by page, in the order of names: the hub's own order is that in which things were made.
async fn list(hub: &JupyterHub, of: &str) -> Result<Vec<Value>, Failure> {
    let mut all = Vec::new();
    loop {
        let mut url = hub.api(&[of]);
        url.query_pairs_mut().append_pair("offset", &all.len().to_string()).append_pair("limit", &PAGE.to_string());
        let Value::Array(page) = ask(hub, &url).await? else {
            return Err(Failure::new(Outcome::UnexpectedReply, format!("the hub's {of} are no list")));
        };
        // Hubs older than 2 know no pages and give everything at once.
        if page.is_empty() || (!all.is_empty() && page.first() == all.first()) {
            all.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
            return Ok(all);
        }
        all.extend(page);
        if all.len() > LISTED_MAX {
            let text = format!("the hub has over {LISTED_MAX} {of}, and no more are listed");
            return Err(Failure::new(Outcome::ScriptError, text));
        }
    }
}

fn taken(of: &Value, fields: &[&str]) -> Value {
    let known = |field: &&str| Some(((*field).to_owned(), of.get(*field)?.clone()));
    Value::Object(fields.iter().filter_map(known).collect())
}

fn user(model: &Value) -> Value {
    let mut user = taken(model, OF_USERS);
    if model.get("servers").is_some() {
        user["servers"] = servers(model).into_iter().collect();
    }
    user
}

/// A user's servers, in the order of their names.
fn servers(user: &Value) -> Vec<Value> {
    let mut models: Vec<(&String, &Value)> =
        user.get("servers").and_then(Value::as_object).into_iter().flatten().collect();
    models.sort_by_key(|(name, _)| *name);
    let one = |(_, model): (&String, &Value)| {
        let mut server = taken(model, OF_SERVERS);
        server["account"] = user["name"].clone();
        server
    };
    models.into_iter().map(one).collect()
}

/// The proxy's table as a list in the order of its paths. Of each route's data only the user is taken.
fn routes(table: &Value) -> Value {
    let one = |(path, route): (&String, &Value)| {
        let user = route.pointer("/data/user").cloned().unwrap_or(Value::Null);
        json!({"path": path, "target": route.get("target"), "user": user})
    };
    let mut routes: Vec<(&String, &Value)> = table.as_object().into_iter().flatten().collect();
    routes.sort_by_key(|(path, _)| *path);
    routes.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_users_and_servers_nothing_secret_is_taken() {
        let model = json!({
            "name": "ada", "admin": false, "auth_state": {"token": "s3cret"}, "groups": ["class"],
            "servers": {"": {"name": "", "ready": true, "url": "/user/ada/", "user_options": {"key": "s3cret"},
                "state": {"pid": 7}, "pending": null}}
        });
        let server = json!({"name": "", "ready": true, "url": "/user/ada/", "pending": null, "account": "ada"});
        assert_eq!(user(&model), json!({"name": "ada", "admin": false, "groups": ["class"], "servers": [server]}));
        assert_eq!(servers(&model), [server]);
        assert_eq!(user(&json!({"name": "ada"})), json!({"name": "ada"}), "what may not be read is absent, not empty");
    }

    #[test]
    fn routes_are_a_list_with_their_users() {
        let table = json!({
            "/user/ada/": {"routespec": "/user/ada/", "target": "http://127.0.0.1:7", "data": {"user": "ada", "server_name": ""}},
            "/": {"routespec": "/", "target": "http://127.0.0.1:8081", "data": {"hub": true}},
        });
        assert_eq!(
            routes(&table),
            json!([{"path": "/", "target": "http://127.0.0.1:8081", "user": null},
                {"path": "/user/ada/", "target": "http://127.0.0.1:7", "user": "ada"}])
        );
    }
}
