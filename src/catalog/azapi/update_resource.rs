//! `azapi_update_resource`: parts of a document that another instance makes, or that nobody here does. Going, it leaves
//! the document as it is.

use std::sync::Arc;

use super::place::{check_type, target};
use super::request::{self, texts};
use super::resource::{fill, options};
use super::schema::{self, UPDATE};
use super::{body, output};
use crate::arm::id::ArmId;
use crate::catalog::lens::{
    Claim, ClaimOptions, Context, Lens, OnDemand, Problem, Recorded, Replace, Stop, Target, Withdraw, Write,
};
use crate::catalog::value::{argument, error, flag, leaves, text};
use crate::lang::schema::ResourceSchema;
use crate::lang::{Entries, PathStep, Type, Value};

/// `azapi_update_resource`.
pub(super) struct UpdateResource;

fn claim(key: Arc<str>, at: Target, api_version: Arc<str>, body: Value) -> Claim {
    Claim {
        key,
        target: at,
        api_version,
        owns: false,
        write: Write::Merge,
        body,
        unread: Vec::new(),
        yields: Vec::new(),
        withdraw: Withdraw::Leave,
        locks: Vec::new(),
        options: None,
    }
}

fn claim_options(config: &Value) -> ClaimOptions {
    ClaimOptions { merges_items: true, ..options(config) }
}

fn nothing() -> Value {
    Value::object::<Arc<str>>([])
}

impl Lens for UpdateResource {
    fn schema(&self, provider_major: u32) -> Arc<ResourceSchema> {
        schema::update(provider_major)
    }

    fn timeouts(&self) -> [u32; 4] {
        [30, 5, 30, 30]
    }

    fn check(&self, config: &Value, cx: &Context<'_>) -> Vec<Problem> {
        let mut problems = check_type(config);
        problems.extend(target(config, cx.provider).err());
        problems.extend(body::check_written(config, cx.provider.major));
        problems.extend(request::check_retry(config));
        let wanted = config.get("response_export_values");
        problems.extend(wanted.into_iter().flat_map(|w| output::check("response_export_values", w)));
        problems
    }

    fn complete(&self, config: &Value, cx: &Context<'_>) -> Value {
        let mut all: Entries = config.as_entries().cloned().unwrap_or_default();
        let mut fill = |name: &str, value: Value| {
            if all.get(name).is_none_or(Value::is_null) {
                all.insert(name.into(), value);
            }
        };
        fill("ignore_casing", false.into());
        fill("ignore_missing_property", true.into());
        if let Ok(Some(id)) = target(config, cx.provider) {
            fill("resource_id", id.as_str().into());
            fill("name", id.name().into());
            fill("parent_id", id.parent().map_or("/".into(), |p| p.to_string()).into());
        }
        Value::object(all).marked(&config.marks)
    }

    fn claims(&self, config: &Value, cx: &Context<'_>) -> Result<Vec<Claim>, Stop> {
        let id = located(config, cx).map_err(|p| Stop::Problems(vec![p]))?;
        let version = text(config, "type").and_then(super::place::split_type).unwrap_or_default().1;
        let at = id.map_or(Target::Unknown, Target::Id);
        let body = body::with_secret(body::written(config).unwrap_or_else(nothing), config);
        let secret = config.get("sensitive_body").filter(|v| v.as_entries().is_some_and(|e| !e.is_empty()));
        Ok(vec![Claim {
            unread: secret.map(leaves).unwrap_or_default(),
            yields: Vec::new(),
            locks: texts(config, "locks"),
            options: Some(Arc::new(claim_options(config))),
            ..claim("".into(), at, version.into(), body)
        }])
    }

    fn withdrawals(&self, documents: &[Recorded], _cx: &Context<'_>) -> Result<Vec<Claim>, Stop> {
        let one =
            |d: &Recorded| claim(d.key.clone(), Target::Id(d.id.clone()), d.api_version.clone(), nothing());
        Ok(documents.iter().map(one).collect())
    }

    fn attributes(
        &self,
        config: &Value,
        documents: &dyn Fn(&str) -> Option<Arc<Value>>,
        planned: bool,
        cx: &Context<'_>,
    ) -> Result<Value, Stop> {
        let found = documents("");
        let live = found.as_deref();
        let mut all = schema::as_written(&schema::update(cx.provider.major), config);
        let given = |name: &str| config.get(name).filter(|v| !v.is_null());
        let id = located(config, cx).ok().flatten();
        let id = id.or_else(|| ArmId::parse(live?.get("id")?.as_str()?).ok());
        match &id {
            Some(id) => {
                let parent = id.parent().map_or("/".into(), |p| p.to_string());
                for (name, value) in [("id", id.as_str()), ("resource_id", id.as_str()), ("name", id.name())]
                {
                    if given(name).is_none() {
                        all.insert(name.into(), value.into());
                    }
                }
                if given("parent_id").is_none() {
                    all.insert("parent_id".into(), parent.into());
                }
            }
            None => {
                all.insert("id".into(), Value::unknown_not_null(Type::String));
                for name in ["resource_id", "name", "parent_id"] {
                    if given(name).is_none() {
                        all.insert(name.into(), Value::unknown_not_null(Type::String));
                    }
                }
            }
        }
        let new = planned && live.is_none_or(|d| d.get("id").is_none());
        let options = claim_options(config);
        let shown = body::shown(config, |written| match live {
            Some(live) => fill(written, live, &options),
            None => written.clone(),
        });
        all.extend(shown.map(|shown| (Arc::from("body"), shown)));
        let timeouts = UPDATE.block("timeouts").map_or(Type::Dynamic, |b| b.implied_type());
        all.insert("timeouts".into(), given("timeouts").cloned().unwrap_or_else(|| Value::null(timeouts)));
        let by_default = flag(&cx.provider.config, "disable_default_output") != Some(true);
        let said = body::written(config).unwrap_or_else(nothing);
        let wanted = given("response_export_values");
        // What of it the instance does not say is there, only nobody knows yet what.
        let shown =
            output::export(wanted, live.filter(|_| !new), &said, new, by_default && cx.provider.major >= 2);
        all.insert("output".into(), output::of_resource(shown, config));
        Ok(Value::object(all))
    }

    fn argument_of(&self, config: &Value, _key: &str, path: &[PathStep]) -> Vec<PathStep> {
        match config.get("body").and_then(Value::as_str) {
            Some(_) => argument("body"),
            None => argument("body").into_iter().chain(path.iter().cloned()).collect(),
        }
    }

    fn replaces(&self, argument: &[PathStep], _before: &Value, _after: &Value) -> Replace {
        let Some(PathStep::Attribute(name)) = argument.first() else { return Replace::No };
        match &**name {
            "name" | "parent_id" | "resource_id" | "replace_triggers_external_values" => Replace::Yes,
            _ => Replace::No,
        }
    }

    fn on_demand(&self, _attribute: &str, _provider_major: u32) -> Option<OnDemand> {
        None
    }

    fn import(&self, _id: &str, _cx: &Context<'_>) -> Result<Vec<Recorded>, Problem> {
        let detail =
            "It makes nothing of its own: write the block, and the plan says what of it is there already.";
        Err(error(Vec::new(), "azapi_update_resource cannot be imported", detail))
    }
}

/// The target of a completed configuration: its names follow from `resource_id`, where that is written.
fn located(config: &Value, cx: &Context<'_>) -> Result<Option<ArmId>, Problem> {
    match config.get("resource_id").is_some_and(|v| !v.is_null()) {
        true => request::on_resource(config),
        false => target(config, cx.provider),
    }
}
