//! Virtual machines with Linux and with Windows, and their extensions: what the two have in common stands once.

use std::sync::{Arc, LazyLock};

use super::machine_learning::in_region_of;
use super::table::{
    ANY_IDENTITY, Check, Codec, Going, Hooks, Lit, Part, Place, Predict, Row, Rule, Table, block, block_set,
    blocks, doc, edge_zone, flag, identity, number, place, tags, text, texts,
};
use super::virtual_machine_addresses::addresses;
use crate::arm::id::ArmId;
use crate::catalog::lens::{Action, Claim, ClaimOptions, Context, Problem, ProviderConfig, Stop, Withdraw};
use crate::catalog::value::{argument, error, flag as known_flag, put, text as known};
use crate::lang::{Number, Type, Value};

pub(super) const MACHINES: &str = "Microsoft.Compute/virtualMachines";
const EXTENSIONS: &str = "Microsoft.Compute/virtualMachines/extensions";
pub(super) const DISKS: &str = "Microsoft.Compute/disks";
const DISK_SETS: &str = "Microsoft.Compute/diskEncryptionSets";
pub(super) const VAULTS: &str = "Microsoft.KeyVault/vaults";
pub(super) const VERSION: &str = "2024-03-01";

/// A machine goes by force if the provider says so; its disk goes with it unless the provider says otherwise.
fn with_disk(provider: &ProviderConfig, _id: &ArmId) -> Withdraw {
    let force = provider.feature("virtual_machine", "skip_shutdown_and_force_delete");
    let mut then = Vec::new();
    if provider.feature("virtual_machine", "delete_os_disk_on_deletion") {
        // The disk's id is the machine's to say; an ephemeral disk is none.
        let path = "{properties.storageProfile.osDisk.managedDisk.id}".into();
        then.push(Action {
            path,
            api_version: "2023-04-02".into(),
            optional: false,
            delete: true,
            unless: None,
        });
    }
    let query = force.then(|| ("forceDeletion".into(), "true".into())).into_iter().collect();
    Withdraw::Delete { query, then }
}

/// The one zone of a list of them.
fn put_zone(zone: &Value) -> Value {
    Value::tuple(vec![zone.clone()])
}

fn take_zone(live: &Value) -> Option<Value> {
    live.as_sequence()?.first().cloned()
}

/// The machine's primary interface is its first.
fn put_interfaces(ids: &Value) -> Value {
    let all = ids.as_sequence().unwrap_or_default().iter().enumerate();
    let item = |(at, id): (usize, &Value)| {
        let primary = Value::object([("primary", Value::from(at == 0))]);
        Value::object([("id", id.clone()), ("properties", primary)])
    };
    Value::tuple(all.map(item).collect())
}

fn take_interfaces(live: &Value) -> Option<Value> {
    Some(Value::tuple(live.as_sequence()?.iter().filter_map(|i| i.get("id").cloned()).collect()))
}

/// Where the keys of a user are.
fn put_keys_of(user: &Value) -> Value {
    user.as_str().map_or_else(|| user.clone(), |user| format!("/home/{user}/.ssh/authorized_keys").into())
}

fn take_keys_of(live: &Value) -> Option<Value> {
    live.as_str()?.strip_prefix("/home/")?.split('/').next().map(Value::from)
}

/// An image is named by an id of its own, or of a gallery that is shared.
fn put_image(id: &Value) -> Vec<Option<Value>> {
    let text = id.as_str().unwrap_or_default().to_ascii_lowercase();
    let at = match text.as_str() {
        t if t.starts_with("/communitygalleries/") => 1,
        t if t.starts_with("/sharedgalleries/") => 2,
        _ => 0,
    };
    (0..3).map(|place| Some(if place == at { id.clone() } else { Value::null(Type::String) })).collect()
}

fn take_image(parts: &[Option<&Value>]) -> Option<Value> {
    parts.iter().flatten().find(|v| v.as_str().is_some_and(|t| !t.is_empty())).map(|v| (*v).clone())
}

fn os_disk() -> Row {
    let managed = |row: Row, path: &'static str| row.at(path);
    block(
        "os_disk",
        vec![
            text("caching").required().at("caching").one_of(&["None", "ReadOnly", "ReadWrite"]),
            managed(text("storage_account_type"), "managedDisk.storageAccountType").both().new().one_of(&[
                "Premium_LRS",
                "Standard_LRS",
                "StandardSSD_LRS",
                "StandardSSD_ZRS",
                "Premium_ZRS",
            ]),
            number("disk_size_gb").both().at("diskSizeGB").range(0, 4095),
            text("name").both().new().at("name"),
            managed(text("disk_encryption_set_id"), "managedDisk.diskEncryptionSet").id().arm_id(DISK_SETS),
            managed(
                text("secure_vm_disk_encryption_set_id"),
                "managedDisk.securityProfile.diskEncryptionSet",
            )
            .new()
            .id()
            .arm_id(DISK_SETS),
            managed(text("security_encryption_type"), "managedDisk.securityProfile.securityEncryptionType")
                .new()
                .one_of(&["VMGuestStateOnly", "DiskWithVMGuestState"]),
            flag("write_accelerator_enabled").default(false).at("writeAcceleratorEnabled"),
            block(
                "diff_disk_settings",
                vec![
                    text("option").required().new().at("option").one_of(&["Local"]),
                    text("placement").default("CacheDisk").new().at("placement").one_of(&[
                        "CacheDisk",
                        "ResourceDisk",
                        "NvmeDisk",
                    ]),
                ],
            )
            .new()
            .at("diffDiskSettings")
            .cleared(),
            managed(text("id"), "managedDisk.id").computed(),
        ],
    )
    .required()
    .count(1, 1)
    .at("properties.storageProfile.osDisk")
    .rule(Rule::Conflict("disk_encryption_set_id", "secure_vm_disk_encryption_set_id"))
}

/// A block whose removal switches off what it switches on.
fn notification(name: &'static str, path: &'static str, rows: Vec<Row>) -> Row {
    block(name, rows).at(path).neutral(Lit::Json(r#"{"enable":false}"#))
}

fn secret(certificate: Vec<Row>) -> Row {
    blocks(
        "secret",
        vec![
            text("key_vault_id").required().at("sourceVault").id().arm_id(VAULTS),
            block_set("certificate", certificate).required().at("vaultCertificates"),
        ],
    )
    .at("properties.osProfile.secrets")
    .cleared()
}

/// What every machine has. `os` is the part of the OS profile that is its own.
fn machine(os: Os) -> Vec<Row> {
    let reference = |name: &'static str, path: &'static str, kind: &'static str| -> Row {
        text(name).at(path).id().arm_id(kind)
    };
    let off = |name: &'static str, path: &'static str| flag(name).default(false).at(path);
    let new = |name: &'static str, path: &'static str| text(name).new().at(path);
    let mut rows = place(text("name").length(1, 80).matches(
        r"^[a-zA-Z0-9]([a-zA-Z0-9._-]*\w)?$",
        "letters, digits, `.`, `_` and `-`, a letter or digit first, no `.` or `-` last",
    ));
    rows.extend([
        text("size").required().at("properties.hardwareProfile.vmSize"),
        texts("network_interface_ids")
            .required()
            .at("properties.networkProfile.networkInterfaces")
            .arm_id("Microsoft.Network/networkInterfaces")
            .check(Check::Items(1, 64))
            .codec(Codec::Hook(put_interfaces, take_interfaces)),
        os_disk(),
        text("os_managed_disk_id")
            .both()
            .new()
            .at("properties.storageProfile.osDisk.managedDisk.id")
            .with("properties.storageProfile.osDisk.createOption", "Attach")
            .arm_id(DISKS),
        block(
            "source_image_reference",
            vec![
                new("publisher", "publisher").required(),
                new("offer", "offer").required(),
                new("sku", "sku").required(),
                new("version", "version").required(),
            ],
        )
        .new()
        .at("properties.storageProfile.imageReference"),
        text("source_image_id").new().spread(
            &[
                "properties.storageProfile.imageReference.id",
                "properties.storageProfile.imageReference.communityGalleryImageId",
                "properties.storageProfile.imageReference.sharedGalleryImageId",
            ],
            put_image,
            take_image,
        ),
        text("disk_controller_type")
            .both()
            .at("properties.storageProfile.diskControllerType")
            .one_of(&["NVMe", "SCSI"]),
        // The profile of the system in it.
        new("admin_username", "properties.osProfile.adminUsername"),
        new("admin_password", "properties.osProfile.adminPassword").sensitive(),
        new("computer_name", "properties.osProfile.computerName").both().will_be("{name}"),
        new("custom_data", "properties.osProfile.customData").sensitive().check(Check::Base64),
        flag("allow_extension_operations").both().at("properties.osProfile.allowExtensionOperations"),
        flag("provision_vm_agent").both().new().at(os.at("provisionVMAgent")),
        text("patch_mode").both().at(os.at("patchSettings.patchMode")).one_of(os.patch_modes),
        text("patch_assessment_mode")
            .both()
            .at(os.at("patchSettings.assessmentMode"))
            .one_of(&["AutomaticByPlatform", "ImageDefault"]),
        text("reboot_setting")
            .at(os.at("patchSettings.automaticByPlatformSettings.rebootSetting"))
            .one_of(&["Always", "IfRequired", "Never"]),
        off(
            "bypass_platform_safety_checks_on_user_schedule_enabled",
            os.at("patchSettings.automaticByPlatformSettings.bypassPlatformSafetyChecksOnUserSchedule"),
        )
        .unless(false),
        // Only read since 5.0: the service decides.
        flag("vm_agent_platform_updates_enabled").both().until(4).at(os.at("enableVMAgentPlatformUpdates")),
        flag("vm_agent_platform_updates_enabled")
            .computed()
            .since(5)
            .at(os.at("enableVMAgentPlatformUpdates")),
        text("user_data").at("properties.userData").check(Check::Base64),
        // Security.
        flag("encryption_at_host_enabled").at("properties.securityProfile.encryptionAtHost"),
        flag("secure_boot_enabled")
            .new()
            .at("properties.securityProfile.uefiSettings.secureBootEnabled")
            .also("properties.securityProfile.securityType")
            .unless(false),
        flag("vtpm_enabled")
            .new()
            .at("properties.securityProfile.uefiSettings.vTpmEnabled")
            .also("properties.securityProfile.securityType")
            .unless(false),
        identity(ANY_IDENTITY, false),
        // Where it runs.
        text("zone").new().at("zones").codec(Codec::Hook(put_zone, take_zone)),
        edge_zone(),
        reference("availability_set_id", "properties.availabilitySet", "Microsoft.Compute/availabilitySets")
            .new(),
        reference(
            "capacity_reservation_group_id",
            "properties.capacityReservation.capacityReservationGroup",
            "Microsoft.Compute/capacityReservationGroups",
        ),
        reference("dedicated_host_id", "properties.host", "Microsoft.Compute/hostGroups/hosts"),
        reference("dedicated_host_group_id", "properties.hostGroup", "Microsoft.Compute/hostGroups"),
        reference(
            "proximity_placement_group_id",
            "properties.proximityPlacementGroup",
            "Microsoft.Compute/proximityPlacementGroups",
        ),
        reference(
            "virtual_machine_scale_set_id",
            "properties.virtualMachineScaleSet",
            "Microsoft.Compute/virtualMachineScaleSets",
        ),
        number("platform_fault_domain")
            .default(-1)
            .new()
            .at("properties.platformFaultDomain")
            .unless(-1)
            .absent(-1)
            .range(-1, i64::MAX),
        // What it costs.
        text("priority").default("Regular").new().at("properties.priority").one_of(&["Regular", "Spot"]),
        new("eviction_policy", "properties.evictionPolicy").one_of(&["Deallocate", "Delete"]),
        number("max_bid_price").default(-1).at("properties.billingProfile.maxPrice").unless(-1).absent(-1),
        text("license_type").at("properties.licenseType").one_of(os.licenses),
        block(
            "plan",
            vec![
                new("name", "name").required(),
                new("product", "product").required(),
                new("publisher", "publisher").required(),
            ],
        )
        .new()
        .at("plan")
        .cleared(),
        // What runs beside the system.
        block(
            "additional_capabilities",
            vec![
                off("ultra_ssd_enabled", "ultraSSDEnabled"),
                off("hibernation_enabled", "hibernationEnabled"),
            ],
        )
        .at("properties.additionalCapabilities")
        .neutral(Lit::Json(r#"{"ultraSSDEnabled":false,"hibernationEnabled":false}"#)),
        block("boot_diagnostics", vec![text("storage_account_uri").at("storageUri")])
            .at("properties.diagnosticsProfile.bootDiagnostics")
            .with("properties.diagnosticsProfile.bootDiagnostics.enabled", true)
            .neutral(Lit::Json(r#"{"enabled":false}"#)),
        text("extensions_time_budget")
            .default("PT1H30M")
            .at("properties.extensionsTimeBudget")
            .check(Check::Duration),
        blocks(
            "gallery_application",
            vec![
                text("version_id")
                    .required()
                    .at("packageReferenceId")
                    .arm_id("Microsoft.Compute/galleries/applications/versions"),
                off("automatic_upgrade_enabled", "enableAutomaticUpgrade"),
                text("configuration_blob_uri")
                    .at("configurationReference")
                    .matches(r"^https?://.+", "a URL with `http` or `https`"),
                number("order").default(0).at("order").range(0, i64::from(i32::MAX)),
                text("tag").at("tags"),
                off("treat_failure_as_deployment_failure_enabled", "treatFailureAsDeploymentFailure"),
            ],
        )
        .count(0, 100)
        .at("properties.applicationProfile.galleryApplications")
        .neutral(Lit::Json("[]")),
        notification(
            "os_image_notification",
            "properties.scheduledEventsProfile.osImageNotificationProfile",
            vec![text("timeout").default("PT15M").at("notBeforeTimeout").one_of(&["PT15M"])],
        )
        .with("properties.scheduledEventsProfile.osImageNotificationProfile.enable", true),
        notification(
            "termination_notification",
            "properties.scheduledEventsProfile.terminateNotificationProfile",
            vec![
                flag("enabled").required().at("enable"),
                text("timeout").default("PT5M").at("notBeforeTimeout").check(Check::Duration),
            ],
        ),
        tags(),
        text("virtual_machine_id").computed().at("properties.vmId"),
        text("private_ip_address").computed(),
        texts("private_ip_addresses").computed(),
        text("public_ip_address").computed(),
        texts("public_ip_addresses").computed(),
    ]);
    rows
}

/// What a system calls its own.
struct Os {
    name: &'static str,
    /// Where its configuration stands, with the paths of it that rows use.
    paths: &'static [(&'static str, &'static str)],
    patch_modes: &'static [&'static str],
    licenses: &'static [&'static str],
}

impl Os {
    fn at(&self, path: &str) -> &'static str {
        let found = self.paths.iter().find(|(p, _)| *p == path);
        found.unwrap_or_else(|| panic!("a table holds no `{path}` of {}", self.name)).1
    }
}

/// Paths below the configuration of a system, short and whole.
macro_rules! paths {
    ($root:literal: $($path:literal)*) => { &[$(($path, concat!("properties.osProfile.", $root, ".", $path))),*] };
}

const LINUX: Os = Os {
    name: "Linux",
    paths: paths!("linuxConfiguration":
        "provisionVMAgent" "enableVMAgentPlatformUpdates" "patchSettings.patchMode" "patchSettings.assessmentMode"
        "patchSettings.automaticByPlatformSettings.rebootSetting"
        "patchSettings.automaticByPlatformSettings.bypassPlatformSafetyChecksOnUserSchedule"),
    patch_modes: &["AutomaticByPlatform", "ImageDefault"],
    licenses: &[
        "RHEL_BYOS",
        "RHEL_BASE",
        "RHEL_EUS",
        "RHEL_SAPAPPS",
        "RHEL_SAPHA",
        "RHEL_BASESAPAPPS",
        "RHEL_BASESAPHA",
        "SLES_BYOS",
        "SLES_SAP",
        "SLES_HPC",
        "UBUNTU_PRO",
    ],
};

const WINDOWS: Os = Os {
    name: "Windows",
    paths: paths!("windowsConfiguration":
        "provisionVMAgent" "enableVMAgentPlatformUpdates" "patchSettings.patchMode" "patchSettings.assessmentMode"
        "patchSettings.automaticByPlatformSettings.rebootSetting"
        "patchSettings.automaticByPlatformSettings.bypassPlatformSafetyChecksOnUserSchedule"),
    patch_modes: &["AutomaticByOS", "AutomaticByPlatform", "Manual"],
    licenses: &["None", "Windows_Client", "Windows_Server"],
};

fn table(name: &'static str, os: Os, more: Vec<Row>, hooks: Hooks) -> Table {
    let system = os.name;
    let mut rows = machine(os);
    rows.extend(more);
    let document = doc(MACHINES, VERSION, Place::Group(&["name"]))
        .fixed("properties.storageProfile.osDisk.osType", system)
        .fixed("properties.storageProfile.osDisk.createOption", "FromImage")
        .going(Going::With(with_disk));
    let mut table = Table::new(name, [45, 5, 45, 45], vec![document], rows)
        .rule(Rule::ExactlyOne(&["os_managed_disk_id", "source_image_id", "source_image_reference"]))
        .rule(Rule::ExactlyOne(&["admin_username", "os_managed_disk_id"]))
        .hooks(Hooks { attributes: Some(addresses), ..hooks });
    for (one, other) in APART {
        table = table.rule(Rule::Conflict(one, other));
    }
    table
}

/// What cannot be written together.
const APART: &[(&str, &str)] = &[
    ("availability_set_id", "capacity_reservation_group_id"),
    ("availability_set_id", "virtual_machine_scale_set_id"),
    ("availability_set_id", "zone"),
    ("capacity_reservation_group_id", "proximity_placement_group_id"),
    ("dedicated_host_id", "dedicated_host_group_id"),
    ("os_managed_disk_id", "admin_password"),
    ("os_managed_disk_id", "admin_ssh_key"),
    ("os_managed_disk_id", "computer_name"),
    ("os_managed_disk_id", "custom_data"),
    ("os_managed_disk_id", "gallery_application"),
    ("os_managed_disk_id", "patch_assessment_mode"),
    ("os_managed_disk_id", "patch_mode"),
    ("os_managed_disk_id", "provision_vm_agent"),
    ("os_managed_disk_id", "reboot_setting"),
    ("os_managed_disk_id", "additional_unattend_content"),
    ("os_managed_disk_id", "automatic_updates_enabled"),
    ("os_managed_disk_id", "enable_automatic_updates"),
    ("os_managed_disk_id", "hotpatching_enabled"),
    ("os_managed_disk_id", "winrm_listener"),
    ("automatic_updates_enabled", "enable_automatic_updates"),
];

pub(super) static LINUX_VIRTUAL_MACHINE: LazyLock<Table> = LazyLock::new(|| {
    let more = vec![
        flag("disable_password_authentication")
            .both()
            .new()
            .at("properties.osProfile.linuxConfiguration.disablePasswordAuthentication")
            .predict(Predict::Lit(Lit::Bool(true))),
        block_set(
            "admin_ssh_key",
            vec![
                text("username").required().new().at("path").codec(Codec::Hook(put_keys_of, take_keys_of)),
                text("public_key").required().new().at("keyData"),
            ],
        )
        .new()
        .at("properties.osProfile.linuxConfiguration.ssh.publicKeys")
        .cleared(),
        secret(vec![text("url").required().at("certificateUrl")]),
    ];
    table(
        "azurerm_linux_virtual_machine",
        LINUX,
        more,
        Hooks { check: Some(check_linux), claims: Some(complete_linux), ..Hooks::default() },
    )
});

pub(super) static WINDOWS_VIRTUAL_MACHINE: LazyLock<Table> = LazyLock::new(|| {
    let system = "properties.osProfile.windowsConfiguration.enableAutomaticUpdates";
    let more = vec![
        flag("automatic_updates_enabled").both().new().at(system),
        flag("enable_automatic_updates")
            .both()
            .until(4)
            .new()
            .deprecated("automatic_updates_enabled")
            .alias("automatic_updates_enabled"),
        flag("hotpatching_enabled")
            .both()
            .at("properties.osProfile.windowsConfiguration.patchSettings.enableHotpatching"),
        text("timezone").new().at("properties.osProfile.windowsConfiguration.timeZone"),
        blocks(
            "additional_unattend_content",
            vec![
                text("content").required().new().sensitive().at("content"),
                text("setting")
                    .required()
                    .new()
                    .at("settingName")
                    .one_of(&["AutoLogon", "FirstLogonCommands"]),
            ],
        )
        .new()
        .at("properties.osProfile.windowsConfiguration.additionalUnattendContent")
        .with("passName", "OobeSystem")
        .with("componentName", "Microsoft-Windows-Shell-Setup")
        .cleared(),
        block_set(
            "winrm_listener",
            vec![
                text("protocol").required().new().at("protocol").one_of(&["Http", "Https"]),
                text("certificate_url").new().at("certificateUrl"),
            ],
        )
        .new()
        .at("properties.osProfile.windowsConfiguration.winRM.listeners")
        .cleared(),
        secret(vec![
            text("store").required().at("certificateStore"),
            text("url").required().at("certificateUrl"),
        ]),
    ];
    table(
        "azurerm_windows_virtual_machine",
        WINDOWS,
        more,
        Hooks { check: Some(check_windows), claims: Some(complete_windows), ..Hooks::default() },
    )
});

fn complete_linux(config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    complete(config, claims, true);
    Ok(())
}

fn complete_windows(config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    complete(config, claims, false);
    Ok(())
}

/// What follows from several arguments: a disk that is there brings its system with it; the kind of security; and what
/// is said to the service when nothing is written, without holding a machine to it that is there.
fn complete(config: &Value, claims: &mut [Claim], linux: bool) {
    let Some(claim) = claims.first_mut() else { return };
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    let unset = |name: &str| config.get(name).is_none_or(Value::is_null);
    if !unset("os_managed_disk_id") {
        put(&mut body, &["properties", "osProfile"], Value::null(Type::Dynamic));
    } else {
        let mut initial = Vec::new();
        let mut say =
            |path: &[&str], value: Value| initial.push((path.iter().map(|p| (*p).into()).collect(), value));
        if unset("computer_name") {
            let name = config.get("name").cloned().unwrap_or_else(|| Value::unknown(Type::String));
            say(&["properties", "osProfile", "computerName"], name);
        }
        if linux && unset("disable_password_authentication") {
            let path = ["properties", "osProfile", "linuxConfiguration", "disablePasswordAuthentication"];
            say(&path, true.into());
        }
        claim.options = Some(Arc::new(ClaimOptions { initial, ..ClaimOptions::default() }));
    }
    let disk = config.get("os_disk").and_then(Value::as_sequence).and_then(<[Value]>::first);
    let confidential = disk.is_some_and(|d| known(d, "security_encryption_type").is_some());
    let trusted =
        ["secure_boot_enabled", "vtpm_enabled"].iter().any(|name| known_flag(config, name) == Some(true));
    if confidential || trusted {
        let kind = if confidential { "ConfidentialVM" } else { "TrustedLaunch" };
        put(&mut body, &["properties", "securityProfile", "securityType"], kind.into());
    }
    claim.body = Value::object(body);
}

fn check_linux(config: &Value, cx: &Context<'_>) -> Vec<Problem> {
    let mut problems = check_machine(config, cx);
    let unset = |name: &str| config.get(name).is_none_or(Value::is_null);
    if !unset("os_managed_disk_id") {
        return problems;
    }
    let keyless =
        config.get("admin_ssh_key").is_none_or(|v| v.as_sequence().is_some_and(<[Value]>::is_empty));
    let closed = config.get("disable_password_authentication");
    if closed.is_none_or(|v| v.is_null() || v.as_bool() == Some(true)) && keyless {
        let detail = "Without a password it needs an `admin_ssh_key`; or write `disable_password_authentication = false` and a password.";
        problems.push(error(argument("admin_ssh_key"), "Missing required argument", detail));
    }
    if closed.and_then(Value::as_bool) == Some(false) && unset("admin_password") {
        let detail = "With `disable_password_authentication = false` it needs an `admin_password`.";
        problems.push(error(argument("admin_password"), "Missing required argument", detail));
    }
    problems
}

fn check_windows(config: &Value, cx: &Context<'_>) -> Vec<Problem> {
    let mut problems = check_machine(config, cx);
    let unset = |name: &str| config.get(name).is_none_or(Value::is_null);
    if !unset("admin_username") && unset("admin_password") {
        let detail = "`admin_username` needs `admin_password` to be written as well.";
        problems.push(error(argument("admin_password"), "Missing required argument", detail));
    }
    let name = if unset("computer_name") { "name" } else { "computer_name" };
    if let Some(computer) = known(config, name)
        && unset("os_managed_disk_id")
        && computer.chars().count() > 15
    {
        let detail = format!(
            "A computer with Windows is called by at most 15 characters, `{computer}` has {}. Write a shorter `computer_name`.",
            computer.chars().count()
        );
        problems.push(error(argument(name), "Invalid computer name", detail));
    }
    problems
}

fn check_machine(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |name: &str, detail: &str| {
        problems.push(error(argument(name), "Invalid combination of arguments", detail));
    };
    let unset = |name: &str| config.get(name).is_none_or(Value::is_null);
    let spot = known(config, "priority");
    if spot.is_some_and(|p| p != "Spot") || unset("priority") {
        if known(config, "eviction_policy").is_some() {
            wrong("eviction_policy", "It is for machines with `priority = \"Spot\"`.");
        }
        let price = config.get("max_bid_price").and_then(Value::as_number);
        if price.is_some_and(|p| *p > Number::from(0)) {
            wrong("max_bid_price", "It is for machines with `priority = \"Spot\"`.");
        }
    } else if spot == Some("Spot") && unset("eviction_policy") {
        wrong("eviction_policy", "A machine with `priority = \"Spot\"` needs an `eviction_policy`.");
    }
    let platform = known(config, "patch_mode") == Some("AutomaticByPlatform");
    let other = !platform && config.get("patch_mode").is_none_or(|v| !v.is_unknown());
    if other && known(config, "reboot_setting").is_some() {
        wrong("reboot_setting", "It needs `patch_mode = \"AutomaticByPlatform\"`.");
    }
    if other && known_flag(config, "bypass_platform_safety_checks_on_user_schedule_enabled") == Some(true) {
        wrong(
            "bypass_platform_safety_checks_on_user_schedule_enabled",
            "It needs `patch_mode = \"AutomaticByPlatform\"`.",
        );
    }
    if known_flag(config, "provision_vm_agent") == Some(false) {
        if config.get("allow_extension_operations").is_none_or(|v| v.is_null() || v.as_bool() == Some(true)) {
            wrong("provision_vm_agent", "Without the agent write `allow_extension_operations = false`.");
        }
        if platform {
            wrong("patch_mode", "`AutomaticByPlatform` needs the agent: `provision_vm_agent = true`.");
        }
    }
    let disk = config.get("os_disk").and_then(Value::as_sequence).and_then(<[Value]>::first);
    let of_disk = |name: &str| disk.and_then(|d| known(d, name));
    let has = |name: &str| {
        disk.and_then(|d| d.get(name)).is_some_and(|v| {
            !v.is_null() && !v.is_unknown() && v.as_sequence().is_none_or(|all| !all.is_empty())
        })
    };
    if has("diff_disk_settings") && of_disk("caching").is_some_and(|c| c != "ReadOnly") {
        wrong("os_disk", "`diff_disk_settings` needs `caching = \"ReadOnly\"`.");
    }
    if let Some(kind) = of_disk("security_encryption_type") {
        let off = |name: &str| known_flag(config, name) == Some(false) || unset(name);
        if off("vtpm_enabled") {
            wrong("vtpm_enabled", "`os_disk.security_encryption_type` needs `vtpm_enabled = true`.");
        }
        if kind == "DiskWithVMGuestState" && off("secure_boot_enabled") {
            wrong("secure_boot_enabled", "`DiskWithVMGuestState` needs `secure_boot_enabled = true`.");
        }
    }
    if has("secure_vm_disk_encryption_set_id")
        && of_disk("security_encryption_type") != Some("DiskWithVMGuestState")
        && disk.and_then(|d| d.get("security_encryption_type")).is_none_or(|v| !v.is_unknown())
    {
        wrong(
            "os_disk",
            "`secure_vm_disk_encryption_set_id` needs `security_encryption_type = \"DiskWithVMGuestState\"`.",
        );
    }
    let apart = unset("os_managed_disk_id")
        && disk.is_some()
        && disk.and_then(|d| d.get("storage_account_type")).is_none_or(Value::is_null);
    if apart {
        wrong("os_disk", "A new disk needs a `storage_account_type`.");
    }
    problems
}

pub(super) static VIRTUAL_MACHINE_EXTENSION: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "azurerm_virtual_machine_extension",
        [30, 5, 30, 30],
        vec![doc(EXTENSIONS, VERSION, Place::Under("virtual_machine_id"))],
        vec![
            text("name").required().new().part(Part::Name).length(1, 80),
            text("virtual_machine_id").required().new().part(Part::ParentId).arm_id(MACHINES),
            text("publisher").required().new().at("properties.publisher"),
            text("type").required().at("properties.type"),
            text("type_handler_version").required().at("properties.typeHandlerVersion"),
            flag("auto_upgrade_minor_version").at("properties.autoUpgradeMinorVersion"),
            flag("automatic_upgrade_enabled").at("properties.enableAutomaticUpgrade"),
            flag("failure_suppression_enabled").default(false).at("properties.suppressFailures"),
            text("settings").at("properties.settings").check(Check::JsonText).codec(Codec::Json),
            text("protected_settings")
                .sensitive()
                .at("properties.protectedSettings")
                .check(Check::JsonText)
                .codec(Codec::Json),
            block(
                "protected_settings_from_key_vault",
                vec![
                    text("secret_url").required().at("secretUrl"),
                    text("source_vault_id").required().at("sourceVault").id().arm_id(VAULTS),
                ],
            )
            .at("properties.protectedSettingsFromKeyVault")
            .cleared(),
            texts("provision_after_extensions").at("properties.provisionAfterExtensions"),
            tags(),
        ],
    )
    .rule(Rule::Conflict("protected_settings", "protected_settings_from_key_vault"))
    .hooks(Hooks { claims: Some(beside_machine), ..Hooks::default() })
});

/// An extension is where its machine is.
fn beside_machine(config: &Value, claims: &mut Vec<Claim>, cx: &Context<'_>) -> Result<(), Stop> {
    in_region_of(config, "virtual_machine_id", VERSION, &[], claims, cx)
}
