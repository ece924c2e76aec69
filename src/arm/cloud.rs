//! Which Azure: the endpoints and suffixes of each cloud, and of clouds that say them themselves.
//!
//! Must not know: credentials, resource types.

use serde_json::Value;

use super::client::plain_get;
use super::error::{ArmError, ErrorKind};
use super::net::Http;

/// The API version at which the metadata of a cloud is read.
const METADATA_VERSION: &str = "2022-09-01";

/// The endpoints of one Azure cloud. URLs are without a trailing slash, except the audience, which is used as it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloud {
    /// `public`, `usgovernment`, `china`, or what the metadata calls it.
    pub name: String,
    /// Where ARM requests go, e.g. `https://management.azure.com`.
    pub resource_manager: String,
    /// For whom tokens are issued; the scope of a token is this with `/.default`.
    pub audience: String,
    /// Where tokens are issued, e.g. `https://login.microsoftonline.com`.
    pub authority: String,
    /// The portal's URL, where one is known.
    pub portal: Option<String>,
    /// DNS suffixes of the services whose names can be predicted.
    pub suffixes: Suffixes,
}

/// DNS suffixes of a cloud, without a leading dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suffixes {
    /// Storage accounts: `core.windows.net`.
    pub storage: String,
    /// Key vaults: `vault.azure.net`.
    pub key_vault: String,
    /// Container registries: `azurecr.io`.
    pub container_registry: String,
    /// Cosmos DB accounts: `documents.azure.com`.
    pub cosmos_db: String,
}

/// What configuration and environment say about the cloud.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CloudSettings {
    /// `environment` / `ARM_ENVIRONMENT`.
    pub environment: Option<String>,
    /// `metadata_host` / `ARM_METADATA_HOSTNAME`: the environment is read from this host instead.
    pub metadata_host: Option<String>,
    /// azapi's `endpoint.resource_manager_endpoint` / `ARM_RESOURCE_MANAGER_ENDPOINT`.
    pub resource_manager_endpoint: Option<String>,
    /// azapi's `endpoint.resource_manager_audience` / `ARM_RESOURCE_MANAGER_AUDIENCE`.
    pub resource_manager_audience: Option<String>,
    /// azapi's `endpoint.active_directory_authority_host` / `ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST`.
    pub active_directory_authority_host: Option<String>,
}

impl CloudSettings {
    /// Fills what is not set from the environment variables.
    pub fn with_env(mut self, env: &dyn Fn(&str) -> Option<String>) -> Self {
        for (field, name) in [
            (&mut self.environment, "ARM_ENVIRONMENT"),
            (&mut self.metadata_host, "ARM_METADATA_HOSTNAME"),
            (&mut self.resource_manager_endpoint, "ARM_RESOURCE_MANAGER_ENDPOINT"),
            (&mut self.resource_manager_audience, "ARM_RESOURCE_MANAGER_AUDIENCE"),
            (&mut self.active_directory_authority_host, "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"),
        ] {
            if field.as_deref().is_none_or(str::is_empty) {
                *field = env(name).filter(|v| !v.is_empty());
            }
        }
        self
    }
}

/// One row per cloud that is known by name: name, other names, ARM, authority, portal, storage, vault, registry, Cosmos DB.
/// Names and endpoints are azurerm's (`go-azure-sdk/sdk/environments`). The Department of Defense has US Government's
/// endpoints, but for Microsoft Graph, which we never ask.
const CLOUDS: [(&str, &[&str], [&str; 7]); 3] = [
    (
        "public",
        &["global", "AzurePublicCloud", "AzureCloud", "AzurePublic"],
        [
            "https://management.azure.com",
            "https://login.microsoftonline.com",
            "https://portal.azure.com",
            "core.windows.net",
            "vault.azure.net",
            "azurecr.io",
            "documents.azure.com",
        ],
    ),
    (
        "usgovernment",
        &["usgovernmentl4", "usgovernmentl5", "dod", "AzureUSGovernmentCloud", "AzureUSGovernment"],
        [
            "https://management.usgovcloudapi.net",
            "https://login.microsoftonline.us",
            "https://portal.azure.us",
            "core.usgovcloudapi.net",
            "vault.usgovcloudapi.net",
            "azurecr.us",
            "documents.azure.us",
        ],
    ),
    (
        "china",
        &["AzureChinaCloud", "AzureChina"],
        [
            "https://management.chinacloudapi.cn",
            "https://login.chinacloudapi.cn",
            "https://portal.azure.cn",
            "core.chinacloudapi.cn",
            "vault.azure.cn",
            "azurecr.cn",
            "documents.azure.cn",
        ],
    ),
];

impl Default for Cloud {
    fn default() -> Self {
        Self::from_row(&CLOUDS[0])
    }
}

impl Cloud {
    fn from_row(row: &(&str, &[&str], [&str; 7])) -> Self {
        let [arm, authority, portal, storage, vault, registry, cosmos_db] = row.2.map(str::to_owned);
        Self {
            name: row.0.to_owned(),
            audience: arm.clone(),
            resource_manager: arm,
            authority,
            portal: Some(portal),
            suffixes: Suffixes { storage, key_vault: vault, container_registry: registry, cosmos_db },
        }
    }

    /// The cloud of that name (`public`, `usgovernment`, `china`, or one of Azure's longer names), in any case.
    pub fn named(name: &str) -> Option<Self> {
        CLOUDS
            .iter()
            .find(|row| {
                row.0.eq_ignore_ascii_case(name) || row.1.iter().any(|n| n.eq_ignore_ascii_case(name))
            })
            .map(Self::from_row)
    }

    /// A cloud whose ARM and login are at one URL, with the public cloud's suffixes: a local cloud.
    pub fn at(name: &str, url: &str) -> Self {
        let url = trimmed(url);
        Self {
            name: name.to_owned(),
            resource_manager: url.clone(),
            audience: url.clone(),
            authority: url,
            portal: None,
            ..Self::default()
        }
    }

    /// The cloud that the settings mean. Asks `metadata_host` when one is set (one request); nothing else is asked.
    pub async fn resolve(settings: &CloudSettings, http: &Http) -> Result<Self, ArmError> {
        let base = match (&settings.metadata_host, &settings.environment) {
            (Some(host), name) => Self::fetch(host, name.as_deref(), http).await?,
            (None, Some(name)) if name.eq_ignore_ascii_case("custom") => {
                if settings.resource_manager_endpoint.is_none() {
                    return Err(invalid(
                        "environment `custom` needs `endpoint { resource_manager_endpoint }` or ARM_RESOURCE_MANAGER_ENDPOINT",
                    ));
                }
                Self { name: "custom".into(), ..Self::default() }
            }
            (None, Some(name)) => Self::named(name).ok_or_else(|| {
                invalid(format!(
                    "environment `{name}` is not known: use public, usgovernment or china, or set metadata_host (ARM_METADATA_HOSTNAME)"
                ))
            })?,
            (None, None) => Self::default(),
        };
        base.with_endpoints(settings)
    }

    /// This cloud with the endpoints that the settings name in place of its own. An ARM endpoint without an audience is
    /// its own audience.
    pub fn with_endpoints(mut self, settings: &CloudSettings) -> Result<Self, ArmError> {
        if let Some(url) = &settings.resource_manager_endpoint {
            self.resource_manager = https(url, "resource_manager_endpoint")?;
            self.audience = self.resource_manager.clone();
        }
        if let Some(audience) = &settings.resource_manager_audience {
            self.audience = audience.clone();
        }
        if let Some(url) = &settings.active_directory_authority_host {
            self.authority = https(url, "active_directory_authority_host")?;
        }
        Ok(self)
    }

    /// Asks a metadata host (`management.azure.com`, an Azure Stack, a local cloud) for the endpoints.
    pub async fn fetch(host: &str, name: Option<&str>, http: &Http) -> Result<Self, ArmError> {
        let host = host.trim_end_matches('/');
        let base = if host.contains("://") { host.to_owned() } else { format!("https://{host}") };
        let url = format!("{base}/metadata/endpoints?api-version={METADATA_VERSION}");
        let body = plain_get(http, &url).await?;
        Self::from_metadata(&body, name).map_err(|why| {
            invalid(format!("metadata host `{host}` answered endpoints that cannot be used: {why}"))
        })
    }

    /// Reads the answer of `/metadata/endpoints`: one cloud, or (older versions) a list of which `name` chooses.
    pub fn from_metadata(body: &Value, name: Option<&str>) -> Result<Self, String> {
        let one = match body {
            Value::Array(list) => {
                let text = |v: &'_ Value| v["name"].as_str().unwrap_or_default().to_owned();
                let wanted = name.and_then(Self::named).map_or("public".to_owned(), |c| c.name);
                list.iter()
                    .find(|v| {
                        Self::named(&text(v)).is_some_and(|c| c.name == wanted)
                            || Some(text(v).as_str()) == name
                    })
                    .or(list.first())
                    .ok_or("the list is empty")?
            }
            other => other,
        };
        let url =
            |path: &str| one.pointer(path).and_then(Value::as_str).filter(|s| !s.is_empty()).map(trimmed);
        let suffix = |key: &str, default: &str| {
            let text = one["suffixes"][key].as_str().filter(|s| !s.is_empty()).unwrap_or(default);
            text.trim_start_matches('.').to_owned()
        };
        let resource_manager = url("/resourceManager").ok_or("`resourceManager` is missing")?;
        let authority =
            url("/authentication/loginEndpoint").ok_or("`authentication.loginEndpoint` is missing")?;
        let audience =
            one.pointer("/authentication/audiences/0").and_then(Value::as_str).filter(|s| !s.is_empty());
        // What the answer does not say is that of the cloud that it names, else of the public one.
        let known = Self::named(one["name"].as_str().unwrap_or_default()).unwrap_or_default().suffixes;
        Ok(Self {
            name: one["name"].as_str().filter(|s| !s.is_empty()).unwrap_or("custom").to_owned(),
            audience: audience.map_or_else(|| resource_manager.clone(), str::to_owned),
            resource_manager,
            authority,
            portal: url("/portal"),
            suffixes: Suffixes {
                storage: suffix("storage", &known.storage),
                key_vault: suffix("keyVaultDns", &known.key_vault),
                container_registry: suffix("acrLoginServer", &known.container_registry),
                cosmos_db: known.cosmos_db,
            },
        })
    }

    /// The scope for which a token is asked.
    pub fn scope(&self) -> String {
        format!("{}/.default", self.audience)
    }

    /// Whether ARM is on this machine: then nothing is throttled and no proxy is asked.
    pub fn is_loopback(&self) -> bool {
        url::Url::parse(&self.resource_manager).is_ok_and(|u| is_loopback(&u))
    }
}

/// Whether a URL names this machine.
pub(super) fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn trimmed(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

fn https(url: &str, what: &str) -> Result<String, ArmError> {
    match url::Url::parse(url) {
        Ok(u) if u.scheme() == "https" && u.host().is_some() => Ok(trimmed(url)),
        _ => Err(invalid(format!("{what} is `{url}`: an https:// URL is expected"))),
    }
}

fn invalid(message: impl Into<String>) -> ArmError {
    ArmError::new(ErrorKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn clouds_by_name() {
        assert_eq!(Cloud::default().resource_manager, "https://management.azure.com");
        assert_eq!(Cloud::named("AzureUSGovernment").unwrap().authority, "https://login.microsoftonline.us");
        assert_eq!(Cloud::named("China").unwrap().suffixes.key_vault, "vault.azure.cn");
        assert_eq!(Cloud::named("dod").unwrap().resource_manager, "https://management.usgovcloudapi.net");
        assert_eq!(Cloud::named("global").unwrap(), Cloud::default());
        assert!(Cloud::named("german").is_none());
        assert_eq!(Cloud::default().scope(), "https://management.azure.com/.default");
    }

    #[test]
    fn metadata_of_one_cloud_and_of_a_list() {
        let one = json!({"name": "Mock", "portal": "https://p/", "authentication": {"loginEndpoint": "https://l/",
            "audiences": ["https://a/"], "tenant": "common"}, "resourceManager": "https://rm/",
            "suffixes": {"storage": "st.local", "keyVaultDns": ".kv.local"}});
        let cloud = Cloud::from_metadata(&one, None).unwrap();
        assert_eq!((cloud.resource_manager.as_str(), cloud.authority.as_str()), ("https://rm", "https://l"));
        assert_eq!(cloud.scope(), "https://a//.default");
        assert_eq!(cloud.suffixes.key_vault, "kv.local");
        assert_eq!(cloud.suffixes.container_registry, "azurecr.io");
        let mut china = one.clone();
        china["name"] = "AzureChinaCloud".into();
        assert_eq!(Cloud::from_metadata(&china, None).unwrap().suffixes.container_registry, "azurecr.cn");
        let list = json!([one, china]);
        assert_eq!(Cloud::from_metadata(&list, Some("china")).unwrap().name, "AzureChinaCloud");
        assert!(Cloud::from_metadata(&json!({}), None).unwrap_err().contains("resourceManager"));
    }

    #[test]
    fn endpoints_of_configuration_and_environment() {
        let env =
            |name: &str| (name == "ARM_RESOURCE_MANAGER_ENDPOINT").then(|| "https://arm.test/".to_owned());
        let settings = CloudSettings::default().with_env(&env);
        let cloud = Cloud::default().with_endpoints(&settings).unwrap();
        assert_eq!(
            (cloud.resource_manager.as_str(), cloud.audience.as_str()),
            ("https://arm.test", "https://arm.test")
        );
        assert_eq!(cloud.authority, "https://login.microsoftonline.com");
        let set = CloudSettings {
            resource_manager_endpoint: Some("https://mine".into()),
            resource_manager_audience: Some("https://aud/".into()),
            active_directory_authority_host: Some("http://login".into()),
            ..CloudSettings::default()
        };
        assert_eq!(set.clone().with_env(&env).resource_manager_endpoint.as_deref(), Some("https://mine"));
        assert!(Cloud::default().with_endpoints(&set).unwrap_err().to_string().contains("http://login"));
    }

    #[test]
    fn loopback() {
        for (url, yes) in [
            ("https://localhost:8443", true),
            ("https://127.0.0.1", true),
            ("https://[::1]:1", true),
            ("https://x.io", false),
        ] {
            assert_eq!(Cloud::at("x", url).is_loopback(), yes, "{url}");
        }
    }
}
