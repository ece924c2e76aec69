//! Custom roles.

use std::sync::LazyLock;

use super::read::deep;
use super::table::{
    Hooks, Lit, Object, Part, Place, Predict, Shown, Table, blocks, doc, text, text_set, texts,
};
use super::write::{parse, problem};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Context, Fetched, Stop};
use crate::catalog::value::text as known;
use crate::lang::{Type, Value};

const KIND: &str = "Microsoft.Authorization/roleDefinitions";
const VERSION: &str = "2022-05-01-preview";

/// By its GUID; without one, where the ledger knows it to be, or by its name at the scope. Where there is none yet, the
/// GUID follows from scope and name (a UUID of version 5), so that another run finds it.
fn find(config: &Value, cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    let Some(scope) = known(config, "scope") else { return Ok(None) };
    let scope = parse(scope, "scope")?;
    let build = |name: &str| ArmId::build(&scope, KIND, name).map_err(|e| problem("scope", format!("{e}.")));
    match config.get("role_definition_id") {
        Some(guid) if !guid.is_null() => return guid.as_str().map(build).transpose(),
        _ => {}
    }
    if let Some(recorded) = cx.recorded.filter(|id| id.is_type(KIND)) {
        return build(recorded.name()).map(Some);
    }
    let Some(name) = known(config, "name") else { return Ok(None) };
    let path = format!("{}/providers/{KIND}", if scope.is_tenant() { "" } else { scope.as_str() });
    let filter = format!("roleName eq '{}'", name.replace('\'', "''"));
    let there = match cx.reader.list(&path, VERSION, &filter) {
        Fetched::Pending => return Err(Stop::Pending),
        Fetched::Later => None,
        Fetched::Ready(there) => there,
    };
    let called = |role: &&Value| {
        let of = |path: &[&str]| deep(role, path).and_then(Value::as_str).unwrap_or_default();
        of(&["properties", "roleName"]).eq_ignore_ascii_case(name)
            && of(&["properties", "type"]) == "CustomRole"
    };
    let found = there.iter().flat_map(|t| t.iter()).find(called).and_then(|r| known(r, "name"));
    let content = format!("{}|{}", scope.key(), name.to_lowercase());
    let ours = || uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, content.as_bytes()).to_string();
    found.map_or_else(|| build(&ours()), build).map(Some)
}

/// The id has the scope behind it, because ARM may answer another scope in the id of a role.
fn ids(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    let unknown = || Value::unknown_not_null(Type::String);
    // A scope above the one that is written is how ARM answers.
    let there = shown.id.map(ArmId::scope);
    let written = known(shown.config, "scope").and_then(|s| ArmId::parse(s).ok());
    let scope = match (written, there) {
        (Some(written), Some(there)) if written != there && !written.is_within(&there) => Some(there),
        (written, there) => written.or(there),
    };
    let id = shown.id.zip(scope.as_ref()).and_then(|(id, s)| ArmId::build(s, KIND, id.name()).ok());
    let of = |text: Option<String>| text.map_or_else(unknown, Value::from);
    all.insert("role_definition_resource_id".into(), of(id.as_ref().map(ToString::to_string)));
    all.insert("id".into(), of(id.as_ref().zip(scope.as_ref()).map(|(id, scope)| format!("{id}|{scope}"))));
    if let Some(scope) = scope {
        all.insert("scope".into(), scope.as_str().into());
    }
    Ok(())
}

pub(super) static ROLE_DEFINITION: LazyLock<Table> = LazyLock::new(|| {
    let none = || Lit::Json("[]");
    let permissions = blocks(
        "permissions",
        vec![
            texts("actions").at("actions").neutral(none()),
            texts("not_actions").at("notActions").neutral(none()),
            text_set("data_actions").at("dataActions").neutral(none()),
            text_set("not_data_actions").at("notDataActions").neutral(none()),
        ],
    );
    Table::new(
        "azurerm_role_definition",
        [30, 5, 60, 30],
        vec![doc(KIND, VERSION, Place::Hook(find)).fixed("properties.type", "CustomRole")],
        vec![
            text("role_definition_id").both().new().part(Part::Name).uuid(),
            text("name").required().at("properties.roleName"),
            text("scope").required().new().part(Part::Scope).arm_id(""),
            text("description").at("properties.description"),
            permissions.at("properties.permissions").neutral(none()),
            texts("assignable_scopes")
                .both()
                .at("properties.assignableScopes")
                .predict(Predict::Hook(|config, _| Some(Value::tuple(vec![config.get("scope")?.clone()])))),
            text("role_definition_resource_id").computed(),
        ],
    )
    .hooks(Hooks {
        attributes: Some(ids),
        import: Some(|id, _| {
            let parsed = ArmId::parse(id.split('|').next().unwrap_or_default());
            parsed.map_err(|e| crate::catalog::value::error(Vec::new(), "Invalid import id", format!("{e}.")))
        }),
        ..Hooks::default()
    })
});
