//! Ways to a hub: TLS with an authority of one's own, HTTP proxies, extra headers, a path before the hub. Each whole run goes that way: REST, progress streams and
//! the kernels' WebSockets.

use crate::driver::{ended_with, said, scenario};
use crate::lab;
use crate::proxy::{LOGIN, Proxy};
use crate::tls::Authority;
use hubmark::lab::{HubSettings, LabOptions};
use std::path::Path;
use std::process::Output;

/// Runs the short load, or asks doctor about it, with a hub's address and more variables.
fn hubmark(verb: &str, folder: &Path, hub: &str, prefix: &str, variables: &[(&str, &str)]) -> Output {
    let from = scenario("");
    if !folder.join("ways.lua").exists() {
        std::fs::create_dir(folder.join("notebooks")).unwrap();
        for name in ["ways.lua", "notebooks/tiny.ipynb"] {
            std::fs::copy(from.join(name), folder.join(name)).unwrap();
        }
    }
    let mut command = crate::driver::hubmark(&folder.join("runs"));
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.arg(verb).arg(folder.join("ways.lua")).args(["--hub", hub, "--prefix", prefix]);
    command.envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn tls_is_trusted_by_the_authority_that_the_scenario_names_and_by_no_other() {
    let (authority, other) = (Authority::new(), Authority::new());
    let front = authority.terminate(&["localhost"], lab::lab().info().public_port);
    let url = format!("https://localhost:{}", front.port);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), other.pem()).unwrap();
    let output = hubmark("run", folder.path(), &url, "tls", &[]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("tls_untrusted") && text.contains("hint: name the certificate authority"), "{text}");
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    ended_with(&hubmark("run", folder.path(), &url, "tls", &[]), 0);
}

#[test]
fn a_whole_run_goes_through_the_proxy_of_the_environment() {
    let authority = Authority::new();
    let front = authority.terminate(&["hub.test"], lab::lab().info().public_port);
    let proxy = Proxy::start();
    // Nobody but the proxy knows this name.
    let url = format!("https://hub.test:{}", front.port);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    let with_login = proxy.url(LOGIN);
    let output = hubmark("run", folder.path(), &url, "way", &[("HTTPS_PROXY", &with_login)]);
    ended_with(&output, 0);
    assert!(!said(&output).contains("s3cret"), "{}", said(&output));
    let asked = proxy.asked();
    let wanted = format!("CONNECT hub.test:{} HTTP/1.1", front.port);
    // Two kernels' WebSockets and at least one connection for REST.
    assert!(asked.len() >= 3 && asked.iter().all(|line| *line == wanted), "{asked:?}");
    let without_login = proxy.url("nobody:x");
    let output = hubmark("doctor", folder.path(), &url, "way", &[("HTTPS_PROXY", &without_login)]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    let output =
        hubmark("doctor", folder.path(), &url, "way", &[("HTTPS_PROXY", &with_login), ("NO_PROXY", "hub.test")]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("name_unresolved"), "{}", said(&output));
    assert_eq!(proxy.asked().len(), asked.len(), "neither got through it");
}

#[test]
fn a_proxy_without_tls_is_asked_for_requests_and_for_a_way_for_sockets() {
    let proxy = Proxy::start();
    let port = lab::lab().info().public_port;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), Authority::new().pem()).unwrap();
    let url = format!("http://hub.test:{port}");
    let output = hubmark("run", folder.path(), &url, "plainway", &[("HTTP_PROXY", &proxy.url(LOGIN))]);
    ended_with(&output, 0);
    let asked = proxy.asked();
    let sockets = asked.iter().filter(|line| **line == format!("CONNECT hub.test:{port} HTTP/1.1")).count();
    assert_eq!(sockets, 2, "one for each user's kernel: {asked:?}");
    assert!(
        asked.iter().any(|line| line.starts_with(&format!("GET http://hub.test:{port}/hub/api/user "))),
        "{asked:?}"
    );
}

#[test]
fn a_hub_below_a_path_that_wants_a_header_is_driven() {
    // The hub's own server refuses what comes without the header, as an access gate before it would.
    let config = r#"
from tornado import web
import jupyterhub.apihandlers.base as base
before = base.APIHandler.prepare
async def gate(self):
    if self.request.headers.get("X-Gate") != "open" and "Hubmark" in self.request.headers.get("User-Agent", "").title():
        raise web.HTTPError(418, "gate")
    await before(self)
base.APIHandler.prepare = gate
"#;
    let hub = HubSettings { base_url: "/jupyter/lab/".to_owned(), config: config.to_owned(), ..HubSettings::default() };
    let lab = lab::start(&LabOptions { hub, ..lab::options() });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), Authority::new().pem()).unwrap();
    let token = lab.token().to_owned();
    assert!(lab.info().url.ends_with("/jupyter/lab"), "{}", lab.info().url);
    let bare = "User-Agent: hubmark/test\r\n";
    let answer = crate::http::exchange("GET", lab.info().public_port, "/jupyter/lab/hub/api/user", bare, "");
    assert_eq!(crate::http::status(&answer), 418, "the gate is shut: {answer}");
    let output = hubmark("run", folder.path(), &lab.info().url, "below", &[("JUPYTERHUB_API_TOKEN", &token)]);
    ended_with(&output, 0);
    let root = lab.info().url.trim_end_matches("/jupyter/lab");
    let output = hubmark("doctor", folder.path(), root, "below", &[("JUPYTERHUB_API_TOKEN", &token)]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    let text = said(&output);
    assert!(text.contains("leads elsewhere, to /jupyter/lab/") && text.contains("base URL belongs to"), "{text}");
    lab.stop().unwrap();
}

#[test]
fn users_on_hosts_of_their_own_are_reached_there() {
    let config = r#"
c.JupyterHub.subdomain_host = "http://hub.test:%d" % lab["public_port"]
"#;
    let hub = HubSettings { host_routing: true, config: config.to_owned(), ..HubSettings::default() };
    let lab = lab::start(&LabOptions { hub, ..lab::options() });
    let proxy = Proxy::start();
    let port = lab.info().public_port;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), Authority::new().pem()).unwrap();
    let variables = [("HTTP_PROXY", &*proxy.url(LOGIN)), ("JUPYTERHUB_API_TOKEN", lab.token())];
    let output = hubmark("run", folder.path(), &format!("http://hub.test:{port}"), "apart", &variables);
    ended_with(&output, 0);
    let asked = proxy.asked();
    for user in ["apart-1", "apart-2"] {
        let socket = format!("CONNECT {user}.hub.test:{port} HTTP/1.1");
        assert_eq!(asked.iter().filter(|line| **line == socket).count(), 1, "{socket} in {asked:?}");
    }
    lab.stop().unwrap();
}
