//! The clouds of governments: where login and ARM are, for whom tokens are, and what follows for names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ringfence::config::{Disk, LoadOptions, load};
use ringfence::plan::options::PlanOptions;
use ringfence::stack::{Choice, Opening, Stack};
use ringfence::ui::progress::Silent;
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// Answers for an empty subscription of any cloud, and remembers which hosts were asked and for whom a token was.
#[derive(Debug, Default)]
struct Anywhere {
    hosts: Mutex<BTreeSet<String>>,
    scopes: Mutex<BTreeSet<String>>,
}

#[async_trait]
impl HttpClient for Anywhere {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let url = request.url();
        self.hosts.lock().unwrap().insert(url.origin().ascii_serialization());
        let (status, body) = if url.path().ends_with("/token") {
            if let Body::Bytes(form) = request.body() {
                let scope = url::form_urlencoded::parse(form).find(|(name, _)| name == "scope");
                self.scopes.lock().unwrap().extend(scope.map(|(_, scope)| scope.into_owned()));
            }
            let claims = json!({"oid": "o", "tid": "t", "appid": "a", "idtyp": "app"}).to_string();
            let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
            (200, json!({"token_type": "Bearer", "expires_in": 3599, "access_token": token}))
        } else if url.path().contains("/resourceGroups/") || url.path().contains("/resourcegroups/") {
            (404, json!({"error": {"code": "ResourceGroupNotFound", "message": "not found"}}))
        } else {
            (200, json!({"value": []}))
        };
        Ok(AsyncRawResponse::from_bytes(status.into(), Headers::new(), body.to_string().into_bytes()))
    }
}

const CONFIGURATION: &str = r#"
provider "azurerm" {
  features {}
  subscription_id                 = "00000000-0000-0000-0000-000000000001"
  tenant_id                       = "00000000-0000-0000-0000-000000000002"
  client_id                       = "00000000-0000-0000-0000-000000000003"
  client_secret                   = "secret"
  environment                     = "ENVIRONMENT"
  resource_provider_registrations = "none"
}

locals {
  place = { resource_group_name = "g", location = "somewhere" }
}

resource "azurerm_key_vault" "v" {
  name                = "ringfencevault"
  resource_group_name = local.place.resource_group_name
  location            = local.place.location
  tenant_id           = "00000000-0000-0000-0000-000000000002"
  sku_name            = "standard"
}

resource "azurerm_storage_account" "s" {
  name                     = "ringfencestore"
  resource_group_name      = local.place.resource_group_name
  location                 = local.place.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

resource "azurerm_container_registry" "r" {
  name                = "ringfenceregistry"
  resource_group_name = local.place.resource_group_name
  location            = local.place.location
  sku                 = "Premium"
}

resource "azurerm_cosmosdb_account" "c" {
  name                = "ringfencecosmos"
  resource_group_name = local.place.resource_group_name
  location            = local.place.location
  offer_type          = "Standard"

  consistency_policy {
    consistency_level = "Session"
  }

  geo_location {
    location          = local.place.location
    failover_priority = 0
  }
}

output "places" {
  value = [
    azurerm_key_vault.v.vault_uri,
    azurerm_storage_account.s.primary_blob_endpoint,
    azurerm_storage_account.s.primary_dfs_host,
    azurerm_container_registry.r.login_server,
    azurerm_cosmosdb_account.c.endpoint,
  ]
}
"#;

/// What a plan in an environment (of the block, or of the variable) asks and knows.
async fn planned(
    block: &str,
    variable: Option<&'static str>,
) -> (BTreeSet<String>, BTreeSet<String>, String) {
    let folder = tempfile::tempdir().unwrap();
    let text = match block {
        "" => CONFIGURATION.replace("environment                     = \"ENVIRONMENT\"", ""),
        name => CONFIGURATION.replace("ENVIRONMENT", name),
    };
    std::fs::write(folder.path().join("main.tf"), text).unwrap();
    let disk = Disk { working_dir: PathBuf::from(folder.path()) };
    let (config, diagnostics) = load(folder.path(), &LoadOptions { files: &disk });
    assert!(!diagnostics.has_errors(), "{diagnostics:#?}");
    let opening = Opening {
        root: folder.path(),
        cloud: Choice::Azure,
        env: Arc::new(move |name| variable.filter(|_| name == "ARM_ENVIRONMENT").map(str::to_owned)),
        lock: None,
        patience: Duration::ZERO,
    };
    let anywhere = Arc::new(Anywhere::default());
    let http = anywhere.clone();
    let mut stack = Stack::open_over(opening, |_| http).await.unwrap();
    let options = PlanOptions::default();
    let cancel = CancellationToken::new();
    let planning =
        stack.plan(&config, &BTreeMap::default().into_iter().collect(), &options, &Silent, &cancel).await;
    let planning = planning.unwrap();
    assert!(!planning.diagnostics.has_errors(), "{:#?}", planning.diagnostics);
    let outputs = format!("{:?}", planning.plan.outputs);
    let (hosts, scopes) = (anywhere.hosts.lock().unwrap().clone(), anywhere.scopes.lock().unwrap().clone());
    (hosts, scopes, outputs)
}

#[tokio::test]
async fn login_arm_audience_and_endpoints_are_the_clouds() {
    for (block, variable, arm, login, suffixes) in [
        (
            "public",
            Some("china"),
            "https://management.azure.com",
            "https://login.microsoftonline.com",
            ["vault.azure.net", "core.windows.net", "azurecr.io", "documents.azure.com"],
        ),
        (
            "usgovernment",
            None,
            "https://management.usgovcloudapi.net",
            "https://login.microsoftonline.us",
            ["vault.usgovcloudapi.net", "core.usgovcloudapi.net", "azurecr.us", "documents.azure.us"],
        ),
        (
            "",
            Some("china"),
            "https://management.chinacloudapi.cn",
            "https://login.chinacloudapi.cn",
            ["vault.azure.cn", "core.chinacloudapi.cn", "azurecr.cn", "documents.azure.cn"],
        ),
    ] {
        let (hosts, scopes, outputs) = planned(block, variable).await;
        assert_eq!(hosts, BTreeSet::from([arm.to_owned(), login.to_owned()]), "{block} {variable:?}");
        assert_eq!(scopes, BTreeSet::from([format!("{arm}/.default")]));
        let [vault, storage, registry, cosmos] = suffixes;
        for place in [
            format!("https://ringfencevault.{vault}/"),
            format!("https://ringfencestore.blob.{storage}/"),
            format!("\"ringfencestore.dfs.{storage}\""),
            format!("\"ringfenceregistry.{registry}\""),
            format!("https://ringfencecosmos.{cosmos}:443/"),
        ] {
            assert!(outputs.contains(&place), "{place}: {outputs}");
        }
    }
}

#[test]
fn private_dns_zones_of_the_modules_follow_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let module = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("modules/private-link");
    std::fs::create_dir(folder.path().join("m")).unwrap();
    for file in ["main.tf", "outputs.tf", "variables.tf", "versions.tf"] {
        std::fs::copy(module.join(file), folder.path().join("m").join(file)).unwrap();
    }
    let groups = ["vault", "blob", "registry", "amlworkspace", "Sql", "searchService"];
    let targets: String = groups
        .iter()
        .map(|group| format!("{group} = {{ resource_id = \"/subscriptions/s/resourceGroups/g/providers/Microsoft.X/y/{group}\", group = \"{group}\" }}\n"))
        .collect();
    let zones = |environment: &str| {
        let configuration = format!(
            r#"
provider "azurerm" {{
  features {{}}
}}

module "m" {{
  source              = "./m"
  environment         = "{environment}"
  resource_group_name = "g"
  location            = "westeurope"
  subnet_id           = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
  virtual_network_ids = {{}}
  targets = {{
    {targets}
  }}
}}
"#
        );
        std::fs::write(folder.path().join("main.tf"), configuration).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_ringfence"))
            .current_dir(folder.path())
            .args([
                "plan",
                "-no-color",
                "-input=false",
                "-cloud=local",
                "-target=module.m.azurerm_private_dns_zone.this",
            ])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let zone = regex::Regex::new(r#"azurerm_private_dns_zone\.this\["privatelink\.([^"]+)"\]"#).unwrap();
        zone.captures_iter(&text).map(|found| found[1].to_owned()).collect::<BTreeSet<_>>()
    };
    let names = |all: [&str; 7]| all.map(str::to_owned).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(
        zones("usgovernment"),
        names([
            "vaultcore.usgovcloudapi.net",
            "blob.core.usgovcloudapi.net",
            "azurecr.us",
            "api.ml.azure.us",
            "notebooks.usgovcloudapi.net",
            "documents.azure.us",
            "search.azure.us",
        ])
    );
    assert_eq!(
        zones("china"),
        names([
            "vaultcore.azure.cn",
            "blob.core.chinacloudapi.cn",
            "azurecr.cn",
            "api.ml.azure.cn",
            "notebooks.chinacloudapi.cn",
            "documents.azure.cn",
            "search.azure.cn",
        ])
    );
}
