//! The client certificate: read from PEM or PKCS#12, and the assertions that its key signs.
//!
//! azure_identity has such a credential, but only on OpenSSL; the assertion is one signed JSON text, so we sign it here.
//! PS256 and `x5t#S256` are what Entra's documentation asks for ("Certificate credentials").

use std::fmt;

use azure_core::time::{Duration, OffsetDateTime};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use p12_keystore::Pkcs12Archive;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PSS_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// How long an assertion is good: it is used at once, and only once.
const LIFETIME: Duration = Duration::minutes(10);
/// How far our clock may be ahead of Entra's.
const SKEW: Duration = Duration::minutes(1);

/// An RSA key and the certificate that belongs to it.
pub(super) struct Certificate {
    key: RsaKeyPair,
    /// SHA-256 of the certificate, base64url: how Entra finds it.
    thumbprint: String,
    /// Where it came from and how the portal shows it.
    description: String,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description)
    }
}

impl Certificate {
    /// Reads what the settings give: base64 of PKCS#12 (or of PEM, or PEM itself), else a file of either kind. As in azurerm, a
    /// file is not looked at where a value is given.
    pub fn read(
        inline: Option<&Secret>,
        path: Option<&str>,
        password: Option<&Secret>,
    ) -> Result<Self, String> {
        let password = password.map_or("", Secret::expose);
        if let Some(text) = inline.map(Secret::expose).filter(|t| !t.trim().is_empty()) {
            let place = "client_certificate";
            if is_pem(text.as_bytes()) {
                return Self::parse(text.as_bytes(), password, place);
            }
            let packed: Zeroizing<String> = Zeroizing::new(text.split_whitespace().collect());
            let bytes = STANDARD.decode(packed.as_bytes()).map(Zeroizing::new);
            let bytes = bytes.map_err(|e| {
                format!("{place} is not base64 ({e}): give the PKCS#12 archive as base64, or its file as client_certificate_path")
            })?;
            return Self::parse(&bytes, password, place);
        }
        let path = path.unwrap_or_default();
        let place = format!("client_certificate_path `{path}`");
        let bytes =
            std::fs::read(path).map(Zeroizing::new).map_err(|e| format!("{place} cannot be read: {e}"))?;
        Self::parse(&bytes, password, &place)
    }

    /// A key and the certificate that belongs to it, in PEM or PKCS#12.
    fn parse(bytes: &[u8], password: &str, place: &str) -> Result<Self, String> {
        let (key, certificates) =
            if is_pem(bytes) { of_pem(bytes, place)? } else { of_pkcs12(bytes, password, place)? };
        let public = key.public_key().as_ref();
        for der in &certificates {
            let Ok((_, parsed)) = X509Certificate::from_der(der) else { continue };
            if parsed.public_key().subject_public_key.data.as_ref() != public {
                continue;
            }
            let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, der);
            let shown: String = sha1.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
            let end = parsed.validity().not_after.to_datetime().date();
            return Ok(Self {
                key,
                thumbprint: URL_SAFE_NO_PAD.encode(digest(&SHA256, der)),
                description: format!("{place} (thumbprint {shown}, good until {end})"),
            });
        }
        Err(match certificates.len() {
            0 => format!("{place} holds a private key, but no certificate"),
            1 => format!("{place}: its certificate does not belong to its private key"),
            n => format!("{place}: none of its {n} certificates belongs to its private key"),
        })
    }

    /// Where it came from, its thumbprint as the portal shows it, and until when it is good.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The assertion by which `client` proves itself at `endpoint` (the URL of the token endpoint).
    pub fn assertion(&self, endpoint: &str, client: &str, now: OffsetDateTime) -> Result<String, String> {
        let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint});
        let claims = json!({
            "aud": endpoint,
            "iss": client,
            "sub": client,
            "jti": uuid::Uuid::new_v4().to_string(),
            "iat": now.unix_timestamp(),
            "nbf": (now - SKEW).unix_timestamp(),
            "exp": (now + LIFETIME).unix_timestamp(),
        });
        let encode = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", encode(header), encode(claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|_| format!("{} could not sign", self.description))?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(11).take(64 * 1024).any(|window| window == b"-----BEGIN ")
}

fn of_pem(bytes: &[u8], place: &str) -> Result<(RsaKeyPair, Vec<Vec<u8>>), String> {
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(bytes).map(|c| c.map(|c| c.to_vec())).collect();
    let certificates =
        certificates.map_err(|e| format!("{place} holds a certificate that cannot be read: {e}"))?;
    let text = String::from_utf8_lossy(bytes);
    if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(format!(
            "{place} holds an encrypted private key in PEM: make a PKCS#12 archive of it (`openssl pkcs12 -export -in FILE -out FILE.pfx`), which may have a password"
        ));
    }
    let key = match PrivateKeyDer::from_pem_slice(bytes) {
        Ok(PrivateKeyDer::Pkcs1(key)) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
        Ok(PrivateKeyDer::Pkcs8(key)) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
        Ok(_) => return Err(not_rsa(place, "a key that is not RSA")),
        Err(_) => {
            return Err(format!(
                "{place} holds no private key: the file must have the certificate and its key"
            ));
        }
    };
    Ok((key.map_err(|e| unusable(place, e))?, certificates))
}

fn of_pkcs12(bytes: &[u8], password: &str, place: &str) -> Result<(RsaKeyPair, Vec<Vec<u8>>), String> {
    use p12_keystore::error::Error;
    let archive = Pkcs12Archive::from_pkcs12(bytes, password).map_err(|e| match e {
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) if password.is_empty() => {
            format!("{place} has a password: the password is wrong, because none is set")
        }
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) => {
            format!("{place} cannot be opened: the password is wrong")
        }
        Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm => {
            format!("{place} is encrypted in a way that is not known here ({e}): export it anew with AES-256")
        }
        e => format!("{place} is neither PEM nor PKCS#12: {e}"),
    })?;
    let Some(bag) = archive.keys.first() else {
        return Err(format!("{place} holds no private key: export it together with its certificate"));
    };
    let key = RsaKeyPair::from_pkcs8(bag.key.as_der()).map_err(|e| unusable(place, e))?;
    Ok((key, archive.certs.into_iter().map(|bag| bag.cert.as_der().to_vec()).collect()))
}

/// Why ring does not take a key, in our words: it names what it found, never the key.
fn unusable(place: &str, rejected: ring::error::KeyRejected) -> String {
    match rejected.to_string().as_str() {
        "WrongAlgorithm" => not_rsa(place, "a key that is not RSA"),
        "TooSmall" => not_rsa(place, "a key that is too short"),
        other => not_rsa(place, &format!("a key that cannot be used ({other})")),
    }
}

fn not_rsa(place: &str, what: &str) -> String {
    format!("{place} holds {what}: Entra takes certificates with RSA keys, of 2048 bits or more")
}
