//! Ways to a hub that end elsewhere: proxies that refuse, addresses of pages, the wrong scheme, files and headers that cannot be used. Each message says who
//! refused and what to do.

use crate::{out, quickstart};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What `doctor` says of a hub, with variables of the environment.
fn doctor(folder: &Path, scenario: &str, hub: &str, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubmark"));
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.args(["doctor", scenario]).current_dir(folder).stdin(Stdio::null());
    command.args(if hub.is_empty() { vec![] } else { vec!["--hub", hub] });
    let command = command.env("JUPYTERHUB_API_TOKEN", "t0ken").env("NO_COLOR", "1").envs(variables.iter().copied());
    let output: Output = command.output().unwrap();
    (output.status.code(), out(&output) + &String::from_utf8_lossy(&output.stderr))
}

/// The port of something that gives every client one answer once it has sent a request, until this process ends.
fn answering(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let mut client = client;
            let mut request = [0; 4096];
            let _ = client.read(&mut request).and_then(|_| client.write_all(answer));
        }
    });
    port
}

/// A port where nothing listens.
fn closed() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn a_proxy_that_refuses_is_named_and_not_the_hub_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = quickstart();
    let scenario = scenario.to_str().unwrap();
    let refuses = answering(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let login =
        answering(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let none = closed();
    let cases = [
        ("https://hub.test", "HTTPS_PROXY", refuses, "gives no way to hub.test: it refused"),
        ("https://hub.test", "HTTPS_PROXY", login, "gives no way to hub.test: it wants a login"),
        ("http://hub.test", "HTTP_PROXY", login, "gives no way to hub.test: it wants a login"),
        ("http://hub.test", "HTTP_PROXY", refuses, "(the answer came by way of the proxy 127.0.0.1:"),
        ("http://hub.test", "HTTP_PROXY", none, "cannot be reached: "),
        ("https://hub.test", "ALL_PROXY", none, "cannot be reached: "),
    ];
    for (hub, variable, port, wanted) in cases {
        let value = format!("http://user:s3cret@127.0.0.1:{port}");
        let (code, text) = doctor(folder.path(), scenario, hub, &[(variable, &value)]);
        assert_eq!(code, Some(4), "{text}");
        holds(&text, &[&format!("the proxy 127.0.0.1:{port} of the environment"), wanted, "hint: ", "NO_PROXY"]);
        assert!(!text.contains("s3cret") && !text.contains("lab up"), "{text}");
    }
}

#[test]
fn a_variable_that_names_no_proxy_is_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = quickstart();
    let variable = [("HTTP_PROXY", "http://user:s3cret@no host:1")];
    let (code, text) = doctor(folder.path(), scenario.to_str().unwrap(), "http://hub.test", &variable);
    assert_eq!(code, Some(4), "{text}");
    holds(
        &text,
        &["fail proxy", "the proxy that HTTP_PROXY names", "no address of a proxy", "hint: HTTP_PROXY=http://"],
    );
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn the_address_of_a_page_and_the_wrong_scheme_have_their_hints() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = quickstart();
    let scenario = scenario.to_str().unwrap();
    let page = answering(
        b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    // A fatal alert of TLS: what a port that speaks TLS answers to a request in the open.
    let tls = answering(&[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46]);
    for (hub, hint) in [
        (
            format!("http://127.0.0.1:{page}/hub/api"),
            format!(
                "hint: a hub's address is its base URL, without what its pages add: try http://127.0.0.1:{page}/\n"
            ),
        ),
        (format!("http://127.0.0.1:{page}/at/hub"), format!("try http://127.0.0.1:{page}/at/\n")),
        (format!("http://127.0.0.1:{tls}"), format!("hint: it may speak HTTPS only: try https://127.0.0.1:{tls}/\n")),
        (format!("https://127.0.0.1:{page}"), format!("hint: it may speak no HTTPS: try http://127.0.0.1:{page}/\n")),
    ] {
        let (code, text) = doctor(folder.path(), scenario, &hub, &[]);
        assert_eq!(code, Some(4), "{text}");
        holds(&text, &["fail answer", &hint]);
    }
}

#[test]
fn what_cannot_be_used_is_called_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(crate::root().join("tests/lua/n.ipynb"), folder.path().join("n.ipynb")).unwrap();
    std::fs::write(folder.path().join("ca.pem"), "no certificate").unwrap();
    for (field, topic, wanted) in [
        ("ca = \"ca.pem\"", "fail ca ", "holds no certificate in PEM form"),
        ("ca = \"none.pem\"", "fail ca ", "none.pem"),
        ("headers = { [\"X Y\"] = \"1\" }", "fail headers ", "\"X Y\" has an unusable name"),
    ] {
        let scenario = format!(
            "return hm.scenario {{ notebook = \"n.ipynb\", users = 1, duration = \"1m\", \
             hub = hm.hub {{ url = \"https://127.0.0.1:1\", {field} }} }}"
        );
        std::fs::write(folder.path().join("s.lua"), scenario).unwrap();
        let (code, text) = doctor(folder.path(), "s.lua", "", &[]);
        assert_eq!(code, Some(4), "{text}");
        holds(&text, &[topic, wanted, "hint: "]);
    }
}
