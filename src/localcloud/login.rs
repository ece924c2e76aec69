//! The login service: instance and OIDC discovery, the token endpoint, and the judgement of tokens (AUTH-01, AUTH-02).
//! Tokens are signed (ES256) with a key of the world; who has one is the client that the world was made with, or a
//! user-assigned identity of the world. How they prove themselves is in [`super::proofs`].

use super::access::Caller;
use super::failure::ArmFailure;
use super::proofs::{self, Proofs, Refusal};
use super::wire::{Request, Response};
use super::world::{Names, World};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

const KEY_ID: &str = "local-cloud";
/// Seconds a token is good for.
const LIFETIME: u64 = 3599;

/// The login service of one running cloud.
pub struct Login {
    key: EcdsaKeyPair,
    secret: String,
    proofs: Proofs,
    known: HashMap<String, (u64, Caller)>,
    /// Tokens that are good no more although their time is not over.
    expired: HashSet<String>,
}

impl Login {
    /// A login service with a signing key (PKCS#8), the client's secret, and what else is accepted as a proof.
    ///
    /// # Errors
    /// If the key is none, or a certificate is none.
    pub fn new(pkcs8: &[u8], secret: &str, proofs: Proofs) -> Result<Login, String> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new())
            .map_err(|error| format!("the signing key of the world is broken: {error}"))?;
        proofs.check()?;
        Ok(Login { key, secret: secret.to_owned(), proofs, known: HashMap::new(), expired: HashSet::new() })
    }

    /// Answers the requests that need no token; `None` if the path is not one of them.
    pub fn answer(&mut self, request: &Request, world: &World, now: u64) -> Option<Response> {
        let names = &world.names;
        let origin = &request.origin;
        let path = request.path.to_lowercase();
        if path == "/metadata/endpoints" {
            return Some(Response::json(200, endpoints(origin, request.api_version())));
        }
        if path == "/common/discovery/instance" {
            let host = origin.trim_start_matches("https://");
            return Some(Response::json(
                200,
                json!({
                    "tenant_discovery_endpoint": format!("{origin}/{}/v2.0/.well-known/openid-configuration", names.tenant_id),
                    "api-version": "1.1",
                    "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
                }),
            ));
        }
        let (tenant, rest) = path[1..].split_once('/')?;
        match rest {
            ".well-known/openid-configuration" | "v2.0/.well-known/openid-configuration" => {
                let tenant =
                    if tenant == "common" || tenant == "organizations" { &names.tenant_id } else { tenant };
                Some(Response::json(200, discovery(origin, tenant)))
            }
            "discovery/keys" | "discovery/v2.0/keys" => Some(Response::json(200, self.keys())),
            "oauth2/token" | "oauth2/v2.0/token" if request.method == "POST" => {
                Some(self.token(request, tenant, world, now).unwrap_or_else(|refusal| *refusal))
            }
            _ => None,
        }
    }

    fn token(
        &self,
        request: &Request,
        tenant: &str,
        world: &World,
        now: u64,
    ) -> Result<Response, Box<Response>> {
        let names = &world.names;
        let form: HashMap<String, String> = url::form_urlencoded::parse(&request.body).into_owned().collect();
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if !tenant.eq_ignore_ascii_case(&names.tenant_id) {
            let text =
                format!("Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID.");
            return Err(refused(400, "invalid_request", 90002, &text));
        }
        if field("grant_type") != "client_credentials" {
            let text =
                format!("The grant type '{}' is not supported over this endpoint.", field("grant_type"));
            return Err(refused(400, "unsupported_grant_type", 70003, &text));
        }
        let client = field("client_id");
        let assertion = field("client_assertion");
        let known = |credentials: Vec<proofs::Federated>, object_id: &str| {
            let principal = Caller { client_id: client.to_lowercase(), object_id: object_id.to_owned() };
            (principal, credentials)
        };
        let (principal, federated, certificates) = if client.eq_ignore_ascii_case(&names.client_id) {
            let (principal, federated) = known(self.proofs.federated.clone(), &names.object_id);
            (principal, federated, self.proofs.certificates.as_slice())
        } else if let Some((object_id, credentials)) = proofs::identity(world, client) {
            let (principal, federated) = known(credentials, &object_id);
            (principal, federated, &[][..])
        } else {
            let text =
                format!("Application with identifier '{client}' was not found in the directory '{tenant}'.");
            return Err(refused(400, "unauthorized_client", 700016, &text));
        };
        if assertion.is_empty() {
            if field("client_secret") != self.secret || principal.object_id != names.object_id {
                let text = format!("Invalid client secret provided for app '{client}'.");
                return Err(refused(401, "invalid_client", 7000215, &text));
            }
            if self.proofs.secret_ends.is_some_and(|end| end <= now) {
                let text = format!("The provided client secret keys for app '{client}' are expired.");
                return Err(refused(401, "invalid_client", 7000222, &text));
            }
        } else {
            let presented = proofs::Presented {
                assertion,
                kind: field("client_assertion_type"),
                client,
                audiences: &[
                    format!("{}/{tenant}/oauth2/v2.0/token", request.origin),
                    format!("{}/{tenant}/oauth2/token", request.origin),
                    format!("{}/{tenant}/v2.0", request.origin),
                ],
                now,
            };
            let judged = presented.judge(certificates, &federated, &self.proofs.issuers);
            judged.map_err(|Refusal(code, text)| refused(401, "invalid_client", code, &text))?;
        }
        let scope = match field("scope") {
            "" => field("resource"),
            scope => scope.split(' ').next().unwrap_or_default(),
        };
        let audience =
            scope.strip_suffix(".default").map_or(scope, |scope| scope.strip_suffix('/').unwrap_or(scope));
        if audience.is_empty() {
            return Err(refused(
                400,
                "invalid_request",
                900144,
                "The request body must contain the following parameter: 'scope'.",
            ));
        }
        let token = self.mint_for(&principal, names, &request.origin, audience, now);
        let mut body = json!({
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "ext_expires_in": LIFETIME,
            "access_token": token,
        });
        if field("scope").is_empty() {
            // The v1 endpoint writes its numbers as text.
            body["expires_in"] = LIFETIME.to_string().into();
            body["ext_expires_in"] = LIFETIME.to_string().into();
            body["expires_on"] = (now + LIFETIME).to_string().into();
            body["resource"] = audience.into();
        }
        Ok(Response::json(200, body))
    }

    /// A token of the client for an audience; `now` in seconds since 1970.
    pub fn mint(&self, names: &Names, origin: &str, audience: &str, now: u64) -> String {
        let principal = Caller { client_id: names.client_id.clone(), object_id: names.object_id.clone() };
        self.mint_for(&principal, names, origin, audience, now)
    }

    fn mint_for(&self, who: &Caller, names: &Names, origin: &str, audience: &str, now: u64) -> String {
        // Storage has tokens of the first version, which its emulators insist on.
        let issuer = match audience.trim_end_matches('/') {
            "https://storage.azure.com" => format!("https://sts.windows.net/{}/", names.tenant_id),
            _ => format!("{origin}/{}/v2.0", names.tenant_id),
        };
        let header = json!({"typ": "JWT", "alg": "ES256", "kid": KEY_ID});
        let claims = json!({
            "aud": audience,
            "iss": issuer,
            "iat": now,
            "nbf": now.saturating_sub(300),
            "exp": now + LIFETIME,
            "appid": who.client_id,
            "azp": who.client_id,
            "idtyp": "app",
            "oid": who.object_id,
            "sub": who.object_id,
            "tid": names.tenant_id,
            "ver": "1.0",
        });
        let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", encode(header), encode(claims));
        let signature = self.key.sign(&SystemRandom::new(), text.as_bytes());
        let signature =
            signature.map(|signature| URL_SAFE_NO_PAD.encode(signature.as_ref())).unwrap_or_default();
        format!("{text}.{signature}")
    }

    /// Judges the `Authorization` header of a request to ARM: who sends it.
    ///
    /// # Errors
    /// AUTH-01 and AUTH-02.
    pub fn judge(&mut self, request: &Request, names: &Names, now: u64) -> Result<Caller, ArmFailure> {
        let Some(header) = request.header("authorization") else {
            return Err(unauthorized(
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing.",
            ));
        };
        let invalid = || unauthorized("InvalidAuthenticationToken", "The access token is invalid.");
        let token = bearer(header).ok_or_else(invalid)?;
        if self.expired.contains(token) {
            return Err(expired(now, now));
        }
        if let Some((expiry, caller)) = self.known.get(token)
            && *expiry > now
        {
            return Ok(caller.clone());
        }
        let (text, signature) = token.rsplit_once('.').ok_or_else(invalid)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| invalid())?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.key.public_key().as_ref())
            .verify(text.as_bytes(), &signature)
            .map_err(|_| invalid())?;
        let claims = claims(token).ok_or_else(invalid)?;
        let expiry = claims["exp"].as_u64().unwrap_or_default();
        if expiry <= now {
            return Err(expired(expiry, now));
        }
        if claims["tid"].as_str() != Some(&names.tenant_id) {
            return Err(unauthorized(
                "InvalidAuthenticationTokenTenant",
                &format!(
                    "The access token is from the wrong issuer. It must match the tenant '{}' associated with this subscription.",
                    names.tenant_id
                ),
            ));
        }
        let audience = claims["aud"].as_str().unwrap_or_default().trim_end_matches('/');
        let ours =
            [request.origin.as_str(), "https://management.azure.com", "https://management.core.windows.net"];
        let loopback =
            audience.starts_with("https://localhost:") || audience.starts_with("https://127.0.0.1:");
        if !ours.contains(&audience) && !loopback {
            return Err(unauthorized(
                "InvalidAuthenticationTokenAudience",
                &format!(
                    "The access token has been obtained for wrong audience or resource '{audience}'. It should exactly match with one of the allowed audiences '{}'.",
                    ours.join(",")
                ),
            ));
        }
        self.known.retain(|_, (expiry, _)| *expiry > now);
        let text = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
        let caller = Caller { client_id: text("appid"), object_id: text("oid") };
        self.known.insert(token.to_owned(), (expiry, caller.clone()));
        Ok(caller)
    }

    /// Lets the token of a request be good no more; answers what is said from now on (AUTH-02).
    pub fn expire(&mut self, request: &Request, now: u64) -> ArmFailure {
        self.expired.extend(request.header("authorization").and_then(bearer).map(str::to_owned));
        expired(now, now)
    }

    fn keys(&self) -> Value {
        let point = self.key.public_key().as_ref();
        let half = |from: usize| URL_SAFE_NO_PAD.encode(&point[from..from + 32]);
        json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": KEY_ID, "x": half(1), "y": half(33)}]})
    }
}

fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let claims = parts.nth(1)?;
    parts.next()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?).ok()
}

/// The token of an `Authorization` header.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A token that was good until `expiry`.
fn expired(expiry: u64, now: u64) -> ArmFailure {
    unauthorized(
        "ExpiredAuthenticationToken",
        &format!(
            "The access token expiry UTC time '{}' is earlier than current UTC time '{}'.",
            american(expiry),
            american(now)
        ),
    )
}

fn unauthorized(code: &str, message: &str) -> ArmFailure {
    ArmFailure::gateway(401, code, message)
}

fn refused(status: u16, error: &str, code: u32, text: &str) -> Box<Response> {
    Box::new(Response::json(
        status,
        json!({
            "error": error,
            "error_description": format!("AADSTS{code}: {text}"),
            "error_codes": [code],
        }),
    ))
}

fn discovery(origin: &str, tenant: &str) -> Value {
    let host = origin.trim_start_matches("https://");
    json!({
        "token_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "jwks_uri": format!("{origin}/{tenant}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "response_types_supported": ["code", "id_token", "token"],
        "scopes_supported": ["openid"],
        "issuer": format!("{origin}/{tenant}/v2.0"),
        "authorization_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/devicecode"),
        "end_session_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/logout"),
        "tenant_region_scope": "EU",
        "cloud_instance_name": host,
        "cloud_graph_host_name": host,
        "msgraph_host": host,
    })
}

/// The endpoints of this cloud, in the form that azurerm (`metadata_host`) reads; the oldest versions answer a list.
fn endpoints(origin: &str, version: &str) -> Value {
    let cloud = json!({
        "name": "AzureCloud",
        "portal": origin,
        "authentication": {
            "loginEndpoint": format!("{origin}/"),
            "audiences": [origin, "https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "resourceManager": format!("{origin}/"),
        "media": "https://rest.media.azure.net",
        "graph": "https://graph.windows.net/",
        "graphAudience": "https://graph.windows.net/",
        "microsoftGraphResourceId": "https://graph.microsoft.com/",
        "gallery": "https://gallery.azure.com/",
        "batch": "https://batch.core.windows.net/",
        "suffixes": {
            "storage": "core.windows.net",
            "keyVaultDns": "vault.azure.net",
            "acrLoginServer": "azurecr.io",
            "sqlServerHostname": "database.windows.net",
            "mysqlServerEndpoint": "mysql.database.azure.com",
            "postgresqlServerEndpoint": "postgres.database.azure.com",
            "mhsmDns": "managedhsm.azure.net",
            "attestationEndpoint": "attest.azure.net",
            "synapseAnalytics": "dev.azuresynapse.net",
            "storageSyncEndpointSuffix": "afs.azure.net",
        },
    });
    match version {
        "2018-05-01" | "2019-05-01" | "2020-06-01" => json!([cloud]),
        _ => cloud,
    }
}

/// `8/17/2017 10:54:41 PM`, as the expiry message writes times.
fn american(seconds: u64) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).unwrap_or_default())
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let (hour, half) = match at.hour() {
        0 => (12, "AM"),
        hour @ 1..=11 => (hour, "AM"),
        12 => (12, "PM"),
        hour => (hour - 12, "PM"),
    };
    format!(
        "{}/{}/{} {hour}:{:02}:{:02} {half}",
        u8::from(at.month()),
        at.day(),
        at.year(),
        at.minute(),
        at.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_02_times_are_written_as_azure_writes_them() {
        assert_eq!(american(1_503_010_481), "8/17/2017 10:54:41 PM");
    }
}
