//! The cloud's own certificate authority, and the certificate of its server. The authority is made once per world; the
//! server's certificate is made anew at every start, which takes less than a millisecond.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// Names that the server answers for: its own, and those that a client may have pinned to this address.
const SERVED: &[&str] = &[
    "localhost",
    "127.0.0.1",
    "::1",
    "management.azure.com",
    "login.microsoftonline.com",
    "login.windows.net",
    "sts.windows.net",
];

/// The authority of one world.
#[derive(Debug)]
pub struct Authority {
    /// Its certificate, for clients to trust.
    pub pem: String,
    /// Its key, PKCS#8 in PEM.
    pub key_pem: String,
}

fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Local cloud authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = OffsetDateTime::UNIX_EPOCH + Duration::days(365 * 50);
    params.not_after = OffsetDateTime::UNIX_EPOCH + Duration::days(365 * 130);
    params
}

impl Authority {
    /// Makes an authority.
    ///
    /// # Errors
    /// If the random generator or the encoder refuses.
    pub fn new() -> Result<Authority, rcgen::Error> {
        let key = KeyPair::generate()?;
        let certificate = authority_params().self_signed(&key)?;
        Ok(Authority { pem: certificate.pem(), key_pem: key.serialize_pem() })
    }

    /// TLS for a server that this authority vouches for, with HTTP/2 and HTTP/1.1.
    ///
    /// # Errors
    /// If the key of the authority is broken.
    pub fn server(&self) -> Result<Arc<ServerConfig>, Box<dyn std::error::Error + Send + Sync>> {
        let issuer = Issuer::new(authority_params(), KeyPair::from_pem(&self.key_pem)?);
        let mut params = CertificateParams::new(SERVED.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        params.distinguished_name.push(DnType::CommonName, "Local cloud");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        params.not_before = OffsetDateTime::now_utc() - Duration::days(2);
        // Platforms refuse server certificates that are good for longer than 398 days.
        params.not_after = OffsetDateTime::now_utc() + Duration::days(395);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &issuer)?;
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}
