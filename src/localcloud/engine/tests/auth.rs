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
fn tokens_are_given_for_a_secret_and_for_an_assertion_and_open_arm() {
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
    let assertion =
        sky.cloud.minted("api://AzureADTokenExchange", crate::localcloud::clock::real_ms() / 1000);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    assert_eq!(with(&[("client_assertion", &assertion), ("client_assertion_type", kind)]).status, 200);
    let old = sky.cloud.minted("api://AzureADTokenExchange", 1_503_000_000);
    assert_eq!(with(&[("client_assertion", &old), ("client_assertion_type", kind)]).status, 401);
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
