//! One TLS configuration for REST and WebSockets: rustls with ring, and the roots that the system trusts.

use super::error::{ErrorKind, HttpError};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use std::sync::Arc;

/// A configuration that trusts the system's roots and the certificates of a PEM text.
///
/// # Errors
/// The PEM text holds no certificate or a broken one, or the system's roots cannot be read.
pub(super) fn configuration(ca_pem: Option<&[u8]>) -> Result<Arc<ClientConfig>, HttpError> {
    let setup = |what: &str, cause: String| HttpError::new(ErrorKind::Setup, format!("{what}: {cause}"));
    // The provider is passed by value everywhere: a process-wide default would be a hidden global.
    let provider = Arc::new(ring::default_provider());
    let roots = extra_roots(ca_pem)?;
    let verifier = if roots.is_empty() {
        Verifier::new(Arc::clone(&provider))
    } else {
        Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
    };
    let verifier = verifier.map_err(|error| setup("the trusted certificates cannot be loaded", error.to_string()))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| setup("TLS cannot be set up", error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn extra_roots(ca_pem: Option<&[u8]>) -> Result<Vec<CertificateDer<'static>>, HttpError> {
    let Some(pem) = ca_pem else { return Ok(Vec::new()) };
    let broken = |cause: String| {
        HttpError::new(ErrorKind::Authority, format!("the certificate authority's file is unusable: {cause}"))
    };
    let roots = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| broken(error.to_string()))?;
    if roots.is_empty() { Err(broken("it holds no certificate in PEM form".to_owned())) } else { Ok(roots) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_refused() {
        let error = configuration(Some(b"nothing")).unwrap_err();
        assert!(error.message.contains("holds no certificate"), "{error}");
    }
}
