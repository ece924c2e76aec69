//! Role assignments: found by what they grant, not by their name.

use std::sync::LazyLock;

use super::read::deep;
use super::table::{Codec, Hooks, Object, Part, Place, Rule, Shown, Table, doc, flag, text};
use super::write::{parse, problem};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Claim, Context, Fetched, Stop, Write};
use crate::catalog::value::{flag as known_flag, put, text as known};
use crate::lang::{Type, Value};

const KIND: &str = "Microsoft.Authorization/roleAssignments";
const VERSION: &str = "2022-04-01";
const DEFINITIONS: &str = "2022-05-01-preview";

/// What is known of the role that an assignment gives.
enum Role {
    Known(String),
    /// It depends on something unknown, or cannot be read yet.
    Unknown,
}

/// The last segment of a role's id: the GUID that names it everywhere (ROL-04).
fn guid(role: &str) -> String {
    role.rsplit('/').next().unwrap_or(role).to_lowercase()
}

/// The id of the role, looked up by its name where only that is written.
fn role(config: &Value, cx: &Context<'_>) -> Result<Role, Stop> {
    if let Some(id) = known(config, "role_definition_id") {
        return Ok(Role::Known(id.to_owned()));
    }
    let (Some(name), Some(scope)) = (known(config, "role_definition_name"), known(config, "scope")) else {
        return Ok(Role::Unknown);
    };
    if config.get("role_definition_id").is_some_and(Value::is_unknown) {
        return Ok(Role::Unknown);
    }
    let scope = parse(scope, "scope")?;
    // Most roles are seen from the subscription: one look for all scopes in it.
    let above = scope.subscription_id();
    for place in above.iter().chain((above.as_ref() != Some(&scope)).then_some(&scope)) {
        match named(place, name, cx)? {
            Some(Fetched::Ready(id)) => return Ok(Role::Known(id)),
            Some(_) => return Ok(Role::Unknown),
            None => {}
        }
    }
    let detail =
        format!("There is no role called `{name}` at `{scope}`. Letter case does not matter, spaces do.");
    Err(problem("role_definition_name", detail))
}

/// The role of this name at a scope; `None`: there is none.
fn named(scope: &ArmId, name: &str, cx: &Context<'_>) -> Result<Option<Fetched<String>>, Stop> {
    let base = if scope.is_tenant() { "" } else { scope.as_str() };
    let path = format!("{base}/providers/Microsoft.Authorization/roleDefinitions");
    let quoted = name.replace('\'', "''");
    let found = match cx.reader.list(&path, DEFINITIONS, &format!("roleName eq '{quoted}'")) {
        Fetched::Pending => return Err(Stop::Pending),
        Fetched::Later => return Ok(Some(Fetched::Later)),
        Fetched::Ready(found) => found,
    };
    let matches = |item: &&Value| {
        deep(item, &["properties", "roleName"])
            .and_then(Value::as_str)
            .is_some_and(|n| n.eq_ignore_ascii_case(name))
    };
    let all: Vec<&Value> = found.iter().flat_map(|f| f.iter()).filter(matches).collect();
    match all.as_slice() {
        [] => Ok(None),
        [one] => Ok(known(one, "id").map(|id| Fetched::Ready(id.to_owned()))),
        many => {
            let detail =
                format!("{} roles are called `{name}` at `{scope}`: write `role_definition_id`.", many.len());
            Err(problem("role_definition_name", detail))
        }
    }
}

/// By its name, or by what it grants: the same principal and role at the same scope. Where there is none yet, the name
/// follows from the three (a UUID of version 5), so that another run finds it.
fn find(config: &Value, cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    let Some(scope) = known(config, "scope") else { return Ok(None) };
    let scope = parse(scope, "scope")?;
    let build = |name: &str| ArmId::build(&scope, KIND, name).map_err(|e| problem("scope", format!("{e}.")));
    match config.get("name") {
        Some(name) if !name.is_null() => {
            return name.as_str().map(build).transpose();
        }
        _ => {}
    }
    let Some(principal) = known(config, "principal_id") else { return Ok(None) };
    let Role::Known(role) = role(config, cx)? else { return Ok(None) };
    let content = format!("{}|{}|{}", scope.key(), principal.to_lowercase(), guid(&role));
    let ours = build(&uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, content.as_bytes()).to_string())?;
    match cx.reader.document(&ours, VERSION) {
        Fetched::Pending => return Err(Stop::Pending),
        Fetched::Ready(Some(_)) | Fetched::Later => return Ok(Some(ours)),
        Fetched::Ready(None) => {}
    }
    let base = if scope.is_tenant() { "" } else { scope.as_str() };
    let path = format!("{base}/providers/Microsoft.Authorization/roleAssignments");
    let there = match cx.reader.list(&path, VERSION, "atScope()") {
        Fetched::Pending => return Err(Stop::Pending),
        Fetched::Later => None,
        Fetched::Ready(there) => there,
    };
    let grants = |item: &&Value| {
        let of = |name: &str| deep(item, &["properties", name]).and_then(Value::as_str).unwrap_or_default();
        let id = known(item, "id").and_then(|id| ArmId::parse(id).ok());
        of("principalId").eq_ignore_ascii_case(principal)
            && guid(of("roleDefinitionId")) == guid(&role)
            && id.is_some_and(|id| id.scope() == scope)
    };
    let found = there.iter().flat_map(|t| t.iter()).find(grants);
    Ok(found.and_then(|f| known(f, "id")).and_then(|id| ArmId::parse(id).ok()).or(Some(ours)))
}

/// The role's id where its name is written; the type of a principal that must not be looked up.
fn fill(config: &Value, claims: &mut Vec<Claim>, cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    if config.get("role_definition_id").is_none_or(Value::is_null) {
        let value = match role(config, cx)? {
            Role::Known(id) => id.into(),
            Role::Unknown => Value::unknown_not_null(Type::String),
        };
        let marks = config.get("role_definition_name").map(|v| v.marks.clone()).unwrap_or_default();
        put(&mut body, &["properties", "roleDefinitionId"], value.marked(&marks));
    }
    let unset = config.get("principal_type").is_none_or(Value::is_null);
    if unset && known_flag(config, "skip_service_principal_aad_check") == Some(true) {
        put(&mut body, &["properties", "principalType"], "ServicePrincipal".into());
    }
    claim.body = Value::object(body);
    Ok(())
}

fn condition_version(all: &mut Object, _cx: &Context<'_>) {
    let set = |name: &str| all.get(name).is_some_and(|v| !v.is_null());
    if set("condition") && !set("condition_version") {
        all.insert("condition_version".into(), "2.0".into());
    }
}

/// The role's name: as it is written where that is the role that is there, else read if somebody asks for it.
fn role_name(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    if all.get("skip_service_principal_aad_check").is_none_or(Value::is_null) && shown.new {
        all.insert("skip_service_principal_aad_check".into(), Value::unknown(Type::Bool));
    }
    let live = known_role(all);
    if let Some(name) = shown.config.get("role_definition_name").filter(|v| !v.is_null()) {
        let same = match role(shown.config, shown.cx)? {
            Role::Known(id) if !shown.planned => live.is_none_or(|live| live == guid(&id)),
            _ => true,
        };
        if same {
            all.insert("role_definition_name".into(), name.clone());
            return Ok(());
        }
    } else if !(shown.cx.wanted)("role_definition_name") {
        return Ok(());
    }
    let id = all.get("role_definition_id").and_then(Value::as_str).and_then(|id| ArmId::parse(id).ok());
    let name = match id.map(|id| shown.cx.reader.document(&id, DEFINITIONS)) {
        Some(Fetched::Pending) => return Err(Stop::Pending),
        Some(Fetched::Ready(Some(role))) => deep(&role, &["properties", "roleName"]).cloned(),
        _ => Some(Value::unknown(Type::String)),
    };
    all.insert("role_definition_name".into(), name.unwrap_or_else(|| Value::null(Type::String)));
    Ok(())
}

fn known_role(all: &Object) -> Option<String> {
    all.get("role_definition_id").and_then(Value::as_str).map(guid)
}

pub(super) static ROLE_ASSIGNMENT: LazyLock<Table> = LazyLock::new(|| {
    let new = |name: &'static str| text(name).new();
    Table::new(
        "azurerm_role_assignment",
        [30, 5, 0, 30],
        vec![doc(KIND, VERSION, Place::Hook(find)).write(Write::Put)],
        vec![
            new("name").both().part(Part::Name).uuid(),
            new("scope").required().part(Part::Scope).arm_id(""),
            new("role_definition_id").both().at("properties.roleDefinitionId"),
            // Its name is looked up: see `role_name`.
            new("role_definition_name")
                .both()
                .own()
                .at("properties.roleDefinitionId")
                .codec(Codec::Hook(Value::clone, |_| None)),
            new("principal_id").required().at("properties.principalId"),
            new("principal_type").both().at("properties.principalType").one_of(&[
                "User",
                "Group",
                "ServicePrincipal",
            ]),
            flag("skip_service_principal_aad_check").both().own(),
            new("condition").at("properties.condition"),
            new("condition_version").both().at("properties.conditionVersion").one_of(&["1.0", "2.0"]),
            new("delegated_managed_identity_resource_id")
                .at("properties.delegatedManagedIdentityResourceId")
                .arm_id(""),
            new("description").at("properties.description"),
        ],
    )
    .rule(Rule::ExactlyOne(&["role_definition_id", "role_definition_name"]))
    .rule(Rule::Needs("condition_version", "condition"))
    .hooks(Hooks {
        complete: Some(condition_version),
        claims: Some(fill),
        attributes: Some(role_name),
        ..Hooks::default()
    })
});
