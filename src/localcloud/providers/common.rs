//! What the providers share: readers of bodies, refusals, deterministic secrets, name rules, regions, the directory.

use ring::digest;
use serde_json::{Value, json};

use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{NameRule, Put, at};
use crate::localcloud::world::{Document, World};

/// A 400 by the resource provider.
pub(super) fn bad(code: &str, message: impl Into<String>) -> ArmFailure {
    ArmFailure::new(400, code, message)
}

/// The array at a path, empty if there is none.
pub(super) fn array<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// True for two ids (or names) that are the same to ARM.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.trim_end_matches('/').eq_ignore_ascii_case(b.trim_end_matches('/'))
}

/// Sets a value where the body has none.
pub(super) fn default_to(put: &mut Put, path: &str, value: impl Into<Value>) {
    if put.get(path).is_none() {
        put.set(path, value);
    }
}

/// Inserts into the object that a value is.
pub(super) fn insert(value: &mut Value, name: &str, new: impl Into<Value>) {
    if let Value::Object(object) = value {
        object.insert(name.to_owned(), new.into());
    }
}

/// Inserts into the object that a value is, where it has no such member.
pub(super) fn insert_default(value: &mut Value, name: &str, new: impl Into<Value>) {
    if let Value::Object(object) = value
        && object.get(name).is_none_or(Value::is_null)
    {
        object.insert(name.to_owned(), new.into());
    }
}

/// A secret of `bytes` bytes, in base64: the same in every run of the same story, another one after re-creation.
pub(super) fn secret(world: &World, id: &str, purpose: &str, bytes: usize) -> String {
    use base64::Engine as _;
    let seed = world.new_guid(id, purpose);
    let mut out = Vec::new();
    for round in 0.. {
        if out.len() >= bytes {
            break;
        }
        out.extend_from_slice(digest::digest(&digest::SHA512, format!("{seed}|{round}").as_bytes()).as_ref());
    }
    out.truncate(bytes);
    base64::engine::general_purpose::STANDARD.encode(out)
}

/// A secret of letters and digits.
pub(super) fn token(world: &World, id: &str, purpose: &str, length: usize) -> String {
    secret(world, id, purpose, length * 2).chars().filter(char::is_ascii_alphanumeric).take(length).collect()
}

/// The purpose of a secret that can be renewed: another one after each [`renew`].
pub(super) fn round(world: &World, id: &str, purpose: &str) -> String {
    match world.count(&format!("{}|{purpose}", id.to_lowercase())) {
        0 => purpose.to_owned(),
        round => format!("{purpose}|{round}"),
    }
}

/// Makes a new secret of a purpose.
pub(super) fn renew(world: &mut World, id: &str, purpose: &str) {
    world.next_life(&format!("{}|{purpose}", id.to_lowercase()));
}

/// 32 hexadecimal digits, as versions of keys are written.
pub(super) fn hex(guid: &str) -> String {
    guid.replace('-', "")
}

/// The rule of most names in Microsoft.Network.
pub(super) const NETWORK_NAME: NameRule = name_rule((1, 80), "[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9_])?");

/// A rule of which the code is Network's (`InvalidResourceName`).
pub(super) const fn name_rule(length: (usize, usize), pattern: &'static str) -> NameRule {
    NameRule {
        length,
        pattern,
        status: 400,
        code: "InvalidResourceName",
        message: "Resource name {name} is invalid. The name can be up to 80 characters long. It must begin with a word \
                  character, and it must end with a word character or with '_'. The name may contain word characters or \
                  '.', '-', '_'.",
    }
}

/// The connections of a private-link target as its own answers list them.
pub(super) fn view_connections(world: &World, document: &Document, body: &mut Value) {
    let found: Vec<Value> = world
        .children(&document.id, &format!("{}/privateEndpointConnections", document.type_name))
        .into_iter()
        .map(|connection| connection.body.clone())
        .collect();
    if let Some(properties) = body.get_mut("properties") {
        insert(properties, "privateEndpointConnections", found);
    }
}

/// A row of regions: name, display name, the region it is paired with.
type Region = (&'static str, &'static str, &'static str);

/// The regions of the public cloud.
const REGIONS: &[Region] = &[
    ("australiacentral", "Australia Central", "australiacentral2"),
    ("australiaeast", "Australia East", "australiasoutheast"),
    ("australiasoutheast", "Australia Southeast", "australiaeast"),
    ("austriaeast", "Austria East", ""),
    ("brazilsouth", "Brazil South", "southcentralus"),
    ("canadacentral", "Canada Central", "canadaeast"),
    ("canadaeast", "Canada East", "canadacentral"),
    ("centralindia", "Central India", "southindia"),
    ("centralus", "Central US", "eastus2"),
    ("centraluseuap", "Central US EUAP", "eastus2euap"),
    ("eastasia", "East Asia", "southeastasia"),
    ("eastus", "East US", "westus"),
    ("eastus2", "East US 2", "centralus"),
    ("eastus2euap", "East US 2 EUAP", "centraluseuap"),
    ("francecentral", "France Central", "francesouth"),
    ("germanywestcentral", "Germany West Central", "germanynorth"),
    ("israelcentral", "Israel Central", ""),
    ("italynorth", "Italy North", ""),
    ("japaneast", "Japan East", "japanwest"),
    ("japanwest", "Japan West", "japaneast"),
    ("koreacentral", "Korea Central", "koreasouth"),
    ("koreasouth", "Korea South", "koreacentral"),
    ("mexicocentral", "Mexico Central", ""),
    ("newzealandnorth", "New Zealand North", ""),
    ("northcentralus", "North Central US", "southcentralus"),
    ("northeurope", "North Europe", "westeurope"),
    ("norwayeast", "Norway East", "norwaywest"),
    ("polandcentral", "Poland Central", ""),
    ("qatarcentral", "Qatar Central", ""),
    ("southafricanorth", "South Africa North", "southafricawest"),
    ("southcentralus", "South Central US", "northcentralus"),
    ("southeastasia", "Southeast Asia", "eastasia"),
    ("southindia", "South India", "centralindia"),
    ("spaincentral", "Spain Central", ""),
    ("swedencentral", "Sweden Central", "swedensouth"),
    ("switzerlandnorth", "Switzerland North", "switzerlandwest"),
    ("uaenorth", "UAE North", "uaecentral"),
    ("uksouth", "UK South", "ukwest"),
    ("ukwest", "UK West", "uksouth"),
    ("westcentralus", "West Central US", "westus2"),
    ("westeurope", "West Europe", "northeurope"),
    ("westus", "West US", "eastus"),
    ("westus2", "West US 2", "westcentralus"),
    ("westus3", "West US 3", "eastus"),
];

/// `West Europe` → `westeurope`.
pub(super) fn plain_region(location: &str) -> String {
    location.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_lowercase()).collect()
}

/// `westeurope` → `West Europe`; an unknown region is left as it is.
pub(super) fn region_title(location: &str) -> String {
    let plain = plain_region(location);
    REGIONS.iter().find(|(name, _, _)| *name == plain).map_or_else(|| location.to_owned(), |r| r.1.to_owned())
}

/// The region that a region is paired with, `None` without.
pub(super) fn paired_region(location: &str) -> Option<&'static str> {
    let plain = plain_region(location);
    REGIONS.iter().find(|(name, _, pair)| *name == plain && !pair.is_empty()).map(|r| r.2)
}

/// What the tenant's directory knows an object id as, and since when; `None`: no such principal (ROL-02). Identities of
/// resources are service principals; so is the caller.
pub(super) fn principal_type(world: &World, object_id: &str) -> Option<(&'static str, u64)> {
    let is = |found: Option<&Value>| found.and_then(Value::as_str).is_some_and(|text| same(text, object_id));
    if same(world.principal(), object_id) {
        return Some(("ServicePrincipal", 0));
    }
    let holder = world.documents().find(|d| {
        is(d.at("identity.principalId"))
            || (d.at("properties.clientId").is_some() && is(d.at("properties.principalId")))
    })?;
    Some(("ServicePrincipal", holder.created_ms))
}

/// The object ids of a resource's identities: its own, and those of the user-assigned ones.
pub(super) fn principals_of(body: &Value) -> Vec<String> {
    let own = at(body, "identity.principalId").and_then(Value::as_str).map(str::to_owned);
    let users = at(body, "identity.userAssignedIdentities").and_then(Value::as_object);
    let users = users.into_iter().flatten().filter_map(|(_, identity)| identity.get("principalId")?.as_str());
    own.into_iter().chain(users.map(str::to_owned)).collect()
}

/// `{"value": [...]}`.
pub(super) fn listed(items: Vec<Value>) -> Value {
    json!({ "value": items })
}
