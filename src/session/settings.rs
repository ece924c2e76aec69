//! What a decoded `provider` block says about credential and cloud.

use std::sync::Arc;

use crate::arm::{ArmClient, AuthSettings, CloudSettings};
use crate::lang::Value;
use crate::secret::Secret;

/// The settings of a decoded block of azurerm or azapi; both spell them alike.
pub fn of(config: &Value) -> (AuthSettings, CloudSettings) {
    let text = |name: &str| {
        let value = config.get(name)?.as_str()?;
        (!value.is_empty()).then(|| value.to_string())
    };
    let secret = |name: &str| text(name).map(Secret::new);
    let flag = |name: &str| config.get(name)?.as_bool();
    let texts = |name: &str| -> Vec<String> {
        let items = config.get(name).and_then(Value::as_sequence).unwrap_or(&[]);
        items.iter().filter_map(Value::as_str).map(str::to_string).collect()
    };
    let auth = AuthSettings {
        subscription_id: text("subscription_id"),
        tenant_id: text("tenant_id"),
        auxiliary_tenant_ids: texts("auxiliary_tenant_ids"),
        client_id: text("client_id"),
        client_id_file_path: text("client_id_file_path"),
        client_secret: secret("client_secret"),
        client_secret_file_path: text("client_secret_file_path"),
        client_certificate: secret("client_certificate"),
        client_certificate_path: text("client_certificate_path"),
        client_certificate_password: secret("client_certificate_password"),
        use_oidc: flag("use_oidc"),
        oidc_token: secret("oidc_token"),
        oidc_token_file_path: text("oidc_token_file_path"),
        oidc_request_url: text("oidc_request_url"),
        oidc_request_token: secret("oidc_request_token"),
        ado_pipeline_service_connection_id: text("ado_pipeline_service_connection_id")
            .or_else(|| text("oidc_azure_service_connection_id")),
        use_aks_workload_identity: flag("use_aks_workload_identity"),
        use_msi: flag("use_msi"),
        msi_endpoint: text("msi_endpoint"),
        msi_api_version: text("msi_api_version"),
        use_cli: flag("use_cli"),
        disable_instance_discovery: flag("disable_instance_discovery"),
        ..AuthSettings::default()
    };
    // azapi writes `endpoint = [{ ... }]`, or a block: a list of one object either way.
    let endpoint = |name: &str| {
        let first = config.get("endpoint")?.as_sequence()?.first()?.get(name)?.as_str()?;
        (!first.is_empty()).then(|| first.to_string())
    };
    let cloud = CloudSettings {
        environment: text("environment"),
        metadata_host: text("metadata_host"),
        resource_manager_endpoint: endpoint("resource_manager_endpoint"),
        resource_manager_audience: endpoint("resource_manager_audience"),
        active_directory_authority_host: endpoint("active_directory_authority_host"),
    };
    (auth, cloud)
}

/// The client with the correlation id that a block or the environment asks for (`disable_correlation_request_id`,
/// `custom_correlation_request_id`).
pub fn correlated(client: ArmClient, config: &Value, env: &dyn Fn(&str) -> Option<String>) -> ArmClient {
    let off = match config.get("disable_correlation_request_id").and_then(Value::as_bool) {
        Some(off) => off,
        None => env("ARM_DISABLE_CORRELATION_REQUEST_ID").is_some_and(|v| v == "true" || v == "1"),
    };
    let own = config.get("custom_correlation_request_id").and_then(Value::as_str).map(str::to_string);
    let own = own.or_else(|| env("ARM_CORRELATION_REQUEST_ID")).filter(|id| !id.is_empty());
    match (off, own) {
        (true, _) => client.with_correlation(None),
        (false, Some(own)) => client.with_correlation(Some(&own)),
        (false, None) => client,
    }
}

/// Arguments of provider blocks that the environment stands in for, beside credential and cloud: name, variable.
const FROM_ENV: [(&str, &str); 2] = [
    ("resource_provider_registrations", "ARM_RESOURCE_PROVIDER_REGISTRATIONS"),
    ("skip_provider_registration", "ARM_SKIP_PROVIDER_REGISTRATION"),
];

/// What `resource_provider_registrations` may be.
const REGISTRATIONS: [&str; 5] = ["core", "extended", "all", "none", "legacy"];

/// The decoded block with what it does not say taken from the environment. `Err`: a variable is wrong.
pub fn with_env(config: &Value, env: &dyn Fn(&str) -> Option<String>) -> Result<Value, String> {
    let mut entries: Vec<(Arc<str>, Value)> = match config.as_entries() {
        Some(entries) => entries.iter().map(|(n, v)| (n.clone(), v.clone())).collect(),
        None => Vec::new(),
    };
    for (name, variable) in FROM_ENV {
        let Some(text) = env(variable).filter(|v| !v.is_empty()) else { continue };
        if config.get(name).is_some_and(|v| !v.is_null()) {
            continue;
        }
        let value = match name {
            "skip_provider_registration" => match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "t" => true.into(),
                "false" | "0" | "f" => false.into(),
                _ => return Err(format!("{variable} is true or false, not {text:?}")),
            },
            _ if REGISTRATIONS.contains(&text.as_str()) => text.as_str().into(),
            _ => {
                return Err(format!("{variable} is one of {}, not {text:?}", REGISTRATIONS.join(", ")));
            }
        };
        entries.retain(|(n, _)| **n != *name);
        entries.push((name.into(), value));
    }
    Ok(if entries.is_empty() { config.clone() } else { Value::object(entries) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn registrations_come_from_the_block_then_the_environment() {
        let env = |name: &str| match name {
            "ARM_RESOURCE_PROVIDER_REGISTRATIONS" => Some("core".to_string()),
            "ARM_SKIP_PROVIDER_REGISTRATION" => Some("true".to_string()),
            _ => None,
        };
        let none = with_env(&Value::null(crate::lang::Type::Dynamic), &env).unwrap();
        assert_eq!(none.get("resource_provider_registrations").and_then(Value::as_str), Some("core"));
        assert_eq!(none.get("skip_provider_registration").and_then(Value::as_bool), Some(true));
        let block = json!({"client_id": "app", "resource_provider_registrations": "none", "skip_provider_registration": false});
        let block = Value::from_json(&block);
        assert_eq!(with_env(&block, &env).unwrap(), block);
        let wrong = with_env(&block, &|_| Some("maybe".into()));
        assert_eq!(wrong, Ok(block), "what the block says is not looked up");
        let unset = with_env(&Value::from_json(&json!({})), &|_| Some("maybe".into()));
        assert!(unset.unwrap_err().contains("core, extended, all, none, legacy"));
    }

    #[test]
    fn blocks_of_both_providers_are_read() {
        let config = Value::from_json(&json!({
            "client_id": "app", "client_secret": "s", "use_cli": false, "environment": "public",
            "endpoint": [{"resource_manager_endpoint": "https://localhost:1"}],
        }));
        let (auth, cloud) = of(&config);
        assert_eq!(auth.client_id.as_deref(), Some("app"));
        assert_eq!(auth.use_cli, Some(false));
        assert!(!format!("{auth:?}").contains("\"s\""));
        assert_eq!(cloud.resource_manager_endpoint.as_deref(), Some("https://localhost:1"));
    }
}
