//! Types that the shared facts do not hold: which of their arguments azurerm makes anew and which defaults it has, by the
//! schema functions of its source (`internal/services/kusto`, `legacy`, `devtestlabs`).

use std::collections::{BTreeMap, BTreeSet};

use super::literal;
use super::mutants::tables;
use crate::catalog::azurerm::table::{Check, Mode, Row};

/// A type, what is `ForceNew` and what has a `Default`, as JSON.
type Source = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const SOURCES: &[Source] = &[
    (
        "azurerm_kusto_cluster",
        &["name", "resource_group_name", "location", "double_encryption_enabled", "zones"],
        &[
            ("public_ip_type", "\"IPv4\""),
            ("public_network_access_enabled", "true"),
            ("outbound_network_access_restricted", "false"),
            ("auto_stop_enabled", "true"),
            ("disk_encryption_enabled", "false"),
            ("streaming_ingestion_enabled", "false"),
            ("purge_enabled", "false"),
        ],
    ),
    ("azurerm_kusto_database", &["name", "resource_group_name", "location", "cluster_name"], &[]),
    (
        "azurerm_dev_test_global_vm_shutdown_schedule",
        &["location", "virtual_machine_id"],
        &[("enabled", "true"), ("notification_settings.time_in_minutes", "30")],
    ),
    (
        "azurerm_virtual_machine",
        &[
            "name",
            "resource_group_name",
            "location",
            "zones",
            "availability_set_id",
            "proximity_placement_group_id",
            "storage_image_reference",
            "storage_image_reference.id",
            "storage_image_reference.publisher",
            "storage_image_reference.offer",
            "storage_image_reference.sku",
            "storage_image_reference.version",
            "storage_os_disk.vhd_uri",
            "storage_os_disk.managed_disk_id",
            "additional_capabilities.ultra_ssd_enabled",
            "os_profile.computer_name",
            "os_profile.custom_data",
            "os_profile_windows_config.timezone",
        ],
        &[
            ("storage_os_disk.write_accelerator_enabled", "false"),
            ("delete_os_disk_on_termination", "false"),
            ("storage_data_disk.write_accelerator_enabled", "false"),
            ("delete_data_disks_on_termination", "false"),
            ("os_profile_windows_config.provision_vm_agent", "false"),
            ("os_profile_windows_config.enable_automatic_upgrades", "false"),
        ],
    ),
];

/// The words of their arguments, by the same functions and the constants of the SDK that they use; of what takes any text,
/// nothing.
const WORDS: &[(&str, &[&str])] = &[
    ("azurerm_kusto_cluster.language_extension.name", &["PYTHON", "R"]),
    (
        "azurerm_kusto_cluster.language_extension.image",
        &[
            "Python3_10_8",
            "Python3_10_8_DL",
            "Python3_11_7",
            "Python3_11_7_DL",
            "Python3_6_5",
            "PythonCustomImage",
            "R",
        ],
    ),
    ("azurerm_kusto_cluster.public_ip_type", &["DualStack", "IPv4"]),
    ("azurerm_virtual_machine.license_type", &["Windows_Client", "Windows_Server"]),
    ("azurerm_virtual_machine.storage_os_disk.os_type", &["Linux", "Windows"]),
    (
        "azurerm_virtual_machine.storage_os_disk.managed_disk_type",
        &["Premium_LRS", "StandardSSD_LRS", "Standard_LRS"],
    ),
    (
        "azurerm_virtual_machine.storage_data_disk.managed_disk_type",
        &["Premium_LRS", "StandardSSD_LRS", "Standard_LRS", "UltraSSD_LRS"],
    ),
    ("azurerm_virtual_machine.os_profile_windows_config.winrm.protocol", &["HTTP", "HTTPS"]),
    ("azurerm_virtual_machine.os_profile_windows_config.additional_unattend_config.pass", &["oobeSystem"]),
    (
        "azurerm_virtual_machine.os_profile_windows_config.additional_unattend_config.component",
        &["Microsoft-Windows-Shell-Setup"],
    ),
    (
        "azurerm_virtual_machine.os_profile_windows_config.additional_unattend_config.setting_name",
        &["AutoLogon", "FirstLogonCommands"],
    ),
];

/// Where ARM refuses a change that azurerm sends, the table makes anew.
const REFUSED: &[&str] = &[
    "azurerm_kusto_cluster.virtual_network_configuration.subnet_id",
    "azurerm_kusto_cluster.virtual_network_configuration.engine_public_ip_id",
    "azurerm_kusto_cluster.virtual_network_configuration.data_management_public_ip_id",
    "azurerm_virtual_machine.os_profile.admin_password",
    "azurerm_virtual_machine.os_profile_windows_config.additional_unattend_config.content",
    "azurerm_virtual_machine.os_profile_windows_config.additional_unattend_config.setting_name",
    "azurerm_virtual_machine.os_profile_windows_config.winrm.certificate_url",
    "azurerm_virtual_machine.os_profile_windows_config.winrm.protocol",
];

fn walk(rows: &[Row], at: &str, anew: &mut BTreeSet<String>, defaults: &mut BTreeMap<String, String>) {
    for row in rows.iter().filter(|r| r.is_in(4) && r.mode != Mode::Computed && r.refused.is_none()) {
        let path = format!("{at}{}", row.name);
        if row.new || row.new_whole || row.replaces.is_some() {
            anew.insert(path.clone());
        }
        if let Some(default) = row.default_of(4) {
            defaults.insert(path.clone(), literal(default).to_string());
        }
        if let Some(block) = row.as_block() {
            walk(&block.rows, &format!("{path}."), anew, defaults);
        }
    }
}

/// The words that a table takes, by argument.
fn words(rows: &[Row], at: &str, all: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    for row in rows.iter().filter(|r| r.is_in(4) && r.mode != Mode::Computed && r.refused.is_none()) {
        let path = format!("{at}.{}", row.name);
        for check in &row.checks {
            if let Check::OneOf(words) | Check::OneOfAnyCase(words) = check {
                all.entry(path.clone()).or_default().extend(*words);
            }
        }
        if let Some(block) = row.as_block() {
            words(&block.rows, &path, all);
        }
    }
}

#[test]
pub(in crate::catalog) fn types_beyond_the_facts_are_as_azurerms_source_has_them() {
    let mut wrong = Vec::new();
    for (name, table) in tables() {
        let Some((_, fixed, written)) = SOURCES.iter().find(|(known, ..)| *known == name) else { continue };
        let (mut anew, mut defaults) = (BTreeSet::new(), BTreeMap::new());
        walk(&table.rows, "", &mut anew, &mut defaults);
        let own = |path: &&str| Some(path.strip_prefix(name)?.strip_prefix('.')?.to_owned());
        let refused = REFUSED.iter().filter_map(own);
        let expected: BTreeSet<String> = fixed.iter().map(|p| (*p).to_owned()).chain(refused).collect();
        let more: Vec<&String> = anew.symmetric_difference(&expected).collect();
        wrong.extend(more.into_iter().map(|p| format!("{name}.{p}: made anew {}", anew.contains(p))));
        let expected: BTreeMap<String, String> =
            written.iter().map(|(p, json)| ((*p).to_owned(), (*json).to_owned())).collect();
        let mut taken = BTreeMap::new();
        words(&table.rows, name, &mut taken);
        for (path, theirs) in WORDS.iter().filter(|(path, _)| path.split('.').next() == Some(name)) {
            let theirs: BTreeSet<&str> = theirs.iter().copied().collect();
            let ours = taken.get(*path).cloned().unwrap_or_default();
            if ours != theirs {
                wrong.push(format!("{path}: takes {ours:?}, not {theirs:?}"));
            }
        }
        if defaults != expected {
            wrong.push(format!("{name}: defaults {defaults:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
