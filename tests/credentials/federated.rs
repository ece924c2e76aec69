use insta::assert_snapshot;
use ringfence::arm::AuthSettings;
use ringfence::localcloud::{Federated, Proofs};
use serde_json::{Value, json};

use crate::desk::{APP_KEY, Desk, OTHER_KEY};
use crate::others::{AUDIENCE, Came, ISSUER, Other, SUBJECT, claims, github, issuer, now, signed, trusting};

fn oidc(desk: &Desk, more: &[(&str, &str)]) -> AuthSettings {
    desk.settings(&[&[("ARM_USE_OIDC", "true"), ("ARM_USE_CLI", "false")], more].concat())
}

fn with_token(desk: &Desk, claims: Value, key: &str) -> AuthSettings {
    oidc(desk, &[("ARM_OIDC_TOKEN", &signed(claims, key))])
}

/// What the chosen link said, and the hint.
async fn said(desk: &Desk, settings: &AuthSettings) -> String {
    let text = desk.fails(settings).await;
    let chosen = text.lines().next().unwrap().rsplit_once("with the ").unwrap().1.to_owned();
    let line = text.lines().find(|line| line.starts_with(&format!("  - {chosen}:"))).unwrap();
    format!("{line}\n{}", text.lines().last().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_token_opens_arm_and_wrong_ones_are_named_with_what_they_say() {
    let desk = Desk::new(trusting()).await;
    let right = with_token(&desk, claims(ISSUER, SUBJECT, AUDIENCE, now()), OTHER_KEY);
    assert_eq!(desk.works(&right).await.0, "OIDC token");
    let branch = "repo:contoso/workspace:ref:refs/heads/feature";
    let mut all = Vec::new();
    for (claims, key) in [
        (claims("https://gitlab.com", SUBJECT, AUDIENCE, now()), OTHER_KEY),
        (claims(ISSUER, branch, AUDIENCE, now()), OTHER_KEY),
        (claims(ISSUER, SUBJECT, "https://github.com/contoso", now()), OTHER_KEY),
        (claims(ISSUER, SUBJECT, AUDIENCE, now() - 3600), OTHER_KEY),
        (claims(ISSUER, SUBJECT, AUDIENCE, now()), APP_KEY),
    ] {
        let settings = with_token(&desk, claims, key);
        let text = said(&desk, &settings).await;
        let token = settings.oidc_token.unwrap();
        assert!(!text.contains(token.expose()) && !text.contains(token.expose().rsplit('.').next().unwrap()));
        all.push(text);
    }
    all.push(said(&desk, &oidc(&desk, &[("ARM_OIDC_TOKEN", "no-jwt-at-all")])).await);
    assert_snapshot!(all.join("\n"), @r#"
  - OIDC token: application `77776e80-229f-5f28-89b0-d5f6650644d4` of tenant `1d559793-0b5a-5b11-bde8-36a889127719` at https://LOGIN, with a federated token of issuer `https://gitlab.com`, subject `repo:contoso/workspace:ref:refs/heads/main`, audience `api://AzureADTokenExchange`: AADSTS700211: No matching federated identity record found for presented assertion issuer 'https://gitlab.com'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.
hint: no federated credential of the application has the token's issuer: compare it with what the token says, above
  - OIDC token: application `77776e80-229f-5f28-89b0-d5f6650644d4` of tenant `1d559793-0b5a-5b11-bde8-36a889127719` at https://LOGIN, with a federated token of issuer `https://token.actions.githubusercontent.com`, subject `repo:contoso/workspace:ref:refs/heads/feature`, audience `api://AzureADTokenExchange`: AADSTS700213: No matching federated identity record found for presented assertion subject 'repo:contoso/workspace:ref:refs/heads/feature'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.
hint: no federated credential of the application has the token's subject (repository, branch, environment, service account): compare it with what the token says, above
  - OIDC token: application `77776e80-229f-5f28-89b0-d5f6650644d4` of tenant `1d559793-0b5a-5b11-bde8-36a889127719` at https://LOGIN, with a federated token of issuer `https://token.actions.githubusercontent.com`, subject `repo:contoso/workspace:ref:refs/heads/main`, audience `https://github.com/contoso`: AADSTS700212: No matching federated identity record found for presented assertion audience 'https://github.com/contoso'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.
hint: no federated credential of the application has the token's audience: compare it with what the token says, above
  - OIDC token: application `77776e80-229f-5f28-89b0-d5f6650644d4` of tenant `1d559793-0b5a-5b11-bde8-36a889127719` at https://LOGIN, with a federated token of issuer `https://token.actions.githubusercontent.com`, subject `repo:contoso/workspace:ref:refs/heads/main`, audience `api://AzureADTokenExchange`: AADSTS700024: Client assertion is not within its valid time range. Current time: TIME, assertion valid from TIME, expiry time of assertion TIME.
hint: the assertion is not good now: take a new federated token, or check the clock of this machine
  - OIDC token: application `77776e80-229f-5f28-89b0-d5f6650644d4` of tenant `1d559793-0b5a-5b11-bde8-36a889127719` at https://LOGIN, with a federated token of issuer `https://token.actions.githubusercontent.com`, subject `repo:contoso/workspace:ref:refs/heads/main`, audience `api://AzureADTokenExchange`: AADSTS50013: Assertion failed signature validation. [Reason - The key was not found or did not sign the token.]
hint: the token is not as its issuer gave it, or the issuer has other keys now: take a new one
  - OIDC token: application `77776e80-229f-5f28-89b0-d5f6650644d4` of tenant `1d559793-0b5a-5b11-bde8-36a889127719` at https://LOGIN, with a federated token that is no JWT: AADSTS50027: JWT token is invalid or malformed.
hint: what is given is no token: check oidc_token or the content of oidc_token_file_path
"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn github_is_asked_as_azurerm_asks_it() {
    let desk = Desk::new(trusting()).await;
    let actions = Other::new(github).await;
    let job = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", &*actions.url("/idtoken?api-version=2.0")),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "job-token"),
    ];
    assert_eq!(desk.works(&oidc(&desk, &job)).await, ("GitHub OIDC request", desk.handle.client_id.clone()));
    let came = actions.came.lock().unwrap().clone();
    assert_eq!(came.len(), 1, "one run, one token");
    assert_eq!(
        (came[0].query["api-version"].as_str(), came[0].query["audience"].as_str()),
        ("2.0", AUDIENCE)
    );
    // The variables of azurerm come before those of the job.
    let ours = [("ARM_OIDC_REQUEST_URL", &*actions.url("/x")), ("ARM_OIDC_REQUEST_TOKEN", "job-token")];
    desk.works(&oidc(&desk, &[&job[..], &ours].concat())).await;
    assert_eq!(actions.came.lock().unwrap()[1].query.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_github_refuses_or_answers_badly() {
    let desk = Desk::new(trusting()).await;
    let actions = Other::new(github).await;
    let request = |other: &Other, path: &str, token: &str| {
        oidc(&desk, &[("ARM_OIDC_REQUEST_URL", &other.url(path)), ("ARM_OIDC_REQUEST_TOKEN", token)])
    };
    let mut all = Vec::new();
    all.push(said(&desk, &request(&actions, "/idtoken", "wrong-token")).await);
    let empty = Other::new(|_: &Came, _| (200, json!({"count": 0}))).await;
    all.push(said(&desk, &request(&empty, "/idtoken", "job-token")).await);
    // Its words may repeat what it was asked with.
    let echo = Other::new(|came: &Came, _| (403, json!({"message": came.headers["authorization"]}))).await;
    all.push(said(&desk, &request(&echo, "/idtoken", "job-token")).await);
    all.push(said(&desk, &request(&actions, "/idtoken?audience=mine", "job-token")).await);
    let plain =
        [("ARM_OIDC_REQUEST_URL", "http://github.test/idtoken?x=secret"), ("ARM_OIDC_REQUEST_TOKEN", "t")];
    all.push(said(&desk, &oidc(&desk, &plain)).await);
    assert_snapshot!(all.join("\n"), @r#"
  - GitHub OIDC request: GitHub was asked for a federated token at http://127.0.0.1:PORT/idtoken: HTTP 401, Bad credentials
hint: give the job `permissions: id-token: write`; a request token ends with its job
  - GitHub OIDC request: GitHub was asked for a federated token at http://127.0.0.1:PORT/idtoken: the answer has no `value`
hint: give the job `permissions: id-token: write`; a request token ends with its job
  - GitHub OIDC request: GitHub was asked for a federated token at http://127.0.0.1:PORT/idtoken: HTTP 403, Bearer (sensitive value)
hint: give the job `permissions: id-token: write`; a request token ends with its job
  - GitHub OIDC request: application `77776e80-229f-5f28-89b0-d5f6650644d4` of tenant `1d559793-0b5a-5b11-bde8-36a889127719` at https://LOGIN, with a federated token of issuer `https://token.actions.githubusercontent.com`, subject `repo:contoso/workspace:ref:refs/heads/main`, audience `mine`: AADSTS700212: No matching federated identity record found for presented assertion audience 'mine'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.
hint: no federated credential of the application has the token's audience: compare it with what the token says, above
  - GitHub OIDC request: oidc_request_url is `http://github.test/idtoken`: an https:// URL is expected
hint: correct the settings of that credential
"#);
    let nothing = desk.fails(&oidc(&desk, &[("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x.test")])).await;
    assert_snapshot!(nothing, @r#"
no credential is complete
  - client certificate: client_certificate (ARM_CLIENT_CERTIFICATE) or client_certificate_path is not set
  - client secret: client_secret (ARM_CLIENT_SECRET) or client_secret_file_path is not set
  - OIDC token: neither oidc_token (ARM_OIDC_TOKEN) nor oidc_token_file_path is set
  - Azure DevOps OIDC request: ado_pipeline_service_connection_id (ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID) is not set
  - GitHub OIDC request: oidc_request_url is set, but oidc_request_token (ARM_OIDC_REQUEST_TOKEN) is not; in GitHub Actions the job needs `permissions: id-token: write`
  - managed identity: use_msi (ARM_USE_MSI) is not true
  - Azure CLI: use_cli (ARM_USE_CLI) is false
hint: set ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET, or log in with `az login`
"#);
}

const DEVOPS: &str = "https://vstoken.dev.azure.com/11111111-1111-1111-1111-111111111111";
const CONNECTION: &str = "22222222-2222-2222-2222-222222222222";

fn devops(came: &Came, _: usize) -> (u16, Value) {
    if came.method != "POST" || came.query.get("api-version").is_none_or(|v| v != "7.1") {
        return (405, json!({"message": "The requested resource does not support http method."}));
    }
    if came.headers.get("authorization").is_none_or(|a| a != "Bearer system-token") {
        return (401, Value::Null);
    }
    let connection = &came.query["serviceConnectionId"];
    if connection != CONNECTION {
        return (404, json!({"message": format!("Service connection {connection} was not found.")}));
    }
    let subject = "sc://contoso/project/connection";
    (200, json!({"oidcToken": signed(claims(DEVOPS, subject, &came.query["audience"], now()), OTHER_KEY)}))
}

#[tokio::test(flavor = "multi_thread")]
async fn azure_devops_is_asked_before_github_and_for_its_service_connection() {
    let credential = Federated {
        issuer: DEVOPS.into(),
        subject: "sc://contoso/project/connection".into(),
        audience: AUDIENCE.into(),
    };
    let proofs = Proofs { federated: vec![credential], issuers: vec![issuer(DEVOPS)], ..Proofs::default() };
    let desk = Desk::new(proofs).await;
    let pipelines = Other::new(devops).await;
    let step = |connection: &str, token: &str| {
        let url = pipelines.url("/contoso/_apis/distributedtask/hubs/build/plans/p/jobs/j/oidctoken");
        oidc(
            &desk,
            &[
                ("SYSTEM_OIDCREQUESTURI", &url),
                ("SYSTEM_ACCESSTOKEN", token),
                ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", connection),
            ],
        )
    };
    assert_eq!(desk.works(&step(CONNECTION, "system-token")).await.0, "Azure DevOps OIDC request");
    let other = "33333333-3333-3333-3333-333333333333";
    let all =
        [said(&desk, &step(other, "system-token")).await, said(&desk, &step(CONNECTION, "old-token")).await];
    assert_snapshot!(all.join("\n"), @r#"
  - Azure DevOps OIDC request: Azure DevOps was asked for a federated token at http://127.0.0.1:PORT/contoso/_apis/distributedtask/hubs/build/plans/p/jobs/j/oidctoken: HTTP 404, Service connection 33333333-3333-3333-3333-333333333333 was not found.
hint: check the service connection's id, and that the step has `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`
  - Azure DevOps OIDC request: Azure DevOps was asked for a federated token at http://127.0.0.1:PORT/contoso/_apis/distributedtask/hubs/build/plans/p/jobs/j/oidctoken: HTTP 401
hint: check the service connection's id, and that the step has `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`
"#);
    let azapi =
        [("ARM_OIDC_AZURE_SERVICE_CONNECTION_ID", CONNECTION), ("SYSTEM_OIDCREQUESTURI", "https://x.test")];
    let unmapped = desk.fails(&oidc(&desk, &azapi)).await;
    let line = unmapped.lines().find(|line| line.contains("- Azure DevOps")).unwrap();
    assert_snapshot!(line, @r#"
  - Azure DevOps OIDC request: oidc_request_url is set, but oidc_request_token (ARM_OIDC_REQUEST_TOKEN) is not; in a pipeline the step needs `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`
"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_is_the_identity_that_the_world_has_a_federated_credential_of() {
    let cluster = "https://westeurope.oic.prod-aks.azure.com/tenant/cluster/";
    let account = "system:serviceaccount:ml:provisioner";
    let desk = Desk::new(Proofs { issuers: vec![issuer(cluster)], ..Proofs::default() }).await;
    let arm = |path: &str, body: Value| {
        let path = format!("/subscriptions/{}/resourceGroups/g{path}", desk.handle.subscription_id);
        let response = desk.handle.cloud.request("PUT", &path, Some(&body));
        assert!(response.status < 300, "{path}: {}", response.value());
        response.value().clone()
    };
    arm("?api-version=2023-07-01", json!({"location": "westeurope"}));
    let id = "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/pod";
    let identity = arm(&format!("{id}?api-version=2023-01-31"), json!({"location": "westeurope"}));
    arm(
        &format!("{id}/federatedIdentityCredentials/pod-of-ml?api-version=2023-01-31"),
        json!({"properties": {"issuer": cluster, "subject": account, "audiences": [AUDIENCE]}}),
    );
    // Whom no role lets in sees no subscription.
    let reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
    arm(
        &format!("/providers/Microsoft.Authorization/roleAssignments/{reader}?api-version=2022-04-01"),
        json!({"properties": {
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{reader}"),
            "principalId": identity["properties"]["principalId"],
            "principalType": "ServicePrincipal",
        }}),
    );
    desk.step(100).await;
    let client = identity["properties"]["clientId"].as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("azure-identity-token");
    let write = |subject: &str, at: i64| {
        std::fs::write(&file, signed(claims(cluster, subject, AUDIENCE, at), OTHER_KEY)).unwrap();
    };
    let pod = |more: &[(&str, &str)]| {
        let tenant = &*desk.handle.tenant_id;
        let all = [
            ("ARM_TENANT_ID", tenant),
            ("AZURE_TENANT_ID", tenant),
            ("AZURE_CLIENT_ID", client),
            ("AZURE_FEDERATED_TOKEN_FILE", file.to_str().unwrap()),
            ("ARM_USE_AKS_WORKLOAD_IDENTITY", "true"),
        ];
        let all: Vec<_> = all.iter().chain(more).copied().collect();
        AuthSettings::default()
            .with_env(&|name| all.iter().rfind(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    };
    write(account, now() + 100);
    let settings = pod(&[]);
    assert_eq!(desk.works(&settings).await, ("OIDC token", client.to_owned()));
    // Kubernetes writes a new token long before the old one ends: each exchange takes what is there.
    let credential = desk.credential(&settings).unwrap();
    credential.token().await.unwrap();
    desk.step(7200).await;
    let shown =
        |text: String| text.replace(folder.path().to_str().unwrap(), "FOLDER").replace(client, "IDENTITY");
    let stale = credential.token().await.unwrap_err();
    assert!(stale.to_string().contains("AADSTS700024"), "{stale}");
    write(account, now() + 7200);
    credential.token().await.unwrap();
    write("system:serviceaccount:ml:default", now() + 7200);
    let mut all = vec![shown(said(&desk, &settings).await)];
    std::fs::remove_file(&file).unwrap();
    all.push(shown(said(&desk, &settings).await));
    all.push(shown(desk.fails(&pod(&[("ARM_CLIENT_ID", "44444444-4444-4444-4444-444444444444")])).await));
    assert_snapshot!(all.join("\n"), @r#"
  - OIDC token: application `IDENTITY` of tenant `1d559793-0b5a-5b11-bde8-36a889127719` at https://LOGIN, with a federated token of issuer `https://westeurope.oic.prod-aks.azure.com/tenant/cluster/`, subject `system:serviceaccount:ml:default`, audience `api://AzureADTokenExchange`: AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:ml:default'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.
hint: no federated credential of the application has the token's subject (repository, branch, environment, service account): compare it with what the token says, above
  - OIDC token: AZURE_FEDERATED_TOKEN_FILE `FOLDER/azure-identity-token` cannot be read: No such file or directory (os error 2)
hint: correct the settings of that credential
no token could be had with the workload identity
  - workload identity: client_id is `44444444-4444-4444-4444-444444444444`, but AZURE_CLIENT_ID is `IDENTITY`: leave client_id away, or set use_aks_workload_identity (ARM_USE_AKS_WORKLOAD_IDENTITY) to false
hint: let block, ARM_* and AZURE_* variables say the same, or only one of them say it
"#);
}
