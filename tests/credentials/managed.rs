use insta::assert_snapshot;
use ringfence::arm::AuthSettings;
use ringfence::localcloud::Proofs;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::others::{Came, Other, now};

/// The token that the platform gives to the identity, as ARM takes it.
async fn token(desk: &Desk) -> String {
    let secret = desk.settings(&[("ARM_CLIENT_SECRET", &desk.handle.client_secret)]);
    desk.credential(&secret).unwrap().token().await.unwrap().token.secret().to_owned()
}

fn msi(pairs: &[(&str, &str)]) -> AuthSettings {
    let all = [&[("ARM_USE_MSI", "true"), ("ARM_USE_CLI", "false")], pairs].concat();
    AuthSettings::default()
        .with_env(&|name| all.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
}

/// A machine's metadata service: it has its own identity, and the one with the client id `known`.
async fn imds(desk: &Desk) -> Other {
    let (token, audience) = (token(desk).await, desk.cloud.audience.clone());
    Other::new(move |came: &Came, _| {
        if came.headers.get("metadata").is_none_or(|m| m != "true") {
            return (400, json!({"error": "invalid_request", "error_description": "Required metadata header not specified"}));
        }
        if came.query["resource"] != audience {
            return (400, json!({"error": "invalid_resource", "error_description": "AADSTS500011: The resource principal was not found"}));
        }
        match came.query.get("client_id").map(String::as_str) {
            None | Some("known") => {}
            Some(_) => return (400, json!({"error": "invalid_request", "error_description": "Identity not found"})),
        }
        (200, json!({"access_token": token, "expires_in": "3599", "expires_on": (now() + 3599).to_string(), "token_type": "Bearer"}))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_gives_the_token_of_its_own_or_of_a_named_identity() {
    let desk = Desk::new(Proofs::default()).await;
    let imds = imds(&desk).await;
    let endpoint = imds.url("/metadata/identity/oauth2/token");
    let own = msi(&[("ARM_MSI_ENDPOINT", &endpoint)]);
    assert_eq!(desk.works(&own).await.0, "managed identity");
    desk.works(&msi(&[("ARM_MSI_ENDPOINT", &endpoint), ("ARM_CLIENT_ID", "known")])).await;
    let came = imds.came.lock().unwrap().clone();
    assert_eq!(came.len(), 2);
    assert_eq!((came[0].query["api-version"].as_str(), came[0].query.get("client_id")), ("2018-02-01", None));
    assert_eq!(came[1].query["client_id"], "known");
    let unknown = msi(&[("ARM_MSI_ENDPOINT", &endpoint), ("ARM_CLIENT_ID", "somebody")]);
    assert_snapshot!(desk.fails(&unknown).await, @r#"
no token could be had with the managed identity
  - client certificate: client_certificate (ARM_CLIENT_CERTIFICATE) or client_certificate_path is not set
  - client secret: client_secret (ARM_CLIENT_SECRET) or client_secret_file_path is not set
  - OIDC token: use_oidc (ARM_USE_OIDC) is not true
  - Azure DevOps OIDC request: use_oidc (ARM_USE_OIDC) is not true
  - GitHub OIDC request: use_oidc (ARM_USE_OIDC) is not true
  - managed identity: 127.0.0.1:PORT/metadata/identity/oauth2/token was asked for a token of the identity with client id `somebody`: HTTP 400, Identity not found
hint: this machine has no such identity: assign it, or set client_id to the client id of one that is assigned
"#);
}

/// App Service's endpoint: asks for the header, answers with `expires_on` only.
async fn app_service(desk: &Desk) -> Other {
    let token = token(desk).await;
    Other::new(move |came: &Came, _| {
        if came.headers.get("x-identity-header").is_none_or(|h| h != "app-header") {
            let header = came.headers.get("x-identity-header").cloned().unwrap_or_default();
            return (401, json!({"statusCode": 401, "message": format!("The header {header} is not this site's")}));
        }
        if came.query["api-version"] != "2019-08-01" {
            return (400, Value::Null);
        }
        (200, json!({"access_token": token, "expires_on": (now() + 86_400).to_string(), "token_type": "Bearer"}))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn app_service_is_asked_with_its_header_which_goes_nowhere_else() {
    let desk = Desk::new(Proofs::default()).await;
    let (site, imds) = (app_service(&desk).await, imds(&desk).await);
    let endpoint = site.url("/MSI/token");
    let on_site = |more: &[(&str, &str)]| {
        msi(&[&[("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", "app-header")], more].concat())
    };
    desk.works(&on_site(&[])).await;
    desk.works(&on_site(&[("ARM_MSI_ENDPOINT", &endpoint), ("ARM_MSI_API_VERSION", "2019-08-01")])).await;
    desk.works(&on_site(&[("ARM_MSI_ENDPOINT", &imds.url("/metadata/identity/oauth2/token"))])).await;
    assert!(!imds.came.lock().unwrap()[0].headers.contains_key("x-identity-header"));
    let wrong = msi(&[("IDENTITY_ENDPOINT", &endpoint), ("IDENTITY_HEADER", "other-header")]);
    let text = desk.fails(&wrong).await;
    assert!(!text.contains("other-header"), "{text}");
    assert_snapshot!(text.lines().find(|line| line.contains("managed identity:")).unwrap(), @r#"
  - managed identity: 127.0.0.1:PORT/MSI/token was asked for a token of the machine's own identity: HTTP 401, The header (sensitive value) is not this site's
"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_the_endpoint_and_answers_that_are_none() {
    let desk = Desk::new(Proofs::default()).await;
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/token", listener.local_addr().unwrap())
    };
    let line =
        |text: String| text.lines().find(|line| line.contains("managed identity:")).unwrap().to_owned();
    let mut all = vec![line(desk.fails(&msi(&[("ARM_MSI_ENDPOINT", &gone)])).await)];
    for answer in [json!({"expires_in": "60"}), json!({"access_token": "x"}), json!("nothing")] {
        let other = Other::new(move |_: &Came, _| (200, answer.clone())).await;
        all.push(line(desk.fails(&msi(&[("ARM_MSI_ENDPOINT", &other.url("/token"))])).await));
    }
    all.push(line(desk.fails(&msi(&[("ARM_MSI_ENDPOINT", "ftp://x")])).await));
    assert_snapshot!(all.join("\n"), @r#"
- managed identity: 127.0.0.1:PORT cannot be reached: Connection refused (os error 111)
- managed identity: 127.0.0.1:PORT/token was asked for a token of the machine's own identity: the answer has no `access_token`
- managed identity: 127.0.0.1:PORT/token was asked for a token of the machine's own identity: the answer does not say when the token ends
- managed identity: 127.0.0.1:PORT/token was asked for a token of the machine's own identity: the answer has no `access_token`
- managed identity: msi_endpoint `ftp://x` is no http:// or https:// URL
"#);
}
