//! Addresses as they are told.

use url::Url;

/// An address without what may be secret in it.
pub(super) fn place(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    // Neither fails for an address that has a host, and the others have no user.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// Host and port, as Prometheus' label `instance` has them.
pub(super) fn instance(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}
