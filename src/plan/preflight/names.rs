//! Names that must be unique in all of Azure and are taken, or are none (NAM-01, NAM-05, NAM-09).
//!
//! Asked are the services whose question needs no more than reading. Search and Cognitive Services ask for the right to act,
//! Cosmos DB answers only HEAD: their creates tell.

use serde_json::json;

use super::{How, Looked, View, blind};
use crate::lang::Value;
use crate::plan::model::{Finding, FindingLevel};

/// Type, and the version at which its namespace is asked.
const ASKED: [(&str, &str); 3] = [
    ("Microsoft.ContainerRegistry/registries", "2023-07-01"),
    ("Microsoft.KeyVault/vaults", "2023-07-01"),
    ("Microsoft.Storage/storageAccounts", "2023-05-01"),
];

/// So many names are asked for. Each question is a POST and draws from ARM's bucket of writes (200, and 10 a second): more
/// would hold up the writes that follow, which tell of a name as well.
const MOST: usize = 100;

pub(super) fn judge(view: &View<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let known = |id: &crate::arm::id::ArmId| ASKED.iter().find(|(kind, _)| id.is_type(kind));
    let made = view.made().filter(|step| step.plan.recover.is_none());
    let named: Vec<_> = made.filter_map(|step| Some((step, known(step.id)?))).collect();
    if named.len() > MOST {
        findings.push(Finding {
            code: "names-not-asked",
            level: FindingLevel::Informs,
            addr: None,
            id: None,
            summary: format!("Of {} names, {MOST} were asked for", named.len()),
            detail: "Whether a name is free in all of Azure is asked one by one, and each question counts as a write. Of the others, the create tells.".into(),
        });
    }
    for (step, (kind, api_version)) in named.into_iter().take(MOST) {
        let name = step.id.name();
        let leaves = |id: &crate::arm::id::ArmId| id.is_type(kind) && id.name().eq_ignore_ascii_case(name);
        if view.going.iter().any(leaves) {
            continue;
        }
        let subscription = step.id.subscription().unwrap_or_default();
        let path =
            format!("/subscriptions/{subscription}/providers/{}/checkNameAvailability", step.id.namespace());
        let body = json!({"name": name, "type": kind});
        match view.look(step.provider, &path, api_version, How::Post(body)) {
            Looked::Found(answer) if answer.get("nameAvailable").and_then(Value::as_bool) == Some(false) => {
                let text = |of: &str| answer.get(of).and_then(Value::as_str);
                let said = text("message").unwrap_or("It gives no reason.");
                let (code, what, advice) = match text("reason") {
                    Some("AlreadyExists") | None => (
                        "name-taken",
                        format!("the name {name} is not free"),
                        format!("Names of {kind} are unique in all of Azure. Choose another name."),
                    ),
                    Some(_) => {
                        ("name-invalid", format!("{name} is no name for it"), "Choose another name.".into())
                    }
                };
                findings.push(step.finding(
                    code,
                    FindingLevel::Blocks,
                    format!("{} cannot be created: {what}", step.addr),
                    format!("Azure says: {said}\n{advice}"),
                ));
            }
            Looked::Refused(why) => findings.push(blind(&format!("Whether the name {name} is free"), &why)),
            _ => {}
        }
    }
    findings
}
