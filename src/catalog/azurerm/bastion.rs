//! Bastion hosts.

use std::sync::LazyLock;

use super::network::VERSION;
use super::table::{
    Given, Hooks, Place, Row, Rule, Table, blocks, doc, flag, number, place, tags, text, zones,
};
use crate::catalog::lens::{Claim, Context, Problem, Replace, Stop};
use crate::catalog::value::{argument, error, put, text as known};
use crate::lang::Value;

const NAME: &str = r"^[A-Za-z0-9][a-zA-Z0-9_.-]+[a-zA-Z0-9_]$";
const NAMES: &str =
    "letters, digits, `.`, `_` and `-`, beginning with a letter or digit and ending with one or `_`";
const LARGE: &[&str] = &["Standard", "Premium"];
/// From the smallest to the largest.
const SKUS: &[&str] = &["Developer", "Basic", "Standard", "Premium"];

/// A host grows in place, and never shrinks.
fn smaller(before: &Value, after: &Value) -> Replace {
    let size = |v: &Value| v.as_str().and_then(|t| SKUS.iter().position(|s| *s == t));
    match (size(before), size(after)) {
        (Some(a), Some(b)) if a > b => Replace::Yes,
        _ => Replace::No,
    }
}

/// A feature that is sent only when it is on.
fn feature(name: &'static str, at: &'static str) -> Row {
    flag(name).default(false).at(at).nonempty()
}

pub(super) static BASTION_HOST: LazyLock<Table> = LazyLock::new(|| {
    let configuration =
        blocks(
            "ip_configuration",
            vec![
                text("name").required().new().at("name").matches(NAME, NAMES),
                text("subnet_id").required().new().at("properties.subnet").id().matches(
                    r"/subnets/AzureBastionSubnet$",
                    "the id of a subnet named `AzureBastionSubnet`",
                ),
                text("public_ip_address_id")
                    .new()
                    .at("properties.publicIPAddress")
                    .id()
                    .arm_id("Microsoft.Network/publicIPAddresses"),
            ],
        );
    let mut rows = place(text("name").matches(NAME, NAMES));
    rows.extend([
        text("sku").default("Basic").at("sku.name").one_of(SKUS).replaces(smaller),
        configuration.new().count(0, 1).at("properties.ipConfigurations"),
        number("scale_units").default(2).at("properties.scaleUnits").range(2, 50),
        flag("copy_paste_enabled").default(true).at("properties.disableCopyPaste").not().unless(true),
        feature("file_copy_enabled", "properties.enableFileCopy"),
        feature("ip_connect_enabled", "properties.enableIpConnect"),
        feature("kerberos_enabled", "properties.enableKerberos"),
        feature("session_recording_enabled", "properties.enableSessionRecording"),
        feature("shareable_link_enabled", "properties.enableShareableLink"),
        feature("tunneling_enabled", "properties.enableTunneling"),
        text("virtual_network_id")
            .new()
            .at("properties.virtualNetwork")
            .id()
            .arm_id("Microsoft.Network/virtualNetworks"),
        zones(),
        tags(),
        text("dns_name").computed().at("properties.dnsName"),
        flag("private_only_enabled").computed().at("properties.enablePrivateOnlyBastion").absent(false),
    ]);
    let mut table = Table::new(
        "azurerm_bastion_host",
        [30, 5, 30, 30],
        vec![doc("Microsoft.Network/bastionHosts", VERSION, Place::Group(&["name"]))],
        rows,
    )
    .rule(Rule::Only("scale_units", Given::not(2), "sku", LARGE))
    .rule(Rule::Only("session_recording_enabled", Given::is(true), "sku", &["Premium"]))
    .rule(Rule::Only("virtual_network_id", Given::Written, "sku", &["Developer"]))
    .rule(Rule::Only("sku", Given::is("Developer"), "virtual_network_id", &[]))
    .rule(Rule::Only("sku", Given::not("Developer"), "ip_configuration", &[]))
    .hooks(Hooks { check: Some(has_address), claims: Some(private_only), ..Hooks::default() });
    for name in [
        "file_copy_enabled",
        "ip_connect_enabled",
        "kerberos_enabled",
        "shareable_link_enabled",
        "tunneling_enabled",
    ] {
        table = table.rule(Rule::Only(name, Given::is(true), "sku", LARGE));
    }
    table
});

/// Whether the host is configured without a public address; `None`: that is not known, or it has no configuration.
fn is_private(config: &Value) -> Option<bool> {
    let all = config.get("ip_configuration")?.as_sequence()?;
    let address = all.first()?.get("public_ip_address_id")?;
    (!address.is_unknown()).then(|| address.is_null())
}

/// Only a premium host does without a public address.
fn has_address(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let sku = config.get("sku");
    if is_private(config) != Some(true) || sku.is_some_and(Value::is_unknown) {
        return Vec::new();
    }
    if known(config, "sku") == Some("Premium") {
        return Vec::new();
    }
    let detail = "A bastion host without `public_ip_address_id` needs `sku = \"Premium\"`.".to_owned();
    vec![error(argument("ip_configuration"), "Invalid combination of arguments", detail)]
}

fn private_only(config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    if let (Some(claim), Some(true)) = (claims.first_mut(), is_private(config)) {
        let mut body = claim.body.as_entries().cloned().unwrap_or_default();
        put(&mut body, &["properties", "enablePrivateOnlyBastion"], true.into());
        claim.body = Value::object(body);
    }
    Ok(())
}
