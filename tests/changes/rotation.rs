//! Pools of a Kubernetes cluster are made anew while another stands in for them.

use ringfence::localcloud::ClockMode;
use ringfence::plan::model::ChangeAction;
use ringfence::plan::options::PlanOptions;
use serde_json::Value as Json;

use super::{NOTHING, Site, blocks, done, of};

const CLUSTER: &str = "/providers/Microsoft.ContainerService/managedClusters/aks-pools";
const VERSION: &str = "2025-10-01";

/// A cluster with its first pool and another, of machines of these sizes.
fn pools(first: &str, other: &str, temporary: bool) -> String {
    let temporary = |name: &str| match temporary {
        true => format!("temporary_name_for_rotation = \"{name}\""),
        false => String::new(),
    };
    let (stand_in, beside) = (temporary("standin"), temporary("beside"));
    format!(
        r#"
provider "azurerm" {{
  features {{}}
}}

resource "azurerm_resource_group" "main" {{
  name     = "rg-changes"
  location = "westeurope"
}}

resource "azurerm_kubernetes_cluster" "main" {{
  name                = "aks-pools"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  dns_prefix          = "pools"
  default_node_pool {{
    name       = "first"
    node_count = 2
    vm_size    = "{first}"
    {stand_in}
  }}
  identity {{
    type = "SystemAssigned"
  }}
}}

resource "azurerm_kubernetes_cluster_node_pool" "other" {{
  name                  = "other"
  kubernetes_cluster_id = azurerm_kubernetes_cluster.main.id
  vm_size               = "{other}"
  {beside}
}}
"#
    )
}

/// Name and size of every pool that is there.
fn there(site: &Site) -> Vec<(String, String)> {
    let list = site.look(&format!("{CLUSTER}/agentPools"), VERSION);
    let text = |v: &Json| v.as_str().unwrap_or_default().to_owned();
    let pool = |p: &Json| (text(&p["name"]), text(&p["properties"]["vmSize"]));
    let mut all: Vec<_> = list["value"].as_array().unwrap().iter().map(pool).collect();
    all.sort();
    all
}

fn sizes(first: &str, other: &str) -> Vec<(String, String)> {
    [("first", first), ("other", other)].map(|(n, s)| (n.to_owned(), s.to_owned())).into()
}

const SMALL: &str = "Standard_D2s_v3";
const LARGE: &str = "Standard_D4s_v3";

#[tokio::test]
async fn pools_of_other_machines_are_made_while_others_stand_in() {
    let mut site = Site::with(&pools(SMALL, SMALL, false), ClockMode::Instant).await;
    assert_eq!(there(&site), sizes(SMALL, SMALL));

    // Nothing stands in for them: it is refused, and the plan says what to write.
    let refused = site.plan(&pools(LARGE, LARGE, false)).await;
    let cluster = "one-way-change azurerm_kubernetes_cluster.main";
    assert_eq!(blocks(&refused), [cluster, "one-way-change azurerm_kubernetes_cluster_node_pool.other"]);
    let says = refused.plan.findings.iter().all(|f| f.detail.contains("temporary_name_for_rotation"));
    assert!(says, "{:#?}", refused.plan.findings);

    // The local cloud takes no other size for a pool, and keeps one system pool at any time.
    let larger = pools(LARGE, LARGE, true);
    let planned = site.apply(&larger, &PlanOptions::default()).await;
    for addr in ["azurerm_kubernetes_cluster.main", "azurerm_kubernetes_cluster_node_pool.other"] {
        assert_eq!(of(&planned, addr).action, ChangeAction::Update, "{addr}");
    }
    assert_eq!(there(&site), sizes(LARGE, LARGE));
    let count = site.look(&format!("{CLUSTER}/agentPools/first"), VERSION);
    assert_eq!(count["properties"]["count"], 2);
    assert_eq!(done(&site.plan(&larger).await), NOTHING);
}

#[tokio::test]
async fn a_rotation_that_ended_between_its_pools_is_taken_up() {
    let larger = pools(LARGE, SMALL, true);
    let mut site = Site::with(&pools(SMALL, SMALL, true), ClockMode::Instant).await;
    // What a run leaves that ends when the first pool is gone and its stand-in is there.
    let pool = |name: &str| format!("{CLUSTER}/agentPools/{name}");
    let properties = serde_json::json!({
        "count": 2, "vmSize": LARGE, "mode": "System", "osType": "Linux", "type": "VirtualMachineScaleSets"
    });
    let body = serde_json::json!({ "properties": properties });
    site.meddle("PUT", &pool("standin"), VERSION, Some(&body));
    site.meddle("DELETE", &pool("first"), VERSION, None);
    let planned = site.apply(&larger, &PlanOptions::default()).await;
    assert_eq!(of(&planned, "azurerm_kubernetes_cluster.main").action, ChangeAction::Update);
    assert_eq!(there(&site), sizes(LARGE, SMALL));
}
