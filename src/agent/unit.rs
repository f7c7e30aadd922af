//! A systemd unit for an agent.

use std::path::PathBuf;

/// A file that only root may read, which systemd hands to the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its name among the agent's credentials.
    pub name: &'static str,
    /// Where it is.
    pub path: PathBuf,
}

/// What a unit starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The command and its arguments. `%d` in an argument is the folder of the credentials; other texts are quoted.
    pub command: Vec<String>,
    /// Files that it needs.
    pub credentials: Vec<Credential>,
    /// Whether it is asked from this machine only.
    pub loopback: bool,
}

impl Unit {
    /// The unit's text. The agent gets a user of its own, no rights, a read-only file system, and no device but GPUs.
    #[must_use]
    pub fn text(&self) -> String {
        let command: Vec<String> = self.command.iter().map(|part| quoted(part)).collect();
        let credentials: String = self
            .credentials
            .iter()
            .map(|Credential { name, path }| format!("LoadCredential={name}:{}\n", path.display()))
            .collect();
        let network = if self.loopback { "IPAddressDeny=any\nIPAddressAllow=localhost\n" } else { "" };
        format!(
            "# Written by `hubmark agent --unit`. Save as /etc/systemd/system/hubmark-agent.service, then:\n\
             #   systemctl daemon-reload && systemctl enable --now hubmark-agent\n\
             [Unit]\n\
             Description=hubmark agent: metrics of this node\n\
             Wants=network-online.target\n\
             After=network-online.target\n\
             \n\
             [Service]\n\
             ExecStart={}\n\
             {credentials}Restart=on-failure\n\
             RestartSec=2\n\
             MemoryMax=64M\n\
             \n\
             # It reads /proc and asks the GPUs' driver. It needs nothing else of the machine.\n\
             {SANDBOX}{network}\n\
             [Install]\n\
             WantedBy=multi-user.target\n",
            command.join(" ")
        )
    }
}

/// `PrivateDevices`, `ProcSubset` and `PrivateNetwork` are missing on purpose: each would hide what the agent is to see.
const SANDBOX: &str = "\
DynamicUser=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
DevicePolicy=closed
DeviceAllow=char-nvidia* rw
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
UMask=0077
";

/// One argument of `ExecStart`: quoted where systemd would split or expand it.
fn quoted(part: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@[]".contains(c);
    let escaped = part.replace("%d/", "\u{0}").replace('%', "%%").replace('\u{0}', "%d/").replace('$', "$$");
    if part.replace("%d/", "").chars().all(plain) && !part.is_empty() {
        return escaped;
    }
    format!("\"{}\"", escaped.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
