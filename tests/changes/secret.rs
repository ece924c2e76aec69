//! What ARM does not tell. A machine's password is said once: where azurerm makes the machine anew, so do we; what azapi
//! would send is sent. A certificate is shown where it stands, though ARM tells nothing of the block.

use super::*;

const STACK: &str = include_str!("machines.tf");

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_replaces_a_machine_only_where_azurerm_does() {
    let mut site = Site::with(STACK, ClockMode::Instant).await;
    assert_eq!(done(&site.plan(STACK).await), NOTHING);
    let cases = [
        ("Only-4-azurerm", "replace azurerm_linux_virtual_machine.main"),
        ("Only-4-the-old", "replace azurerm_virtual_machine.main"),
        ("Only-4-a-body", "update azapi_resource.plain"),
        ("Only-4-a-secret", "update azapi_resource.secret"),
    ];
    for (password, expected) in cases {
        assert_eq!(STACK.matches(password).count(), 1);
        let text = STACK.replace(password, "Another-4-it");
        assert_eq!(done(&site.plan(&text).await), [expected]);
    }
}

/// A compute whose `ssl` has nothing that ARM returns, with this in it.
fn compute(ssl: &str) -> String {
    format!(
        r#"
provider "azurerm" {{
  features {{}}
}}

data "azurerm_client_config" "us" {{}}

resource "azurerm_resource_group" "main" {{
  name     = "rg-changes"
  location = "westeurope"
}}

resource "azurerm_application_insights" "main" {{
  name                = "appi-changes"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  application_type    = "web"
}}

resource "azurerm_key_vault" "main" {{
  name                = "kv-changes-ssl"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  tenant_id           = data.azurerm_client_config.us.tenant_id
  sku_name            = "standard"
}}

resource "azurerm_storage_account" "main" {{
  name                     = "stchangesssl"
  resource_group_name      = azurerm_resource_group.main.name
  location                 = azurerm_resource_group.main.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}}

resource "azurerm_machine_learning_workspace" "main" {{
  name                    = "mlw-changes"
  resource_group_name     = azurerm_resource_group.main.name
  location                = azurerm_resource_group.main.location
  application_insights_id = azurerm_application_insights.main.id
  key_vault_id            = azurerm_key_vault.main.id
  storage_account_id      = azurerm_storage_account.main.id
  identity {{
    type = "SystemAssigned"
  }}
}}

resource "azurerm_kubernetes_cluster" "main" {{
  name                = "aks-changes"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  dns_prefix          = "changes"
  default_node_pool {{
    name       = "first"
    node_count = 1
    vm_size    = "Standard_D4s_v3"
    upgrade_settings {{
      max_surge = "10%"
    }}
  }}
  identity {{
    type = "SystemAssigned"
  }}
}}

resource "azurerm_machine_learning_inference_cluster" "main" {{
  name                          = "inf-changes"
  machine_learning_workspace_id = azurerm_machine_learning_workspace.main.id
  kubernetes_cluster_id         = azurerm_kubernetes_cluster.main.id
  location                      = azurerm_resource_group.main.location
  cluster_purpose               = "DevTest"
  {ssl}
}}
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_shown_where_it_stands() {
    let ssl = "ssl {\n    cert = \"one\"\n    key  = \"of one\"\n  }";
    let mut site = Site::with(&compute(ssl), ClockMode::Instant).await;
    assert_eq!(done(&site.plan(&compute(ssl)).await), NOTHING);
    let shown = |planning: &Planning| {
        let change = of(planning, "azurerm_machine_learning_inference_cluster.main");
        let ssl =
            |v: &Option<ringfence::lang::Value>| v.as_ref().unwrap().get("ssl").unwrap().unmarked_deep();
        let (was, will) = (ssl(&change.before), ssl(&change.after));
        let part = |v: &ringfence::lang::Value, name: &str| {
            let block = v.as_sequence().unwrap().first().map(|b| b.get(name).unwrap().clone());
            block.and_then(|v| v.to_json()).unwrap_or_default()
        };
        let pair = |name: &str| (part(&was, name), part(&will, name));
        (paths(change), pair("cert"), pair("key"), pair("cname"))
    };
    let another = shown(&site.plan(&compute(&ssl.replace("\"one\"", "\"two\""))).await);
    let same = |text: &str| (Json::from(text), Json::from(text));
    assert_eq!(
        another,
        (vec!["ssl[0].cert".to_owned()], (Json::Null, "two".into()), same("of one"), same(""))
    );
    let named = ssl.replace("\"one\"", "\"two\"").replace("key ", "cname = \"ml.example.org\"\n    key ");
    let (mut replacing, cert, key, cname) = shown(&site.plan(&compute(&named)).await);
    replacing.sort();
    assert_eq!(replacing, ["ssl[0].cert", "ssl[0].cname"]);
    assert_eq!(cert, (Json::Null, "two".into()));
    assert_eq!(key, same("of one"));
    assert_eq!(cname, (Json::Null, "ml.example.org".into()));
    // A block that was never sent was not there.
    let mut bare = Site::with(&compute(""), ClockMode::Instant).await;
    let (_, cert, key, _) = shown(&bare.plan(&compute(ssl)).await);
    assert_eq!((cert, key), ((Json::Null, "one".into()), (Json::Null, "of one".into())));
    let change = bare.plan(&compute(ssl)).await;
    let before = of(&change, "azurerm_machine_learning_inference_cluster.main").before.clone().unwrap();
    assert_eq!(before.get("ssl").unwrap().as_sequence().map(<[_]>::len), Some(0));
}
