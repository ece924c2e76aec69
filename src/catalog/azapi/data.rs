//! The data sources of azapi.

use std::sync::Arc;

use super::place::{check_type, locate, split_type, target};
use super::request::{self, check_retry, extras, on_resource, one_of, retry};
use super::schema::{CLIENT_CONFIG, DATA_ACTION, DATA_ID, DATA_LIST, DATA_RESOURCE};
use super::{body, ids, output};
use crate::catalog::lens::{
    Ask, Bears, Context, DataSource, Fetched, Problem, ProviderConfig, RequestExtras, Stop,
};
use crate::catalog::value::{argument, error, flag, text, warning};
use crate::lang::schema::ResourceSchema;
use crate::lang::{Entries, Marks, Type, Value};

/// `azapi_client_config`: who the provider is.
pub(super) struct ClientConfig;
/// `azapi_resource`: a document, read.
pub(super) struct Resource;
/// `azapi_resource_list`: the documents of a type in one place.
pub(super) struct List;
/// `azapi_resource_action`: the answer of an action that reads.
pub(super) struct Action;
/// `azapi_resource_id`: an id made or taken apart.
pub(super) struct Id;

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

    fn check(&self, config: &Value, cx: &Context<'_>) -> Vec<Problem> {
        let mut problems = check_type(config);
        problems.extend(target(config, cx.provider).err());
        problems.extend(check_sending(config));
        problems
    }

    fn read(&self, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
        let problem =
            |path, summary: &str, detail: String| Stop::Problems(vec![error(path, summary, detail)]);
        let later = || Ok(Value::unknown(DATA_RESOURCE.implied_type()));
        let found = target(config, cx.provider).map_err(|p| Stop::Problems(vec![p]))?;
        let (Some(id), Some((_, version))) = (found, text(config, "type").and_then(split_type)) else {
            return later();
        };
        let asked = Ask { api_version: version.into(), ..ask(config, id.as_str()) };
        let document = if asked.extras == RequestExtras::default() && asked.retry.is_none() {
            cx.reader.document(&id, version)
        } else {
            cx.reader.ask(&asked)
        };
        let document = match document {
            Fetched::Ready(document) => document,
            Fetched::Pending => return Err(Stop::Pending),
            Fetched::Later => return later(),
        };
        if document.is_none() && flag(config, "ignore_not_found") != Some(true) {
            let detail =
                format!("There is no `{id}`. With `ignore_not_found = true` its absence is no error.");
            return Err(problem(Vec::new(), "Resource not found", detail));
        }
        let mut all: Entries = config.as_entries().cloned().unwrap_or_default();
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
        let output = output::export(wanted, live, &nothing, false, by_default);
        all.insert("output".into(), output::of_data(output, cx.provider));
        Ok(Value::object(all))
    }
}

impl DataSource for List {
    fn schema(&self, _provider_major: u32) -> Arc<ResourceSchema> {
        DATA_LIST.clone()
    }

    fn check(&self, config: &Value, cx: &Context<'_>) -> Vec<Problem> {
        let mut problems = check_type(config);
        problems.extend(collection(config, cx.provider).err());
        problems.extend(check_sending(config));
        problems
    }

    fn read(&self, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
        let later = || Ok(Value::unknown(DATA_LIST.implied_type()));
        let found = collection(config, cx.provider).map_err(|p| Stop::Problems(vec![p]))?;
        let (Some(path), Some((kind, version))) = (found, text(config, "type").and_then(split_type)) else {
            return later();
        };
        let asked = Ask { pages: true, api_version: version.into(), ..ask(config, &path) };
        let Some(answer) = answered(cx.reader.ask(&asked))? else { return later() };
        let Some(answer) = answer else {
            let detail = format!("ARM does not know `{path}`: there is no list of `{kind}` there.");
            return Err(Stop::Problems(vec![error(argument("parent_id"), "Nothing to list", detail)]));
        };
        let by_default = flag(&cx.provider.config, "disable_default_output") != Some(true);
        let nothing = Value::object::<Arc<str>>([]);
        let wanted = config.get("response_export_values");
        let output = output::export(wanted, Some(&answer), &nothing, false, by_default);
        let mut all: Entries = config.as_entries().cloned().unwrap_or_default();
        all.insert("id".into(), path.into());
        all.insert("output".into(), output::of_data(output, cx.provider));
        Ok(Value::object(all))
    }
}

impl DataSource for Action {
    fn schema(&self, _provider_major: u32) -> Arc<ResourceSchema> {
        DATA_ACTION.clone()
    }

    fn check(&self, config: &Value, cx: &Context<'_>) -> Vec<Problem> {
        let mut problems = check_type(config);
        problems.extend(on_resource(config).err());
        problems.extend(check_sending(config));
        problems.extend(one_of(config, "method", &["POST", "GET"]));
        problems.extend(body::check_written(config, cx.provider.major));
        problems.extend(
            config
                .get("sensitive_response_export_values")
                .into_iter()
                .flat_map(|wanted| output::check("sensitive_response_export_values", wanted)),
        );
        if self.changes(config) {
            let detail = format!(
                "`{}` is not known to read only. A plan changes nothing, so it is called during apply, and every plan says so. Where it is to be called once, write it as `resource \"azapi_resource_action\"`.",
                text(config, "action").unwrap_or_default()
            );
            problems.push(warning(argument("action"), "Action of a data source", detail));
        }
        problems
    }

    fn changes(&self, config: &Value) -> bool {
        let post = text(config, "method") != Some("GET");
        post && config.get("action").is_some_and(|a| !a.is_unknown())
            && !request::reads(text(config, "action").unwrap_or_default())
    }

    fn read(&self, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
        let later = || Ok(Value::unknown(DATA_ACTION.implied_type()));
        let found = on_resource(config).map_err(|p| Stop::Problems(vec![p]))?;
        let (Some(id), Some((_, version))) = (found, text(config, "type").and_then(split_type)) else {
            return later();
        };
        let post = text(config, "method") != Some("GET");
        let sent = body::written(config).and_then(|b| b.to_json()).map(|b| b.to_string().into());
        let path = request::path(id.as_str(), text(config, "action").unwrap_or_default());
        let asked = Ask {
            post,
            bears: if post { Bears::NoRight } else { Bears::Nothing },
            api_version: version.into(),
            body: sent.filter(|_| post),
            ..ask(config, &path)
        };
        let Some(answer) = answered(cx.reader.ask(&asked))? else { return later() };
        let Some(answer) = answer else {
            let detail = format!("ARM answered to `{path}` that it is not there.");
            return Err(Stop::Problems(vec![error(argument("action"), "Action not found", detail)]));
        };
        let nothing = Value::object::<Arc<str>>([]);
        let export = |name: &str| {
            let wanted = config.get(name).filter(|w| !w.is_null());
            match wanted {
                Some(wanted) => output::export(Some(wanted), Some(&answer), &nothing, false, false),
                None => nothing.clone(),
            }
        };
        let mut all: Entries = config.as_entries().cloned().unwrap_or_default();
        all.insert("id".into(), id.as_str().into());
        all.insert("method".into(), if post { "POST" } else { "GET" }.into());
        all.insert("output".into(), output::of_data(export("response_export_values"), cx.provider));
        let secret = export("sensitive_response_export_values").marked(&Marks::sensitive());
        all.insert("sensitive_output".into(), secret);
        Ok(Value::object(all))
    }
}

impl DataSource for Id {
    fn schema(&self, _provider_major: u32) -> Arc<ResourceSchema> {
        DATA_ID.clone()
    }

    fn check(&self, config: &Value, cx: &Context<'_>) -> Vec<Problem> {
        let mut problems = check_type(config);
        problems.extend(target(config, cx.provider).err());
        problems
    }

    fn read(&self, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
        let found = target(config, cx.provider).map_err(|p| Stop::Problems(vec![p]))?;
        let Some(id) = found else { return Ok(Value::unknown(DATA_ID.implied_type())) };
        let mut all: Entries = config.as_entries().cloned().unwrap_or_default();
        all.extend(ids::parts(&id).into_iter().map(|(n, v)| (Arc::from(n), v)));
        Ok(Value::object(all))
    }
}

/// The answer of the reader; the outer `None`: not in this plan.
fn answered(found: Fetched<Option<Arc<Value>>>) -> Result<Option<Option<Arc<Value>>>, Stop> {
    match found {
        Fetched::Ready(answer) => Ok(Some(answer)),
        Fetched::Pending => Err(Stop::Pending),
        Fetched::Later => Ok(None),
    }
}

/// A GET of a path with what the configuration adds to it.
fn ask(config: &Value, path: &str) -> Ask {
    Ask { extras: extras(config, ""), retry: retry(config), ..Ask::new(false, path, "") }
}

/// What is wrong with the arguments that every data source has.
fn check_sending(config: &Value) -> Vec<Problem> {
    let mut problems = check_retry(config);
    let wanted = config.get("response_export_values");
    problems.extend(wanted.into_iter().flat_map(|w| output::check("response_export_values", w)));
    problems
}

/// The path of the collection that `type` and `parent_id` name.
fn collection(config: &Value, provider: &ProviderConfig) -> Result<Option<String>, Problem> {
    let mut named = config.as_entries().cloned().unwrap_or_default();
    named.insert("name".into(), "any".into());
    let Some(id) = locate(&Value::object(named), provider)? else { return Ok(None) };
    Ok(Some(id.collection().to_owned()))
}
