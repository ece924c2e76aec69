//! What can be said about credentials, by provider blocks and by the environment.

use crate::secret::Secret;

/// Everything that azurerm's and azapi's provider blocks and the `ARM_*` variables say about credentials.
/// `None`: not said. Fill it from a block, then [`AuthSettings::with_env`]: the block wins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthSettings {
    /// `subscription_id` / `ARM_SUBSCRIPTION_ID`.
    pub subscription_id: Option<String>,
    /// `tenant_id` / `ARM_TENANT_ID`.
    pub tenant_id: Option<String>,
    /// `auxiliary_tenant_ids` / `ARM_AUXILIARY_TENANT_IDS` (`;` between them).
    pub auxiliary_tenant_ids: Vec<String>,
    /// `client_id` / `ARM_CLIENT_ID`.
    pub client_id: Option<String>,
    /// `client_id_file_path` / `ARM_CLIENT_ID_FILE_PATH`.
    pub client_id_file_path: Option<String>,
    /// `client_secret` / `ARM_CLIENT_SECRET`.
    pub client_secret: Option<Secret>,
    /// `client_secret_file_path` / `ARM_CLIENT_SECRET_FILE_PATH`.
    pub client_secret_file_path: Option<String>,
    /// `client_certificate` / `ARM_CLIENT_CERTIFICATE`: PKCS#12 in base64.
    pub client_certificate: Option<Secret>,
    /// `client_certificate_path` / `ARM_CLIENT_CERTIFICATE_PATH`.
    pub client_certificate_path: Option<String>,
    /// `client_certificate_password` / `ARM_CLIENT_CERTIFICATE_PASSWORD`.
    pub client_certificate_password: Option<Secret>,
    /// `use_oidc` / `ARM_USE_OIDC`; default false.
    pub use_oidc: Option<bool>,
    /// `oidc_token` / `ARM_OIDC_TOKEN`.
    pub oidc_token: Option<Secret>,
    /// `oidc_token_file_path` / `ARM_OIDC_TOKEN_FILE_PATH`.
    pub oidc_token_file_path: Option<String>,
    /// `oidc_request_url` / `ARM_OIDC_REQUEST_URL`, or that of GitHub or Azure DevOps.
    pub oidc_request_url: Option<String>,
    /// `oidc_request_token` / `ARM_OIDC_REQUEST_TOKEN`, or that of GitHub or Azure DevOps.
    pub oidc_request_token: Option<Secret>,
    /// `ado_pipeline_service_connection_id` / `ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID`.
    pub ado_pipeline_service_connection_id: Option<String>,
    /// `use_aks_workload_identity` / `ARM_USE_AKS_WORKLOAD_IDENTITY`; default false.
    pub use_aks_workload_identity: Option<bool>,
    /// `use_msi` / `ARM_USE_MSI`; default false.
    pub use_msi: Option<bool>,
    /// `msi_endpoint` / `ARM_MSI_ENDPOINT`.
    pub msi_endpoint: Option<String>,
    /// `msi_api_version` / `ARM_MSI_API_VERSION`.
    pub msi_api_version: Option<String>,
    /// `IDENTITY_ENDPOINT`: where App Service, Functions and Container Apps give tokens. Only with the header.
    pub identity_endpoint: Option<String>,
    /// `IDENTITY_HEADER`: what that endpoint asks for.
    pub identity_header: Option<Secret>,
    /// `AZURE_FEDERATED_TOKEN_FILE`, with `use_aks_workload_identity`: the file that Kubernetes renews.
    pub federated_token_file: Option<String>,
    /// Where the variables of AKS workload identity say something else than block and `ARM_*`.
    pub conflicts: Vec<String>,
    /// `use_cli` / `ARM_USE_CLI`; default true.
    pub use_cli: Option<bool>,
    /// azapi's `disable_instance_discovery` / `ARM_DISABLE_INSTANCE_DISCOVERY`. Our token requests never ask for discovery,
    /// whatever it says: it is accepted and changes nothing.
    pub disable_instance_discovery: Option<bool>,
}

impl AuthSettings {
    /// Fills what is not set from the environment variables of azurerm and azapi.
    pub fn with_env(mut self, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&str]| {
            let found = names.iter().find_map(|n| Some((n, env(n).filter(|v| !v.trim().is_empty())?)));
            // As azurerm: what a pipeline puts into a variable often ends with a line. A password may end as it likes.
            found.map(|(n, v)| if n.ends_with("_PASSWORD") { v } else { v.trim().to_owned() })
        };
        let flag = |name: &str| {
            first(&[name])
                .map(|v| matches!(v.trim().to_ascii_lowercase().as_str(), "true" | "1" | "t" | "yes"))
        };
        for (field, name) in [
            (&mut self.use_oidc, "ARM_USE_OIDC"),
            (&mut self.use_aks_workload_identity, "ARM_USE_AKS_WORKLOAD_IDENTITY"),
            (&mut self.use_msi, "ARM_USE_MSI"),
            (&mut self.use_cli, "ARM_USE_CLI"),
            (&mut self.disable_instance_discovery, "ARM_DISABLE_INSTANCE_DISCOVERY"),
        ] {
            *field = field.or_else(|| flag(name));
        }
        let aks = self.use_aks_workload_identity == Some(true);
        for (field, names) in [
            (&mut self.subscription_id, &["ARM_SUBSCRIPTION_ID"][..]),
            (&mut self.tenant_id, &["ARM_TENANT_ID"]),
            (&mut self.client_id, &["ARM_CLIENT_ID"]),
            (&mut self.client_id_file_path, &["ARM_CLIENT_ID_FILE_PATH"]),
            (&mut self.client_secret_file_path, &["ARM_CLIENT_SECRET_FILE_PATH"]),
            (&mut self.client_certificate_path, &["ARM_CLIENT_CERTIFICATE_PATH"]),
            (&mut self.oidc_token_file_path, &["ARM_OIDC_TOKEN_FILE_PATH"]),
            (
                &mut self.oidc_request_url,
                &["ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"],
            ),
            (
                &mut self.ado_pipeline_service_connection_id,
                &["ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID"],
            ),
            (&mut self.msi_endpoint, &["ARM_MSI_ENDPOINT"]),
            (&mut self.msi_api_version, &["ARM_MSI_API_VERSION"]),
            (&mut self.identity_endpoint, &["IDENTITY_ENDPOINT"]),
        ] {
            if field.as_deref().is_none_or(str::is_empty) {
                *field = first(names);
            }
        }
        for (field, names) in [
            (&mut self.client_secret, &["ARM_CLIENT_SECRET"][..]),
            (&mut self.client_certificate, &["ARM_CLIENT_CERTIFICATE"]),
            (&mut self.client_certificate_password, &["ARM_CLIENT_CERTIFICATE_PASSWORD"]),
            (&mut self.oidc_token, &["ARM_OIDC_TOKEN"]),
            (&mut self.identity_header, &["IDENTITY_HEADER"]),
            (
                &mut self.oidc_request_token,
                &["ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"],
            ),
        ] {
            if field.as_ref().is_none_or(Secret::is_empty) {
                *field = first(names).map(Secret::from);
            }
        }
        if aks {
            self.federated_token_file = first(&["AZURE_FEDERATED_TOKEN_FILE"]);
            for (field, name, variable) in [
                (&mut self.tenant_id, "tenant_id", "AZURE_TENANT_ID"),
                (&mut self.client_id, "client_id", "AZURE_CLIENT_ID"),
            ] {
                match (field.as_deref(), first(&[variable])) {
                    (Some(own), Some(theirs)) if own != theirs => self.conflicts.push(format!(
                        "{name} is `{own}`, but {variable} is `{theirs}`: leave {name} away, or set use_aks_workload_identity (ARM_USE_AKS_WORKLOAD_IDENTITY) to false"
                    )),
                    (None, theirs) => *field = theirs,
                    _ => {}
                }
            }
        }
        if self.auxiliary_tenant_ids.is_empty() {
            let list = first(&["ARM_AUXILIARY_TENANT_IDS"]).unwrap_or_default();
            self.auxiliary_tenant_ids =
                list.split(';').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect();
        }
        self
    }
}

/// A value that may be given directly or in a file; given both ways, they must agree.
pub(super) fn value_or_file(
    name: &str,
    value: Option<String>,
    path: Option<&str>,
) -> Result<Option<String>, String> {
    let value = value.filter(|v| !v.is_empty());
    let Some(path) = path.filter(|p| !p.is_empty()) else { return Ok(value) };
    let text = read_file(&format!("{name}_file_path"), path)?;
    match value {
        Some(v) if v != text => {
            Err(format!("{name} and the content of {name}_file_path `{path}` differ: set one of them"))
        }
        _ => Ok(Some(text)),
    }
}

/// The trimmed content of a file that a setting names.
pub(super) fn read_file(setting: &str, path: &str) -> Result<String, String> {
    match std::fs::read_to_string(path) {
        Ok(text) if text.trim().is_empty() => Err(format!("{setting} `{path}` is empty")),
        Ok(text) => Ok(text.trim().to_owned()),
        Err(e) => Err(format!("{setting} `{path}` cannot be read: {e}")),
    }
}
