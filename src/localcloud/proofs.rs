//! What an application proves itself with instead of a secret: an assertion that is signed with the key of a certificate
//! which it has registered, or a token of an issuer with which it has a federated credential. Judged as Entra judges it, with
//! Entra's words.

use super::world::World;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde_json::Value;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use x509_parser::prelude::{FromDer as _, X509Certificate};

const IDENTITIES: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";
const CREDENTIALS: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials";
/// Seconds that the clocks of others may differ from ours.
const SKEW: u64 = 300;

/// What is registered for the client beside its secret.
#[derive(Debug, Clone, Default)]
pub struct Proofs {
    /// Its certificates, PEM.
    pub certificates: Vec<String>,
    /// Its federated credentials. User-assigned identities have theirs as resources of the world.
    pub federated: Vec<Federated>,
    /// The keys of issuers of federated tokens, as their `jwks_uri` would answer: this cloud asks nobody.
    pub issuers: Vec<IssuerKeys>,
    /// When the client's secret ends, in seconds since 1970; `None`: never.
    pub secret_ends: Option<u64>,
}

/// A federated credential: which tokens of others are accepted. All three are compared as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Federated {
    /// `iss` of the token.
    pub issuer: String,
    /// `sub` of the token.
    pub subject: String,
    /// `aud` of the token.
    pub audience: String,
}

/// An issuer of federated tokens.
#[derive(Debug, Clone)]
pub struct IssuerKeys {
    /// `iss` of its tokens.
    pub issuer: String,
    /// Its keys, a JWK set.
    pub keys: Value,
}

/// Why a proof is not accepted: the number of Entra's code, and its words.
pub(super) struct Refusal(pub u32, pub String);

fn refusal<T>(code: u32, text: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(code, text.into()))
}

impl Proofs {
    /// Whether the certificates can be read.
    pub(super) fn check(&self) -> Result<(), String> {
        self.certificates.iter().try_for_each(|pem| {
            let der = CertificateDer::from_pem_slice(pem.as_bytes())
                .map_err(|error| format!("a registered certificate is no PEM: {error}"))?;
            X509Certificate::from_der(&der)
                .map(|_| ())
                .map_err(|error| format!("a registered certificate cannot be read: {error}"))
        })
    }
}

/// The user-assigned identity of the world with this client id: its object id and its federated credentials.
pub(super) fn identity(world: &World, client: &str) -> Option<(String, Vec<Federated>)> {
    let identity = world.documents().find(|document| {
        document.type_name == IDENTITIES && document.text("properties.clientId").eq_ignore_ascii_case(client)
    })?;
    let credentials = world.children(&identity.id, CREDENTIALS).into_iter().map(|credential| Federated {
        issuer: credential.text("properties.issuer").to_owned(),
        subject: credential.text("properties.subject").to_owned(),
        audience: credential.body["properties"]["audiences"][0].as_str().unwrap_or_default().to_owned(),
    });
    Some((identity.text("properties.principalId").to_owned(), credentials.collect()))
}

/// An assertion as it came.
pub(super) struct Presented<'a> {
    pub assertion: &'a str,
    pub kind: &'a str,
    pub client: &'a str,
    /// What its audience may be if the client signed it: this token endpoint.
    pub audiences: &'a [String],
    /// Seconds since 1970.
    pub now: u64,
}

impl Presented<'_> {
    /// Judges it: its signature, by a certificate or a key of the issuer; for whom it is; when it is good.
    pub fn judge(
        &self,
        certificates: &[String],
        federated: &[Federated],
        issuers: &[IssuerKeys],
    ) -> Result<(), Refusal> {
        if self.kind != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
            return refusal(7000217, format!("The client assertion type '{}' is not supported.", self.kind));
        }
        let Some((header, claims)) = parts(self.assertion) else {
            return refusal(50027, "JWT token is invalid or malformed.");
        };
        if claims["iss"].as_str().is_some_and(|issuer| issuer.eq_ignore_ascii_case(self.client)) {
            self.certificate(&header, &claims, certificates)
        } else {
            self.federated(&header, &claims, federated, issuers)
        }
    }

    fn certificate(&self, header: &Value, claims: &Value, certificates: &[String]) -> Result<(), Refusal> {
        let named = ["x5t#S256", "x5t", "kid"].iter().find_map(|name| header[*name].as_str());
        let named = named.unwrap_or_default().trim_end_matches('=');
        let shown = URL_SAFE_NO_PAD.decode(named).unwrap_or_default();
        let shown: String = shown.iter().map(|byte| format!("{byte:02X}")).collect();
        let reason = |what: &str, reason: &str| {
            format!(
                "{what} [Reason - {reason}, Thumbprint of key used by client: '{shown}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '{}'.]",
                self.client
            )
        };
        let registered =
            certificates.iter().filter_map(|pem| CertificateDer::from_pem_slice(pem.as_bytes()).ok());
        let found = registered.into_iter().find(|der| {
            [digest(&SHA256, der), digest(&SHA1_FOR_LEGACY_USE_ONLY, der)]
                .iter()
                .any(|thumbprint| URL_SAFE_NO_PAD.encode(thumbprint) == named)
        });
        let Some(der) = found else {
            let what = "The certificate with identifier used to sign the client assertion is not registered on application.";
            return refusal(700027, reason(what, "The key was not found."));
        };
        let Ok((_, certificate)) = X509Certificate::from_der(&der) else {
            return refusal(700027, "The registered certificate cannot be read.");
        };
        let (start, end) = (certificate.validity().not_before, certificate.validity().not_after);
        let now = i64::try_from(self.now).unwrap_or(i64::MAX);
        if end.timestamp() <= now || start.timestamp() > now {
            let what = "The certificate with identifier used to sign the client assertion is expired on application.";
            let found = format!(
                "The key used is expired., Found key 'Start={}, End={}'",
                start.to_datetime().date(),
                end.to_datetime().date()
            );
            return refusal(700027, reason(what, &found));
        }
        let key = &certificate.public_key().subject_public_key.data;
        let algorithm: &dyn ring::signature::VerificationAlgorithm = match header["alg"].as_str() {
            Some("PS256") => &RSA_PSS_2048_8192_SHA256,
            Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
            other => {
                return refusal(
                    5002738,
                    format!(
                        "Invalid JWT token. '{}' is not a supported signature algorithm.",
                        other.unwrap_or_default()
                    ),
                );
            }
        };
        let sound = signed(self.assertion).is_some_and(|(text, signature)| {
            UnparsedPublicKey::new(algorithm, key).verify(text, &signature).is_ok()
        });
        if !sound {
            let what = "Client assertion failed signature validation.";
            return refusal(
                700027,
                reason(what, "The key was found, but use of the key to verify the signature failed."),
            );
        }
        if !claims["sub"].as_str().is_some_and(|subject| subject.eq_ignore_ascii_case(self.client)) {
            return refusal(
                700021,
                "Client assertion application identifier doesn't match 'client_id' parameter.",
            );
        }
        let audience = claims["aud"].as_str().unwrap_or_default();
        if !self.audiences.iter().any(|known| known.eq_ignore_ascii_case(audience)) {
            return refusal(
                700023,
                format!(
                    "Client assertion audience claim does not match Realm issuer. The audience '{audience}' should be '{}'.",
                    self.audiences[0]
                ),
            );
        }
        self.time(claims)
    }

    fn federated(
        &self,
        header: &Value,
        claims: &Value,
        federated: &[Federated],
        issuers: &[IssuerKeys],
    ) -> Result<(), Refusal> {
        let text = |name: &str| claims[name].as_str().unwrap_or_default();
        let audience = claims["aud"][0].as_str().unwrap_or(text("aud"));
        let steps: [(u32, &str, &str, fn(&Federated) -> &str); 3] = [
            (700211, "issuer", text("iss"), |credential| &credential.issuer),
            (700213, "subject", text("sub"), |credential| &credential.subject),
            (700212, "audience", audience, |credential| &credential.audience),
        ];
        let mut left: Vec<&Federated> = federated.iter().collect();
        for (code, name, presented, of) in steps {
            left.retain(|credential| of(credential) == presented);
            if left.is_empty() {
                return refusal(
                    code,
                    format!(
                        "No matching federated identity record found for presented assertion {name} '{presented}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion."
                    ),
                );
            }
        }
        let Some(issuer) = issuers.iter().find(|issuer| issuer.issuer == text("iss")) else {
            return refusal(
                50166,
                format!("Request to External OIDC endpoint failed: no keys are known of '{}'.", text("iss")),
            );
        };
        if !verified(self.assertion, header, &issuer.keys) {
            return refusal(
                50013,
                "Assertion failed signature validation. [Reason - The key was not found or did not sign the token.]",
            );
        }
        self.time(claims)
    }

    fn time(&self, claims: &Value) -> Result<(), Refusal> {
        // Seconds, but not always whole ones: Microsoft's library for Python writes them with a fraction.
        let seconds = |name: &str| claims[name].as_f64().unwrap_or(0.0) as u64;
        let (from, to) = (seconds("nbf"), seconds("exp"));
        if to + SKEW > self.now && from <= self.now + SKEW {
            return Ok(());
        }
        let shown = |seconds: u64| {
            let at =
                i64::try_from(seconds).ok().and_then(|at| time::OffsetDateTime::from_unix_timestamp(at).ok());
            let format = &time::format_description::well_known::Rfc3339;
            at.and_then(|at| at.format(format).ok()).unwrap_or_else(|| seconds.to_string())
        };
        refusal(
            700024,
            format!(
                "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry time of assertion {}.",
                shown(self.now),
                shown(from),
                shown(to)
            ),
        )
    }
}

/// Whether one of the keys of a JWK set signed a token.
fn verified(token: &str, header: &Value, keys: &Value) -> bool {
    let Some((text, signature)) = signed(token) else { return false };
    let mut keys = keys["keys"].as_array().into_iter().flatten();
    keys.any(|key| {
        if header["kid"].is_string() && key["kid"].is_string() && header["kid"] != key["kid"] {
            return false;
        }
        let part =
            |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap_or_default()).unwrap_or_default();
        match (header["alg"].as_str(), key["kty"].as_str()) {
            (Some("RS256"), Some("RSA")) => RsaPublicKeyComponents { n: part("n"), e: part("e") }
                .verify(&RSA_PKCS1_2048_8192_SHA256, text, &signature)
                .is_ok(),
            (Some("ES256"), Some("EC")) => {
                let point = [vec![4], part("x"), part("y")].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(text, &signature).is_ok()
            }
            _ => false,
        }
    })
}

/// What is signed, and the signature.
fn signed(token: &str) -> Option<(&[u8], Vec<u8>)> {
    let (text, signature) = token.rsplit_once('.')?;
    Some((text.as_bytes(), URL_SAFE_NO_PAD.decode(signature.trim_end_matches('=')).ok()?))
}

/// Header and claims.
fn parts(token: &str) -> Option<(Value, Value)> {
    let mut parts = token.split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok()
    });
    let both = (parts.next()??, parts.next()??);
    parts.next()?;
    both.1.is_object().then_some(both)
}
