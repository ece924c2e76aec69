//! The plan document: `show -json FILE`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::super::state_view::StateView;
use super::{TERRAFORM_VERSION, checks, configuration, mask, state};
use crate::config::Config;
use crate::lang::schema::ResourceSchema;
use crate::lang::{PathStep, Value};
use crate::plan::addr::{InstanceAddr, Mode};
use crate::plan::model::{Change, ChangeAction, Drift, OutputChange, Plan, PlanMode, Reason};

/// All that a plan document is made of.
pub struct PlanView<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The configuration that it was made of.
    pub config: &'a Config,
    /// Looks up the schema of a type.
    pub schemas: &'a configuration::Schemas<'a>,
    /// The root module's variables.
    pub variables: &'a BTreeMap<Arc<str>, Value>,
    /// What there was, after reading.
    pub prior: &'a StateView,
    /// Attributes that results depend on.
    pub relevant: &'a [(String, Vec<PathStep>)],
}

/// What a plan changes, as `test -verbose -json` has it.
pub fn changes(plan: &Plan) -> Json {
    let outputs: Map<String, Json> =
        plan.outputs.iter().map(|(n, c)| (n.to_string(), output_change(c))).collect();
    json!({
        "plan_format_version": "1.2",
        "output_changes": outputs,
        "resource_changes": plan.changes.iter().map(resource_change).collect::<Json>(),
    })
}

/// The document.
pub fn document(view: &PlanView<'_>) -> Json {
    let plan = view.plan;
    let mut out = Map::new();
    out.insert("format_version".into(), "1.2".into());
    out.insert("terraform_version".into(), TERRAFORM_VERSION.into());
    if !view.variables.is_empty() {
        let one = |v: &Value| json!({"value": mask::known(v)});
        let all: Map<String, Json> = view.variables.iter().map(|(n, v)| (n.to_string(), one(v))).collect();
        out.insert("variables".into(), Json::Object(all));
    }
    out.insert("planned_values".into(), planned_values(plan));
    if !plan.drift.is_empty() {
        out.insert("resource_drift".into(), plan.drift.iter().map(drift).collect());
    }
    if !plan.changes.is_empty() {
        out.insert("resource_changes".into(), plan.changes.iter().map(resource_change).collect());
    }
    if !plan.outputs.is_empty() {
        let all: Map<String, Json> =
            plan.outputs.iter().map(|(n, c)| (n.to_string(), output_change(c))).collect();
        out.insert("output_changes".into(), Json::Object(all));
    }
    if !view.prior.is_empty() {
        out.insert("prior_state".into(), state::document(view.prior));
    }
    out.insert("configuration".into(), configuration::document(view.config, view.schemas));
    if !view.relevant.is_empty() {
        let one = |(resource, path): &(String, Vec<PathStep>)| json!({"resource": resource, "attribute": steps(path)});
        out.insert("relevant_attributes".into(), view.relevant.iter().map(one).collect());
    }
    if !plan.checks.is_empty() {
        out.insert("checks".into(), checks::checks(&plan.checks));
    }
    out.insert("timestamp".into(), plan.timestamp.as_str().into());
    out.insert("applyable".into(), (plan.has_changes() && !plan.errored).into());
    out.insert("complete".into(), (!plan.targeted && !plan.errored).into());
    out.insert("errored".into(), plan.errored.into());
    Json::Object(out)
}

fn steps(path: &[PathStep]) -> Json {
    let one = |step: &PathStep| match step {
        PathStep::Attribute(n) | PathStep::Key(n) => Json::from(n.to_string()),
        PathStep::Index(i) => Json::from(*i),
    };
    path.iter().map(one).collect()
}

fn planned_values(plan: &Plan) -> Json {
    let mut out = Map::new();
    let outputs: Map<String, Json> = plan
        .outputs
        .iter()
        .filter_map(|(name, change)| Some((name.to_string(), planned_output(change)?)))
        .collect();
    if !outputs.is_empty() && plan.mode != PlanMode::Destroy {
        out.insert("outputs".into(), Json::Object(outputs));
    }
    let mut resources = Vec::new();
    for change in &plan.changes {
        let forget = change.action == ChangeAction::Forget;
        if change.deposed.is_some() || change.after.is_none() && !forget {
            continue;
        }
        let mut resource = state::head(&change.addr, &change.provider);
        match after(change) {
            Some(after) => {
                resource.insert("values".into(), mask::known(&after).unwrap_or_default());
                resource.insert("sensitive_values".into(), mask::sensitive(&after, &change.schema));
            }
            None => {
                resource.insert("sensitive_values".into(), false.into());
            }
        }
        resources.push((&change.addr, Json::Object(resource)));
    }
    out.insert("root_module".into(), state::modules(resources));
    Json::Object(out)
}

fn planned_output(change: &OutputChange) -> Option<Json> {
    let after = change.after.as_ref()?;
    let mut out = json!({"sensitive": change.sensitive});
    if after.is_wholly_known() {
        out["type"] = if after.is_null() { json!("dynamic") } else { after.ty().to_json() };
        out["value"] = mask::known(after).unwrap_or_default();
    }
    Some(out)
}

/// The part of an entry that says which resource it is about.
fn entry(addr: &InstanceAddr, previous: Option<&InstanceAddr>) -> Map<String, Json> {
    let resource = &addr.resource;
    let mut out = Map::new();
    out.insert("address".into(), addr.to_string().into());
    if let Some(previous) = previous {
        out.insert("previous_address".into(), previous.to_string().into());
    }
    if !resource.module.is_root() {
        out.insert("module_address".into(), resource.module.to_string().into());
    }
    out.insert("mode".into(), if resource.mode == Mode::Data { "data" } else { "managed" }.into());
    out.insert("type".into(), resource.ty.to_string().into());
    out.insert("name".into(), resource.name.to_string().into());
    if let Some(key) = &addr.key {
        out.insert("index".into(), super::key(key));
    }
    out
}

/// `before` and `after` with their skeletons.
fn sides(
    actions: Json,
    before: Option<&Value>,
    after: Option<&Value>,
    schema: &ResourceSchema,
) -> Map<String, Json> {
    let secret = |v: Option<&Value>| v.map_or(Json::Bool(false), |v| mask::sensitive(v, schema));
    Map::from_iter([
        ("actions".to_string(), actions),
        ("before".into(), before.map(mask::present).unwrap_or_default()),
        ("after".into(), after.and_then(mask::known).unwrap_or_default()),
        ("after_unknown".into(), mask::unknown_in(after)),
        ("before_sensitive".into(), secret(before)),
        ("after_sensitive".into(), secret(after)),
    ])
}

/// What an instance will be.
fn after(change: &Change) -> Option<Cow<'_, Value>> {
    let after = change.after.as_ref()?;
    Some(match &change.before {
        Some(before) if matches!(change.action, ChangeAction::NoOp | ChangeAction::Update) => {
            Cow::Owned(mask::staying(before, after))
        }
        _ => Cow::Borrowed(after),
    })
}

fn resource_change(change: &Change) -> Json {
    let mut out = entry(&change.addr, change.previous_addr.as_ref());
    if let Some(key) = &change.deposed {
        out.insert("deposed".into(), key.as_str().into());
    }
    out.insert("provider_name".into(), change.provider.to_string().into());
    let actions = match change.action {
        ChangeAction::NoOp => json!(["no-op"]),
        ChangeAction::Create => json!(["create"]),
        ChangeAction::Update => json!(["update"]),
        ChangeAction::Replace { create_first: false } => json!(["delete", "create"]),
        ChangeAction::Replace { create_first: true } => json!(["create", "delete"]),
        ChangeAction::Delete => json!(["delete"]),
        ChangeAction::Read => json!(["read"]),
        ChangeAction::Forget => json!(["forget"]),
    };
    let goes = matches!(change.action, ChangeAction::Delete | ChangeAction::Forget);
    let after = after(change).filter(|_| !goes);
    let mut body = sides(actions, change.before.as_ref(), after.as_deref(), &change.schema);
    if !change.replace_paths.is_empty() {
        body.insert("replace_paths".into(), change.replace_paths.iter().map(|p| steps(p)).collect());
    }
    if let Some(id) = &change.importing {
        body.insert("importing".into(), json!({"id": id}));
    }
    if let Some(text) = &change.generated {
        body.insert("generated_config".into(), (**text).into());
    }
    out.insert("change".into(), Json::Object(body));
    if let Some(reason) = change.reason {
        out.insert("action_reason".into(), action_reason(reason).into());
    }
    Json::Object(out)
}

/// The words of documents for a reason; they differ from those of the stream.
fn action_reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Tainted => "replace_because_tainted",
        Reason::CannotUpdate | Reason::InsideReplaced => "replace_because_cannot_update",
        Reason::Requested => "replace_by_request",
        Reason::ReplaceTriggeredBy => "replace_by_triggers",
        Reason::NoResourceConfig => "delete_because_no_resource_config",
        Reason::WrongRepetition => "delete_because_wrong_repetition",
        Reason::CountIndex => "delete_because_count_index",
        Reason::EachKey => "delete_because_each_key",
        Reason::NoModule => "delete_because_no_module",
        Reason::NoMoveTarget => "delete_because_no_move_target",
        Reason::ReadConfigUnknown => "read_because_config_unknown",
        Reason::ReadDependencyPending => "read_because_dependency_pending",
        Reason::ReadCheckNested => "read_because_check_nested",
    }
}

fn drift(drift: &Drift) -> Json {
    let mut out = entry(&drift.addr, drift.previous_addr.as_ref());
    out.insert("provider_name".into(), drift.provider.to_string().into());
    let actions = match (&drift.after, &drift.previous_addr) {
        (None, _) => json!(["delete"]),
        (Some(_), Some(_)) => json!(["no-op"]),
        (Some(_), None) => json!(["update"]),
    };
    let after = drift.after.as_ref().map(|after| mask::staying(&drift.before, after));
    let body = sides(actions, Some(&drift.before), after.as_ref(), &drift.schema);
    out.insert("change".into(), Json::Object(body));
    Json::Object(out)
}

fn output_change(change: &OutputChange) -> Json {
    let present = |v: &Option<Value>| v.as_ref().is_some_and(|v| !v.is_null());
    let action = match (present(&change.before), present(&change.after)) {
        _ if !change.changes() => "no-op",
        (false, _) => "create",
        (true, false) => "delete",
        (true, true) => "update",
    };
    let secret = change.sensitive;
    let mut out = Map::new();
    out.insert("actions".into(), json!([action]));
    out.insert("before".into(), change.before.as_ref().and_then(mask::known).unwrap_or_default());
    match &change.after {
        Some(after) if after.is_unknown() => {
            out.insert("after_unknown".into(), true.into());
        }
        Some(after) => {
            out.insert("after".into(), mask::known(after).unwrap_or_default());
            let unknown = if after.is_wholly_known() { false.into() } else { mask::unknown(after) };
            out.insert("after_unknown".into(), unknown);
        }
        None => {
            out.insert("after".into(), Json::Null);
            out.insert("after_unknown".into(), false.into());
        }
    }
    out.insert("before_sensitive".into(), secret.into());
    out.insert("after_sensitive".into(), secret.into());
    Json::Object(out)
}
