//! Ports of the system's choice.

use super::error::LabError;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

/// That many different loopback ports that were free a moment ago. Another process may take one before it is used, so whoever gets them
/// starts again with others when that happens.
pub(super) fn pick<const N: usize>() -> Result<[u16; N], LabError> {
    let loopback = Path::new("127.0.0.1");
    let mut ports = [0; N];
    // All are held until the last is known; otherwise the system may give the same one twice.
    let mut held = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(LabError::io("listen on", loopback))?;
        *port = listener.local_addr().map_err(LabError::io("listen on", loopback))?.port();
        held.push(listener);
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_are_free_again() {
        let ports: [u16; 8] = pick().unwrap();
        let distinct: std::collections::BTreeSet<_> = ports.iter().collect();
        assert_eq!(distinct.len(), 8);
        assert!(ports.iter().any(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()));
    }
}
