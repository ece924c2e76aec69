//! What stands in a document of another instance: it is nobody's drift, and no write of the other takes it away. And what
//! data sources read of all that.

use serde_json::{Value as Json, json};

use super::{Ground, in_group, plain, shape, with};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Replace, Stop};

fn group() -> Ground {
    let mut g = Ground::new();
    g.have("rg", "azurerm_resource_group", json!({"name": "rg", "location": "westeurope"}));
    g
}

fn names(document: &Json, at: &str) -> Vec<String> {
    let all = document.pointer(at).and_then(Json::as_array).cloned().unwrap_or_default();
    all.iter().map(|i| i["name"].as_str().unwrap_or_default().to_owned()).collect()
}

impl Ground {
    fn live(&self, id: &Json) -> Json {
        let id = ArmId::parse(id.as_str().unwrap()).unwrap();
        self.get(&id, "2025-01-01").unwrap()
    }

    /// What a data source reads.
    fn read(&self, kind: &str, json: &Json) -> Result<Json, String> {
        let source = super::super::super::data_source(kind).unwrap();
        let config = shape(json, &source.schema(4));
        match self.cx(|cx| source.read(&config, cx)) {
            Ok(value) => Ok(plain(&value)),
            Err(Stop::Problems(all)) => Err(all.into_iter().map(|p| p.detail).collect()),
            Err(Stop::Pending) => Err("pending".into()),
        }
    }
}

fn rule(name: &str, priority: u32) -> Json {
    json!({
        "name": name, "priority": priority, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
        "source_port_range": "*", "destination_port_range": "443", "source_address_prefix": "*",
        "destination_address_prefix": "*",
    })
}

#[test]
pub(super) fn rules_beside_their_group_are_left_alone() {
    let mut g = group();
    let made = g.have("nsg", "azurerm_network_security_group", in_group("nsg", json!({})));
    let beside = with(
        &rule("beside", 100),
        json!({"resource_group_name": "rg", "network_security_group_name": "nsg"}),
    );
    g.have("rule", "azurerm_network_security_rule", beside.clone());
    // The group says nothing of rules: the plan stays empty, and a write keeps them.
    assert!(g.changes("nsg", &in_group("nsg", json!({}))).0.is_empty());
    g.have("nsg", "azurerm_network_security_group", in_group("nsg", json!({"tags": {"a": "b"}})));
    assert_eq!(names(&g.live(&made["id"]), "/properties/securityRules"), ["beside"]);
    // An explicit list is all of them.
    let mine = in_group("nsg", json!({"tags": {"a": "b"}, "security_rule": [rule("mine", 200)]}));
    assert_eq!(g.changes("nsg", &mine).0.into_iter().collect::<Vec<_>>(), ["security_rule"]);
    g.have("nsg", "azurerm_network_security_group", mine);
    assert_eq!(names(&g.live(&made["id"]), "/properties/securityRules"), ["mine"]);
    g.have("nsg", "azurerm_network_security_group", in_group("nsg", json!({"security_rule": []})));
    assert_eq!(names(&g.live(&made["id"]), "/properties/securityRules"), Vec::<String>::new());
}

#[test]
pub(super) fn routes_beside_their_table_are_left_alone() {
    let mut g = group();
    let made = g.have("rt", "azurerm_route_table", in_group("rt", json!({})));
    g.have(
        "route",
        "azurerm_route",
        json!({"name": "out", "resource_group_name": "rg", "route_table_name": "rt", "address_prefix": "0.0.0.0/0",
            "next_hop_type": "VirtualAppliance", "next_hop_in_ip_address": "10.0.0.4"}),
    );
    assert!(g.changes("rt", &in_group("rt", json!({}))).0.is_empty());
    let closed = in_group("rt", json!({"bgp_route_propagation_enabled": false}));
    g.have("rt", "azurerm_route_table", closed);
    assert_eq!(names(&g.live(&made["id"]), "/properties/routes"), ["out"]);
    g.have("rt", "azurerm_route_table", in_group("rt", json!({"route": []})));
    assert_eq!(names(&g.live(&made["id"]), "/properties/routes"), Vec::<String>::new());
}

/// A network with a subnet that has a security group and a table of its own, and an interface in it.
fn network(g: &mut Ground) -> (Json, Json, Json) {
    let network = g.have(
        "vnet",
        "azurerm_virtual_network",
        in_group("vnet", json!({"address_space": ["10.0.0.0/16"]})),
    );
    let subnet = g.have(
        "subnet",
        "azurerm_subnet",
        json!({"name": "s", "resource_group_name": "rg", "virtual_network_name": "vnet", "address_prefixes": ["10.0.1.0/24"]}),
    );
    let table = g.have("rt", "azurerm_route_table", in_group("rt", json!({})));
    let nsg = g.have("nsg", "azurerm_network_security_group", in_group("nsg", json!({})));
    let nat = g.have("nat", "azurerm_nat_gateway", in_group("nat", json!({})));
    for (name, kind, part, of) in [
        ("a1", "azurerm_subnet_route_table_association", "route_table_id", &table),
        ("a2", "azurerm_subnet_network_security_group_association", "network_security_group_id", &nsg),
        ("a3", "azurerm_subnet_nat_gateway_association", "nat_gateway_id", &nat),
    ] {
        g.have(name, kind, json!({"subnet_id": subnet["id"], part: of["id"]}));
    }
    let interface = g.have("nic", "azurerm_network_interface", nic(&subnet["id"]));
    (network, subnet, interface)
}

fn nic(subnet: &Json) -> Json {
    let configuration = |name: &str, primary: bool| json!({"name": name, "subnet_id": subnet, "private_ip_address_allocation": "Dynamic", "primary": primary});
    in_group("nic", json!({"ip_configuration": [configuration("a", true), configuration("b", false)]}))
}

#[test]
pub(super) fn associations_outlive_writes_of_what_they_are_on() {
    let mut g = group();
    let (_, subnet, interface) = network(&mut g);
    assert_eq!(interface["private_ip_address"], "10.0.1.4");
    assert_eq!(interface["private_ip_addresses"], json!(["10.0.1.4", "10.0.1.5"]));
    let rules = g.have("other", "azurerm_network_security_group", in_group("other", json!({})));
    let associated = g.have(
        "a4",
        "azurerm_network_interface_security_group_association",
        json!({"network_interface_id": interface["id"], "network_security_group_id": rules["id"]}),
    );
    let both = format!("{}|{}", interface["id"].as_str().unwrap(), rules["id"].as_str().unwrap());
    assert_eq!(associated["id"], both.as_str());
    let imported =
        g.cx(|cx| super::lens("azurerm_network_interface_security_group_association").import(&both, cx));
    assert_eq!(imported.unwrap()[0].id.as_str(), interface["id"].as_str().unwrap());
    g.have(
        "subnet",
        "azurerm_subnet",
        json!({"name": "s", "resource_group_name": "rg", "virtual_network_name": "vnet",
            "address_prefixes": ["10.0.1.0/24"], "service_endpoints": ["Microsoft.Storage"]}),
    );
    let live = g.live(&subnet["id"]);
    for part in ["routeTable", "networkSecurityGroup", "natGateway"] {
        assert!(live["properties"][part]["id"].is_string(), "{part}");
    }
    g.have(
        "nic",
        "azurerm_network_interface",
        with(&nic(&subnet["id"]), json!({"ip_forwarding_enabled": true})),
    );
    let live = g.live(&interface["id"]);
    assert_eq!(live["properties"]["networkSecurityGroup"]["id"], rules["id"]);
    let one = json!({"ip_configuration": [nic(&subnet["id"])["ip_configuration"][0]]});
    let (arguments, replace) = g.changes("nic", &in_group("nic", one));
    assert!(arguments.contains("ip_configuration") && replace == Replace::No, "{arguments:?}");
}

#[test]
pub(super) fn an_address_of_a_prefix_lies_in_it_and_a_new_label_has_no_name_yet() {
    let mut g = group();
    let prefix = "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.Network/publicIPPrefixes/p"
        .replace("{}", g.provider.subscription_id.as_deref().unwrap());
    let body =
        json!({"location": "westeurope", "sku": {"name": "Standard"}, "properties": {"prefixLength": 31}});
    assert!(g.cloud.request("PUT", &format!("{prefix}?api-version=2025-01-01"), Some(&body)).status < 300);
    g.cloud.finish_operations();
    let range = g.live(&json!(prefix))["properties"]["ipPrefix"].as_str().unwrap().to_owned();
    let in_prefix = |name: &str| {
        let more =
            json!({"allocation_method": "Static", "public_ip_prefix_id": prefix, "domain_name_label": name});
        in_group(name, more)
    };
    let first = g.have("first", "azurerm_public_ip", in_prefix("first"));
    assert_eq!(range, format!("{}/31", first["ip_address"].as_str().unwrap()));
    let second = g.have("second", "azurerm_public_ip", in_prefix("second"));
    assert_ne!(first["ip_address"], second["ip_address"]);
    assert_eq!(g.live(&json!(prefix))["properties"]["publicIPAddresses"].as_array().unwrap().len(), 2);
    assert_eq!(first["fqdn"], "first.westeurope.cloudapp.azure.com");
    let renamed = with(&in_prefix("first"), json!({"domain_name_label": "third"}));
    let config = g.config("azurerm_public_ip", &renamed);
    let seen = g.see("azurerm_public_ip", &config);
    assert_eq!(plain(&g.attributes("azurerm_public_ip", &config, &seen, true))["fqdn"], "(unknown)");
}

#[test]
pub(super) fn combinations_that_azure_refuses_are_told_before() {
    let g = group();
    let problem = |kind: &str, json: Json| -> String {
        let config = shape(&json, &super::lens(kind).schema(4));
        let problems = g.cx(|cx| super::lens(kind).check(&config, cx));
        problems.into_iter().map(|p| p.detail).collect()
    };
    let address = |more: Json| problem("azurerm_public_ip", in_group("a", more));
    assert_eq!(address(json!({"allocation_method": "Static"})), "");
    assert!(
        address(json!({"allocation_method": "Dynamic"})).contains("needs `allocation_method` to be `Static`")
    );
    assert!(
        address(json!({"allocation_method": "Static", "sku": "StandardV2", "sku_tier": "Global"}))
            .contains("`sku_tier = \"Global\"` needs `sku` to be `Standard`")
    );
    let bastion = |more: Json| problem("azurerm_bastion_host", in_group("bas", more));
    assert!(bastion(json!({"sku": "Developer"})).contains("`virtual_network_id`"));
    assert!(bastion(json!({})).contains("needs `ip_configuration` to be written"));
    let subnet = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/AzureBastionSubnet";
    let private = json!([{"name": "one", "subnet_id": subnet}]);
    assert!(bastion(json!({"ip_configuration": private})).contains("public_ip_address_id"));
    assert!(bastion(json!({"ip_configuration": private, "sku": "Premium"})).is_empty());
    assert!(bastion(json!({"ip_configuration": private, "sku": "Premium", "scale_units": 3})).is_empty());
    let two = json!([
        {"name": "a", "subnet_id": subnet, "private_ip_address_allocation": "Dynamic"},
        {"name": "b", "subnet_id": subnet, "private_ip_address_allocation": "Dynamic"},
    ]);
    assert!(
        problem("azurerm_network_interface", in_group("n", json!({"ip_configuration": two})))
            .contains("primary = true")
    );
    let setting = |more: Json| {
        let logs =
            "/subscriptions/1/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/logs";
        let vault = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v";
        let whole = json!({"name": "d", "target_resource_id": vault, "log_analytics_workspace_id": logs});
        problem("azurerm_monitor_diagnostic_setting", with(&whole, more))
    };
    let metric = |on: bool| json!([{"category": "AllMetrics", "enabled": on}]);
    assert!(setting(json!({"metric": metric(false)})).contains("must be enabled"));
    let logged = json!({"metric": metric(false), "enabled_log": [{"category": "AuditEvent"}]});
    for some in [json!({"metric": metric(true)}), logged] {
        assert!(!setting(some).contains("must be enabled"));
    }
    let scaled = |capacity: Json, least: i64| {
        let bounds = json!([{"minimum_instances": least, "maximum_instances": 5}]);
        let sku = json!([{"name": "Standard_D11_v2", "capacity": capacity}]);
        problem(
            "azurerm_kusto_cluster",
            in_group("adxone", json!({"sku": sku, "optimized_auto_scale": bounds})),
        )
    };
    assert_eq!(scaled(json!(3), 2), "");
    assert_eq!(scaled(Json::Null, 2), "");
    assert!(scaled(json!(1), 2).contains("between 2 and 5 instances"));
    assert!(scaled(json!(3), 6).contains("must be at least `minimum_instances` (6)"));
}

#[test]
pub(super) fn a_new_cluster_of_data_trusts_its_own_tenant_and_another_is_left_alone() {
    let mut g = group();
    let cluster = |more: Json| in_group("adxone", with(&json!({"sku": [{"name": "Standard_D11_v2"}]}), more));
    let own = g.have("adx", "azurerm_kusto_cluster", cluster(json!({})));
    assert_eq!(own["trusted_external_tenants"], json!([]));
    assert_eq!(own["uri"], "https://adxone.westeurope.kusto.windows.net");
    let all = g.have("adx", "azurerm_kusto_cluster", cluster(json!({"trusted_external_tenants": ["*"]})));
    assert_eq!(all["trusted_external_tenants"], json!(["*"]));
    let unsaid = g.have("adx", "azurerm_kusto_cluster", cluster(json!({})));
    assert_eq!(unsaid["trusted_external_tenants"], json!(["*"]));
}

#[test]
pub(super) fn data_sources_read_networks_zones_tags_and_places() {
    let mut g = group();
    let (network, ..) = network(&mut g);
    let remote = g.have(
        "far",
        "azurerm_virtual_network",
        in_group("far", json!({"address_space": ["10.9.0.0/16"], "dns_servers": ["10.9.0.4"]})),
    );
    g.have(
        "peer",
        "azurerm_virtual_network_peering",
        json!({"name": "there", "resource_group_name": "rg", "virtual_network_name": "vnet",
            "remote_virtual_network_id": remote["id"]}),
    );
    let read =
        g.read("azurerm_virtual_network", &json!({"name": "vnet", "resource_group_name": "rg"})).unwrap();
    assert_eq!((&read["id"], &read["subnets"]), (&network["id"], &json!(["s"])));
    assert_eq!(read["address_space"], json!(["10.0.0.0/16"]));
    assert_eq!(read["vnet_peerings"], json!({"there": remote["id"]}));
    assert_eq!(read["vnet_peerings_addresses"], json!(["10.9.0.0/16"]));
    assert_eq!(read["dns_servers"], json!([]));

    let name = "privatelink.vaultcore.azure.net";
    let zone = g.have("zone", "azurerm_private_dns_zone", json!({"name": name, "resource_group_name": "rg"}));
    for json in [json!({"name": name}), json!({"name": name, "resource_group_name": "rg"})] {
        let read = g.read("azurerm_private_dns_zone", &json).unwrap();
        assert_eq!((&read["id"], &read["resource_group_name"]), (&zone["id"], &json!("rg")));
        assert_eq!(read["number_of_record_sets"], 1);
    }
    assert!(
        g.read("azurerm_private_dns_zone", &json!({"name": "a.b"}))
            .unwrap_err()
            .contains("no private DNS zone")
    );

    let tags = |json: Json| g.read("azurerm_network_service_tags", &json);
    let everywhere = tags(json!({"location": "West Europe", "service": "Storage"})).unwrap();
    assert_eq!((&everywhere["id"], &everywhere["name"]), (&json!("westeurope-Storage"), &json!("Storage")));
    let here = json!({"location": "westeurope", "service": "Storage", "location_filter": "West Europe"});
    let here = tags(here).unwrap();
    assert_eq!(here["name"], "Storage.WestEurope");
    let count = |name: &str| here[name].as_array().unwrap().len();
    assert_eq!(count("ipv4_cidrs") + count("ipv6_cidrs"), count("address_prefixes"));
    assert!(
        count("ipv4_cidrs") > 0 && count("ipv6_cidrs") > 0 && here["ipv4_cidrs"] != everywhere["ipv4_cidrs"]
    );
    assert!(tags(json!({"location": "westeurope", "service": "Nothing"})).unwrap_err().contains("`Nothing`"));

    let place = g.read("azurerm_location", &json!({"location": "West Europe"})).unwrap();
    assert_eq!((&place["display_name"], &place["location"]), (&json!("West Europe"), &json!("West Europe")));
    assert_eq!(place["zone_mappings"][2], json!({"logical_zone": "3", "physical_zone": "westeurope-az3"}));
    assert_eq!(
        g.read("azurerm_location", &json!({"location": "westus"})).unwrap()["zone_mappings"],
        json!([])
    );
    assert!(g.read("azurerm_location", &json!({"location": "atlantis"})).unwrap_err().contains("`atlantis`"));

    g.have("law", "azurerm_log_analytics_workspace", in_group("log-1", json!({"sku": "PerGB2018"})));
    let logs = json!({"name": "log-1", "resource_group_name": "rg"});
    let logs = g.read("azurerm_log_analytics_workspace", &logs).unwrap();
    assert_eq!((&logs["sku"], &logs["retention_in_days"]), (&json!("PerGB2018"), &json!(30)));
    assert!(!logs["primary_shared_key"].is_null());

    let found =
        g.read("azurerm_monitor_diagnostic_categories", &json!({"resource_id": network["id"]})).unwrap();
    assert_eq!(found["log_category_types"], json!(["VMProtectionAlerts"]));
    assert_eq!(
        (&found["log_category_groups"], &found["metrics"]),
        (&json!(["allLogs"]), &json!(["AllMetrics"]))
    );
}

#[test]
pub(super) fn only_premium_accounts_are_told_of_several_channels() {
    let mut g = group();
    let account = |name: &str, kind: &str, tier: &str, channels: bool| {
        in_group(
            name,
            json!({
                "account_kind": kind, "account_tier": tier, "account_replication_type": "LRS",
                "share_properties": [{"smb": [{"versions": ["SMB3.1.1"], "multichannel_enabled": channels}]}],
            }),
        )
    };
    let channels = |g: &Ground, made: &Json| {
        let id = format!("{}/fileServices/default", made["id"].as_str().unwrap());
        let live = g.get(&ArmId::parse(&id).unwrap(), "2025-08-01").unwrap();
        live.pointer("/properties/protocolSettings/smb/multichannel").cloned()
    };
    let premium = |channels| account("stchannels", "FileStorage", "Premium", channels);
    for on in [true, false] {
        let made = g.have("sa", "azurerm_storage_account", premium(on));
        assert_eq!(channels(&g, &made), Some(json!({"enabled": on})));
    }
    let made = g.have("plain", "azurerm_storage_account", account("stplain", "StorageV2", "Standard", false));
    assert_eq!(channels(&g, &made), None);
    let lens = super::lens("azurerm_storage_account");
    let config = shape(&account("stplain", "StorageV2", "Standard", true), &lens.schema(4));
    let problems = g.cx(|cx| lens.check(&config, cx));
    assert!(problems.iter().any(|p| p.detail.contains("multichannel_enabled")), "{problems:?}");
}
