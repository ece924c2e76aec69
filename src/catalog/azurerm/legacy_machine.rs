//! The machine of azurerm's first years, with either system and with disks of its own: it is frozen there, and still in use.
//!
//! Its sets of one block are lists here: what changes in them can be named.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::read::deep;
use super::table::{
    ANY_IDENTITY, Check, Codec, Hooks, Lit, Object, Place, Row, Rule, Shown, Table, block, blocks, doc, flag,
    identity, number, place, tags, text, texts,
};
use super::virtual_machine::{DISKS, MACHINES, VAULTS, VERSION};
use crate::catalog::lens::{Claim, Context, Problem, Stop};
use crate::catalog::value::{argument, error, flag as known_flag, put, text as known};
use crate::lang::{Kind, Type, Value};

const INTERFACES: [&str; 3] = ["properties", "networkProfile", "networkInterfaces"];
const DATA_DISKS: [&str; 3] = ["properties", "storageProfile", "dataDisks"];

/// Text as ARM takes it, unless it already is.
fn put_data(data: &Value) -> Value {
    let text = data.as_str().unwrap_or_default();
    if STANDARD.decode(text).is_ok() { data.clone() } else { STANDARD.encode(text).into() }
}

fn take_data(live: &Value) -> Option<Value> {
    Some(live.clone())
}

fn put_interfaces(ids: &Value) -> Value {
    let all = ids.as_sequence().unwrap_or_default();
    Value::tuple(all.iter().map(|id| Value::object([("id", id.clone())])).collect())
}

fn take_interfaces(live: &Value) -> Option<Value> {
    Some(Value::tuple(live.as_sequence()?.iter().filter_map(|i| i.get("id").cloned()).collect()))
}

fn take_primary(live: &Value) -> Option<Value> {
    let is_primary = |i: &&Value| deep(i, &["properties", "primary"]).and_then(Value::as_bool) == Some(true);
    live.as_sequence()?.iter().find(is_primary)?.get("id").cloned()
}

/// What becomes of the disks, as ARM knows it of each.
fn take_going(live: &Value) -> Option<Value> {
    let option = known(live.as_sequence()?.first()?, "deleteOption")?;
    Some(option.eq_ignore_ascii_case("Delete").into())
}

/// What the disk of the system and the others have in common.
fn disk(mut rows: Vec<Row>, kinds: &'static [&'static str]) -> Vec<Row> {
    rows.extend([
        text("name").required().at("name"),
        text("managed_disk_type").both().at("managedDisk.storageAccountType").one_of(kinds),
        text("caching").both().at("caching").one_of(&["None", "ReadOnly", "ReadWrite"]),
        text("create_option").required().at("createOption"),
        number("disk_size_gb").both().at("diskSizeGB").range(0, 32767),
        flag("write_accelerator_enabled").default(false).at("writeAcceleratorEnabled"),
    ]);
    rows
}

/// ARM changes neither listeners nor what is said to the setup; azurerm finds that out when it applies.
fn windows() -> Row {
    block(
        "os_profile_windows_config",
        vec![
            flag("provision_vm_agent").default(false).at("provisionVMAgent"),
            flag("enable_automatic_upgrades").default(false).at("enableAutomaticUpdates"),
            text("timezone").new().at("timeZone"),
            blocks(
                "winrm",
                vec![
                    text("protocol")
                        .required()
                        .new()
                        .at("protocol")
                        .one_of(&["HTTP", "HTTPS"])
                        .words(&[("HTTP", "Http"), ("HTTPS", "Https")]),
                    text("certificate_url").new().at("certificateUrl"),
                ],
            )
            .at("winRM.listeners")
            .cleared(),
            blocks(
                "additional_unattend_config",
                vec![
                    text("pass")
                        .required()
                        .at("passName")
                        .one_of(&["oobeSystem"])
                        .words(&[("oobeSystem", "OobeSystem")]),
                    text("component")
                        .required()
                        .at("componentName")
                        .one_of(&["Microsoft-Windows-Shell-Setup"]),
                    text("setting_name")
                        .required()
                        .new()
                        .at("settingName")
                        .one_of(&["AutoLogon", "FirstLogonCommands"]),
                    text("content").required().new().sensitive().at("content"),
                ],
            )
            .at("additionalUnattendContent")
            .cleared(),
        ],
    )
    .at("properties.osProfile.windowsConfiguration")
}

fn linux() -> Row {
    block(
        "os_profile_linux_config",
        vec![
            flag("disable_password_authentication").required().at("disablePasswordAuthentication"),
            blocks(
                "ssh_keys",
                vec![text("path").required().at("path"), text("key_data").required().at("keyData")],
            )
            .at("ssh.publicKeys")
            .cleared(),
        ],
    )
    .at("properties.osProfile.linuxConfiguration")
}

fn storage() -> Vec<Row> {
    let uri = |name: &'static str, path: &'static str| text(name).at(path);
    let system = vec![
        text("os_type").both().at("osType").one_of(&["Linux", "Windows"]),
        uri("vhd_uri", "vhd.uri").new(),
        uri("image_uri", "image.uri"),
        text("managed_disk_id").both().new().at("managedDisk.id").arm_id(DISKS),
    ];
    let other = vec![
        number("lun").required().at("lun"),
        uri("vhd_uri", "vhd.uri"),
        text("managed_disk_id").both().at("managedDisk.id").arm_id(DISKS),
    ];
    vec![
        block(
            "storage_image_reference",
            vec![
                text("id").new().at("id"),
                text("publisher").new().at("publisher"),
                text("offer").new().at("offer"),
                text("sku").new().at("sku"),
                text("version").both().new().at("version"),
            ],
        )
        .both()
        .new()
        .attr_as_block()
        .at("properties.storageProfile.imageReference")
        .rule(Rule::Conflict("id", "publisher")),
        block("storage_os_disk", disk(system, &["Premium_LRS", "Standard_LRS", "StandardSSD_LRS"]))
            .required()
            .count(1, 1)
            .at("properties.storageProfile.osDisk")
            .rule(Rule::Conflict("vhd_uri", "managed_disk_id"))
            .rule(Rule::Conflict("vhd_uri", "managed_disk_type")),
        blocks(
            "storage_data_disk",
            disk(other, &["Premium_LRS", "Standard_LRS", "StandardSSD_LRS", "UltraSSD_LRS"]),
        )
        .both()
        .attr_as_block()
        .at("properties.storageProfile.dataDisks")
        .rule(Rule::Conflict("vhd_uri", "managed_disk_id"))
        .rule(Rule::Conflict("vhd_uri", "managed_disk_type")),
        // azurerm deletes the disks after the machine; ARM does it where the machine says so, and then it is live, too.
        flag("delete_os_disk_on_termination")
            .default(false)
            .at("properties.storageProfile.osDisk.deleteOption")
            .codec(Codec::Switch("Delete", "Detach")),
        flag("delete_data_disks_on_termination")
            .default(false)
            .own()
            .at("properties.storageProfile.dataDisks")
            .codec(Codec::Hook(Value::clone, take_going)),
    ]
}

pub(super) static VIRTUAL_MACHINE: LazyLock<Table> = LazyLock::new(|| {
    let profile = |name: &'static str| text(name).at(name);
    let mut rows = place(text("name").length(1, 80));
    rows.extend(storage());
    rows.extend([
        text("vm_size").required().at("properties.hardwareProfile.vmSize"),
        texts("network_interface_ids")
            .required()
            .at("properties.networkProfile.networkInterfaces")
            .codec(Codec::Hook(put_interfaces, take_interfaces)),
        text("primary_network_interface_id")
            .own()
            .at("properties.networkProfile.networkInterfaces")
            .codec(Codec::Hook(Value::clone, take_primary)),
        texts("zones").new().at("zones").nonempty().check(Check::Items(0, 1)),
        block(
            "plan",
            vec![profile("name").required(), profile("publisher").required(), profile("product").required()],
        )
        .at("plan")
        .cleared(),
        text("availability_set_id")
            .both()
            .new()
            .at("properties.availabilitySet")
            .id()
            .arm_id("Microsoft.Compute/availabilitySets"),
        text("proximity_placement_group_id")
            .new()
            .at("properties.proximityPlacementGroup")
            .id()
            .arm_id("Microsoft.Compute/proximityPlacementGroups"),
        identity(ANY_IDENTITY, false),
        text("license_type")
            .both()
            .at("properties.licenseType")
            .one_of(&["Windows_Client", "Windows_Server"]),
        block(
            "boot_diagnostics",
            vec![flag("enabled").required().at("enabled"), text("storage_uri").required().at("storageUri")],
        )
        .at("properties.diagnosticsProfile.bootDiagnostics")
        .neutral(Lit::Json(r#"{"enabled":false}"#)),
        block(
            "additional_capabilities",
            vec![flag("ultra_ssd_enabled").required().new().at("ultraSSDEnabled")],
        )
        .at("properties.additionalCapabilities")
        .neutral(Lit::Json(r#"{"ultraSSDEnabled":false}"#)),
        block(
            "os_profile",
            vec![
                text("computer_name").required().new().at("computerName"),
                text("admin_username").required().at("adminUsername"),
                // ARM does not change it; azurerm finds that out when it applies.
                text("admin_password").new().sensitive().at("adminPassword"),
                text("custom_data")
                    .both()
                    .new()
                    .sensitive()
                    .at("customData")
                    .codec(Codec::Hook(put_data, take_data)),
            ],
        )
        .at("properties.osProfile"),
        windows(),
        linux(),
        blocks(
            "os_profile_secrets",
            vec![
                text("source_vault_id").required().at("sourceVault").id().arm_id(VAULTS),
                blocks(
                    "vault_certificates",
                    vec![
                        text("certificate_url").required().at("certificateUrl"),
                        text("certificate_store").at("certificateStore"),
                    ],
                )
                .at("vaultCertificates")
                .cleared(),
            ],
        )
        .at("properties.osProfile.secrets")
        .cleared(),
        tags(),
    ]);
    Table::new(
        "azurerm_virtual_machine",
        [60, 5, 60, 60],
        vec![doc(MACHINES, VERSION, Place::Group(&["name"]))],
        rows,
    )
    .rule(Rule::Conflict("availability_set_id", "zones"))
    .rule(Rule::Conflict("os_profile_windows_config", "os_profile_linux_config"))
    .hooks(Hooks {
        check: Some(check),
        claims: Some(complete),
        attributes: Some(kept),
        ..Hooks::default()
    })
});

/// Without a further disk nobody but the configuration knows what would become of it.
fn kept(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    let name = "delete_data_disks_on_termination";
    if let (Some(Value { kind: Kind::Null(_), .. }), Some(written)) = (all.get(name), shown.config.get(name))
    {
        all.insert(name.into(), written.clone());
    }
    Ok(())
}

/// Which interface is the primary one, and what becomes of the disks: arguments of the machine that ARM has on each.
fn complete(config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let unset = |name: &str| {
        config.get(name).is_none_or(|v| v.is_null() || v.as_sequence().is_some_and(<[Value]>::is_empty))
    };
    // A disk that is attached brings its system with it.
    let system = ["os_profile", "os_profile_windows_config", "os_profile_linux_config", "os_profile_secrets"];
    if system.iter().all(|name| unset(name)) {
        let mut body = claim.body.as_entries().cloned().unwrap_or_default();
        put(&mut body, &["properties", "osProfile"], Value::null(Type::Dynamic));
        claim.body = Value::object(body).marked(&claim.body.marks);
    }
    if let Some(primary) = config.get("primary_network_interface_id").filter(|v| !v.is_null()) {
        each(claim, &INTERFACES, |interface| {
            let is = match (primary.as_str(), interface.get("id").and_then(Value::as_str)) {
                (Some(primary), Some(id)) => Value::from(primary.eq_ignore_ascii_case(id)),
                _ => Value::unknown(Type::Bool),
            };
            ("properties", Value::object([("primary", is)]))
        });
    }
    let going = if known_flag(config, "delete_data_disks_on_termination") == Some(true) {
        "Delete"
    } else {
        "Detach"
    };
    each(claim, &DATA_DISKS, |_| ("deleteOption", going.into()));
    Ok(())
}

/// Adds to every item of a list of the body.
fn each(claim: &mut Claim, path: &[&str], more: impl Fn(&Value) -> (&'static str, Value)) {
    let Some(items) = deep(&claim.body, path).and_then(Value::as_sequence) else { return };
    let item = |item: &Value| {
        let mut all = item.as_entries().cloned().unwrap_or_default();
        let (name, value) = more(item);
        all.insert(name.into(), value);
        Value::object(all).marked(&item.marks)
    };
    let items = Value::tuple(items.iter().map(item).collect());
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    put(&mut body, path, items);
    claim.body = Value::object(body).marked(&claim.body.marks);
}

fn check(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let all = |name: &str| config.get(name).and_then(Value::as_sequence).unwrap_or_default();
    let unset = |of: &Value, name: &str| of.get(name).is_none_or(Value::is_null);
    if all("network_interface_ids").len() > 1 && unset(config, "primary_network_interface_id") {
        let detail =
            "With several interfaces it needs a `primary_network_interface_id`: one of them is the primary.";
        problems.push(error(argument("primary_network_interface_id"), "Missing required argument", detail));
    }
    // A dynamic block that is not known yet may be one.
    let absent =
        |name: &str| unset(config, name) || config.get(name).is_some_and(|v| v.as_sequence() == Some(&[]));
    let systems = ["os_profile_linux_config", "os_profile_windows_config"];
    if !all("os_profile").is_empty() && systems.iter().all(|name| absent(name)) {
        let detail =
            "With an `os_profile` it needs an `os_profile_linux_config` or an `os_profile_windows_config`.";
        problems.push(error(argument("os_profile"), "Missing required argument", detail));
    }
    for name in ["storage_os_disk", "storage_data_disk"] {
        let attached =
            |d: &&Value| known(d, "create_option").is_some_and(|o| o.eq_ignore_ascii_case("Attach"));
        if all(name).iter().filter(attached).any(|d| unset(d, "vhd_uri") && unset(d, "managed_disk_id")) {
            let detail = "To attach a disk write its `managed_disk_id`, or a `vhd_uri`.";
            problems.push(error(argument(name), "Missing required argument", detail));
        }
    }
    problems
}
