//! Public addresses.

use std::sync::LazyLock;

use super::network::{NAME, NAMES, VERSION};
use super::read::deep;
use super::table::{
    Codec, Given, Hooks, Object, Place, Rule, Shown, Table, doc, edge_zone, number, place, tags, text,
    text_map, zones,
};
use crate::catalog::lens::{Replace, Stop};
use crate::catalog::value::text as known;
use crate::lang::{Type, Value};

/// Each tag is an object of its type and its value.
fn put_tags(value: &Value) -> Value {
    let tag = |(kind, value): (&std::sync::Arc<str>, &Value)| {
        Value::object([("ipTagType", Value::string(kind)), ("tag", value.clone())])
    };
    Value::tuple(value.as_entries().into_iter().flatten().map(tag).collect())
}

fn take_tags(live: &Value) -> Option<Value> {
    let pair = |tag: &Value| Some((known(tag, "ipTagType")?.to_owned(), tag.get("tag")?.clone()));
    Some(Value::object(live.as_sequence()?.iter().filter_map(pair)))
}

/// A label's scope may be given once, to a label that has none.
fn other_scope(before: &Value, _after: &Value) -> Replace {
    if before.as_str().is_none_or(str::is_empty) { Replace::No } else { Replace::Yes }
}

pub(super) static PUBLIC_IP: LazyLock<Table> = LazyLock::new(|| {
    let mut rows = place(text("name").matches(NAME, NAMES));
    rows.extend([
        text("allocation_method")
            .required()
            .at("properties.publicIPAllocationMethod")
            .one_of(&["Static", "Dynamic"]),
        text("sku")
            .default("Standard")
            .default_in(2, "Basic")
            .default_in(3, "Basic")
            .new()
            .at("sku.name")
            .one_of(&["Basic", "Standard", "StandardV2"]),
        text("sku_tier").default("Regional").new().at("sku.tier").one_of(&["Global", "Regional"]),
        text("ip_version")
            .default("IPv4")
            .new()
            .at("properties.publicIPAddressVersion")
            .one_of(&["IPv4", "IPv6"]),
        number("idle_timeout_in_minutes").default(4).at("properties.idleTimeoutInMinutes").range(4, 30),
        text("ddos_protection_mode")
            .default("VirtualNetworkInherited")
            .at("properties.ddosSettings.protectionMode")
            .one_of(&["Disabled", "Enabled", "VirtualNetworkInherited"]),
        text("ddos_protection_plan_id")
            .at("properties.ddosSettings.ddosProtectionPlan")
            .id()
            .arm_id("Microsoft.Network/ddosProtectionPlans"),
        text("domain_name_label")
            .at("properties.dnsSettings.domainNameLabel")
            .matches(r"^[a-z][a-z0-9-]{1,61}[a-z0-9]$", "3 to 63 small letters, digits and `-`"),
        text("domain_name_label_scope")
            .at("properties.dnsSettings.domainNameLabelScope")
            .one_of(&["NoReuse", "ResourceGroupReuse", "SubscriptionReuse", "TenantReuse"])
            .replaces(other_scope),
        text("reverse_fqdn").at("properties.dnsSettings.reverseFqdn"),
        text_map("ip_tags").new().at("properties.ipTags").codec(Codec::Hook(put_tags, take_tags)),
        text("public_ip_prefix_id")
            .new()
            .at("properties.publicIPPrefix")
            .id()
            .arm_id("Microsoft.Network/publicIPPrefixes"),
        zones(),
        edge_zone(),
        tags(),
        text("ip_address").computed().at("properties.ipAddress"),
        text("fqdn").computed().at("properties.dnsSettings.fqdn"),
    ]);
    Table::new(
        "azurerm_public_ip",
        [30, 5, 30, 30],
        vec![doc("Microsoft.Network/publicIPAddresses", VERSION, Place::Group(&["name"]))],
        rows,
    )
    .rule(Rule::Only("sku", Given::is("Standard"), "allocation_method", &["Static"]))
    .rule(Rule::Only("sku", Given::is("StandardV2"), "allocation_method", &["Static"]))
    .rule(Rule::Only("sku_tier", Given::is("Global"), "sku", &["Standard"]))
    .rule(Rule::Only("ddos_protection_plan_id", Given::Written, "ddos_protection_mode", &["Enabled"]))
    .hooks(Hooks { attributes: Some(renamed), ..Hooks::default() })
});

/// The name that follows from a label is not known while the label changes.
fn renamed(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    let document = (shown.documents)("");
    let settings = document.as_deref().and_then(|d| deep(d, &["properties", "dnsSettings"]));
    let label = settings.and_then(|s| s.get("domainNameLabel"));
    if let (Some(label), Some(fqdn)) = (label, settings.and_then(|s| known(s, "fqdn"))) {
        let kept = label.as_str().is_some_and(|l| fqdn.split('.').next() == Some(l));
        if !kept {
            all.insert("fqdn".into(), Value::unknown(Type::String));
        }
    }
    Ok(())
}
