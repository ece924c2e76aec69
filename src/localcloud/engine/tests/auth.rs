use super::*;
use crate::localcloud::wire::Request;

fn form(sky: &Sky, tenant: &str, fields: &[(&str, &str)]) -> Response {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let uri = format!("/{tenant}/oauth2/v2.0/token");
    sky.cloud.handle(&Request::new("POST", "https://localhost:9", &uri, body.into_bytes()))
}

fn bare(sky: &Sky, uri: &str, token: Option<&str>) -> Response {
    let mut request = Request::new("GET", "https://localhost:9", uri, Vec::new());
    request.headers.extend(token.map(|token| ("authorization".to_owned(), format!("Bearer {token}"))));
    sky.cloud.handle(&request)
}

#[test]
fn auth_01_requests_without_or_with_a_bad_token_are_refused() {
    let sky = Sky::new();
    let response = bare(&sky, "/subscriptions?api-version=2022-12-01", None);
    assert_eq!((response.status, code(&response)), (401, "AuthenticationFailed"));
    for bad in ["x", "a.b.c", &format!("{}x", sky.cloud.engine_token())] {
        let response = bare(&sky, "/subscriptions?api-version=2022-12-01", Some(bad));
        assert_eq!((response.status, code(&response)), (401, "InvalidAuthenticationToken"), "{bad}");
        assert!(response.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
    }
}

#[test]
fn auth_01_a_token_of_another_world_is_refused() {
    let (one, other) = (Sky::new(), Sky::new());
    let response = bare(&one, "/subscriptions?api-version=2022-12-01", Some(&other.cloud.engine_token()));
    assert_eq!(code(&response), "InvalidAuthenticationToken");
}

#[test]
fn auth_02_expired_and_foreign_tokens_are_told_apart() {
    let sky = Sky::new();
    let token = sky.cloud.minted("https://management.azure.com", 1_503_000_000);
    let response = bare(&sky, "/subscriptions?api-version=2022-12-01", Some(&token));
    assert_eq!((response.status, code(&response)), (401, "ExpiredAuthenticationToken"));
    assert!(message(&response).contains("'8/17/2017 "), "{}", message(&response));
    let token = sky.cloud.minted("https://vault.azure.net", crate::localcloud::clock::real_ms() / 1000);
    let response = bare(&sky, "/subscriptions?api-version=2022-12-01", Some(&token));
    assert_eq!(code(&response), "InvalidAuthenticationTokenAudience");
}

#[test]
fn tokens_are_given_for_a_secret_and_open_arm() {
    let sky = Sky::with(Options { client_secret: Some("s3cret".into()), ..Options::default() });
    let names = sky.cloud.names();
    let common = [
        ("grant_type", "client_credentials"),
        ("client_id", names.client_id.as_str()),
        ("scope", "https://management.azure.com/.default"),
    ];
    let with = |more: &[(&'static str, &str)]| {
        let fields: Vec<(&str, &str)> = common.iter().copied().chain(more.iter().copied()).collect();
        form(&sky, &names.tenant_id, &fields)
    };
    let response = with(&[("client_secret", "s3cret")]);
    assert_eq!(response.status, 200);
    let token = response.value()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(bare(&sky, "/subscriptions?api-version=2022-12-01", Some(&token)).status, 200);
    let response = with(&[("client_secret", "wrong")]);
    assert_eq!((response.status, response.value()["error"].as_str()), (401, Some("invalid_client")));
    assert!(response.value()["error_description"].as_str().unwrap().starts_with("AADSTS7000215"));
    assert_eq!(form(&sky, "nobody", &common).status, 400);
}

#[test]
fn discovery_leads_to_the_token_endpoint() {
    let sky = Sky::new();
    let tenant = sky.cloud.names().tenant_id;
    let instance = bare(&sky, "/common/discovery/instance?api-version=1.1&authorization_endpoint=x", None);
    let url = instance.value()["tenant_discovery_endpoint"].as_str().unwrap().to_owned();
    let discovery = bare(&sky, &url, None);
    assert_eq!(
        discovery.value()["token_endpoint"],
        format!("https://localhost:9/{tenant}/oauth2/v2.0/token")
    );
    let endpoints = bare(&sky, "/metadata/endpoints?api-version=2022-09-01", None);
    assert_eq!(endpoints.value()["resourceManager"], "https://localhost:9/");
    assert!(bare(&sky, "/metadata/endpoints?api-version=2019-05-01", None).value().is_array());
}

#[test]
fn thr_03_requests_beyond_the_bucket_are_told_when_to_come_back() {
    let sky = Sky::with(Options { throttle: true, ..Options::default() });
    let path = sky.subscription.clone();
    for _ in 0..250 {
        assert_eq!(sky.get(&path).status, 200);
    }
    let last = sky.get(&path);
    assert_eq!((last.status, code(&last)), (429, "SubscriptionRequestsThrottled"));
    assert!(last.header("retry-after").is_some());
    sky.step(2);
    let response = sky.get(&path);
    assert_eq!(response.status, 200);
    assert_eq!(response.header("x-ms-ratelimit-remaining-subscription-reads"), Some("49"));
}

/// The application's key and certificate, throwaway keys of `tests/credentials`.
const KEY: &str = include_str!("../../../../tests/credentials/keys/app.key.pem");
const CERTIFICATE: &str = include_str!("../../../../tests/credentials/keys/app.crt.pem");

/// An assertion of these parts, signed with the application's key.
fn assertion(header: Value, claims: Value, algorithm: &'static dyn ring::signature::RsaEncoding) -> String {
    use base64::Engine as _;
    use tokio_rustls::rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
    let encode = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let text = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
    let der = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let key = ring::signature::RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(algorithm, &ring::rand::SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", encode(&signature))
}

#[test]
fn an_assertion_is_judged_by_signature_thumbprint_subject_audience_and_time() {
    use base64::Engine as _;
    use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
    use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256};
    use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject as _};
    let proofs =
        crate::localcloud::Proofs { certificates: vec![CERTIFICATE.to_owned()], ..Default::default() };
    let sky = Sky::with(Options { proofs, ..Options::default() });
    let names = sky.cloud.names();
    let der = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let encode = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let strong = encode(digest(&SHA256, &der).as_ref());
    // As azurerm names it: SHA-1 in `kid`, with padding.
    let weak = format!("{}=", encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &der).as_ref()));
    let now = crate::localcloud::clock::real_ms() / 1000;
    let endpoint = format!("https://localhost:9/{}/oauth2/v2.0/token", names.tenant_id);
    let claims = |change: &dyn Fn(&mut Value)| {
        let mut claims = json!({"aud": endpoint, "iss": names.client_id, "sub": names.client_id, "nbf": now, "exp": now + 600});
        change(&mut claims);
        claims
    };
    let ask = |assertion: &str| {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", names.client_id.as_str()),
            ("scope", "https://management.azure.com/.default"),
            ("client_assertion", assertion),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ];
        let response = form(&sky, &names.tenant_id, &fields);
        response.value()["error_codes"][0].as_u64().unwrap_or(u64::from(response.status))
    };
    let same: &dyn Fn(&mut Value) = &|_| ();
    let pss = json!({"alg": "PS256", "x5t#S256": strong});
    assert_eq!(ask(&assertion(pss.clone(), claims(same), &RSA_PSS_SHA256)), 200);
    assert_eq!(ask(&assertion(json!({"alg": "RS256", "kid": weak}), claims(same), &RSA_PKCS1_SHA256)), 200);
    let fraction: &dyn Fn(&mut Value) = &|c| c["exp"] = (now as f64 + 600.25).into();
    assert_eq!(ask(&assertion(pss.clone(), claims(fraction), &RSA_PSS_SHA256)), 200);
    for (code, header, change) in [
        (700_027, json!({"alg": "RS256", "x5t#S256": strong}), same),
        (700_027, json!({"alg": "PS256", "x5t#S256": encode(&[0; 32])}), same),
        (700_027, json!({"alg": "PS256"}), same),
        (5_002_738, json!({"alg": "none", "x5t#S256": strong}), same),
        (700_021, pss.clone(), &|c: &mut Value| c["sub"] = "somebody".into()),
        (700_023, pss.clone(), &|c: &mut Value| c["aud"] = "https://login.microsoftonline.com/t".into()),
        (700_024, pss.clone(), &|c: &mut Value| c["exp"] = (now - 301).into()),
        (700_024, pss.clone(), &|c: &mut Value| c["nbf"] = (now + 400).into()),
        (700_211, pss.clone(), &|c: &mut Value| c["iss"] = "https://issuer".into()),
    ] {
        assert_eq!(ask(&assertion(header.clone(), claims(change), &RSA_PSS_SHA256)), code, "{header}");
    }
    assert_eq!(ask("a.b.c"), 50_027);
}

#[test]
fn a_certificate_that_is_none_is_refused_at_the_start() {
    let proofs = crate::localcloud::Proofs { certificates: vec![KEY.to_owned()], ..Default::default() };
    let error = LocalCloud::open(&Options { proofs, ..Options::default() }).err().unwrap();
    assert!(error.to_string().contains("registered certificate"), "{error}");
}

#[test]
fn thr_04_providers_count_for_themselves() {
    let sky = Sky::with(Options { throttle: true, ..Options::default() });
    sky.put(&sky.group(), json!({"location": "westeurope"}));
    let account = |n: usize| sky.group() + &format!("/providers/Microsoft.Storage/storageAccounts/stone{n}");
    let send = |n: usize| {
        let body = json!({"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}});
        sky.cloud.request("PUT", &format!("{}?api-version=2023-05-01", account(n)), Some(&body))
    };
    let refused = (0..11).map(send).find(|response| response.status == 429).unwrap();
    assert_eq!(code(&refused), "TooManyRequests");
    assert_eq!(refused.header("x-ms-failure-cause"), None, "not by the gateway");
    assert_eq!(refused.header("retry-after-ms"), Some("1"), "a stepped clock has nothing to wait for");
    sky.step(1);
    assert_ne!(send(12).status, 429);
    let zone = sky.group() + "/providers/Microsoft.Network/privateDnsZones/z?api-version=2024-06-01";
    let mut found = 0;
    for _ in 0..100 {
        sky.step(1);
        found += (0..25).filter(|_| sky.cloud.request("GET", &zone, None).status == 429).count();
    }
    assert!((1000..2000).contains(&found), "{found}: 500 and 5/3 a second, though ARM itself gives 25");
}
