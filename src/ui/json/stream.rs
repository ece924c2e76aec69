//! The `-json` stream: one message per line, as Terraform writes it, and ours of type `finding`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use time::OffsetDateTime;
use time::macros::format_description;

use super::super::output::Ui;
use super::super::plan_text::{applied_line, summary_line};
use super::super::state_view::StateOutput;
use super::{TERRAFORM_VERSION, line};
use crate::lang::diag::{Diagnostic, Severity};
use crate::plan::addr::InstanceAddr;
use crate::plan::model::{Change, ChangeAction, Finding, FindingLevel, OutputChange, Plan, PlanMode, Reason};

/// How much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It is told.
    Info,
    /// Something to look at.
    Warn,
    /// Something failed.
    Error,
}

/// Writes one message.
pub fn message(ui: &Ui, level: Level, text: &str, kind: &str, payload: Map<String, Json>) {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
    let now = OffsetDateTime::now_utc().format(format).unwrap_or_default();
    let mut out = Map::new();
    let level = match level {
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    out.insert("@level".into(), level.into());
    out.insert("@message".into(), text.into());
    out.insert("@module".into(), "terraform.ui".into());
    out.insert("@timestamp".into(), now.into());
    out.insert("type".into(), kind.into());
    out.extend(payload);
    ui.line(&line(&Json::Object(out)));
}

fn one(name: &str, value: Json) -> Map<String, Json> {
    Map::from_iter([(name.to_string(), value)])
}

/// The first message of every stream.
pub fn version(ui: &Ui) {
    let payload =
        Map::from_iter([("terraform".to_string(), TERRAFORM_VERSION.into()), ("ui".into(), "1.2".into())]);
    message(ui, Level::Info, &format!("Terraform {TERRAFORM_VERSION}"), "version", payload);
}

/// A line of text.
pub fn log(ui: &Ui, text: &str) {
    message(ui, Level::Info, text, "log", Map::new());
}

/// A diagnostic.
pub fn diagnostic(ui: &Ui, diagnostic: &Diagnostic) {
    let (level, word) = match diagnostic.severity {
        Severity::Error => (Level::Error, "Error"),
        Severity::Warning => (Level::Warn, "Warning"),
    };
    let payload = one("diagnostic", super::diagnostic::diagnostic(diagnostic));
    message(ui, level, &format!("{word}: {}", diagnostic.summary), "diagnostic", payload);
}

/// An instance as messages name it.
pub fn resource(addr: &InstanceAddr) -> Json {
    let key = addr.key.as_ref().map_or(Json::Null, super::key);
    let resource = &addr.resource;
    json!({
        "addr": addr.to_string(),
        "module": resource.module.to_string(),
        "resource": addr.local(),
        "implied_provider": resource.ty.split('_').next().unwrap_or_default(),
        "resource_type": &*resource.ty,
        "resource_name": &*resource.name,
        "resource_key": key,
    })
}

/// A plan: drift, changes, their sum, outputs, findings.
pub fn plan(ui: &Ui, plan: &Plan) {
    for drift in &plan.drift {
        let action = match (&drift.after, &drift.previous_addr) {
            (None, _) => "delete",
            (Some(_), Some(_)) => "move",
            (Some(_), None) => "update",
        };
        let mut change = json!({"resource": resource(&drift.addr), "action": action});
        if let Some(previous) = &drift.previous_addr {
            change["previous_resource"] = resource(previous);
        }
        message(
            ui,
            Level::Info,
            &format!("{}: Drift detected ({action})", drift.addr),
            "resource_drift",
            one("change", change),
        );
    }
    plan.changes.iter().for_each(|change| planned_change(ui, change));
    let [import, add, update, remove] = plan.counts();
    let changes = json!({
        "add": add, "change": update, "import": import, "remove": remove, "operation": "plan",
    });
    message(ui, Level::Info, &summary_line(plan), "change_summary", one("changes", changes));
    if !plan.outputs.is_empty() && plan.mode != PlanMode::RefreshOnly
        || plan.outputs.values().any(OutputChange::changes)
    {
        let all: Map<String, Json> = plan
            .outputs
            .iter()
            .map(|(name, change)| {
                (name.to_string(), json!({"sensitive": change.sensitive, "action": output_action(change)}))
            })
            .collect();
        let text = format!("Outputs: {}", all.len());
        message(ui, Level::Info, &text, "outputs", one("outputs", Json::Object(all)));
    }
    for finding in &plan.findings {
        self::finding(ui, finding);
    }
}

/// The end of an apply: what was done, and the outputs.
pub fn applied(ui: &Ui, counts: [usize; 4], destroy: bool, outputs: &BTreeMap<Arc<str>, StateOutput>) {
    let [import, add, update, remove] = counts;
    let operation = if destroy { "destroy" } else { "apply" };
    let changes = json!({
        "add": add, "change": update, "import": import, "remove": remove, "operation": operation,
    });
    message(ui, Level::Info, &applied_line(counts, destroy), "change_summary", one("changes", changes));
    if !destroy || !outputs.is_empty() {
        self::outputs(ui, outputs);
    }
}

/// The outputs as they are recorded.
pub fn outputs(ui: &Ui, outputs: &BTreeMap<Arc<str>, StateOutput>) {
    let value = |output: &StateOutput| {
        let mut out = json!({"sensitive": output.sensitive, "type": output.value.ty().to_json()});
        if !output.sensitive {
            out["value"] = output.value.to_json().unwrap_or_default();
        }
        out
    };
    let all: Map<String, Json> = outputs.iter().map(|(n, o)| (n.to_string(), value(o))).collect();
    message(
        ui,
        Level::Info,
        &format!("Outputs: {}", all.len()),
        "outputs",
        one("outputs", Json::Object(all)),
    );
}

/// The action words of an output's change.
pub(super) fn output_action(change: &OutputChange) -> &'static str {
    let present = |v: &Option<crate::lang::Value>| v.as_ref().is_some_and(|v| !v.is_null());
    match (present(&change.before), present(&change.after)) {
        _ if !change.changes() => "noop",
        (false, true) => "create",
        (true, false) => "delete",
        _ => "update",
    }
}

/// The action and body of a `planned_change`; none for what is not listed.
fn planned(change: &Change) -> Option<(&'static str, Json)> {
    let action = match change.action {
        ChangeAction::NoOp if change.importing.is_some() => "import",
        ChangeAction::NoOp if change.previous_addr.is_some() => "move",
        ChangeAction::NoOp => return None,
        ChangeAction::Create => "create",
        ChangeAction::Update => "update",
        ChangeAction::Replace { .. } => "replace",
        ChangeAction::Delete => "delete",
        ChangeAction::Read => "read",
        ChangeAction::Forget => "remove",
    };
    let mut body = Map::new();
    body.insert("resource".into(), resource(&change.addr));
    if let Some(previous) = &change.previous_addr {
        body.insert("previous_resource".into(), resource(previous));
    }
    body.insert("action".into(), action.into());
    if let Some(reason) = change.reason.and_then(reason) {
        body.insert("reason".into(), reason.into());
    }
    if let Some(id) = &change.importing {
        body.insert("importing".into(), json!({"id": id}));
    }
    if let Some(text) = &change.generated {
        body.insert("generated_config".into(), (**text).into());
    }
    Some((action, Json::Object(body)))
}

fn planned_change(ui: &Ui, change: &Change) {
    if let Some((action, body)) = planned(change) {
        let text = format!("{}: Plan to {action}", change.addr);
        message(ui, Level::Info, &text, "planned_change", one("change", body));
    }
}

/// A plan that was shown when it was saved: what will be done.
pub fn saved(ui: &Ui, plan: &Plan) {
    let all = plan.changes.iter().filter(|c| c.action != ChangeAction::NoOp);
    all.for_each(|change| planned_change(ui, change));
}

/// The words of the stream for a reason; they differ from those of `show -json`.
fn reason(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::Tainted => "tainted",
        Reason::Requested => "requested",
        Reason::ReplaceTriggeredBy => "replace_triggered_by",
        Reason::CannotUpdate | Reason::InsideReplaced => "cannot_update",
        Reason::NoResourceConfig => "delete_because_no_resource_config",
        Reason::WrongRepetition => "delete_because_wrong_repetition",
        Reason::CountIndex => "delete_because_count_index",
        Reason::EachKey => "delete_because_each_key",
        Reason::NoModule => "delete_because_no_module",
        Reason::NoMoveTarget => "delete_because_no_move_target",
        Reason::ReadConfigUnknown => "read_because_config_unknown",
        Reason::ReadDependencyPending => "read_because_dependency_pending",
        Reason::ReadCheckNested => "read_because_check_nested",
    })
}

/// A finding as JSON, in the stream and in the file of `-findings`.
pub fn finding_json(finding: &Finding) -> Json {
    let level = match finding.level {
        FindingLevel::Blocks => "blocks",
        FindingLevel::Warns => "warns",
        FindingLevel::Informs => "informs",
    };
    let mut out = Map::new();
    out.insert("code".into(), finding.code.into());
    out.insert("level".into(), level.into());
    if let Some(addr) = &finding.addr {
        out.insert("address".into(), addr.to_string().into());
    }
    if let Some(id) = &finding.id {
        out.insert("id".into(), id.as_str().into());
    }
    out.insert("summary".into(), finding.summary.as_str().into());
    out.insert("detail".into(), finding.detail.as_str().into());
    Json::Object(out)
}

/// A finding as a message.
pub fn finding(ui: &Ui, finding: &Finding) {
    let level = match finding.level {
        FindingLevel::Blocks => Level::Error,
        FindingLevel::Warns => Level::Warn,
        FindingLevel::Informs => Level::Info,
    };
    message(ui, level, &finding.summary, "finding", one("finding", finding_json(finding)));
}
