//! What can be said about credentials, and which link of the chain that makes complete.

use super::{AuthError, Links, Method, OidcToken};
use crate::secret::Secret;

pub(super) const CLIENT_CERTIFICATE: &str = "client certificate";
pub(super) const CLIENT_SECRET: &str = "client secret";
pub(super) const OIDC_TOKEN: &str = "OIDC token";
pub(super) const OIDC_REQUEST: &str = "OIDC request";
pub(super) const MANAGED_IDENTITY: &str = "managed identity";
pub(super) const AZURE_CLI: &str = "Azure CLI";

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
    /// `use_cli` / `ARM_USE_CLI`; default true.
    pub use_cli: Option<bool>,
    /// azapi's `disable_instance_discovery` / `ARM_DISABLE_INSTANCE_DISCOVERY`. Our token requests never ask for discovery,
    /// whatever it says: it is accepted and changes nothing.
    pub disable_instance_discovery: Option<bool>,
}

impl AuthSettings {
    /// Fills what is not set from the environment variables of azurerm and azapi.
    pub fn with_env(mut self, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&str]| names.iter().find_map(|n| env(n).filter(|v| !v.trim().is_empty()));
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
        let aks = |name: &'static str| if aks { name } else { "" };
        for (field, names) in [
            (&mut self.subscription_id, &["ARM_SUBSCRIPTION_ID"][..]),
            (&mut self.tenant_id, &["ARM_TENANT_ID", aks("AZURE_TENANT_ID")]),
            (&mut self.client_id, &["ARM_CLIENT_ID", aks("AZURE_CLIENT_ID")]),
            (&mut self.client_id_file_path, &["ARM_CLIENT_ID_FILE_PATH"]),
            (&mut self.client_secret_file_path, &["ARM_CLIENT_SECRET_FILE_PATH"]),
            (&mut self.client_certificate_path, &["ARM_CLIENT_CERTIFICATE_PATH"]),
            (
                &mut self.oidc_token_file_path,
                &["ARM_OIDC_TOKEN_FILE_PATH", aks("AZURE_FEDERATED_TOKEN_FILE")],
            ),
            (
                &mut self.oidc_request_url,
                &["ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"],
            ),
            (
                &mut self.ado_pipeline_service_connection_id,
                &["ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID"],
            ),
            (&mut self.msi_endpoint, &["ARM_MSI_ENDPOINT"]),
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
            (
                &mut self.oidc_request_token,
                &["ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"],
            ),
        ] {
            if field.as_ref().is_none_or(Secret::is_empty) {
                *field = first(names).map(Secret::from);
            }
        }
        if self.auxiliary_tenant_ids.is_empty() {
            let list = first(&["ARM_AUXILIARY_TENANT_IDS"]).unwrap_or_default();
            self.auxiliary_tenant_ids =
                list.split(';').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect();
        }
        self
    }

    /// The first complete link, and what each link has to say.
    pub(super) fn choose(&self) -> Result<(Method, Links), AuthError> {
        let mut links = Links::new();
        let fail = |links: Links, chosen| Err(AuthError { chosen, links });
        let said = |links: &mut Links, link, text: &str| links.push((link, text.to_owned()));
        let unsupported =
            "is asked for, but not yet supported: use a client secret, an OIDC token or the Azure CLI";

        if !self.auxiliary_tenant_ids.is_empty() {
            said(&mut links, "auxiliary tenants", &format!("auxiliary_tenant_ids {unsupported}"));
            return fail(links, None);
        }
        let client_id =
            match value_or_file("client_id", self.client_id.clone(), self.client_id_file_path.as_deref()) {
                Ok(id) => id,
                Err(why) => {
                    links.push(("client_id", why));
                    return fail(links, None);
                }
            };
        let principal = || match (&self.tenant_id, &client_id) {
            (Some(t), Some(c)) => Ok((t.clone(), c.clone())),
            (None, Some(_)) => Err("tenant_id (ARM_TENANT_ID) is not set"),
            (Some(_), None) => Err("client_id (ARM_CLIENT_ID) is not set"),
            (None, None) => Err("tenant_id (ARM_TENANT_ID) and client_id (ARM_CLIENT_ID) are not set"),
        };

        if self.client_certificate.is_some() || self.client_certificate_path.is_some() {
            said(&mut links, CLIENT_CERTIFICATE, unsupported);
            return fail(links, Some(CLIENT_CERTIFICATE));
        }
        said(&mut links, CLIENT_CERTIFICATE, "client_certificate(_path) is not set");

        let secret = self.client_secret.as_ref().map(|s| s.expose().to_owned());
        match value_or_file("client_secret", secret, self.client_secret_file_path.as_deref()) {
            Err(why) => {
                links.push((CLIENT_SECRET, why));
                return fail(links, Some(CLIENT_SECRET));
            }
            Ok(None) => said(
                &mut links,
                CLIENT_SECRET,
                "client_secret (ARM_CLIENT_SECRET) or client_secret_file_path is not set",
            ),
            Ok(Some(secret)) => match principal() {
                Ok((tenant, client)) => {
                    said(&mut links, CLIENT_SECRET, "used");
                    return Ok((Method::ClientSecret { tenant, client, secret: secret.into() }, links));
                }
                Err(why) => said(&mut links, CLIENT_SECRET, &format!("a secret is set, but {why}")),
            },
        }

        let aks = self.use_aks_workload_identity == Some(true);
        let oidc = self.use_oidc == Some(true) || aks;
        if !oidc {
            said(&mut links, OIDC_TOKEN, "use_oidc (ARM_USE_OIDC) is not true");
        } else if let Some(token) = self.oidc_source() {
            match (token, principal()) {
                (Ok(token), Ok((tenant, client))) => {
                    said(&mut links, OIDC_TOKEN, "used");
                    return Ok((Method::Oidc { tenant, client, token }, links));
                }
                (Err(why), _) => {
                    links.push((OIDC_TOKEN, why));
                    return fail(links, Some(OIDC_TOKEN));
                }
                (_, Err(why)) => said(&mut links, OIDC_TOKEN, &format!("a token is set, but {why}")),
            }
        } else {
            said(
                &mut links,
                OIDC_TOKEN,
                "neither oidc_token (ARM_OIDC_TOKEN) nor oidc_token_file_path is set",
            );
        }

        if oidc && (self.oidc_request_url.is_some() || self.ado_pipeline_service_connection_id.is_some()) {
            said(&mut links, OIDC_REQUEST, unsupported);
            return fail(links, Some(OIDC_REQUEST));
        }
        let text = if oidc {
            "oidc_request_url (ARM_OIDC_REQUEST_URL) is not set"
        } else {
            "use_oidc (ARM_USE_OIDC) is not true"
        };
        said(&mut links, OIDC_REQUEST, text);

        if self.use_msi == Some(true) {
            said(&mut links, MANAGED_IDENTITY, unsupported);
            return fail(links, Some(MANAGED_IDENTITY));
        }
        said(&mut links, MANAGED_IDENTITY, "use_msi (ARM_USE_MSI) is not true");

        if self.use_cli == Some(false) {
            said(&mut links, AZURE_CLI, "use_cli (ARM_USE_CLI) is false");
            return fail(links, None);
        }
        said(&mut links, AZURE_CLI, "used");
        Ok((
            Method::AzureCli { tenant: self.tenant_id.clone(), subscription: self.subscription_id.clone() },
            links,
        ))
    }

    /// The federated token, if one is named. A file that must agree with a value is read now; one that stands alone when
    /// a token is asked, because it is renewed.
    fn oidc_source(&self) -> Option<Result<OidcToken, String>> {
        match (&self.oidc_token, &self.oidc_token_file_path) {
            (None, None) => None,
            (None, Some(path)) => Some(Ok(OidcToken::File(path.clone()))),
            (Some(token), None) => Some(Ok(OidcToken::Value(token.clone()))),
            (Some(token), path) => Some(
                value_or_file("oidc_token", Some(token.expose().to_owned()), path.as_deref())
                    .map(|t| OidcToken::Value(t.unwrap_or_default().into())),
            ),
        }
    }
}

/// A value that may be given directly or in a file; given both ways, they must agree.
fn value_or_file(name: &str, value: Option<String>, path: Option<&str>) -> Result<Option<String>, String> {
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
