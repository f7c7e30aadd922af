//! Requests to a hub that may be down: what fails is a value, never a panic.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Where the hub is and who asks.
pub(crate) struct Api<'a> {
    pub(crate) port: u16,
    pub(crate) token: &'a str,
}

impl Api<'_> {
    /// Status and body of a request.
    pub(crate) fn ask(&self, method: &str, path: &str) -> io::Result<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: token {}\r\nConnection: close\r\n\
             Content-Length: 0\r\n\r\n",
            self.port, self.token
        );
        stream.write_all(head.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.get(9..12).and_then(|digits| digits.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("an answer without a status"))?;
        Ok((status, answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned()))
    }

    /// Whether hub and proxy both answer.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.ask("GET", "/hub/api/"), Ok((200, _)))
    }

    /// A list; none where the answer is none. The body may be chunked, so the list is what stands between the outer brackets.
    fn list(&self, path: &str) -> Option<Vec<serde_json::Value>> {
        let (status, body) = self.ask("GET", path).ok()?;
        let text = body.get(body.find('[')?..=body.rfind(']')?)?;
        if status == 200 { serde_json::from_str(text).ok() } else { None }
    }

    /// Names of the run's accounts; `None` where the hub does not say.
    pub(crate) fn accounts(&self) -> Option<Vec<String>> {
        let names = self.list("/hub/api/users")?;
        let names = names.iter().filter_map(|user| user["name"].as_str()).map(str::to_owned);
        Some(names.filter(|name| name.starts_with("chaos-")).collect())
    }

    /// Those whose server is ready.
    pub(crate) fn ready(&self) -> Vec<String> {
        let users = self.list("/hub/api/users").unwrap_or_default();
        let ready = users.iter().filter(|user| user["servers"][""]["ready"] == true);
        ready.filter_map(|user| user["name"].as_str()).map(str::to_owned).collect()
    }

    /// Ids of the kernels on an account's server.
    pub(crate) fn kernels(&self, account: &str) -> Vec<String> {
        let kernels = self.list(&format!("/user/{account}/api/kernels")).unwrap_or_default();
        kernels.iter().filter_map(|kernel| kernel["id"].as_str()).map(str::to_owned).collect()
    }
}
