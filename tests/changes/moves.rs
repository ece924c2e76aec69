//! What moves to another address or is let go stays as it is in Azure; a new object has nothing to ignore changes of.

use super::*;

const HEAD: &str = r#"
terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.81"
    }
    azapi = {
      source  = "Azure/azapi"
      version = "~> 2.0"
    }
  }
}

provider "azurerm" {
  features {}
}

provider "azapi" {}

resource "azurerm_resource_group" "main" {
  name     = "rg-changes"
  location = "westeurope"
}
"#;

const ACCOUNT: &str = r#"
  name                     = "stmoves7"
  resource_group_name      = azurerm_resource_group.main.name
  location                 = azurerm_resource_group.main.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
"#;

const IDENTITY: &str = r#"
  type      = "Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30"
  parent_id = azurerm_resource_group.main.id
  name      = "id-moves"
  location  = "westeurope"
"#;

const PLACES: [&str; 2] = [
    "/providers/Microsoft.Storage/storageAccounts/stmoves7",
    "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-moves",
];

impl Site {
    /// Installs a module `part` with an account in it.
    fn install(&self) {
        let account = ACCOUNT.replace("azurerm_resource_group.main", "var.group");
        let part = format!(
            "variable \"group\" {{\n  type = object({{ name = string, location = string }})\n}}\nresource \"azurerm_storage_account\" \"inner\" {{{account}}}\n"
        );
        let folder = self.folder.path();
        std::fs::create_dir_all(folder.join("part")).unwrap();
        std::fs::write(folder.join("part/main.tf"), part).unwrap();
        std::fs::create_dir_all(folder.join(".terraform/modules")).unwrap();
        let manifest = json!({"Modules": [
            {"Key": "", "Source": "", "Dir": "."},
            {"Key": "part", "Source": "./part", "Dir": "part"},
        ]});
        std::fs::write(folder.join(".terraform/modules/modules.json"), manifest.to_string()).unwrap();
    }

    /// Applies without changing anything in Azure. Answers the plan.
    async fn quietly(&mut self, text: &str) -> Planning {
        let count = |site: &Site| site.stack.local_cloud().unwrap().cloud.counts().changing();
        let before = count(self);
        let planning = self.apply(text, &PlanOptions::default()).await;
        assert_eq!(count(self), before);
        let again = self.plan(text).await;
        assert_eq!((done(&again), again.plan.drift.len()), (NOTHING, 0));
        for place in PLACES {
            let cloud = &self.stack.local_cloud().unwrap().cloud;
            assert!(cloud.document(&self.id(place)).is_some(), "{place}");
        }
        planning
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moves_or_is_let_go_stays_as_it_is() {
    let first = format!(
        "{HEAD}resource \"azurerm_storage_account\" \"plain\" {{{ACCOUNT}}}\nresource \"azapi_resource\" \"plain\" {{{IDENTITY}}}\n"
    );
    let mut site = Site::with(&first, ClockMode::Instant).await;
    site.install();
    let moved = format!(
        r#"{HEAD}
module "part" {{
  source = "./part"
  group  = azurerm_resource_group.main
}}
resource "azapi_resource" "named" {{
  for_each = {{ one = 1 }}
{IDENTITY}}}
moved {{
  from = azurerm_storage_account.plain
  to   = module.part.azurerm_storage_account.inner
}}
moved {{
  from = azapi_resource.plain
  to   = azapi_resource.named["one"]
}}
"#
    );
    let planning = site.quietly(&moved).await;
    let told: Vec<String> = planning
        .plan
        .changes
        .iter()
        .filter_map(|c| Some(format!("{} {}", c.previous_addr.as_ref()?, c.addr)))
        .collect();
    assert_eq!(
        told,
        [
            "azapi_resource.plain azapi_resource.named[\"one\"]",
            "azurerm_storage_account.plain module.part.azurerm_storage_account.inner",
        ]
    );
    assert_eq!(done(&planning), NOTHING);

    let removed =
        |from: &str| format!("removed {{\n  from = {from}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n");
    let left = format!("{HEAD}{}{}", removed("module.part"), removed("azapi_resource.named"));
    let planning = site.quietly(&left).await;
    let forgotten = planning.plan.changes.iter().filter(|c| c.action == ChangeAction::Forget);
    let forgotten: Vec<String> = forgotten.map(|c| c.addr.to_string()).collect();
    assert_eq!(forgotten, ["azapi_resource.named[\"one\"]", "module.part.azurerm_storage_account.inner"]);
    let known: Vec<&String> = site.stack.ledger().instances.keys().collect();
    assert_eq!(known, ["azurerm_resource_group.main"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_object_has_nothing_to_ignore_changes_of() {
    let text = |location: &str, team: &str| {
        format!(
            r#"{HEAD}
resource "azurerm_user_assigned_identity" "classic" {{
  name                = "id-classic"
  resource_group_name = azurerm_resource_group.main.name
  location            = "{location}"
  tags                = {{ team = "{team}" }}
  lifecycle {{
    ignore_changes = [tags]
  }}
}}
resource "azapi_resource" "generic" {{
  type      = "Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30"
  parent_id = azurerm_resource_group.main.id
  name      = "id-generic"
  location  = "{location}"
  tags      = {{ team = "{team}" }}
  lifecycle {{
    ignore_changes = [tags]
  }}
}}
"#
        )
    };
    let both = ["azapi_resource.generic", "azurerm_user_assigned_identity.classic"];
    let mut site = Site::with(&text("westeurope", "first"), ClockMode::Instant).await;
    let team = |site: &Site| {
        ["generic", "classic"].map(|name| {
            let path = format!("/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-{name}");
            site.look(&path, "2024-11-30")["tags"]["team"].clone()
        })
    };
    assert_eq!(done(&site.plan(&text("westeurope", "second")).await), NOTHING);

    // Moved elsewhere, they are new.
    let elsewhere = text("northeurope", "second");
    let planning = site.apply(&elsewhere, &PlanOptions::default()).await;
    assert_eq!(done(&planning), both.map(|addr| format!("replace {addr}")));
    for addr in both {
        let after = of(&planning, addr).after.as_ref().unwrap().unmarked_deep();
        let tags = after.get("tags").and_then(|t| t.get("team")).and_then(|t| t.as_str());
        assert_eq!(tags, Some("second"), "{addr}");
        // What did not make them new is not what made them new.
        assert_eq!(paths(of(&planning, addr)), ["location"]);
    }
    assert_eq!(team(&site), ["second", "second"]);
    assert_eq!(done(&site.plan(&elsewhere).await), NOTHING);

    // So they are when that is asked for.
    let replace = both.map(|addr| InstanceAddr::parse(addr).unwrap()).to_vec();
    let asked = PlanOptions { replace, ..PlanOptions::default() };
    site.apply(&text("northeurope", "third"), &asked).await;
    assert_eq!(team(&site), ["third", "third"]);
    assert_eq!(done(&site.plan(&text("northeurope", "fourth")).await), NOTHING);
}
