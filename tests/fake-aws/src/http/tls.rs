//! A CA of the endpoint's own, and a certificate by it.

use std::fmt;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A certificate for 127.0.0.1 and `localhost`, and the CA that vouches for it.
#[derive(Clone)]
pub(super) struct Identity {
    /// The CA's certificate, as PEM.
    pub(super) ca: String,
    pub(super) acceptor: TlsAcceptor,
}

impl Identity {
    pub(super) fn new() -> Self {
        let ca = authority();
        let key = KeyPair::generate().expect("a key for the endpoint");
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let certificate = CertificateParams::new(names)
            .and_then(|parameters| parameters.signed_by(&key, &ca))
            .expect("a certificate for the endpoint");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("the key it just made");
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions of TLS that the provider has")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a certificate with its key");
        Self { ca: ca.pem(), acceptor: TlsAcceptor::from(Arc::new(config)) }
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, "CA of the fake AWS");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().expect("a key for the CA");
    CertifiedIssuer::self_signed(parameters, key).expect("the CA's own certificate")
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}
