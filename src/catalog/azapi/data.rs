//! The data sources of azapi.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::output;
use super::resource::{locate, split_type};
use super::schema::{CLIENT_CONFIG, DATA_RESOURCE};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Context, DataSource, Fetched, Stop};
use crate::catalog::value::{argument, error, flag, text};
use crate::lang::schema::ResourceSchema;
use crate::lang::{Type, Value};

/// `azapi_client_config`: who the provider is.
pub(super) struct ClientConfig;
/// `azapi_resource`: a document, read.
pub(super) struct Resource;

impl DataSource for ClientConfig {
    fn schema(&self, _provider_major: u32) -> Arc<ResourceSchema> {
        CLIENT_CONFIG.clone()
    }

    fn read(&self, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
        let who = cx.provider;
        let known =
            |v: &Option<Arc<str>>| v.as_deref().map_or_else(|| Value::null(Type::String), Value::from);
        let subscription = who.subscription_id.as_deref().map(|s| format!("/subscriptions/{s}"));
        Ok(Value::object([
            (
                "id",
                format!(
                    "clientConfigs/subscriptionId={};tenantId={}",
                    who.subscription_id.as_deref().unwrap_or(""),
                    who.tenant_id.as_deref().unwrap_or("")
                )
                .into(),
            ),
            ("object_id", known(&who.object_id)),
            ("subscription_id", known(&who.subscription_id)),
            ("subscription_resource_id", subscription.map_or_else(|| Value::null(Type::String), Value::from)),
            ("tenant_id", known(&who.tenant_id)),
            ("timeouts", config.get("timeouts").cloned().unwrap_or_else(|| Value::null(Type::Dynamic))),
        ]))
    }
}

impl DataSource for Resource {
    fn schema(&self, _provider_major: u32) -> Arc<ResourceSchema> {
        DATA_RESOURCE.clone()
    }

    fn read(&self, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
        let problem =
            |path, summary: &str, detail: String| Stop::Problems(vec![error(path, summary, detail)]);
        let written = text(config, "type").unwrap_or_default();
        let Some((kind, version)) = split_type(written) else {
            let detail = format!(
                "`{written}` is not a resource type with its version: `Namespace/type@yyyy-mm-dd` is expected."
            );
            return Err(problem(argument("type"), "Invalid resource type", detail));
        };
        let id = match text(config, "resource_id") {
            Some(id) => {
                let id = ArmId::parse(id)
                    .map_err(|e| problem(argument("resource_id"), "Invalid resource id", format!("{e}.")))?;
                if !id.is_type(kind) {
                    let detail = format!("`{id}` is a `{}`, not a `{kind}`.", id.resource_type());
                    return Err(problem(argument("resource_id"), "Resource id of the wrong type", detail));
                }
                id
            }
            None => match locate(config, cx.provider) {
                Ok(Some(id)) => id,
                Ok(None) => return Ok(Value::unknown(DATA_RESOURCE.implied_type())),
                Err(p) => return Err(Stop::Problems(vec![p])),
            },
        };
        let document = match cx.reader.document(&id, version) {
            Fetched::Ready(document) => document,
            Fetched::Pending => return Err(Stop::Pending),
            Fetched::Later => return Ok(Value::unknown(DATA_RESOURCE.implied_type())),
        };
        if document.is_none() && flag(config, "ignore_not_found") != Some(true) {
            let detail =
                format!("There is no `{id}`. With `ignore_not_found = true` its absence is no error.");
            return Err(problem(Vec::new(), "Resource not found", detail));
        }
        let mut all: BTreeMap<Arc<str>, Value> = config.as_entries().cloned().unwrap_or_default();
        let live = document.as_deref();
        let of = |name: &str| live.and_then(|d| d.get(name)).filter(|v| !v.is_null());
        all.insert("id".into(), id.as_str().into());
        all.insert("resource_id".into(), id.as_str().into());
        all.insert("name".into(), id.name().into());
        all.insert("parent_id".into(), id.parent().map_or("/".into(), |p| p.to_string()).into());
        all.insert("exists".into(), live.is_some().into());
        all.insert("location".into(), of("location").cloned().unwrap_or_else(|| Value::null(Type::String)));
        let tags = of("tags").and_then(Value::as_entries);
        let map = tags.map(|t| Value::map(Type::String, t.iter().map(|(n, v)| (n.clone(), v.clone()))));
        all.insert("tags".into(), map.unwrap_or_else(|| Value::null(Type::map(Type::String))));
        let ty = DATA_RESOURCE
            .attribute("identity")
            .and_then(|a| a.ty.element().cloned())
            .unwrap_or(Type::Dynamic);
        let identity = of("identity").map(|identity| {
            let text = |n: &str| identity.get(n).cloned().unwrap_or_else(|| Value::null(Type::String));
            let ids =
                identity.get("userAssignedIdentities").and_then(Value::as_entries).into_iter().flatten();
            Value::object([
                ("identity_ids", crate::catalog::value::strings(ids.map(|(n, _)| &**n))),
                ("principal_id", text("principalId")),
                ("tenant_id", text("tenantId")),
                ("type", text("type")),
            ])
        });
        all.insert("identity".into(), Value::list(ty, identity.into_iter().collect()));
        let wanted = config.get("response_export_values");
        let by_default = flag(&cx.provider.config, "disable_default_output") != Some(true);
        let nothing = Value::object::<Arc<str>>([]);
        all.insert("output".into(), output::export(wanted, live, &nothing, false, by_default));
        Ok(Value::object(all))
    }
}
