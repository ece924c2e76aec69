//! The mistakes: each is a small configuration that is right but for one thing.

/// A mistake.
pub struct Case {
    /// What it is, and the name of its snapshot.
    pub name: &'static str,
    /// The configuration.
    pub files: Vec<(&'static str, String)>,
    /// The cloud and a credential are in the environment, with this beside or instead.
    pub connected: bool,
    /// See `connected`.
    pub env: &'static [(&'static str, &'static str)],
}

const PROVIDER: &str = "provider \"azurerm\" {\n  features {}\n}\n";

const GROUP: &str = r#"
resource "azurerm_resource_group" "main" {
  name     = "rg-bad-input"
  location = "westeurope"
}
"#;

const AZAPI: &str =
    "terraform {\n  required_providers {\n    azapi = {\n      source = \"azure/azapi\"\n    }\n  }\n}\n\n";

const KEYED: &str = r#"
resource "azurerm_storage_account_customer_managed_key" "main" {
  storage_account_id = azurerm_storage_account.main.id
  key_vault_uri      = "https://kv-models.vault.azure.net/"
}
"#;

const REPLICAS: &str = r#"
resource "azurerm_container_registry" "main" {
  name                = "crmodels"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  sku                 = "Premium"
  georeplications {
    location = "northeurope"
  }
  georeplications {
    location                = "North Europe"
    zone_redundancy_enabled = true
  }
}
"#;

fn azurerm(name: &'static str, text: &str) -> Case {
    Case {
        name,
        files: vec![("provider.tf", PROVIDER.into()), ("main.tf", text.into())],
        connected: true,
        env: &[],
    }
}

fn vault(name: &str) -> String {
    format!(
        r#"{GROUP}
resource "azurerm_key_vault" "main" {{
  name                = "{name}"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  sku_name            = "standard"
  tenant_id           = "00000000-0000-0000-0000-000000000001"
}}
"#
    )
}

fn storage(name: &str) -> String {
    format!(
        r#"{GROUP}
resource "azurerm_storage_account" "main" {{
  name                     = "{name}"
  resource_group_name      = azurerm_resource_group.main.name
  location                 = azurerm_resource_group.main.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}}
"#
    )
}

/// azapi with its endpoint somewhere where nobody listens.
fn endpoint(name: &'static str, url: &str) -> Case {
    let text = format!(
        r#"{AZAPI}provider "azapi" {{
  tenant_id       = "00000000-0000-0000-0000-000000000001"
  subscription_id = "00000000-0000-0000-0000-000000000002"
  client_id       = "00000000-0000-0000-0000-000000000003"
  client_secret   = "wrong"

  endpoint = [{{
    resource_manager_endpoint       = "{url}"
    resource_manager_audience       = "{url}"
    active_directory_authority_host = "{url}"
  }}]
}}

resource "azapi_resource" "group" {{
  type     = "Microsoft.Resources/resourceGroups@2024-03-01"
  name     = "rg-bad-input"
  location = "westeurope"
}}
"#
    );
    Case { name, files: vec![("main.tf", text)], connected: false, env: &[] }
}

/// What only Azure finds wrong, because azapi judges no names.
pub fn refused_by_azure() -> Vec<(&'static str, String)> {
    let main = r#"resource "azapi_resource" "group" {
  type     = "Microsoft.Resources/resourceGroups@2024-03-01"
  name     = "rg-bad-input"
  location = "westeurope"
}

resource "azapi_resource" "models" {
  type      = "Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31"
  name      = "me"
  parent_id = azapi_resource.group.id
  location  = "westeurope"
}
"#;
    vec![("terraform.tf", AZAPI.into()), ("main.tf", main.into())]
}

/// All of them.
pub fn all() -> Vec<Case> {
    vec![
        azurerm(
            "unknown_argument",
            "resource \"azurerm_resource_group\" \"main\" {\n  name     = \"rg-bad-input\"\n  \
             location = \"westeurope\"\n  tag      = { owner = \"me\" }\n}\n",
        ),
        azurerm(
            "wrong_type",
            "resource \"azurerm_resource_group\" \"main\" {\n  name     = \"rg-bad-input\"\n  \
             location = \"westeurope\"\n  tags     = \"owner\"\n}\n",
        ),
        azurerm(
            "cycle",
            "locals {\n  first  = local.second\n  second = azurerm_resource_group.main.name\n}\n\n\
             resource \"azurerm_resource_group\" \"main\" {\n  name     = local.first\n  \
             location = \"westeurope\"\n}\n",
        ),
        azurerm(
            "missing_variable",
            &format!(
                "variable \"owner\" {{\n  type        = string\n  description = \"Who pays.\"\n}}\n{GROUP}"
            ),
        ),
        azurerm("unknown_provider", "resource \"aws_s3_bucket\" \"main\" {\n  bucket = \"models\"\n}\n"),
        Case {
            name: "provider_of_another_namespace",
            files: vec![("main.tf", "data \"azapi_client_config\" \"current\" {\n}\n".into())],
            connected: true,
            env: &[],
        },
        Case {
            name: "unparsable_files",
            files: vec![
                ("provider.tf", PROVIDER.into()),
                ("network.tf", "locals {\n  a = [1, 2\n}\n\nlocals {\n  b = 1 +\n}\n".into()),
                ("main.tf", "resource \"azurerm_resource_group\" \"main\" {\n  name = \"rg\n}\n".into()),
            ],
            connected: true,
            env: &[],
        },
        azurerm("storage_account_name", &storage("MyModels")),
        azurerm("key_vault_name", &vault("kv-with-a-name-of-thirty-chars")),
        azurerm("key_without_its_name", &format!("{}{KEYED}", storage("stmodels"))),
        azurerm("replicas_of_one_region", &format!("{GROUP}{REPLICAS}")),
        Case {
            name: "no_credential",
            files: vec![("provider.tf", PROVIDER.into()), ("main.tf", GROUP.into())],
            connected: false,
            env: &[],
        },
        Case { env: &[("ARM_CLIENT_SECRET", "wrong")], ..azurerm("wrong_secret", GROUP) },
        Case {
            name: "arm_that_refuses",
            files: vec![(
                "main.tf",
                format!(
                    "{AZAPI}resource \"azapi_resource\" \"group\" {{\n  \
                         type     = \"Microsoft.Resources/resourceGroups@2024-03-01\"\n  \
                         name     = \"rg-bad-input\"\n  location = \"westeurope\"\n}}\n"
                ),
            )],
            connected: true,
            env: &[("ARM_METADATA_HOSTNAME", ""), ("ARM_RESOURCE_MANAGER_ENDPOINT", "https://127.0.0.1:1")],
        },
        endpoint("endpoint_that_refuses", "https://127.0.0.1:1"),
        endpoint("endpoint_that_does_not_resolve", "https://management.bad-input.invalid"),
    ]
}
