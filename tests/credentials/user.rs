//! The program as a user runs it, with arguments in the provider blocks and with variables.

use std::path::Path;
use std::process::{Command, Output};

use insta::assert_snapshot;
use ringfence::localcloud::Proofs;

use crate::desk::{APP_CERTIFICATE, Desk, keys};
use crate::others::{Other, github, trusting};

/// Runs `plan` in a folder with this configuration, against the desk's cloud, without the tester's own variables.
async fn plan(desk: &Desk, folder: &Path, configuration: &str, variables: &[(&str, &str)]) -> Output {
    std::fs::write(folder.join("main.tf"), configuration).unwrap();
    std::fs::write(folder.join("ca.pem"), &desk.handle.ca_pem).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["TF_", "ARM_", "AZURE_", "RINGFENCE_", "ACTIONS_", "SYSTEM_", "IDENTITY_"]
            .iter()
            .any(|p| text.starts_with(p))
        {
            command.env_remove(&name);
        }
    }
    command
        .current_dir(folder)
        .args(["plan", "-no-color", "-input=false"])
        .env("SSL_CERT_FILE", folder.join("ca.pem"))
        .env("ARM_SUBSCRIPTION_ID", &desk.handle.subscription_id)
        .env("TF_LOG", "trace")
        .env("TF_LOG_PATH", folder.join("log"))
        .envs(variables.iter().copied());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_in_azurerms_block() {
    let desk =
        Desk::new(Proofs { certificates: vec![APP_CERTIFICATE.to_owned()], ..Proofs::default() }).await;
    let folder = tempfile::tempdir().unwrap();
    let configuration = |password: &str| {
        format!(
            r#"
provider "azurerm" {{
  features {{}}
  metadata_host                   = "{}"
  tenant_id                       = "{}"
  client_id                       = "{}"
  client_certificate_path         = "{}"
  client_certificate_password     = "{password}"
  resource_provider_registrations = "none"
}}

data "azurerm_client_config" "me" {{}}

output "me" {{
  value = data.azurerm_client_config.me.client_id
}}
"#,
            desk.handle.endpoint.trim_start_matches("https://"),
            desk.handle.tenant_id,
            desk.handle.client_id,
            keys("app.p12"),
        )
    };
    let output = plan(&desk, folder.path(), &configuration("correct"), &[]).await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.contains(&desk.handle.client_id), "{output:?}");
    let output = plan(&desk, folder.path(), &configuration("not-the-password"), &[]).await;
    let text = desk.shown(String::from_utf8_lossy(&output.stderr).trim());
    assert!(!text.contains("not-the-password"));
    assert_snapshot!(text, @r#"
Error: No usable credential for hashicorp/azurerm

  on main.tf line 2, in provider "azurerm":
   2: provider "azurerm" {

no token could be had with the client certificate
  - client certificate: client_certificate_path `KEYS/app.p12` cannot be opened: the password is wrong

Set client_certificate_password (ARM_CLIENT_CERTIFICATE_PASSWORD) to the
archive's password.
"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_github_with_azapi() {
    let desk = Desk::new(trusting()).await;
    let actions = Other::new(github).await;
    let folder = tempfile::tempdir().unwrap();
    let configuration = r#"
terraform {
  required_providers {
    azapi = { source = "azure/azapi" }
  }
}

provider "azapi" {
  use_oidc = true
}

data "azapi_client_config" "me" {}

output "me" {
  value = data.azapi_client_config.me.object_id
}
"#;
    let url = actions.url("/idtoken");
    let job = |client: &str| {
        [
            ("ARM_RESOURCE_MANAGER_ENDPOINT", desk.handle.endpoint.clone()),
            ("ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST", desk.handle.endpoint.clone()),
            ("ARM_TENANT_ID", desk.handle.tenant_id.clone()),
            ("ARM_CLIENT_ID", client.to_owned()),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", url.clone()),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "job-token".to_owned()),
        ]
    };
    let run = async |client: &str| {
        let job = job(client);
        let job: Vec<(&str, &str)> = job.iter().map(|(name, value)| (*name, value.as_str())).collect();
        plan(&desk, folder.path(), configuration, &job).await
    };
    let output = run(&desk.handle.client_id).await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.contains(&desk.handle.cloud.names().object_id), "{output:?}");
    let output = run("55555555-5555-5555-5555-555555555555").await;
    // The log says which link was used, and holds neither token.
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("a token was taken") && log.contains("GitHub OIDC request"), "{log}");
    assert!(!log.contains("job-token") && !log.contains("eyJ"), "{log}");
    assert_snapshot!(desk.shown(String::from_utf8_lossy(&output.stderr).trim()), @r#"
Error: No usable credential for azure/azapi

  on main.tf line 8, in provider "azapi":
   8: provider "azapi" {

no token could be had with the GitHub OIDC request
  - client certificate: client_certificate (ARM_CLIENT_CERTIFICATE) or client_certificate_path is not set
  - client secret: client_secret (ARM_CLIENT_SECRET) or client_secret_file_path is not set
  - OIDC token: neither oidc_token (ARM_OIDC_TOKEN) nor oidc_token_file_path is set
  - Azure DevOps OIDC request: ado_pipeline_service_connection_id (ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID) is not set
  - GitHub OIDC request: application `55555555-5555-5555-5555-555555555555` of tenant `1d559793-0b5a-5b11-bde8-36a889127719` at https://LOGIN, with a federated token of issuer `https://token.actions.githubusercontent.com`, subject `repo:contoso/workspace:ref:refs/heads/main`, audience `api://AzureADTokenExchange`: AADSTS700016: Application with identifier '55555555-5555-5555-5555-555555555555' was not found in the directory '1d559793-0b5a-5b11-bde8-36a889127719'.

No such application in this tenant: check client_id and tenant_id.
"#);
}

/// The Azure CLI as a program on the path: it has a token and a chosen subscription.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_azure_cli_gives_the_token_and_the_subscription() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new(Proofs::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let secret = desk.settings(&[("ARM_CLIENT_SECRET", &desk.handle.client_secret)]);
    let token = desk.credential(&secret).unwrap().token().await.unwrap();
    let answer = serde_json::json!({
        "accessToken": token.token.secret(),
        "expires_on": token.expires_on.unix_timestamp(),
        "tokenType": "Bearer",
    });
    let script = format!(
        "#!/bin/sh\ncase \"$2\" in\nget-access-token) echo '{answer}' ;;\nshow) echo {} ;;\nesac\n",
        desk.handle.subscription_id
    );
    let az = folder.path().join("az");
    std::fs::write(&az, script).unwrap();
    std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).unwrap();
    let configuration = r#"
provider "azurerm" {
  features {}
  resource_provider_registrations = "none"
}

data "azurerm_client_config" "me" {}

output "subscription" {
  value = "in ${data.azurerm_client_config.me.subscription_id}"
}
"#;
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let host = desk.handle.endpoint.trim_start_matches("https://").to_owned();
    let variables = [("PATH", path.as_str()), ("ARM_METADATA_HOSTNAME", &host), ("ARM_SUBSCRIPTION_ID", "")];
    let output = plan(&desk, folder.path(), configuration, &variables).await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains(&format!("in {}", desk.handle.subscription_id)), "{output:?}");
}
